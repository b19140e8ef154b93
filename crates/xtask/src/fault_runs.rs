//! The record of fault runs that were made once, over days: shares are appended, never twice, and the sums are printed.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::shell;

/// The record, in the repository.
const RECORD: &str = "docs/fault-runs.csv";
const HEAD: &str =
    "kind,seed,from,runs,commit,acknowledged,lost,duplicated,residue_bytes,control_failures,date";
/// What is summed, as the programs call it.
const FIGURES: [&str; 5] = [
    "acknowledged",
    "lost",
    "duplicated",
    "residue_bytes",
    "control_failures",
];

/// One share of a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Share {
    kind: String,
    seed: u64,
    from: u64,
    runs: u64,
    commit: String,
    figures: [u64; FIGURES.len()],
    date: String,
}

impl Share {
    /// What a program of fault runs wrote with `--json`.
    fn of_json(text: &str, commit: &str, date: &str) -> Result<Self> {
        let json: serde_json::Value = serde_json::from_str(text).context("no JSON")?;
        let number = |key: &str| {
            let found = json.get(key).and_then(serde_json::Value::as_u64);
            found.with_context(|| format!("the figures have no {key}"))
        };
        let mut figures = [0; FIGURES.len()];
        for (figure, key) in figures.iter_mut().zip(FIGURES) {
            *figure = number(key)?;
        }
        let kind = json.get("kind").and_then(serde_json::Value::as_str);
        Ok(Self {
            kind: kind.context("the figures have no kind")?.to_owned(),
            seed: number("seed")?,
            from: number("from")?,
            runs: number("runs")?,
            commit: commit.to_owned(),
            figures,
            date: date.to_owned(),
        })
    }

    fn of_line(line: &str) -> Result<Self> {
        let parts: Vec<&str> = line.split(',').collect();
        let [kind, seed, from, runs, commit, figures @ .., date] = parts.as_slice() else {
            bail!("{RECORD}: not a share: {line}");
        };
        let number = |text: &str| {
            let read = text.parse::<u64>();
            read.with_context(|| format!("{RECORD}: {text} is no number: {line}"))
        };
        let figures = figures.iter().map(|text| number(text));
        let figures: Vec<u64> = figures.collect::<Result<_>>()?;
        Ok(Self {
            kind: (*kind).to_owned(),
            seed: number(seed)?,
            from: number(from)?,
            runs: number(runs)?,
            commit: (*commit).to_owned(),
            figures: figures
                .try_into()
                .map_err(|_| anyhow::anyhow!("{RECORD}: figures are missing: {line}"))?,
            date: (*date).to_owned(),
        })
    }

    fn line(&self) -> String {
        let figures = self.figures.map(|figure| figure.to_string()).join(",");
        let Self {
            kind,
            seed,
            from,
            runs,
            commit,
            date,
            ..
        } = self;
        format!("{kind},{seed},{from},{runs},{commit},{figures},{date}")
    }

    /// Whether both have a run in common.
    fn overlaps(&self, other: &Self) -> bool {
        let end = |share: &Self| share.from.saturating_add(share.runs);
        self.kind == other.kind
            && self.seed == other.seed
            && self.from < end(other)
            && other.from < end(self)
    }
}

/// Every share of the record.
#[derive(Debug, Default)]
struct Record(Vec<Share>);

impl Record {
    fn read(text: &str) -> Result<Self> {
        let mut lines = text.lines();
        ensure!(
            lines.next() == Some(HEAD),
            "{RECORD} does not begin with {HEAD}"
        );
        let mut record = Self::default();
        for line in lines {
            record.add(Share::of_line(line)?)?;
        }
        Ok(record)
    }

    /// Refuses runs that are in it already: sums would count them twice.
    fn add(&mut self, share: Share) -> Result<()> {
        ensure!(share.runs > 0, "a share without a run: {}", share.line());
        if let Some(other) = self.0.iter().find(|other| other.overlaps(&share)) {
            bail!(
                "runs of these are in the record already; nothing was added:\n  {}\n  {}",
                other.line(),
                share.line()
            );
        }
        self.0.push(share);
        Ok(())
    }

