//! `mutants`: faults on purpose, one patch each in `tests/mutants/`. A test that does not notice one proves nothing.
//!
//! A patch begins with what it does and, behind `test:`, the arguments of the `cargo test` that must notice it. The patches are applied to a
//! second checkout, so that the one that somebody works in is never touched.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

/// Where the patches are, in the repository.
const FOLDER: &str = "tests/mutants";

struct Mutant {
    name: String,
    patch: PathBuf,
    /// Arguments of the test that must fail.
    test: String,
}

/// Applies the named patches, or all, one by one.
pub(crate) fn run(names: &[String]) -> Result<ExitCode> {
    let mut mutants = read_all()?;
    if !names.is_empty() {
        mutants.retain(|mutant| names.contains(&mutant.name));
    }
    ensure!(!mutants.is_empty(), "no mutant has that name");
    let tree = checkout()?;
    // The control: without a mutant every one of these tests passes.
    let tests: BTreeSet<&str> = mutants.iter().map(|m| m.test.as_str()).collect();
    for test in tests {
        println!("\n== without a mutant: cargo test {test}");
        ensure!(
            shell::run(&mut cargo_test(&tree, test)?).is_ok(),
            "the test fails without a mutant: cargo test {test}"
        );
    }
    let mut alive = Vec::new();
    for mutant in &mutants {
        println!("\n== {}", mutant.name);
        match is_noticed(&tree, mutant) {
            Ok(true) => println!("{}: dead", mutant.name),
            Ok(false) => alive.push(format!("{}: survives", mutant.name)),
            Err(error) => alive.push(format!("{}: {error:#}", mutant.name)),
        }
    }
    for line in &alive {
        println!("{line}");
    }
    println!(
        "{} passed, {} failed",
        mutants.len() - alive.len(),
        alive.len()
    );
    Ok(if alive.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read_all() -> Result<Vec<Mutant>> {
    let mut mutants = Vec::new();
    for entry in std::fs::read_dir(shell::root().join(FOLDER)).context(FOLDER)? {
        let patch = entry?.path();
        let Some(name) = patch.file_stem().filter(|_| is_patch(&patch)) else {
            continue;
        };
        let text = std::fs::read_to_string(&patch)?;
        let test = text
            .lines()
            .find_map(|line| line.strip_prefix("test: "))
            .with_context(|| format!("{} names no test", patch.display()))?;
        mutants.push(Mutant {
            name: name.to_string_lossy().into_owned(),
            test: test.to_owned(),
            patch,
        });
    }
    mutants.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(mutants)
}

fn is_patch(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "patch")
}

/// A checkout of the last commit beside the build's own files.
pub(crate) fn checkout() -> Result<PathBuf> {
    let tree = shell::target_directory()?.join("shanakht/mutants");
    if tree.exists() {
        shell::run(
            git(&tree)
                .args(["checkout", "--quiet", "--force", "--detach"])
                .arg(head()?),
        )?;
    } else {
        let mut add = shell::command("git");
        add.args(["worktree", "add", "--quiet", "--force", "--detach"]);
        shell::run(add.arg(&tree).arg(head()?))?;
    }
    Ok(tree)
}

fn head() -> Result<String> {
    let commit = shell::output(shell::command("git").args(["rev-parse", "HEAD"]))?;
    Ok(commit.trim().to_owned())
}

fn git(tree: &Path) -> Command {
    let mut git = shell::command("git");
    git.arg("-C").arg(tree);
    git
}

fn cargo_test(tree: &Path, arguments: &str) -> Result<Command> {
    let mut test = shell::cargo(&format!("test --locked {arguments}"));
    test.current_dir(tree)
        .env("CARGO_TARGET_DIR", shell::target_directory()?);
    Ok(test)
}

/// Whether the test fails with the patch; a patch that does not apply or does not compile is an error.
fn is_noticed(tree: &Path, mutant: &Mutant) -> Result<bool> {
    shell::run(git(tree).arg("apply").arg(&mutant.patch)).context("the patch does not apply")?;
    let judged = judge(tree, &mutant.test);
    shell::run(git(tree).args(["checkout", "--quiet", "--force", "."]))?;
    judged
}

fn judge(tree: &Path, test: &str) -> Result<bool> {
    let (what, _) = test.split_once(" -- ").unwrap_or((test, ""));
    if shell::run(&mut cargo_test(tree, &format!("{what} --no-run"))?).is_err() {
        bail!("the mutant does not compile");
    }
    Ok(shell::run(&mut cargo_test(tree, test)?).is_err())
}
