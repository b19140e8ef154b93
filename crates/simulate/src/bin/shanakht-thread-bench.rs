//! The bench of the thread from the camera to the receipt: real desk, centre and database on one machine.

use anyhow::Context;
use clap::Parser;
use std::path::PathBuf;

#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
    /// How many people are enrolled.
    #[arg(long, default_value_t = 12)]
    applicants: u32,
    /// The repository's `assets` folder.
    #[arg(long)]
    assets: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let rows = simulate::bench_thread(
        folder.path(),
        &simulate::assets(arguments.assets.as_deref()),
        arguments.applicants,
        &|line| eprintln!("{line}"),
    )?;
    let text = serde_json::to_string_pretty(&rows)?;
    std::fs::write(&arguments.json, format!("{text}\n"))
        .with_context(|| format!("{}", arguments.json.display()))
}
