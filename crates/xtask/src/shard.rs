//! `mutants --shard`: a share of all the mutants that `cargo-mutants` makes of the parts that lose or keep enrolments.
//!
//! Which share: the one that is named, or the day's, so that runs on as many days as there are shares cover everything without
//! anybody keeping count. A mutant that no test notices needs a reason in `tests/mutants/missed.txt`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use crate::{mutants, shell, tools};

/// How many shares there are unless somebody asks for another number.
const SHARES: u64 = 120;
/// Reasons for what is missed: `FILE: MUTANT => REASON`, a line each.
const MISSED: &str = "tests/mutants/missed.txt";
/// The parts, each with the tests that must notice, and its files.
const PARTS: [Part; 4] = [
    Part {
        name: "queue",
        package: "shanakht-queue",
        files: &["crates/queue/src/**/*.rs"],
        without: &["crates/queue/src/bin/**", "crates/queue/src/testing.rs"],
    },
    Part {
        name: "sync",
        package: "shanakht-sync",
        files: &["crates/sync/src/**/*.rs"],
        without: &[],
    },
    Part {
        name: "desk/core",
        package: "shanakht-desk",
        files: &["crates/desk/src/core.rs", "crates/desk/src/core/**/*.rs"],
        without: &[],
    },
    Part {
        name: "central/ingest",
        package: "shanakht-central",
        files: &["crates/central/src/ingest/**/*.rs"],
        without: &[],
    },
];

struct Part {
    name: &'static str,
    package: &'static str,
    files: &'static [&'static str],
    without: &'static [&'static str],
}

/// One of so many shares, from 0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Shard {
    which: u64,
    of: u64,
}

impl std::str::FromStr for Shard {
    type Err = anyhow::Error;

    /// `K/N` with K from 0 to N-1, or `today`.
    fn from_str(text: &str) -> Result<Self> {
        if text == "today" {
            let days = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400;
            return Ok(Self {
                which: days % SHARES,
                of: SHARES,
            });
        }
        let (which, of) = text.split_once('/').context("write K/N or today")?;
        let shard = Self {
            which: which.parse()?,
            of: of.parse()?,
        };
        ensure!(shard.which < shard.of, "K/N counts from 0 to N-1");
        Ok(shard)
    }
}

