//! `shanakht-simulate`: office days without a window.

use anyhow::Context;
use clap::{Parser, Subcommand};
use simulate::{
    CentreFaultOptions, DayOptions, FaultKind, FaultOptions, WholeKind, WholeOptions, WholeRun,
};
use std::path::PathBuf;

/// Scripted office days through the real desk, SQLite, HTTP and PostgreSQL.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// An office day: enrolments, reviews, an hour without network, a power cut, receipts.
    ///
    /// Ends with an error when an enrolment was lost, counted twice, or left something on the disk.
    /// Example: shanakht-simulate day --applicants 12 --seed 1 --json day.json
    Day {
        /// How many applicants come.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=2000))]
        applicants: u32,
        /// Decides who they are and what happens to them.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the figures go; standard output without it.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Keeps centre and station data in this new folder; without it nothing is kept.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The repository's `assets` folder.
        #[arg(long)]
        assets: Option<PathBuf>,
        /// An existing PostgreSQL database instead of a private one.
        #[arg(long)]
        database: Option<String>,
    },
    /// Faults on purpose: what was acknowledged must reach the centre once and leave nothing behind.
    ///
    /// Example: shanakht-simulate faults --kind power --runs 1000 --seed 1 --json faults.json
    Faults {
        /// Which fault.
        #[arg(long)]
        kind: Kind,
        /// Runs; of `kill` and `cable`: kills, or applicants.
        #[arg(long, default_value_t = 5)]
        runs: u32,
        /// Decides what happens in each.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The number of the first run: shares of a larger volume add up, and one number repeats one run.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Through the whole desk, with a centre and pictures, instead of over the store alone.
        #[arg(long)]
        desk: bool,
        /// Where the figures go; standard output without it.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Keeps centre and station data in this new folder; without it nothing is kept.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The repository's `assets` folder.
        #[arg(long)]
        assets: Option<PathBuf>,
    },
    /// Faults at the centre: replicas over one database are killed, stopped and cut off while stations deliver; each packet must take
    /// effect once, and none may be quarantined.
    ///
    /// Example: shanakht-simulate centre-faults --runs 20 --seed 1 --json centre-faults.json
    CentreFaults {
        /// How many runs, each with stations of its own.
        #[arg(long, default_value_t = 5)]
        runs: u32,
        /// Decides what happens in each.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Where the figures go; standard output without it.
        #[arg(long)]
        json: Option<PathBuf>,
        /// Keeps the centre's data in this new folder; without it nothing is kept.
        #[arg(long)]
        data: Option<PathBuf>,
        /// The repository's `assets` folder.
        #[arg(long)]
        assets: Option<PathBuf>,
    },
    /// One run through a whole station, whose figures are printed: the child of `faults --kind people` and `faults --desk`.
    #[command(hide = true)]
    RunAlone {
        #[arg(long)]
        kind: String,
        /// The centre's folder.
        #[arg(long)]
        centre: PathBuf,
        /// Where it listens.
        #[arg(long)]
        address: std::net::SocketAddr,
        #[arg(long)]
        assets: PathBuf,
        /// An empty folder.
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        number: u64,
        /// Breaks something on purpose, to be noticed.
        #[arg(long)]
        control: bool,
    },
    /// A station that enrols until it is killed: the child of `faults --kind kill`.
    #[command(hide = true)]
    Station {
        #[arg(long)]
        data: PathBuf,
        #[arg(long)]
        assets: PathBuf,
        #[arg(long)]
        seed: u64,
        #[arg(long)]
        enrol: u32,
        #[arg(long)]
        drain: bool,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// Power cuts at random acts of the disk, over store, engine and documents.
    Power,
    /// Every operation of the disk fails, in every way.
    Io,
    /// The disk fills up.
    DiskFull,
    /// A link that loses, repeats and lies, and ends that crash.
    Network,
    /// Wall clocks that lie.
    Clock,
    /// Whole processes, with pictures: the station's is killed at random moments.
    Kill,
    /// Whole processes, with pictures: staff leaves, forgets, is replaced, comes late.
    People,
    /// Whole processes, with pictures: the cable is pulled and put back at random moments.
    Cable,
}

/// What carries a kind out.
enum Through {
    Store(faults::Kind),
    Station(FaultKind),
    Whole(WholeKind),
}

