//! Cargo's own helpers that only the long runs need, compiled where they are missing (some minutes each).

use anyhow::Result;

use crate::shell;

/// Installed by `setup --full`: licences, the shards of mutants, the fuzz targets.
const TOOLS: [&str; 3] = ["cargo-deny", "cargo-mutants", "cargo-fuzz"];

/// Installs all that are missing.
pub(crate) fn install_all() -> Result<()> {
    TOOLS.into_iter().try_for_each(install)
}

/// Installs one, where it is missing.
pub(crate) fn install(tool: &str) -> Result<()> {
    if shell::find_program(tool).is_some() {
        return Ok(());
    }
    println!("installing {tool}");
    shell::run(&mut shell::cargo(&format!("install --locked {tool}")))
}
