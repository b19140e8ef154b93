//! Faults on purpose: processes killed, a disk that is full, a network that comes and goes. What was
//! acknowledged must reach the centre, once, and leave nothing behind.

mod controls;

use crate::centre::Centre;
use crate::counter::Counter;
use crate::proxy::Proxy;
use crate::residue::{self, Markers};
use crate::shift::Shift;
use ::faults::Random;
use anyhow::Context;
use domain::PacketId;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How long everything may take to reach the centre once the faults have ended.
const DRAIN: Duration = Duration::from_mins(5);
const EARLIEST_KILL_MILLIS: u64 = 500;
/// The latest kill after a station's start.
const LATEST_KILL_MILLIS: u64 = 15_000;

/// Which fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The station's process is killed at a random moment, and in some runs the centre's.
    Kill,
    /// The network is cut and mended at random.
    Cable,
}

/// What a fault run is asked for.
#[derive(Debug, Clone)]
pub struct FaultOptions {
    /// Which fault.
    pub kind: FaultKind,
    /// Kills, or applicants.
    pub runs: u32,
    /// The number of the first kill.
    pub from: u64,
    /// Decides when.
    pub seed: u64,
    /// Where centre and station keep their data.
    pub data: PathBuf,
    /// The repository's `assets`.
    pub assets: PathBuf,
}

/// What was counted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// The kind's name on a command line.
    pub kind: String,
    /// The seed.
    pub seed: u64,
    /// The number of the first run.
    pub from: u64,
    /// Faults that were made.
    pub runs: u32,
    /// Approvals that the desk confirmed to a person.
    pub acknowledged: u64,
    /// Confirmed, and not held by the centre.
    pub lost: u64,
    /// Held by the centre more often than sent, or with more than one effect.
    pub duplicated: u64,
    /// Bytes left on the station's disk.
    pub residue_bytes: u64,
    /// Controls that should have been noticed and were not: an approval that went with an older copy of the store must be missing,
    /// and a packet that the station forgot must be one too many.
    pub control_failures: u64,
    /// How often the centre was killed.
    pub centres_killed: u32,
    /// Wall clock.
    pub seconds: f64,
}

impl FaultReport {
    /// Nothing lost, nothing twice, nothing left.
    pub fn kept_its_promises(&self) -> bool {
        self.lost == 0
            && self.duplicated == 0
            && self.residue_bytes == 0
            && self.control_failures == 0
    }
}