impl Kind {
    /// Of the kinds that run over store, engine and documents, `desk` means whole processes with pictures instead.
    fn through(self, desk: bool) -> Through {
        let (light, whole) = match self {
            Self::Power => (faults::Kind::Power, WholeKind::Power),
            Self::Io => (faults::Kind::Io, WholeKind::Io),
            Self::DiskFull => (faults::Kind::DiskFull, WholeKind::DiskFull),
            Self::Network => (faults::Kind::Network, WholeKind::Network),
            Self::Clock => (faults::Kind::Clock, WholeKind::Clock),
            Self::Kill => return Through::Station(FaultKind::Kill),
            Self::Cable => return Through::Station(FaultKind::Cable),
            Self::People => return Through::Whole(WholeKind::People),
        };
        if desk {
            Through::Whole(whole)
        } else {
            Through::Store(light)
        }
    }
}

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let started = std::time::Instant::now();
    let say = |line: &str| eprintln!("{:6.1} s  {line}", started.elapsed().as_secs_f64());
    match Arguments::parse().verb {
        Verb::Day {
            applicants,
            seed,
            json,
            data,
            assets,
            database,
        } => {
            let place = Place::open(data)?;
            let options = DayOptions {
                applicants,
                seed,
                data: place.path(),
                assets: simulate::assets(assets.as_deref()),
                database,
            };
            let report = simulate::run(&options, &say)?;
            give(&report, json)?;
            anyhow::ensure!(
                report.kept_its_promises(),
                "the day broke a promise: {} lost, {} twice, {} bytes left on the disk",
                report.lost,
                report.duplicated,
                report.residue_bytes
            );
        }
        Verb::Faults {
            kind,
            runs,
            seed,
            from,
            desk,
            json,
            data,
            assets,
        } => {
            let kind = match kind.through(desk) {
                Through::Store(kind) => return without_desk(kind, runs, seed, from, json, &say),
                Through::Whole(kind) => {
                    let place = Place::open(data)?;
                    let options = WholeOptions {
                        kind,
                        runs: u64::from(runs),
                        seed,
                        from,
                        data: place.path(),
                        assets: simulate::assets(assets.as_deref()),
                    };
                    let report = simulate::run_whole(&options, &say)?;
                    return promised(kind.name(), seed, from, report, json);
                }
                Through::Station(kind) => kind,
            };
            let place = Place::open(data)?;
            let options = FaultOptions {
                kind,
                runs,
                from,
                seed,
                data: place.path(),
                assets: simulate::assets(assets.as_deref()),
            };
            let report = simulate::run_faults(&options, &say)?;
            give(&report, json)?;
            anyhow::ensure!(
                report.kept_its_promises(),
                "the faults broke a promise: {} lost, {} twice, {} bytes left on the disk",
                report.lost,
                report.duplicated,
                report.residue_bytes
            );
        }
        Verb::CentreFaults {
            runs,
            seed,
            json,
            data,
            assets,
        } => {
            let place = Place::open(data)?;
            let options = CentreFaultOptions {
                runs,
                seed,
                data: place.path(),
                models: simulate::assets(assets.as_deref()).join("models"),
            };
            let report = simulate::run_centre_faults(&options, &say)?;
            give(&report, json)?;
            anyhow::ensure!(
                report.kept_its_promises(),
                "the centre broke a promise: {} lost, {} twice, {} honest packets in quarantine",
                report.lost,
                report.duplicated,
                report.wrongly_quarantined
            );
        }
        Verb::RunAlone {
            kind,
            centre,
            address,
            assets,
            data,
            seed,
            number,
            control,
        } => {
            let run = WholeRun {
                kind: WholeKind::from_name(&kind).context("no such kind")?,
                centre,
                address,
                assets,
                data,
                seed,
                number,
                control,
            };
            give(&simulate::run_alone(&run)?, None)?;
        }
        Verb::Station {
            data,
            assets,
            seed,
            enrol,
            drain,
        } => simulate::run_station(&data, &assets, seed, enrol, drain)?,
    }
    Ok(())
}

/// Fault runs over store, engine and documents.
fn without_desk(
    kind: faults::Kind,
    runs: u32,
    seed: u64,
    from: u64,
    json: Option<PathBuf>,
    say: &dyn Fn(&str),
) -> anyhow::Result<()> {
    let plan = faults::Plan {
        kind,
        runs: u64::from(runs),
        seed,
        from,
    };
    let report = faults::run(&plan, say)?;
    promised(kind.name(), seed, from, report, json)
}

/// The figures with what names their runs; an error where a promise was broken.
fn promised(
    kind: &str,
    seed: u64,
    from: u64,
    report: faults::FaultReport,
    json: Option<PathBuf>,
) -> anyhow::Result<()> {
    let share = faults::Share {
        kind: kind.to_owned(),
        seed,
        from,
        report,
    };
    give(&share, json)?;
    let report = &share.report;
    anyhow::ensure!(
        report.kept_its_promises(),
        "the faults broke a promise, or a control was not noticed: the figures say which runs"
    );
    Ok(())
}

/// The figures, as JSON.
fn give(report: &impl serde::Serialize, json: Option<PathBuf>) -> anyhow::Result<()> {
    let text = serde_json::to_string_pretty(report)?;
    if let Some(path) = json {
        std::fs::write(&path, format!("{text}\n")).with_context(|| format!("{}", path.display()))
    } else {
        show(&text);
        Ok(())
    }
}

/// Where centre and station keep their data.
enum Place {
    Kept(PathBuf),
    Thrown(tempfile::TempDir),
}

impl Place {
    fn open(kept: Option<PathBuf>) -> anyhow::Result<Self> {
        match kept {
            Some(folder) => {
                anyhow::ensure!(
                    !folder.exists(),
                    "{} is already there; name a new folder",
                    folder.display()
                );
                std::fs::create_dir_all(&folder)
                    .with_context(|| format!("{}", folder.display()))?;
                Ok(Self::Kept(folder))
            }
            None => Ok(Self::Thrown(
                tempfile::tempdir().context("a temporary folder")?,
            )),
        }
    }

    fn path(&self) -> PathBuf {
        match self {
            Self::Kept(folder) => folder.clone(),
            Self::Thrown(folder) => folder.path().to_owned(),
        }
    }
}

#[allow(clippy::print_stdout)] // the figures are what this command is for
fn show(text: &str) {
    println!("{text}");
}
