//! `fuzz`: libFuzzer over every parser of `tests/src/parsers.rs`, each for a while, beginning from real input.
//!
//! What a run found interesting stays under the build's folder and is where the next one goes on. No sanitizer: our code has no
//! `unsafe`; what counts are panics, time and memory.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Result, ensure};

use crate::phases::Phases;
use crate::{shell, tools};

/// Where the targets are.
const FOLDER: &str = "tests/fuzz";
/// libFuzzer's own memory, what it keeps of inputs, and the 64 MiB that an input may take.
const MEMORY_MB: u32 = 320;

/// Runs the named targets, or all, each for so many seconds.
pub(crate) fn run(names: &[String], seconds: u32) -> Result<ExitCode> {
    let mut phases = Phases::default();
    let all = prepare()?;
    let unknown: Vec<&String> = names.iter().filter(|name| !all.contains(name)).collect();
    ensure!(
        unknown.is_empty(),
        "no such target: {unknown:?}; there are {}",
        all.join(", ")
    );
    for name in all.iter().filter(|n| names.is_empty() || names.contains(n)) {
        phases.run(&format!("fuzz {name}"), |tally| {
            let done = one(name, seconds);
            if done.is_ok() {
                tally.passed += 1;
            } else {
                tally.failed += 1;
            }
            done
        });
    }
    Ok(if phases.report() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Every target in turn, for `test --full`.
pub(crate) fn all(seconds: u32) -> Result<()> {
    let failed: Vec<String> = prepare()?
        .into_iter()
        .filter(|name| {
            one(name, seconds)
                .inspect_err(|e| println!("{e:#}"))
                .is_err()
        })
        .collect();
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Builds the targets; gives their names.
fn prepare() -> Result<Vec<String>> {
    tools::install("cargo-fuzz")?;
    shell::run(&mut cargo_fuzz("build")?)?;
    let list = shell::output(cargo_fuzz_plain("list").arg("--fuzz-dir").arg(FOLDER))?;
    Ok(list.split_whitespace().map(str::to_owned).collect())
}

fn one(name: &str, seconds: u32) -> Result<()> {
    let (corpus, found) = (place("corpus")?.join(name), place("found")?.join(name));
    std::fs::create_dir_all(&corpus)?;
    std::fs::create_dir_all(&found)?;
    let mut fuzz = cargo_fuzz("run")?;
    // The target itself writes the real input there before it begins.
    fuzz.env("SHANAKHT_CORPUS", &corpus);
    fuzz.arg(name).arg(&corpus).arg("--");
    fuzz.args([
        format!("-max_total_time={seconds}"),
        "-timeout=5".to_owned(),
        format!("-rss_limit_mb={MEMORY_MB}"),
        format!("-artifact_prefix={}/", found.display()),
        "-print_final_stats=1".to_owned(),
        "-verbosity=0".to_owned(),
    ]);
    shell::run(&mut fuzz)
}

fn cargo_fuzz(verb: &str) -> Result<Command> {
    let mut command = cargo_fuzz_plain(verb);
    command
        .args(["--fuzz-dir", FOLDER, "--sanitizer", "none"])
        .arg("--target-dir")
        .arg(place("build")?);
    Ok(command)
}

/// libFuzzer's coverage wants flags that a stable compiler gives to nobody who does not insist.
fn cargo_fuzz_plain(verb: &str) -> Command {
    let mut command = shell::cargo(&format!("fuzz {verb}"));
    command.env("RUSTC_BOOTSTRAP", "1");
    command
}

fn place(what: &str) -> Result<PathBuf> {
    let folder = shell::target_directory()?
        .join(Path::new("shanakht/fuzz"))
        .join(what);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
