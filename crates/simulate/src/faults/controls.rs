//! What is broken on purpose after the runs, with the same station and the same centre: the count must notice it.

use super::{FaultOptions, count, in_peace};
use crate::centre::Centre;
use anyhow::Context;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// How many of two were not noticed: an approval that goes with a store which is put back to an older copy, as a restored backup does,
/// must be lost; a packet that the station forgets after its delivery must be one too many.
pub(super) fn unnoticed(
    options: &FaultOptions,
    station: &Path,
    centre: &Centre,
    mut acknowledged: BTreeSet<String>,
) -> anyhow::Result<u64> {
    let before = count(station, centre, &acknowledged)?;
    centre.proxy.cut();
    let older = options.data.join("older");
    copy(station, &older)?;
    let told = in_peace(options, station, &["--enrol", "1"])?;
    anyhow::ensure!(!told.is_empty(), "the control approved nothing");
    let gone = told.len() as u64;
    acknowledged.extend(told);
    fs::rename(station, options.data.join("ahead"))?;
    copy(&older, station)?;
    centre.proxy.mend();
    acknowledged.extend(in_peace(options, station, &["--enrol", "0", "--drain"])?);
    let after = count(station, centre, &acknowledged)?;
    let lost_noticed = after == (before.0 + gone, before.1);
    forget_one(&station.join(desk::STORE_FILE))?;
    let forgotten = count(station, centre, &acknowledged)?;
    let extra_noticed = forgotten.1 == after.1 + 1;
    Ok(u64::from(!lost_noticed) + u64::from(!extra_noticed))
}

/// Behind the store's back: its newest settled application is not there any more.
fn forget_one(store: &Path) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(store)?;
    // Documents and the log may still name it.
    connection.pragma_update(None, "foreign_keys", false)?;
    let rows = connection.execute(
        "DELETE FROM applications WHERE packet = (SELECT max(packet) FROM applications WHERE stage = 'settled')",
        [],
    )?;
    anyhow::ensure!(rows == 1, "nothing had settled");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| from.display().to_string())? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
