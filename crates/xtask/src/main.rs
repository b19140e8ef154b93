//! `cargo xtask VERB`: the two commands of the README (`run`, `test`) and everything else that a developer runs by name.
//!
//! Each verb does its own set-up, works with stdin closed, and prints what it starts. It builds in seconds, so nothing heavy is linked
//! here: the work is done by the programs that it calls. It owns no rule of registration.

#![allow(clippy::print_stdout)] // a command line's output

mod assets;
mod bench;
mod centre;
mod checks;
mod fault_runs;
mod full;
mod fuzz;
mod milvus;
mod mutants;
mod package;
mod packages;
mod phases;
mod python;
mod run;
mod screenshots;
mod setup;
mod shard;
mod shell;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};

#[derive(Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about,
    disable_help_subcommand = true
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Start a centre, activate a station and open the window; without a display, run an office day and print its figures
    Run {
        /// No window, even where there is a display
        #[arg(long)]
        headless: bool,
        /// Language of the window at the start
        #[arg(long, value_enum, default_value_t = Language::En)]
        lang: Language,
    },
    /// Format, lints, every test; what CI runs
    Test {
        /// Also the long runs, the camera in a virtual machine and the licences
        #[arg(long)]
        full: bool,
        /// Only this part of the long runs; may be repeated
        #[arg(long = "part", value_name = "NAME", requires = "full")]
        parts: Vec<String>,
        /// Print the parts of the long runs and stop
        #[arg(long)]
        list: bool,
    },
    /// Append figures of fault runs to the committed record, and print its sums; a run is never counted twice
    FaultRuns {
        /// What `--json` of fault runs wrote; without a file, the sums alone
        files: Vec<PathBuf>,
        /// The commit whose code made them; this one where none is named
        #[arg(long)]
        commit: Option<String>,
    },
    /// Measure against peers and write rows to a JSON file; without names, everything
    Bench {
        /// Which: see `cargo xtask bench --list`
        names: Vec<String>,
        /// Where the rows go
        #[arg(long, value_name = "FILE", required_unless_present = "list")]
        json: Option<PathBuf>,
        /// Print the names and stop
        #[arg(long)]
        list: bool,
    },
    /// Format, clippy, the arrows between crates, file lengths; licences too where cargo-deny is installed
    Lint,
    /// Faults on purpose, one patch each: every one must make its test fail; or a share of those that cargo-mutants makes
    Mutants {
        /// Which: names of files in tests/mutants (with --shard: queue, sync, desk/core, central/ingest); without a name, all
        names: Vec<String>,
        /// A share of cargo-mutants' instead of the patches: K of N from 0, or `today`, which goes on by one every day
        #[arg(long, value_name = "K/N")]
        shard: Option<shard::Shard>,
        /// Where the share's figures go
        #[arg(long, value_name = "FILE", requires = "shard")]
        json: Option<PathBuf>,
    },
    /// libFuzzer over every parser, beginning from real input
    Fuzz {
        /// Which: names in tests/src/parsers.rs; without a name, all
        names: Vec<String>,
        /// How long each
        #[arg(long, default_value_t = 60)]
        seconds: u32,
    },
    /// Build shanakht-simulate and run it with the arguments that follow
    Simulate {
        /// Passed on, e.g. `day --applicants 12 --seed 1 --json out.json`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Every screen in both languages and themes as PNG, from the real window
    Screenshots {
        /// Folder for the pictures; made if it is missing
        directory: PathBuf,
    },
    /// Check and install what the build, the tests and the programs need; does nothing when all is there
    Setup {
        /// Also what `test --full` needs
        #[arg(long)]
        full: bool,
    },
    /// Put the release programs and their assets into one archive
    Package,
}

/// A language of the window.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Language {
    En,
    Ur,
}

impl Language {
    /// The name that the programs take.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Ur => "ur",
        }
    }
}

fn main() -> ExitCode {
    let verb = Cli::parse().verb;
    match carry_out(verb) {
        Ok(code) => code,
        Err(error) if error.is::<setup::NeedsPerson>() => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn carry_out(verb: Verb) -> Result<ExitCode> {
    match verb {
        Verb::Run { headless, lang } => run::run(headless, lang),
        Verb::Test { list: true, .. } => {
            println!("{}", full::listed());
            Ok(ExitCode::SUCCESS)
        }
        Verb::Test { full, parts, .. } => checks::test(full, &parts),
        Verb::FaultRuns { files, commit } => fault_runs::record(&files, commit.as_deref()),
        Verb::Bench { list: true, .. } => bench::list(),
        Verb::Bench { names, json, .. } => bench::run(&names, json.as_deref()),
        Verb::Lint => checks::lint(),
        Verb::Mutants {
            names,
            shard: Some(shard),
            json,
        } => shard::run(shard, &names, json.as_deref()),
        Verb::Mutants { names, .. } => mutants::run(&names),
        Verb::Fuzz { names, seconds } => fuzz::run(&names, seconds),
        Verb::Simulate { arguments } => run::simulate(&arguments),
        Verb::Screenshots { directory } => screenshots::take(&directory),
        Verb::Setup { full } => setup::prepare(full).map(|()| ExitCode::SUCCESS),
        Verb::Package => package::make(),
    }
}
