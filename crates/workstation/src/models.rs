//! Where the networks are when nobody says so.

use std::path::{Path, PathBuf};

/// `assets/…` in the nearest folder above the program that has it, else below the current folder:
/// beside an installed program, or in the workspace it was built in.
pub fn beside_program(name: &str) -> PathBuf {
    let wanted = Path::new("assets").join(name);
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .skip(1)
        .map(|folder| folder.join(&wanted))
        .find(|path| path.is_dir())
        .unwrap_or(wanted)
}