/// Runs a share over the named parts, or all; writes the figures where `json` says.
pub(crate) fn run(shard: Shard, names: &[String], json: Option<&Path>) -> Result<ExitCode> {
    tools::install("cargo-mutants")?;
    let unknown: Vec<&String> = names
        .iter()
        .filter(|name| PARTS.iter().all(|part| part.name != **name))
        .collect();
    ensure!(unknown.is_empty(), "no such part: {unknown:?}");
    let reasons = reasons()?;
    let tree = mutants::checkout()?;
    let mut rows = Vec::new();
    let mut unexplained = Vec::new();
    for part in PARTS
        .iter()
        .filter(|part| names.is_empty() || names.iter().any(|name| name == part.name))
    {
        println!("\n== {} {}/{}", part.name, shard.which, shard.of);
        let row = part.run(&tree, shard, &reasons, &mut unexplained)?;
        println!("{row}");
        rows.push(row);
    }
    let all = json!({ "shard": format!("{}/{}", shard.which, shard.of), "parts": rows });
    if let Some(file) = json {
        std::fs::write(file, format!("{all:#}\n")).with_context(|| file.display().to_string())?;
    }
    for mutant in &unexplained {
        println!("missed without a reason: {mutant}");
    }
    println!("{} passed, {} failed", rows.len(), unexplained.len());
    Ok(if unexplained.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

impl Part {
    fn arguments(&self) -> Vec<String> {
        let mut arguments = vec![
            "mutants".to_owned(),
            "--package".into(),
            self.package.into(),
        ];
        for file in self.files {
            arguments.extend(["--file".to_owned(), (*file).to_owned()]);
        }
        for file in self.without {
            arguments.extend(["--exclude".to_owned(), (*file).to_owned()]);
        }
        arguments
    }

    fn run(
        &self,
        tree: &Path,
        shard: Shard,
        reasons: &BTreeMap<String, String>,
        unexplained: &mut Vec<String>,
    ) -> Result<Value> {
        let mut list = shell::cargo("");
        list.current_dir(tree).args(self.arguments()).arg("--list");
        let all = shell::output(&mut list)?.lines().count();
        let output = shell::target_directory()?.join("shanakht/cargo-mutants");
        std::fs::create_dir_all(&output)?;
        let mut run = shell::cargo("");
        run.current_dir(tree)
            .args(self.arguments())
            .arg("--in-place")
            .args(["--shard", &format!("{}/{}", shard.which, shard.of)])
            .args([
                "--minimum-test-timeout",
                "120",
                "--no-times",
                "--colors",
                "never",
            ])
            .arg("--output")
            .arg(&output)
            .env("CARGO_TARGET_DIR", shell::target_directory()?);
        // Its exit status says what the file says too; without the file nothing was run.
        let ended = shell::run(&mut run);
        let outcomes = output.join("mutants.out/outcomes.json");
        let outcomes: Value = if let Ok(bytes) = std::fs::read(&outcomes) {
            serde_json::from_slice(&bytes)?
        } else {
            ended?;
            bail!("cargo-mutants wrote no {}", outcomes.display());
        };
        let figure = |key: &str| outcomes[key].as_u64().unwrap_or(0);
        let missed = survivors(&output)?;
        let mut told = Vec::new();
        for mutant in missed {
            let reason = reasons.get(&mutant);
            if reason.is_none() {
                unexplained.push(mutant.clone());
            }
            told.push(json!({ "mutant": mutant, "reason": reason }));
        }
        let tested = figure("caught") + figure("missed") + figure("timeout") + figure("unviable");
        ensure!(tested > 0 || all == 0, "no mutant of {} was run", self.name);
        Ok(json!({
            "part": self.name,
            "all": all,
            "share": tested as f64 / all.max(1) as f64,
            "caught": figure("caught") + figure("timeout"),
            "missed": figure("missed"),
            "unviable": figure("unviable"),
            "survivors": told,
        }))
    }
}

fn survivors(output: &Path) -> Result<Vec<String>> {
    let file: PathBuf = output.join("mutants.out/missed.txt");
    let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    Ok(text.lines().filter_map(without_place).collect())
}

/// `FILE:LINE:COLUMN: MUTANT` without the place, which every change of the file moves.
fn without_place(line: &str) -> Option<String> {
    let (file, rest) = line.split_once(".rs:")?;
    let (_, mutant) = rest.split_once(": ")?;
    Some(format!("{file}.rs: {mutant}"))
}

fn reasons() -> Result<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(shell::root().join(MISSED)).context(MISSED)?;
    let lines = text.lines().map(str::trim);
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| {
            let (mutant, reason) = line
                .split_once(" => ")
                .with_context(|| format!("{MISSED}: no reason in: {line}"))?;
            ensure!(!reason.trim().is_empty(), "{MISSED}: no reason in: {line}");
            Ok((mutant.to_owned(), reason.to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_survivor_is_named_without_its_place() {
        let line = "crates/queue/src/file.rs:81:5: replace connect -> Result<(), E> with Ok(())";
        let named = "crates/queue/src/file.rs: replace connect -> Result<(), E> with Ok(())";
        assert_eq!(without_place(line).as_deref(), Some(named));
        let operator = "crates/sync/src/chunk.rs:9:20: replace < with == in Chunk::lost";
        assert_eq!(
            without_place(operator).as_deref(),
            Some("crates/sync/src/chunk.rs: replace < with == in Chunk::lost")
        );
    }

    #[test]
    fn a_share_is_named_or_the_days() {
        assert_eq!("3/8".parse::<Shard>().unwrap(), Shard { which: 3, of: 8 });
        assert!("8/8".parse::<Shard>().is_err() && "8".parse::<Shard>().is_err());
        let today: Shard = "today".parse().unwrap();
        assert!(today.of == SHARES && today.which < SHARES);
    }

    #[test]
    fn every_reason_that_is_written_down_can_be_read() {
        reasons().unwrap();
    }
}
