//! `screenshots`: the real window draws every screen in both languages and themes.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::checks::under_xvfb;
use crate::shell::Profile;
use crate::{setup, shell};

/// Writes the pictures to `directory` and lists them.
pub(crate) fn take(directory: &Path) -> Result<ExitCode> {
    setup::prepare(false)?;
    let directory = std::path::absolute(directory)?;
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let programs = shell::build_programs(Profile::Dev)?;
    let mut window = shell::command(programs.join("shanakht"));
    window.arg("screenshots").arg(&directory);
    shell::run(&mut under_xvfb(&window))?;

    let mut pictures: Vec<(String, u64)> = std::fs::read_dir(&directory)?
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|end| end == "png"))
        .map(|entry| {
            let size = entry.metadata().map_or(0, |data| data.len());
            (entry.file_name().to_string_lossy().into_owned(), size)
        })
        .collect();
    pictures.sort();
    for (name, size) in &pictures {
        println!("{:>9} kB  {name}", size / 1000);
    }
    if pictures.is_empty() {
        bail!("the window wrote no pictures to {}", directory.display());
    }
    println!("{} pictures in {}", pictures.len(), directory.display());
    Ok(ExitCode::SUCCESS)
}
