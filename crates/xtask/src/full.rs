//! The parts of `cargo xtask test --full`: each runs alone by its name and leaves its figures in a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::phases::Tally;
use crate::{checks, fuzz, milvus, mutants, python, shard, shell};

/// Decides what happens in the runs; the same every time, so that a failing run can be repeated.
const SEED: &str = "1";

/// How long each parser is fuzzed.
const FUZZ_SECONDS: u32 = 60;

/// What a part does.
#[derive(Clone, Copy)]
enum Does {
    /// Fault runs over store, engine and documents: a release build, since nothing of OpenCV is in it.
    Light {
        kind: &'static str,
        runs: Runs,
    },
    /// Fault runs of whole processes or through the whole desk, by the programs that the tests use.
    Whole {
        kind: &'static str,
        runs: u32,
        desk: bool,
    },
    /// Faults at the centre, over whole processes.
    Centre {
        runs: u32,
    },
    /// Every test that is ignored by default.
    Tests,
    /// The centre's API, by a stranger that reads its description.
    Api,
    /// The centre with its search on Milvus, against a server of PyPI's.
    Milvus,
    /// Packets in a stranger's bucket.
    Bucket,
    /// Every parser by a coverage-guided fuzzer.
    Fuzz,
    /// Every fault on purpose of `tests/mutants`.
    NamedMutants,
    /// The day's share of all that `cargo-mutants` can think of.
    MutantsShare,
    Licences,
}

#[derive(Clone, Copy)]
enum Runs {
    Number(u64),
    /// Every operation of the disk in every way.
    EveryWay,
}

/// A part by its name.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) name: &'static str,
    about: &'static str,
    does: Does,
}

const fn light(name: &'static str, runs: u64, about: &'static str) -> Part {
    let runs = Runs::Number(runs);
    Part {
        name,
        about,
        does: Does::Light { kind: name, runs },
    }
}

const fn whole(
    name: &'static str,
    kind: &'static str,
    runs: u32,
    desk: bool,
    about: &'static str,
) -> Part {
    Part {
        name,
        about,
        does: Does::Whole { kind, runs, desk },
    }
}

/// All of them, in their order.
pub(crate) const PARTS: &[Part] = &[
    light("power", 20_000, "20,000 power cuts over the store"),
    Part {
        name: "io",
        about: "every operation of the disk, failing in every way",
        does: Does::Light {
            kind: "io",
            runs: Runs::EveryWay,
        },
    },
    light("disk-full", 500, "500 full disks"),
    light("clock", 100, "100 weeks with clocks that lie"),
    light("network", 100_000, "100,000 bad links"),
    whole(
        "kill",
        "kill",
        200,
        false,
        "200 processes killed, with pictures",
    ),
    whole(
        "people",
        "people",
        500,
        false,
        "500 offices whose people come and go",
    ),
    whole(
        "desk-power",
        "power",
        20,
        true,
        "20 power cuts through the whole desk, with pictures",
    ),
    whole(
        "desk-io",
        "io",
        20,
        true,
        "20 failing disks through the whole desk",
    ),
    whole(
        "desk-disk-full",
        "disk-full",
        20,
        true,
        "20 full disks through the whole desk",
    ),
    whole(
        "desk-network",
        "network",
        20,
        true,
        "20 bad links through the whole desk",
    ),
    whole(
        "desk-clock",
        "clock",
        20,
        true,
        "20 wrong clocks through the whole desk",
    ),
    Part {
        name: "centre",
        about: "20 runs of replicas that are killed, stopped and cut off while stations deliver",
        does: Does::Centre { runs: 20 },
    },
    Part {
        name: "tests",
        about: "every test that is ignored by default",
        does: Does::Tests,
    },
    Part {
        name: "api",
        about: "the real centre's API by schemathesis, from its own description",
        does: Does::Api,
    },
    Part {
        name: "milvus",
        about: "the centre's search on Milvus: the home's promises, faults of the engine, licences",
        does: Does::Milvus,
    },
    Part {
        name: "bucket",
        about: "packets in a bucket of moto, which speaks S3",
        does: Does::Bucket,
    },
    Part {
        name: "fuzz",
        about: "every parser for a minute",
        does: Does::Fuzz,
    },
    Part {
        name: "named-mutants",
        about: "every fault on purpose of tests/mutants is noticed",
        does: Does::NamedMutants,
    },
    Part {
        name: "mutants-share",
        about: "the day's share of all mutants of queue, sync, the desk's core and the centre's ingest",
        does: Does::MutantsShare,
    },
    Part {
        name: "licences",
        about: "licences, bans and sources of all dependencies",
        does: Does::Licences,
    },
];

