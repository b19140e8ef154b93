//! `shanakht-simulate`: office days without a window.

use anyhow::Context;
use clap::{Parser, Subcommand};
use simulate::{DayOptions, DayReport};
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
    /// An office day: enrolments, reviews, an hour without network, a restart, receipts.
    ///
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
}

fn main() -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let Verb::Day { applicants, seed, json, data, assets, database } = Arguments::parse().verb;
    let folder = match &data {
        Some(_) => None,
        None => Some(tempfile::tempdir().context("a temporary folder")?),
    };
    let data = data.or_else(|| folder.as_ref().map(|f| f.path().to_owned())).context("a folder")?;
    let options = DayOptions { applicants, seed, data, assets: simulate::assets(assets.as_deref()), database };
    let started = std::time::Instant::now();
    let report = simulate::run(&options, &|line| eprintln!("{:6.1} s  {line}", started.elapsed().as_secs_f64()))?;
    let text = serde_json::to_string_pretty(&report)?;
    match json {
        Some(path) => std::fs::write(&path, text + "\n").with_context(|| format!("{}", path.display()))?,
        None => show(&text),
    }
    anyhow::ensure!(good(&report), "the day broke a promise: {}", serde_json::to_string(&report)?);
    Ok(())
}

/// Never lose an enrolment, never keep a face.
fn good(report: &DayReport) -> bool {
    report.lost == 0 && report.duplicated == 0 && report.residue_bytes == 0
}

#[allow(clippy::print_stdout)] // the figures are what this command is for
fn show(text: &str) {
    println!("{text}");
}