/// Makes the faults and counts.
///
/// # Errors
/// When a part does not start or does not come to its end.
pub fn run_faults(options: &FaultOptions, say: &dyn Fn(&str)) -> anyhow::Result<FaultReport> {
    let started = Instant::now();
    let mut centre = Centre::open(&options.data.join("centre"), None, 0, say)?;
    let code = centre.add_station()?;
    let station = options.data.join("station");
    let counter = Counter::open(&station, &options.assets)?;
    counter.activate(centre.url(), &code)?;
    let acknowledged = RefCell::new(BTreeSet::new());
    let mut centres_killed = 0;
    match options.kind {
        FaultKind::Kill => {
            drop(counter);
            centres_killed = kill(options, &station, &mut centre, &acknowledged, say)?;
        }
        FaultKind::Cable => network(options, counter, &centre.proxy, &acknowledged, say)?,
    }
    let mut report = FaultReport {
        kind: match options.kind {
            FaultKind::Kill => "kill",
            FaultKind::Cable => "cable",
        }
        .to_owned(),
        seed: options.seed,
        from: options.from,
        runs: options.runs,
        centres_killed,
        ..FaultReport::default()
    };
    let acknowledged = acknowledged.into_inner();
    let (lost, duplicated) = count(&station, &centre, &acknowledged)?;
    report.acknowledged = acknowledged.len() as u64;
    report.lost = lost;
    report.duplicated = duplicated;
    report.residue_bytes = residue::scan(&station, &Markers::default())?;
    say("two things are broken on purpose");
    report.control_failures = controls::unnoticed(options, &station, &centre, acknowledged)?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// Starts stations and kills them, and every few runs the centre too; then one works in peace until everything has left. Gives how
/// often the centre was killed.
fn kill(
    options: &FaultOptions,
    station: &Path,
    centre: &mut Centre,
    acknowledged: &RefCell<BTreeSet<String>>,
    say: &dyn Fn(&str),
) -> anyhow::Result<u32> {
    let mut centres_killed = 0;
    for run in options.from..options.from + u64::from(options.runs) {
        let mut random = Random::of_run(options.seed, run);
        let life = EARLIEST_KILL_MILLIS + random.below(LATEST_KILL_MILLIS - EARLIEST_KILL_MILLIS);
        // Every third station works without network, so that a backlog grows, which then meets a centre that dies.
        if run % 3 == 2 {
            centre.proxy.cut();
        } else {
            centre.proxy.mend();
        }
        let child = Running::start(options, station, &mut random)?;
        if run % 3 == 0 && run % 2 == 1 {
            let until_then = random.below(life);
            child.lives(until_then)?;
            centre.process.kill()?;
            centres_killed += 1;
            centre.process.start_again()?;
            child.lives(life - until_then)?;
        } else {
            child.lives(life)?;
        }
        acknowledged.borrow_mut().extend(whole(&child.kill()?));
        say(&format!(
            "kill {} after {:.1} s: {} acknowledged so far, {centres_killed} centres killed",
            run + 1,
            Duration::from_millis(life).as_secs_f64(),
            acknowledged.borrow().len()
        ));
    }
    centre.proxy.mend();
    say("a station works in peace until everything has left");
    let told = in_peace(options, station, &["--enrol", "0", "--drain"])?;
    acknowledged.borrow_mut().extend(told);
    Ok(centres_killed)
}

/// A station that enrols until it is killed.
struct Running {
    child: RefCell<std::process::Child>,
    reader: std::thread::JoinHandle<Vec<String>>,
}

impl Running {
    fn start(options: &FaultOptions, station: &Path, random: &mut Random) -> anyhow::Result<Self> {
        let mut child = station_command(options, station)
            .args(["--seed", &(random.number() >> 1).to_string()])
            .args(["--enrol", "1000"])
            .spawn()
            .context("a station does not start")?;
        let lines = child.stdout.take().context("its output")?;
        let reader = std::thread::spawn(move || {
            let lines = BufReader::new(lines).lines().map_while(Result::ok);
            lines.collect::<Vec<String>>()
        });
        Ok(Self {
            child: RefCell::new(child),
            reader,
        })
    }

    /// The moment of the kill is the fault itself, not something that is waited for.
    fn lives(&self, millis: u64) -> anyhow::Result<()> {
        std::thread::sleep(Duration::from_millis(millis));
        anyhow::ensure!(
            self.child.borrow_mut().try_wait()?.is_none(),
            "the station ended by itself before it was killed"
        );
        Ok(())
    }

    /// Gives the lines that it had written.
    fn kill(self) -> anyhow::Result<Vec<String>> {
        let mut child = self.child.into_inner();
        let killed = child.kill();
        child.wait()?;
        killed?;
        Ok(self.reader.join().unwrap_or_default())
    }
}

/// A station that comes to its end; gives what was approved.
fn in_peace(
    options: &FaultOptions,
    station: &Path,
    arguments: &[&str],
) -> anyhow::Result<Vec<String>> {
    let output = station_command(options, station)
        .args(["--seed", "0"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .context("a station does not start")?;
    anyhow::ensure!(output.status.success(), "a station failed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    Ok(whole(&lines).collect())
}

/// Packet ids that were written whole: the last line may be cut.
fn whole(lines: &[String]) -> impl Iterator<Item = String> + '_ {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("approved "))
        .filter(|id| PacketId::parse(id).is_ok())
        .map(str::to_owned)
}

fn station_command(options: &FaultOptions, station: &Path) -> Command {
    // Beside the running program: this one, or the one that a test was built with.
    let program =
        crate::sibling("shanakht-simulate").unwrap_or_else(|_| "shanakht-simulate".into());
    let mut command = Command::new(program);
    command
        .arg("station")
        .arg("--data")
        .arg(station)
        .arg("--assets")
        .arg(&options.assets)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    command
}

/// What the child process of a kill run does: tidies up, enrols, tells what was approved, and where
/// asked for waits until everything has left.
///
/// # Errors
/// When the desk refuses.
pub fn run_station(
    station: &Path,
    assets: &Path,
    seed: u64,
    enrol: u32,
    drain: bool,
) -> anyhow::Result<()> {
    let counter = Counter::open(station, assets)?;
    let told = |packet: PacketId| {
        let mut out = std::io::stdout().lock();
        let _ = writeln!(out, "approved {packet}").and_then(|()| out.flush());
    };
    let mut shift = Shift::new(&counter, assets, seed, &told)?;
    shift.tidy_up()?;
    for _ in 0..enrol {
        shift.enrol()?;
    }
    if drain {
        counter.send(desk::Command::Outbox(desk::OutboxAct::TryNow))?;
        counter.wait_long("the last receipt", DRAIN, |s| s.queue.outbox == 0)?;
    }
    Ok(())
}

/// Enrols while the cable is pulled and put back.
#[allow(
    clippy::needless_pass_by_value,
    reason = "the desk closes with its counter here, before the disk is searched"
)]
fn network(
    options: &FaultOptions,
    counter: Counter,
    proxy: &Proxy,
    acknowledged: &RefCell<BTreeSet<String>>,
    say: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let over = AtomicBool::new(false);
    let told = |packet: PacketId| {
        acknowledged.borrow_mut().insert(packet.to_string());
    };
    let mut shift = Shift::new(&counter, &options.assets, options.seed, &told)?;
    std::thread::scope(|scope| {
        scope.spawn(|| flap(proxy, options.seed, &over));
        let mut work = || -> anyhow::Result<()> {
            for run in 0..options.runs {
                shift.enrol()?;
                say(&format!("{} enrolled through the bad network", run + 1));
            }
            Ok(())
        };
        let worked = work();
        over.store(true, Ordering::SeqCst);
        worked
    })?;
    proxy.mend();
    say("the network stays; waiting for the last receipt");
    counter.send(desk::Command::Outbox(desk::OutboxAct::TryNow))?;
    counter.wait_long("the last receipt", DRAIN, |s| s.queue.outbox == 0)?;
    Ok(())
}

pub(crate) fn flap(proxy: &Proxy, seed: u64, over: &AtomicBool) {
    let mut random = StdRng::seed_from_u64(seed ^ 0xF1A9);
    while !over.load(Ordering::SeqCst) {
        proxy.cut();
        std::thread::sleep(Duration::from_millis(random.random_range(50..900)));
        proxy.mend();
        std::thread::sleep(Duration::from_millis(random.random_range(50..900)));
    }
}

/// Lost, and too many.
fn count(
    station: &Path,
    centre: &Centre,
    acknowledged: &BTreeSet<String>,
) -> anyhow::Result<(u64, u64)> {
    let figures = centre.resting_figures(DRAIN)?;
    let count = |key: &str| {
        figures
            .get(key)
            .and_then(serde_json::Value::as_u64)
            .with_context(|| format!("the centre counts no {key}"))
    };
    let settled = settled(&station.join(desk::STORE_FILE))?;
    let held = count("accepted")? + count("quarantined")?;
    let (lost, extra) = balance(acknowledged, &settled, held);
    Ok((lost, count("duplicated_effects")? + extra))
}

/// Lost, and too many: what the station calls settled has the centre's signed receipt, and the centre counts as many.
fn balance(acknowledged: &BTreeSet<String>, settled: &BTreeSet<String>, held: u64) -> (u64, u64) {
    let missing = acknowledged.difference(settled).count() as u64;
    let kept = settled.len() as u64;
    (
        missing.max(kept.saturating_sub(held)),
        held.saturating_sub(kept),
    )
}

/// The packets for which the station holds the centre's receipt.
fn settled(store: &Path) -> anyhow::Result<BTreeSet<String>> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = rusqlite::Connection::open_with_flags(store, flags)?;
    let mut statement = connection
        .prepare("SELECT lower(hex(packet)) FROM applications WHERE stage = 'settled'")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut packets = BTreeSet::new();
    for hex in rows {
        let hex = hex?;
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        packets.insert(format!(
            "{}-{}-{}-{}-{}",
            part(0, 8),
            part(8, 12),
            part(12, 16),
            part(16, 20),
            part(20, 32)
        ));
    }
    Ok(packets)
}
