//! The files in `assets/` are the ones whose origin `assets/PROVENANCE.md` states.

use std::io::Write;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Compares every listed file with its sha256.
///
/// # Errors
/// Names the files that are missing or differ.
pub(crate) fn verify() -> Result<()> {
    let folder = shell::root().join("assets");
    let page = std::fs::read_to_string(folder.join("PROVENANCE.md"))
        .context("assets/PROVENANCE.md cannot be read")?;
    let list = checksums(&page);
    if list.is_empty() {
        bail!("assets/PROVENANCE.md lists no files");
    }
    let mut check = shell::command("sha256sum");
    check
        .current_dir(&folder)
        .args(["--check", "--quiet", "--strict", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = check.spawn().context("cannot start sha256sum")?;
    child
        .stdin
        .take()
        .context("sha256sum has no input")?
        .write_all(list.as_bytes())?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "files in assets/ are missing or are not the ones of assets/PROVENANCE.md; `git checkout assets` restores them:\n{}",
            String::from_utf8_lossy(&output.stdout)
        );
    }
    Ok(())
}

/// The page's table as `sha256sum --check` reads it.
fn checksums(page: &str) -> String {
    let mut list = String::new();
    for line in page.lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let [_, file, digest, ..] = cells[..]
            && digest.len() == 64
        {
            list.push_str(digest);
            list.push_str("  ");
            list.push_str(file);
            list.push('\n');
        }
    }
    list
}
