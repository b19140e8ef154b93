//! `test` and `lint`: what has to hold before a change lands.

use std::io::{BufRead, BufReader};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};

use crate::phases::{Phases, Tally};
use crate::{full, setup, shell, tools};

/// A source file longer than this is named by `lint` (ARCHITECTURE.md, house rules).
const LONG_FILE_LINES: usize = 500;

/// The window's run with real key events, in crates/workstation/tests/window.rs.
const WINDOW_TEST: &str = "an_officer_enrols_with_nothing_but_keys";

/// Everything that CI runs; `full` adds the long runs. With names of parts, these alone.
pub(crate) fn test(full: bool, names: &[String]) -> Result<ExitCode> {
    let parts = full::chosen(names)?;
    if !names.is_empty() {
        setup::prepare(true)?;
        let mut phases = Phases::default();
        long_parts(&mut phases, &parts);
        return Ok(exit_code(phases.report()));
    }
    let mut phases = Phases::default();
    let start = std::time::Instant::now();
    setup::prepare(full)?;
    println!("set-up: {:.1} s", start.elapsed().as_secs_f64());

    format(&mut phases);
    // Everything is compiled here, in one go and with the features that the test run has, so that the next phase times tests only.
    // `--bins`: tests start the real programs.
    let built = phases.run("build with lints", |_| shell::run(&mut programs()));
    if built {
        phases.run("tests", |tally| {
            count(linted("test --workspace --locked --no-fail-fast"), tally)
        });
        window(&mut phases);
    }
    if full && built {
        long_parts(&mut phases, &parts);
    }
    Ok(exit_code(phases.report()))
}

fn long_parts(phases: &mut Phases, parts: &[full::Part]) {
    for part in parts {
        phases.run(part.name, |tally| part.run(tally));
    }
}

/// Builds the programs that tests start.
pub(crate) fn programs() -> Command {
    linted("build --workspace --bins --tests --examples --locked")
}

/// The checks that need no run of the tests.
pub(crate) fn lint() -> Result<ExitCode> {
    let mut phases = Phases::default();
    format(&mut phases);
    phases.run("clippy", |_| shell::run(&mut programs()));
    phases.run("arrows and house rules", |tally| {
        count(
            shell::cargo("test --locked --package shanakht-tests --test arrows --test house --test languages"),
            tally,
        )
    });
    phases.run("licences", |_| deny(false));
    for (file, lines) in long_files()? {
        println!(
            "note: {file} has {lines} lines (over {LONG_FILE_LINES}): does it own more than one thing?"
        );
    }
    Ok(exit_code(phases.report()))
}

fn exit_code(passed: bool) -> ExitCode {
    if passed {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn format(phases: &mut Phases) {
    phases.run("format", |_| {
        shell::run(&mut shell::cargo("fmt --all --check"))
    });
}

/// `cargo` whose compiler of our own crates is clippy's: it lints while it builds, so that foreign crates are compiled once, where
/// `cargo clippy` would check each of them apart. It inlines less than the plain compiler, so nothing is timed on what it builds; heap
/// allocations are the same, and are counted.
fn linted(arguments: &str) -> Command {
    let mut command = shell::cargo(arguments);
    command
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        // As `cargo clippy -- -D warnings` hands its arguments over.
        .env("CLIPPY_ARGS", "-D__CLIPPY_HACKERY__warnings");
    command
}

/// The window's run with real key events, under a screen of its own.
fn window(phases: &mut Phases) {
    phases.run("window under Xvfb", |tally| {
        // All tests are named and then filtered, because another choice of packages or targets would be another choice of features,
        // and a new build.
        let test = linted(&format!(
            "test --workspace --locked --tests -- --ignored --exact {WINDOW_TEST}"
        ));
        let before = tally.passed;
        count(under_xvfb(&test), tally)?;
        if tally.passed == before {
            bail!("no test is named {WINDOW_TEST}");
        }
        Ok(())
    });
}

/// Every test that is ignored by default.
pub(crate) fn long(tally: &mut Tally) -> Result<()> {
    let test =
        linted("test --workspace --locked --no-fail-fast --tests -- --ignored --test-threads=1");
    let mut command = under_xvfb(&test);
    command.env(
        "SHANAKHT_VM_CAMERA",
        shell::root().join("tests/tools/vm-camera"),
    );
    let program = shell::target_directory()?
        .join(shell::Profile::Dev.folder())
        .join("shanakht");
    command.env(
        "SHANAKHT_CAMERA_COMMAND",
        format!("{} camera", program.display()),
    );
    count(command, tally)
}

/// The tests in which a stranger's program reads the centre's description and attacks what it finds.
pub(crate) fn api(program: &std::path::Path, tally: &mut Tally) -> Result<()> {
    let mut command =
        linted("test --locked --package shanakht-tests --test strangers schemathesis -- --ignored");
    command.env("SHANAKHT_SCHEMATHESIS", program);
    count(command, tally)
}

/// The test in which packets lie in a stranger's bucket.
pub(crate) fn bucket(program: &std::path::Path, tally: &mut Tally) -> Result<()> {
    let mut command = linted("test --locked --package shanakht-central --test s3 -- --ignored");
    command.env("SHANAKHT_S3_SERVER", program);
    count(command, tally)
}

/// The same command with a virtual screen, drawn in software.
pub(crate) fn under_xvfb(inner: &Command) -> Command {
    let mut command = shell::command("xvfb-run");
    command
        .args(["-a", "-s", "-screen 0 1600x1000x24"])
        .arg(inner.get_program())
        .args(inner.get_args())
        .envs(
            inner
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .env("LIBGL_ALWAYS_SOFTWARE", "1")
        .env_remove("WAYLAND_DISPLAY");
    command
}

/// Runs a test command, passes its lines on and counts its tests; the names of the failed ones come once more at the end.
pub(crate) fn count(mut command: Command, tally: &mut Tally) -> Result<()> {
    let shown = shell::shown(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot start {shown}"))?;
    let output = child.stdout.take().context("no output to read")?;
    let mut failed = Vec::new();
    for line in BufReader::new(output).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        println!("{line}");
        tally.read(&line);
        if let Some(name) = line
            .strip_prefix("test ")
            .and_then(|rest| rest.strip_suffix(" ... FAILED"))
        {
            failed.push(name.to_owned());
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{shown} ended with {status}; failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Licences, bans and sources of all dependencies. `install`: fetch cargo-deny where it is missing (some minutes).
pub(crate) fn deny(install: bool) -> Result<()> {
    if shell::find_program("cargo-deny").is_none() {
        if !install {
            println!(
                "cargo-deny is not installed: licences are not checked here (`cargo xtask test --full` does)"
            );
            return Ok(());
        }
        tools::install("cargo-deny")?;
    }
    shell::run(&mut shell::cargo(
        "deny --offline check bans licenses sources",
    ))
}

/// Our Rust files over the limit, longest first.
fn long_files() -> Result<Vec<(String, usize)>> {
    let list = shell::output(shell::command("git").args(["ls-files", "*.rs"]))?;
    let mut long = Vec::new();
    for file in list.lines() {
        let lines = std::fs::read_to_string(shell::root().join(file))
            .unwrap_or_default()
            .lines()
            .count();
        if lines > LONG_FILE_LINES {
            long.push((file.to_owned(), lines));
        }
    }
    long.sort_by_key(|(_, lines)| std::cmp::Reverse(*lines));
    Ok(long)
}
