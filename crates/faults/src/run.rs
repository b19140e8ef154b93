//! Runs of one kind, their controls, and the figures; shares of one volume add up.

use crate::centre::Keeping;
use crate::disk::Syncs;
use crate::ledger::Said;
use crate::workbench::Workbench;
use crate::world::{RunResult, World};
use crate::{FaultError, Random, clock, disk_full, io, network, power};
use domain::Stage;
use serde::{Deserialize, Serialize};
use std::time::Instant;

/// Runs in which a control must fail at least once.
const CONTROL_RUNS: u64 = 60;
/// Findings that a report names; the others are counted.
const FINDINGS_KEPT: usize = 20;
/// The controls' dice are not those of any run.
const CONTROL_SEED: u64 = 0xC0_17_20_15;

/// Which fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Power cuts at random acts of the disk.
    Power,
    /// Every operation of the disk fails, in every way.
    Io,
    /// The disk fills up.
    DiskFull,
    /// Wall clocks that lie.
    Clock,
    /// A link that loses, repeats and lies, and ends that crash.
    Network,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Power,
        Self::Io,
        Self::DiskFull,
        Self::Clock,
        Self::Network,
    ];

    /// Its name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Power => "power",
            Self::Io => "io",
            Self::DiskFull => "disk-full",
            Self::Clock => "clock",
            Self::Network => "network",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    fn controls(self) -> &'static [Control] {
        match self {
            Self::Power => &[Control::SyncsAsNormal, Control::SyncsThatLie],
            Self::Io => &[Control::FailedSyncsUnheard],
            Self::DiskFull => &[Control::NoBallast],
            Self::Clock => &[Control::ClockBelieved],
            Self::Network => &[
                Control::Centre(Keeping::Nothing),
                Control::Centre(Keeping::NoIds),
                Control::Centre(Keeping::NoOffsets),
                Control::StaleOffsets,
            ],
        }
    }
}

/// What is broken on purpose; the runs must notice.
#[derive(Debug, Clone, Copy)]
enum Control {
    SyncsAsNormal,
    SyncsThatLie,
    FailedSyncsUnheard,
    NoBallast,
    ClockBelieved,
    Centre(Keeping),
    StaleOffsets,
}

impl Control {
    fn run(self, bench: &Workbench, random: Random) -> Result<RunResult, FaultError> {
        match self {
            Self::SyncsAsNormal => power::run(bench, random, Syncs::Normal),
            Self::SyncsThatLie => power::run(bench, random, Syncs::Lies),
            Self::FailedSyncsUnheard => io::unheard(bench, random),
            Self::NoBallast => disk_full::run(bench, random, 0),
            Self::ClockBelieved => clock::run(bench, random, true),
            Self::Centre(keeping) => network::run(bench, random, keeping, false),
            Self::StaleOffsets => network::run(bench, random, Keeping::Promises, true),
        }
    }

    /// Whether it failed in the way that it must.
    fn is_noticed(self, result: &RunResult) -> bool {
        match self {
            Self::SyncsAsNormal
            | Self::SyncsThatLie
            | Self::FailedSyncsUnheard
            | Self::Centre(Keeping::Nothing) => result.lost > 0,
            Self::Centre(Keeping::NoIds) => result.duplicated > 0,
            Self::NoBallast | Self::ClockBelieved | Self::Centre(_) | Self::StaleOffsets => {
                result.broken > 0
            }
        }
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Which fault.
    pub kind: Kind,
    /// How many runs.
    pub runs: u64,
    /// Decides what happens in each.
    pub seed: u64,
    /// The number of the first run: a share of a larger volume.
    pub from: u64,
}

/// A run that found something; `--seed SEED --from RUN --runs 1` repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its number.
    pub run: u64,
    /// In words.
    pub what: String,
}

