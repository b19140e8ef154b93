//! Runs of whole processes at both ends, with pictures: people who come and go, and the faults of disk, link and clock through the real
//! desk. What somebody saw acknowledged must be at the centre once, or with a person who can open it, or closed by a person on purpose.
//!
//! One centre and its database stay up; every run is an office of its own and a process of its own, two at a time on two cores.

mod account;
mod faulty;
mod ledger;
mod office;
mod story;

use crate::centre::{Admin, Centre};
use crate::centre_process::sibling;
use crate::residue;
use anyhow::Context;
use faults::{FaultReport, Finding, Random};
use office::{OFFICER, Office, Role, SUPERVISOR, Surroundings};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use story::{Story, UNREVIEWED_DAYS};

/// Offices of controls have numbers that no run has.
const CONTROL_NUMBERS: u64 = 1 << 40;
/// Controls of one call.
const CONTROLS: u64 = 4;
/// Where a station's files lie in memory, on systems that have such a place: runs are many, and a real disk is slow.
const MEMORY: &str = "/dev/shm";
/// How long the centre may take to search for duplicates.
const SEARCHES: Duration = Duration::from_mins(5);
/// Lines of a run that failed which are told.
const LINES_TOLD: usize = 4;

/// Which runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WholeKind {
    /// Staff leaves, forgets, is replaced, comes late.
    People,
    /// The power goes at a random act of the disk.
    Power,
    /// An operation of the disk fails, once or for good.
    Io,
    /// The disk fills up.
    DiskFull,
    /// The cable is pulled and put back.
    Network,
    /// The PC's clock jumps.
    Clock,
}

impl WholeKind {
    const ALL: [Self; 6] = [
        Self::People,
        Self::Power,
        Self::Io,
        Self::DiskFull,
        Self::Network,
        Self::Clock,
    ];

    /// Its name in figures and on a command line; what also runs without a desk has another name there.
    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Power => "desk-power",
            Self::Io => "desk-io",
            Self::DiskFull => "desk-disk-full",
            Self::Network => "desk-network",
            Self::Clock => "desk-clock",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct WholeOptions {
    /// Which runs.
    pub kind: WholeKind,
    /// How many.
    pub runs: u64,
    /// Decides what happens in each.
    pub seed: u64,
    /// The number of the first run.
    pub from: u64,
    /// Where the centre keeps its data meanwhile.
    pub data: PathBuf,
    /// The repository's `assets`.
    pub assets: PathBuf,
}

/// One run, or the controls, as a process of its own.
#[derive(Debug, Clone)]
pub struct WholeRun {
    /// Which.
    pub kind: WholeKind,
    /// The folder of the centre that runs.
    pub centre: PathBuf,
    /// Where it listens.
    pub address: SocketAddr,
    /// The repository's `assets`.
    pub assets: PathBuf,
    /// An empty folder.
    pub data: PathBuf,
    /// Decides what happens.
    pub seed: u64,
    /// Its number.
    pub number: u64,
    /// Breaks something on purpose instead.
    pub control: bool,
}

/// Makes the runs and then the controls; `say` is told of every run that found something.
///
/// # Errors
/// When the centre does not start or does not come to rest.
pub fn run_whole(options: &WholeOptions, say: &dyn Fn(&str)) -> anyhow::Result<FaultReport> {
    let started = Instant::now();
    let centre = Centre::open(&options.data.join("centre"), None, 0, say)?;
    send_unreviewed_after_a_week(&centre.admin, &options.data)?;
    let next = AtomicU64::new(options.from);
    let until = options.from.saturating_add(options.runs);
    let reports = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    if number >= until {
                        return;
                    }
                    let report = alone(options, &centre, number, false);
                    let mut all = reports.lock().unwrap_or_else(PoisonError::into_inner);
                    all.push((number, report));
                }
            });
        }
    });
    let mut all = reports.into_inner().unwrap_or_else(PoisonError::into_inner);
    all.sort_by_key(|(number, _)| *number);
    let mut report = FaultReport::default();
    for (number, one) in &all {
        for finding in &one.findings {
            let (kind, seed, what) = (options.kind.name(), options.seed, &finding.what);
            say(&format!(
                "--kind {kind} --seed {seed} --from {number} --runs 1: {what}"
            ));
        }
        report.add(one);
    }
    let control = alone(options, &centre, options.from, true);
    report.controls = control.controls;
    // A control that did not come to its end noticed nothing.
    report.control_failures = control.control_failures + control.broken;
    for finding in &control.findings {
        say(&format!("a control was not noticed: {}", finding.what));
    }
    let figures = centre.resting_figures(SEARCHES)?;
    let doubled = figures
        .get("duplicated_effects")
        .and_then(serde_json::Value::as_u64);
    report.duplicated += doubled.context("the centre counts no duplicated_effects")?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// The authority's policy for these offices: nobody waits for ever for a supervisor.
