//! `bench`: every bench program of the workspace, its rows in one file and as a table.
//!
//! A bench program is a binary named `shanakht-NAME-bench` that takes `--json FILE` and writes an array of rows
//! `{"name","value","unit","peer","peer_value","ratio","samples"}`; peer, peer_value and ratio are null where the peer is not installed.
//! The window's own bench is `shanakht bench-ui --json FILE`, run under Xvfb.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::checks::under_xvfb;
use crate::shell::Profile;
use crate::{python, setup, shell};

/// Python packages that serve as peers, with their versions.
const PEERS: &str = "crates/xtask/bench-peers.txt";
/// The name of the window's bench.
const WINDOW: &str = "window";

/// Prints the names.
pub(crate) fn list() -> Result<ExitCode> {
    for name in names()? {
        println!("{name}");
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the named benches (all when none is named) and writes their rows to `json`.
pub(crate) fn run(wanted: &[String], json: Option<&Path>) -> Result<ExitCode> {
    let json = std::path::absolute(json.context("--json FILE is missing")?)?;
    let known = names()?;
    if let Some(unknown) = wanted.iter().find(|name| !known.contains(name)) {
        bail!(
            "no bench is called {unknown}; there are: {}",
            known.join(", ")
        );
    }
    setup::prepare(false)?;
    let programs = shell::build_programs(Profile::Release)?;
    let python = peers();
    let scratch = shell::target_directory()?.join("bench");
    std::fs::create_dir_all(&scratch)?;

    let mut rows = Vec::new();
    let mut failed = Vec::new();
    for name in known
        .iter()
        .filter(|name| wanted.is_empty() || wanted.contains(name))
    {
        println!("\n== {name}");
        let start = Instant::now();
        let file = scratch.join(format!("{name}.json"));
        // Rows of an earlier run must not stand for this one's.
        std::fs::write(&file, "")?;
        let mut command = program(name, &programs, &file);
        if let Some(python) = &python {
            command.env("SHANAKHT_PYTHON", python);
        }
        match shell::run(&mut command).and_then(|()| read_rows(&file)) {
            Ok(mut more) => rows.append(&mut more),
            Err(error) => {
                println!("{name}: {error:#}");
                failed.push(name.as_str());
            }
        }
        println!("{name}: {:.0} s", start.elapsed().as_secs_f64());
    }
    std::fs::write(&json, serde_json::to_string_pretty(&rows)? + "\n")
        .with_context(|| format!("cannot write {}", json.display()))?;
    println!("\n{}", table(&rows));
    println!("{} rows in {}", rows.len(), json.display());
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("failed: {}", failed.join(", "));
    Ok(ExitCode::FAILURE)
}

/// The benches that the workspace has now.
fn names() -> Result<Vec<String>> {
    let text = shell::output(&mut shell::cargo(
        "metadata --no-deps --format-version 1 --locked",
    ))?;
    let metadata: Value = serde_json::from_str(&text).context("cargo metadata gave no JSON")?;
    let mut names: Vec<String> = items(&metadata["packages"])
        .flat_map(|package| items(&package["targets"]))
        .filter(|target| items(&target["kind"]).any(|kind| kind == "bin"))
        .filter_map(|target| target["name"].as_str())
        .filter_map(|name| {
            name.strip_prefix("shanakht-")?
                .strip_suffix("-bench")
                .map(str::to_owned)
        })
        .collect();
    names.sort();
    names.push(WINDOW.to_owned());
    Ok(names)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn program(name: &str, programs: &Path, file: &Path) -> Command {
    if name == WINDOW {
        let mut window = shell::command(programs.join("shanakht"));
        window.arg("bench-ui").arg("--json").arg(file);
        return under_xvfb(&window);
    }
    let mut command = shell::command(programs.join(format!("shanakht-{name}-bench")));
    command.arg("--json").arg(file);
    command
}

fn read_rows(file: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("{} was not written", file.display()))?;
    let value: Value =
        serde_json::from_str(&text).with_context(|| format!("{} is not JSON", file.display()))?;
    match value {
        Value::Array(rows) => Ok(rows),
        row => Ok(vec![row]),
    }
}

fn table(rows: &[Value]) -> String {
    let mut table = format!(
        "{:<44} {:>12} {:<12} {:>12} {:>7} {:>8}  peer\n",
        "name", "value", "unit", "peer value", "ratio", "samples"
    );
    for row in rows {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| row[key].as_f64().map(figure).unwrap_or_default();
        let _ = writeln!(
            table,
            "{:<44} {:>12} {:<12} {:>12} {:>7} {:>8}  {}",
            text("name"),
            number("value"),
            text("unit"),
            number("peer_value"),
            number("ratio"),
            row["samples"],
            text("peer")
        );
    }
    table
}

/// Three or more significant digits, without a tail.
fn figure(value: f64) -> String {
    match value.abs() {
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 0.1 => format!("{value:.3}"),
        _ => format!("{value:.5}"),
    }
}

/// A Python with the peers; `None` where they cannot be had, and then their columns stay empty.
fn peers() -> Option<PathBuf> {
    Some(python::environment("peers", PEERS)?.join("python"))
}