/// What was counted. Every figure is a sum over runs, so that shares add up.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct FaultReport {
    /// Runs that were made.
    pub runs: u64,
    /// Acknowledgements that a person saw: saved, submitted, slip, approved.
    pub acknowledged: u64,
    /// Acknowledged, and not so afterwards.
    pub lost: u64,
    /// More effects at the centre than enrolments.
    pub duplicated: u64,
    /// Bytes left on the station's disk.
    pub residue_bytes: u64,
    /// Controls that should have failed and did not.
    pub control_failures: u64,
    /// Bytes of settled packets in files that the store set aside after the disk had failed: no file of these is ever deleted.
    pub set_aside_bytes: u64,
    /// Other promises that did not hold: books, uploads that stand still, leases.
    pub broken: u64,
    /// The acknowledgements by their word.
    pub said: Said,
    /// Packets opened at the centre that hold the face that was enrolled.
    pub faces: u64,
    /// Faults of the disk that struck; a power cut may come when there is nothing left to do.
    pub struck: u64,
    /// Controls that were made.
    pub controls: u64,
    /// Runs after which something was not as promised.
    pub failed_runs: u64,
    /// The first of them.
    pub findings: Vec<Finding>,
    /// Wall clock.
    pub seconds: f64,
}

/// The figures of a share, with what names its runs: shares of one kind and seed add up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Share {
    /// The kind's name on a command line.
    pub kind: String,
    /// The seed.
    pub seed: u64,
    /// The number of the first run.
    pub from: u64,
    /// What was counted.
    #[serde(flatten)]
    pub report: FaultReport,
}

impl FaultReport {
    /// Nothing lost, nothing twice, nothing left, nothing broken, every control noticed, and faces were there.
    pub fn kept_its_promises(&self) -> bool {
        self.lost + self.duplicated + self.residue_bytes + self.broken + self.control_failures == 0
            && (self.runs == 0 || self.faces > 0)
    }

    /// Adds another share of the same volume.
    pub fn add(&mut self, other: &Self) {
        self.runs += other.runs;
        self.acknowledged += other.acknowledged;
        self.lost += other.lost;
        self.duplicated += other.duplicated;
        self.residue_bytes += other.residue_bytes;
        self.set_aside_bytes += other.set_aside_bytes;
        self.control_failures += other.control_failures;
        self.broken += other.broken;
        self.said.add(&other.said);
        self.faces += other.faces;
        self.struck += other.struck;
        self.controls += other.controls;
        self.failed_runs += other.failed_runs;
        self.findings.extend(other.findings.iter().cloned());
        self.findings.truncate(FINDINGS_KEPT);
        self.seconds += other.seconds;
    }

    fn count(&mut self, run: u64, result: &RunResult) {
        self.runs += 1;
        self.acknowledged += result.said.total();
        self.said.add(&result.said);
        self.lost += result.lost;
        self.duplicated += result.duplicated;
        self.residue_bytes += result.residue_bytes;
        self.set_aside_bytes += result.set_aside_bytes;
        self.broken += result.broken;
        self.faces += result.faces;
        self.struck += result.struck;
        if !result.is_clean() {
            self.failed_runs += 1;
        }
        if self.findings.len() < FINDINGS_KEPT && !result.is_clean() {
            self.findings.push(Finding {
                run,
                what: result.findings.join("; "),
            });
        }
    }
}

/// How many runs of kind [`Kind::Io`] are every operation of the disk, failing in every way, once and for good.
///
/// # Errors
/// [`FaultError`] where the harness itself fails.
pub fn io_ways(seed: u64) -> Result<u64, FaultError> {
    Ok(io::operations(&Workbench::new()?, seed)?.ways())
}