/// The parts of these names; without a name, all.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Part>> {
    if names.is_empty() {
        return Ok(PARTS.to_vec());
    }
    let find = |name: &String| {
        let found = PARTS.iter().find(|part| part.name == name).copied();
        found.with_context(|| format!("no part is named {name}; there are:\n{}", listed()))
    };
    names.iter().map(find).collect()
}

/// Their names and what they do, one a line.
pub(crate) fn listed() -> String {
    let line = |part: &Part| format!("{:<15} {}", part.name, part.about);
    let lines: Vec<String> = PARTS.iter().map(line).collect();
    lines.join("\n")
}

impl Part {
    pub(crate) fn run(&self, tally: &mut Tally) -> Result<()> {
        match self.does {
            Does::Light { kind, runs } => light_runs(self.name, kind, runs),
            Does::Whole { kind, runs, desk } => whole_runs(self.name, kind, runs, desk),
            Does::Centre { runs } => centre_runs(self.name, runs),
            Does::Tests => checks::long(tally),
            Does::Api => checks::api(&stranger("st")?, tally),
            Does::Bucket => checks::bucket(&stranger("moto_server")?, tally),
            Does::Milvus => milvus::all(tally),
            Does::Fuzz => fuzz::all(FUZZ_SECONDS),
            Does::NamedMutants => noticed(mutants::run(&[])?),
            Does::MutantsShare => {
                let file = figures_file(&shell::target_directory()?, self.name)?;
                noticed(shard::run("today".parse()?, &[], Some(&file))?)
            }
            Does::Licences => checks::deny(true),
        }
    }
}

/// A program of those that PyPI has for the centre's tests.
fn stranger(program: &str) -> Result<PathBuf> {
    let file = "crates/xtask/api-strangers.txt";
    let folder = python::environment("api-strangers", file);
    let folder = folder.with_context(|| format!("what {file} names cannot be installed here"))?;
    Ok(folder.join(program))
}

fn noticed(code: ExitCode) -> Result<()> {
    if code == ExitCode::SUCCESS {
        Ok(())
    } else {
        bail!("a mutant lives")
    }
}

fn light_runs(name: &str, kind: &str, runs: Runs) -> Result<()> {
    shell::run(&mut shell::cargo(
        "build --release --locked --package shanakht-faults",
    ))?;
    let folder = shell::target_directory()?.join(shell::Profile::Release.folder());
    let program = folder.join("shanakht-faults");
    let runs = match runs {
        Runs::Number(runs) => runs.to_string(),
        Runs::EveryWay => {
            let mut ways = shell::command(&program);
            shell::output(ways.args(["ways", "--seed", SEED]))?
                .trim()
                .to_owned()
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut command = shell::command(&program);
    command.args(["run", "--kind", kind, "--runs", &runs, "--seed", SEED]);
    command.args(["--threads", &threads.to_string()]);
    figures(name, &mut command)
}

fn whole_runs(name: &str, kind: &str, runs: u32, desk: bool) -> Result<()> {
    shell::run(&mut checks::programs())?;
    let folder = shell::target_directory()?.join(shell::Profile::Dev.folder());
    let mut command = shell::command(folder.join("shanakht-simulate"));
    command.args(["faults", "--kind", kind, "--runs", &runs.to_string()]);
    command.args(["--seed", SEED]);
    if desk {
        command.arg("--desk");
    }
    figures(name, &mut command)
}

fn centre_runs(name: &str, runs: u32) -> Result<()> {
    shell::run(&mut checks::programs())?;
    let folder = shell::target_directory()?.join(shell::Profile::Dev.folder());
    let mut command = shell::command(folder.join("shanakht-simulate"));
    command.args(["centre-faults", "--runs", &runs.to_string()]);
    command.args(["--seed", SEED]);
    figures(name, &mut command)
}

/// Runs it, and says what the figures are and where they lie: beside what cargo builds.
fn figures(name: &str, command: &mut std::process::Command) -> Result<()> {
    let file = figures_file(&shell::target_directory()?, name)?;
    let ran = shell::run(command.arg("--json").arg(&file));
    match std::fs::read_to_string(&file) {
        Ok(text) => println!("{text}figures: {}", file.display()),
        Err(error) if ran.is_ok() => bail!("{}: {error}", file.display()),
        Err(_) => {}
    }
    ran
}

fn figures_file(target: &Path, name: &str) -> Result<PathBuf> {
    let folder = target.join("full");
    std::fs::create_dir_all(&folder).with_context(|| format!("{}", folder.display()))?;
    Ok(folder.join(format!("{name}.json")))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_name_of_its_own_and_runs_alone_by_it() {
        for part in PARTS {
            let alone = chosen(&[part.name.to_owned()]).unwrap();
            assert_eq!(alone.len(), 1);
            assert_eq!(alone[0].about, part.about);
        }
        assert_eq!(chosen(&[]).unwrap().len(), PARTS.len());
        assert!(chosen(&["powr".to_owned()]).is_err());
    }
}
