//! The fault runs alone, and the recorder of their envelopes.

use anyhow::Context;
use clap::{Parser, Subcommand};
use faults::{Kind, Plan, Share};
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Faults on purpose over store, engine and documents.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes runs of one kind.
    Run {
        /// power, io, disk-full, clock or network.
        #[arg(long)]
        kind: String,
        /// How many.
        #[arg(long, default_value_t = 100)]
        runs: u64,
        /// Decides what happens in each.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The number of the first run.
        #[arg(long, default_value_t = 0)]
        from: u64,
        /// Threads that share the runs.
        #[arg(long, default_value_t = 1)]
        threads: u64,
        /// Where the figures go; standard output without it.
        #[arg(long)]
        json: Option<PathBuf>,
    },
    /// Says how many runs of kind io are every operation of the disk in every way.
    Ways {
        /// The seed of the journey.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Makes the recorded envelopes anew from real pictures.
    Record {
        /// The folder of the pictures.
        #[arg(long)]
        pictures: PathBuf,
        /// The folder of the recording.
        #[arg(long)]
        to: PathBuf,
    },
}

fn main() -> anyhow::Result<ExitCode> {
    match Arguments::parse().command {
        Command::Run {
            kind,
            runs,
            seed,
            from,
            threads,
            json,
        } => {
            let kind = Kind::from_name(&kind).context("no such kind")?;
            let plan = Plan {
                kind,
                runs,
                seed,
                from,
            };
            let report = faults::run_shared(&plan, threads, &|line| eprintln!("{line}"))?;
            let promised = report.kept_its_promises();
            let share = Share {
                kind: kind.name().to_owned(),
                seed,
                from,
                report,
            };
            let text = serde_json::to_string_pretty(&share)?;
            match json {
                Some(path) => fs::write(path, text + "\n").context("the figures")?,
                #[allow(clippy::print_stdout, reason = "the program's output")]
                None => println!("{text}"),
            }
            Ok(if promised {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
        Command::Ways { seed } => {
            let ways = faults::io_ways(seed)?;
            #[allow(clippy::print_stdout, reason = "the program's output")]
            {
                println!("{ways}");
            }
            Ok(ExitCode::SUCCESS)
        }
        Command::Record { pictures, to } => {
            faults::record(&pictures, &to)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}
