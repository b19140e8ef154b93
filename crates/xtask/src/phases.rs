//! A run in phases: each is announced, timed and remembered, and a failing one does not hide what the others would say.

use std::time::{Duration, Instant};

use anyhow::Result;

/// What happened so far.
#[derive(Default)]
pub(crate) struct Phases {
    done: Vec<Phase>,
    tally: Tally,
}

struct Phase {
    name: String,
    took: Duration,
    failed: bool,
}

/// Tests counted from what the test programs print.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) ignored: u64,
}

impl Tally {
    /// Adds a line like `test result: ok. 12 passed; 0 failed; 1 ignored; …`; other lines change nothing.
    pub(crate) fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result: ") else {
            return;
        };
        let counts = counts.split_once(". ").map_or(counts, |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(Ok(count)), Some(what)) = (words.next().map(str::parse::<u64>), words.next())
            else {
                continue;
            };
            match what {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

impl Phases {
    /// Carries out one phase; `false` when it failed.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce(&mut Tally) -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let result = work(&mut self.tally);
        if let Err(error) = &result {
            println!("{name}: {error:#}");
        }
        self.done.push(Phase {
            name: name.to_owned(),
            took: start.elapsed(),
            failed: result.is_err(),
        });
        result.is_ok()
    }

    /// Prints the times and the count; `true` when everything passed.
    ///
    /// A failed phase in which no test failed (format, lints, a build) counts as one failure, so that the last line never says
    /// "0 failed" over a failed run.
    pub(crate) fn report(&self) -> bool {
        println!("\n{:<28} {:>9}", "phase", "seconds");
        for phase in &self.done {
            let mark = if phase.failed { "  FAILED" } else { "" };
            println!("{:<28} {:>9.1}{mark}", phase.name, phase.took.as_secs_f64());
        }
        let total: Duration = self.done.iter().map(|phase| phase.took).sum();
        println!("{:<28} {:>9.1}", "all", total.as_secs_f64());
        let phases = self.done.iter().filter(|phase| phase.failed).count() as u64;
        let failed = self.tally.failed.max(phases);
        if self.tally.ignored > 0 {
            println!(
                "{} not run here; each says why (`cargo xtask test --full` runs the long ones)",
                self.tally.ignored
            );
        }
        println!("{} passed, {failed} failed", self.tally.passed);
        failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_summed_over_the_test_programs() {
        let mut tally = Tally::default();
        for line in [
            "running 12 tests",
            "test result: ok. 11 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
            "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.02s",
        ] {
            tally.read(line);
        }
        let expected = Tally {
            passed: 14,
            failed: 2,
            ignored: 1,
        };
        assert_eq!(tally, expected);
    }

    #[test]
    fn a_failed_phase_without_tests_fails_the_run() {
        let mut phases = Phases::default();
        phases.run("lints", |_| anyhow::bail!("one lint"));
        assert!(!phases.report());
    }
}
