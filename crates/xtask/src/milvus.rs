//! The centre's search on Milvus: a workspace of its own (`crates/central/milvus`), built and tested by `test --full` alone.

use anyhow::{Context, Result};

use crate::phases::Tally;
use crate::{checks, python, shell};

/// Its workspace.
const FOLDER: &str = "crates/central/milvus";
/// The server, from PyPI.
const SERVER: &str = "crates/xtask/milvus.txt";

/// Builds it with all that it needs, tests it against a server and checks the licences of what it adds.
pub(crate) fn all(tally: &mut Tally) -> Result<()> {
    let programs = python::environment("milvus-venv", SERVER).context("no milvus-lite")?;
    let mut tests = shell::cargo("test --locked --tests --no-fail-fast");
    tests.current_dir(shell::root().join(FOLDER));
    tests.env("SHANAKHT_MILVUS_LITE", programs.join("milvus-lite"));
    // Each has a server, a database and a centre of its own.
    tests.args(["--", "--test-threads", "2"]);
    let tested = checks::count(tests, tally);
    checks::deny(true)?;
    let mut deny = shell::cargo("deny --offline --manifest-path");
    deny.arg(shell::root().join(FOLDER).join("Cargo.toml"));
    deny.args(["check", "--config"])
        .arg(shell::root().join("deny.toml"));
    shell::run(deny.args(["bans", "licenses", "sources"]))?;
    tested
}
