//! `shanakht store`: what IT does with a station's store, without the window.

use anyhow::{Context, Result, anyhow};
use domain::Timestamp;
use queue::Store;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Reads what is readable of a damaged store into a new one; the old file is renamed, never deleted.
///
/// # Errors
/// Why nothing could be read; then everything is as it was.
pub fn rescue(data: &Path, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let rescued = queue::rescue(&file(data)?, now).context("nothing was changed")?;
    for table in &rescued.tables {
        writeln!(
            out,
            "{:<20} {:>8} rows read, {} not readable",
            table.name, table.rows, table.unreadable
        )?;
    }
    let (old, left) = (rescued.set_aside.display(), rescued.left);
    writeln!(
        out,
        "the old file is kept as {old}; {left} rows are in it alone"
    )?;
    Ok(())
}

/// Writes every whole envelope with its documents into a folder, for `shanakht-centre import` and `recover`.
///
/// # Errors
/// Why the store cannot be read or the folder not be written.
pub fn salvage(data: &Path, folder: &Path, out: &mut impl Write) -> Result<()> {
    std::fs::create_dir_all(folder).context("the folder cannot be made")?;
    let found = queue::salvage(&file(data)?, folder)?;
    for entry in &found {
        writeln!(
            out,
            "{} {} {} bytes",
            entry.packet, entry.role, entry.length
        )?;
    }
    writeln!(out, "{} in {}", found.len(), folder.display())?;
    Ok(())
}

/// Puts a store back to the form of the first release, while nothing in it needs the new one.
///
/// # Errors
/// What needs the new form; then everything is as it was.
pub fn downgrade(data: &Path, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let path = file(data)?;
    let record = Store::open(&path, now)?.activation()?;
    queue::downgrade(&path, now).context("nothing was changed")?;
    if let Some(record) = record {
        desk::keep_keys_for_first_release(data, &record.secrets)
            .context("the station's keys could not be written for the first release")?;
    }
    writeln!(out, "the store has the form of the first release again")?;
    Ok(())
}

fn file(data: &Path) -> Result<PathBuf> {
    let path = data.join(desk::STORE_FILE);
    if path.exists() {
        Ok(path)
    } else {
        Err(anyhow!("{} has no station's store", data.display()))
    }
}