/// Makes the runs and then the controls; `say` is told of every run that found something.
///
/// # Errors
/// [`FaultError`] where the harness itself fails.
pub fn run(plan: &Plan, say: &dyn Fn(&str)) -> Result<FaultReport, FaultError> {
    let started = Instant::now();
    let bench = Workbench::new()?;
    let mut report = FaultReport::default();
    let operations = match plan.kind {
        Kind::Io => Some(io::operations(&bench, plan.seed)?),
        _ => None,
    };
    for number in plan.from..plan.from.saturating_add(plan.runs) {
        let random = Random::of_run(plan.seed, number);
        let mut result = match (plan.kind, operations) {
            (Kind::Io, Some(operations)) => io::run(&bench, operations, plan.seed, number)?,
            (Kind::Power | Kind::Io, _) => power::run(&bench, random, Syncs::Honest)?,
            (Kind::DiskFull, _) => disk_full::run(&bench, random, disk_full::BALLAST_BYTES)?,
            (Kind::Clock, _) => clock::run(&bench, random, false)?,
            (Kind::Network, _) => network::run(&bench, random, Keeping::Promises, false)?,
        };
        result.struck = bench.disk.struck();
        if !result.is_clean() {
            let (kind, seed) = (plan.kind.name(), plan.seed);
            let what = result.findings.join("; ");
            say(&format!(
                "--kind {kind} --seed {seed} --from {number} --runs 1: {what}"
            ));
        }
        report.count(number, &result);
    }
    controls(&bench, plan, &mut report, say)?;
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

/// The same, shared among so many threads; each share makes the controls too.
///
/// # Errors
/// [`FaultError`] where the harness itself fails.
pub fn run_shared(
    plan: &Plan,
    threads: u64,
    say: &(dyn Fn(&str) + Sync),
) -> Result<FaultReport, FaultError> {
    let started = Instant::now();
    let threads = threads.clamp(1, plan.runs.max(1));
    let shares: Vec<Plan> = (0..threads)
        .map(|n| {
            let begin = |n: u64| plan.runs * n / threads;
            Plan {
                from: plan.from.saturating_add(begin(n)),
                runs: begin(n + 1) - begin(n),
                ..*plan
            }
        })
        .collect();
    let made: Vec<Result<FaultReport, FaultError>> = std::thread::scope(|scope| {
        let running: Vec<_> = shares
            .iter()
            .map(|share| scope.spawn(move || run(share, &|line| say(line))))
            .collect();
        let crashed = || Err(FaultError::Setup("a thread of runs crashed"));
        running
            .into_iter()
            .map(|share| share.join().unwrap_or_else(|_| crashed()))
            .collect()
    });
    let mut report = FaultReport::default();
    for share in made {
        report.add(&share?);
    }
    report.seconds = started.elapsed().as_secs_f64();
    Ok(report)
}

fn controls(
    bench: &Workbench,
    plan: &Plan,
    report: &mut FaultReport,
    say: &dyn Fn(&str),
) -> Result<(), FaultError> {
    for control in plan.kind.controls() {
        report.controls += 1;
        let mut noticed = false;
        for number in 0..CONTROL_RUNS {
            let random = Random::of_run(plan.seed ^ CONTROL_SEED, plan.from.wrapping_add(number));
            if control.is_noticed(&control.run(bench, random)?) {
                noticed = true;
                break;
            }
        }
        if !noticed {
            report.control_failures += 1;
            say(&format!("the control {control:?} was not noticed"));
        }
    }
    report.controls += 1;
    if !search_sees_what_waits(bench, plan)? {
        report.control_failures += 1;
        say("the search for residue finds nothing where envelopes wait");
    }
    Ok(())
}

/// The search's own control: while a packet waits, it is found.
fn search_sees_what_waits(bench: &Workbench, plan: &Plan) -> Result<bool, FaultError> {
    bench.fresh(Syncs::Honest)?;
    let random = Random::of_run(plan.seed ^ CONTROL_SEED, plan.from);
    let mut world = World::new(bench, random, Keeping::Promises, 0, 0);
    world.comes(0, Stage::Outbox);
    world.start();
    while !world.people_are_done() {
        if world.desk_step() != crate::world::Step::Worked {
            return Ok(false);
        }
    }
    Ok(world.everything_there()? > 0)
}
