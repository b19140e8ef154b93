//! The bench of an upload through a slow link: real desk, centre and database, and `curl` through the same proxy.

use anyhow::Context;
use clap::Parser;
use std::path::PathBuf;

#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
    /// The repository's `assets` folder.
    #[arg(long)]
    assets: Option<PathBuf>,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir().context("a temporary folder")?;
    let assets = simulate::assets(arguments.assets.as_deref());
    let rows = simulate::bench_link(folder.path(), &assets, &|line| eprintln!("{line}"))?;
    let text = serde_json::to_string_pretty(&rows)?;
    std::fs::write(&arguments.json, format!("{text}\n"))
        .with_context(|| format!("{}", arguments.json.display()))
}