    fn text(&self) -> String {
        let lines = self.0.iter().map(Share::line);
        let mut text = HEAD.to_owned();
        for line in lines {
            text.push('\n');
            text.push_str(&line);
        }
        text + "\n"
    }

    /// A line for each kind: runs and figures, summed over all seeds.
    fn sums(&self) -> String {
        let mut kinds: Vec<&str> = self.0.iter().map(|share| share.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut text = format!("{:<12} {:>10}", "kind", "runs");
        for figure in FIGURES {
            let _ = write!(text, " {figure:>16}");
        }
        for kind in kinds {
            let of_kind = || self.0.iter().filter(|share| share.kind == kind);
            let runs: u64 = of_kind().map(|share| share.runs).sum();
            let _ = write!(text, "\n{kind:<12} {runs:>10}");
            for place in 0..FIGURES.len() {
                let figure = |share: &Share| share.figures.get(place).copied().unwrap_or(0);
                let _ = write!(text, " {:>16}", of_kind().map(figure).sum::<u64>());
            }
        }
        text
    }
}

/// Appends the figures in `files`, which the code of `commit` (this one where none is named) made today, and prints the sums.
pub(crate) fn record(files: &[PathBuf], commit: Option<&str>) -> Result<ExitCode> {
    let path = shell::root().join(RECORD);
    let text = std::fs::read_to_string(&path).with_context(|| RECORD.to_owned())?;
    let mut record = Record::read(&text)?;
    let commit = match commit {
        Some(commit) => commit.to_owned(),
        None => shell::output(shell::command("git").args(["rev-parse", "--short=7", "HEAD"]))?,
    };
    let date = shell::output(shell::command("date").args(["-u", "+%Y-%m-%d"]))?;
    for file in files {
        let read = |file: &Path| -> Result<Share> {
            let text = std::fs::read_to_string(file)?;
            Share::of_json(&text, commit.trim(), date.trim())
        };
        let share = read(file).with_context(|| format!("{}", file.display()))?;
        record.add(share)?;
    }
    if !files.is_empty() {
        std::fs::write(&path, record.text()).with_context(|| RECORD.to_owned())?;
    }
    println!("{}", record.sums());
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn share(kind: &str, seed: u64, from: u64, runs: u64) -> Share {
        let json = serde_json::json!({
            "kind": kind, "seed": seed, "from": from, "runs": runs, "acknowledged": 12 * runs, "lost": 0,
            "duplicated": 0, "residue_bytes": 16, "control_failures": 0,
        });
        Share::of_json(&json.to_string(), "abc1234", "2026-11-28").unwrap()
    }

    #[test]
    fn shares_add_up_and_come_back_as_they_were_written() {
        let mut record = Record::default();
        record.add(share("power", 7, 0, 100)).unwrap();
        record.add(share("power", 7, 100, 50)).unwrap();
        record.add(share("power", 8, 0, 100)).unwrap();
        record.add(share("people", 7, 0, 10)).unwrap();
        let again = Record::read(&record.text()).unwrap();
        assert_eq!(again.0, record.0);
        let sums = again.sums();
        let power = sums.lines().find(|line| line.starts_with("power")).unwrap();
        let words: Vec<&str> = power.split_whitespace().collect();
        assert_eq!(words, ["power", "250", "3000", "0", "0", "48", "0"]);
    }

    #[test]
    fn no_run_is_counted_twice() {
        let mut record = Record::default();
        record.add(share("power", 7, 100, 50)).unwrap();
        for (from, runs) in [(100, 50), (149, 1), (0, 101), (90, 100)] {
            assert!(record.add(share("power", 7, from, runs)).is_err());
        }
        record.add(share("power", 7, 150, 1)).unwrap();
        record.add(share("power", 7, 99, 1)).unwrap();
        assert_eq!(record.0.len(), 3);
        let mut twice = record.text();
        twice.push_str(&share("power", 7, 120, 2).line());
        assert!(Record::read(&twice).is_err(), "not by hand either");
    }
}