fn send_unreviewed_after_a_week(admin: &Admin, folder: &Path) -> anyhow::Result<()> {
    let shown = admin.command(&["policy", "show"], &[])?;
    let mut policy: domain::Policy = serde_json::from_str(&shown)?;
    policy.version += 1;
    policy.unreviewed_days = Some(UNREVIEWED_DAYS);
    let file = folder.join("policy.json");
    std::fs::write(&file, serde_json::to_string(&policy)?)?;
    admin.command(&["policy", "set"], &["--file", &file.to_string_lossy()])?;
    Ok(())
}

/// One run in a process of its own; whatever stops it is a finding.
fn alone(options: &WholeOptions, centre: &Centre, number: u64, control: bool) -> FaultReport {
    let made = process(options, centre, number, control);
    made.unwrap_or_else(|error| FaultReport {
        runs: 1,
        broken: 1,
        failed_runs: 1,
        findings: vec![Finding {
            run: number,
            what: format!("{error:#}"),
        }],
        ..FaultReport::default()
    })
}

fn process(
    options: &WholeOptions,
    centre: &Centre,
    number: u64,
    control: bool,
) -> anyhow::Result<FaultReport> {
    // Thrown away with everything in it when this returns.
    let folder = tempfile::tempdir_in(MEMORY)
        .or_else(|_| tempfile::tempdir_in(&options.data))
        .context("room for a station")?;
    let mut command = Command::new(sibling("shanakht-simulate")?);
    command
        .args(["run-alone", "--kind", options.kind.name()])
        .arg("--centre")
        .arg(centre.admin.data())
        .args(["--address", &centre.proxy.address().to_string()])
        .arg("--assets")
        .arg(&options.assets)
        .arg("--data")
        .arg(folder.path())
        .args(["--seed", &options.seed.to_string()])
        .args(["--number", &number.to_string()]);
    if control {
        command.arg("--control");
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .context("a station does not start")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let mut last: Vec<&str> = said.lines().rev().take(LINES_TOLD).collect();
        last.reverse();
        anyhow::bail!("{}: {}", output.status, last.join(" / "));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// What the process of one run does.
///
/// # Errors
/// Where the people cannot do what they should be able to: the message says what.
pub fn run_alone(run: &WholeRun) -> anyhow::Result<FaultReport> {
    let number = if run.control {
        CONTROL_NUMBERS + run.number
    } else {
        run.number
    };
    let place = Surroundings {
        admin: Admin::of(&run.centre, None),
        centre: run.address,
        assets: &run.assets,
        folder: run.data.clone(),
        number,
    };
    let random = Random::of_run(run.seed, number);
    if run.kind != WholeKind::People {
        return faulty::run(run.kind, place, random, run);
    }
    let mut office = Office::open(place, random, None)?;
    if run.control {
        return controls(&mut office, run.number);
    }
    let story = Story::of_run(run.number);
    story
        .tell(&mut office)
        .with_context(|| format!("{story:?}"))?;
    let mut report = account::count(&mut office, run.number)?;
    for finding in &mut report.findings {
        finding.what = format!("{story:?}: {}", finding.what);
    }
    Ok(report)
}

/// Four things are broken on purpose, and each must be counted: a packet at the centre that nobody began, a review copy that is deleted
/// behind the store's back, a draft whose officer left and which nobody recovers, and envelopes that wait where the residue is looked for.
pub(in crate::whole) fn controls(office: &mut Office<'_>, run: u64) -> anyhow::Result<FaultReport> {
    office.strict = false;
    let (officer, supervisor) = (OFFICER, SUPERVISOR);
    office.sign_in(officer)?;
    let untold = office.enrol()?;
    office.counter.sign_out()?;
    office.review(supervisor)?;
    office.drain(0)?;
    let gone = office.hire(Role::Officer)?;
    office.sign_in(gone)?;
    let deleted = office.enrol()?;
    let abandoned = office.begin(false)?;
    office.dismiss(gone)?;
    let image = office.counter.disk_image()?;
    let waiting = residue::scan(image.path(), &residue::Markers::default())?;
    office.counter.close_desk();
    let store = office.counter.station_data().join(desk::STORE_FILE);
    rusqlite::Connection::open(store)?.execute(
        "DELETE FROM envelopes WHERE packet = ?1 AND role = 'review'",
        [deleted.as_bytes().as_slice()],
    )?;
    office.counter.open_desk()?;
    office
        .counter
        .wait("the station", |s| s.station.is_some())?;
    office.ledger.forget(untold);
    let report = account::count(office, run)?;
    let found = report.findings.first().map_or("", |f| f.what.as_str());
    let noticed = [
        report.duplicated == 1 && found.contains(&untold.to_string()),
        report.lost == 2 && found.contains(&deleted.to_string()),
        report.lost == 2 && found.contains(&abandoned.to_string()),
        waiting > 0,
    ];
    let failures = noticed.iter().filter(|noticed| !**noticed).count() as u64;
    Ok(FaultReport {
        controls: CONTROLS,
        control_failures: failures,
        findings: (failures > 0)
            .then(|| Finding {
                run,
                what: format!("{noticed:?}: {found}"),
            })
            .into_iter()
            .collect(),
        ..FaultReport::default()
    })
}
