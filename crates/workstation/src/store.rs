//! `shanakht store`: what IT does with a station's store, without the window.

use anyhow::{Context, Result, anyhow};
use domain::{PacketId, StaffId, Timestamp};
use queue::{Store, SystemFiles};
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

/// Takes drafts and review copies back that `shanakht-centre recover` sealed to a colleague, from the folder `resealed` that it made.
///
/// # Errors
/// Why the store cannot be opened; and at the end, that some of them were refused: the others were taken.
pub fn take_back(
    data: &Path,
    folder: &Path,
    to: &StaffId,
    now: Timestamp,
    out: &mut impl Write,
) -> Result<()> {
    let mut store = Store::open(&file(data)?, now)?;
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .context("the folder cannot be read")?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<std::io::Result<_>>()?;
    names.sort();
    let mut refused = 0;
    for name in names {
        let Some((packet, ending)) = name.split_once('.') else {
            continue;
        };
        let Ok(packet) = PacketId::parse(packet) else {
            continue;
        };
        let sealed = || std::fs::read(folder.join(&name)).context("the file cannot be read");
        let taken: Result<()> = match ending {
            "draft.age" => sealed().and_then(|s| Ok(store.take_back_draft(packet, to, &s, now)?)),
            "review.age" => sealed().and_then(|s| Ok(store.take_back_review(packet, to, &s, now)?)),
            _ => continue,
        };
        match taken {
            Ok(()) => writeln!(out, "{name}\ttaken back")?,
            Err(error) => {
                refused += 1;
                writeln!(out, "{name}\trefused: {error:#}")?;
            }
        }
    }
    if refused > 0 {
        return Err(anyhow!(
            "{refused} were refused and are in the store as before; the others were taken back"
        ));
    }
    Ok(())
}

/// Puts a store back to the form of the first release, while nothing in it needs the new one.
///
/// # Errors
/// What needs the new form; then everything is as it was.
pub fn downgrade(data: &Path, now: Timestamp, out: &mut impl Write) -> Result<()> {
    let path = file(data)?;
    let record = Store::open(&path, now)?.activation()?;
    // The keys first: between the two, a store of this release with a key file beside it is as before; one of the first release without
    // its keys would be a station that nobody knows.
    if let Some(record) = &record {
        desk::keep_keys_for_first_release(&SystemFiles, data, &record.secrets).context(
            "the station's keys could not be written for the first release; nothing was changed",
        )?;
    }
    let changed = queue::downgrade(&path, now).context("nothing was changed");
    if changed.is_err() && record.is_some() {
        desk::drop_keys_of_first_release(data);
    }
    changed?;
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
