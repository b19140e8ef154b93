//! The station's setting: where a second copy is kept. It stands in the store, so that whoever opens the store keeps the copy.

use super::fitness::{self, SecondDiskFault};
use super::{KEPT, SecondDisk, TRIGGERS, part_of};
use crate::audit::{self, Act};
use crate::files::{FileSystem, SystemFiles};
use crate::station::{put_setting, setting};
use crate::{QueueError, Store, file};
use domain::{StaffId, Timestamp};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// The second copy as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondCopy {
    /// Its folder, this station's own: where it is absent, so is the disk.
    pub folder: PathBuf,
    /// Whether its disk is there.
    pub present: bool,
    /// Files that are owed to it, written or removed; 0: it holds what the store does.
    pub owed: u64,
    /// It was switched off, and what lies there is removed as soon as the disk is there.
    pub ending: bool,
}

impl Store {
    /// The second copy that this station keeps, or whose end it still owes; none where it keeps none.
    ///
    /// # Errors
    /// As reading fails.
    pub fn second_copy(&self) -> Result<Option<SecondCopy>, QueueError> {
        let Some(second) = &self.options().second else {
            return Ok(None);
        };
        Ok(Some(SecondCopy {
            folder: second.folder.clone(),
            present: second.files.is_present(&second.folder),
            owed: self.owed_copies()?,
            ending: second.ending,
        }))
    }

    /// Keeps a second copy from now on, in a fresh folder of its own within `folder` on another disk; what waits here is written there little
    /// by little. An empty place where that disk was mounted, or the disk of another station, is not taken for it later.
    ///
    /// # Errors
    /// [`QueueError::SecondDisk`] says why the folder is not taken, or as writing fails: nothing was changed.
    pub fn keep_second_copy(
        &mut self,
        folder: &Path,
        staff: &StaffId,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        if self.options().second.is_some() {
            return Err(SecondDiskFault::Another.into());
        }
        fitness::check(folder, self.path())?;
        let station = self.activation()?.ok_or(QueueError::NotActivated)?.station;
        let place = std::fs::canonicalize(folder)?;
        let own = place.join(format!("second-copy-{station}-{:x}", now.millis()));
        let Some(text) = own.to_str() else {
            return Err(SecondDiskFault::NotThere.into());
        };
        std::fs::create_dir(&own)
            .and_then(|()| SystemFiles.sync_folder(&place))
            .map_err(|_| SecondDiskFault::NotWritable)?;
        self.write(|tx| {
            put_setting(tx, "second_copy", &text)?;
            audit::append(tx, &Act::new("second-copy-on").staff(staff), now)
        })?;
        self.adopt_second_copy()?;
        self.tend_second_copy()
    }

    /// Keeps no second copy any more: what lies there is removed now, or as soon as its disk is there.
    ///
    /// # Errors
    /// [`QueueError::NotFound`] where none is kept, or as writing fails.
    pub fn end_second_copy(
        &mut self,
        staff: Option<&StaffId>,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        if setting::<String>(&self.connection, "second_copy")?.is_none() {
            return Err(QueueError::NotFound);
        }
        if self.options().second.as_ref().is_some_and(|s| s.ending) {
            return Ok(());
        }
        let mut act = Act::new("second-copy-off");
        if let Some(staff) = staff {
            act = act.staff(staff);
        }
        self.set_ending(true);
        let written = self.write_freeing(|tx| {
            put_setting(tx, "second_copy_ends", &1_i64)?;
            // All of it may lie there, also where the disk is absent now.
            tx.execute_batch(&format!(
                "INSERT OR IGNORE INTO owed_copies (packet, part) {KEPT}"
            ))?;
            audit::append(tx, &act, now)
        });
        if let Err(error) = written {
            self.set_ending(false);
            return Err(error);
        }
        self.tend_second_copy()
    }

    fn set_ending(&mut self, ending: bool) {
        if let Some(second) = &mut self.options_mut().second {
            second.ending = ending;
        }
    }

    /// Pays what a disk is owed that has come back, purges first, and forgets one whose end is paid: called now and then, so that a
    /// station where nothing else is written does it too.
    ///
    /// # Errors
    /// As writing fails; what is owed stays so.
    pub fn tend_second_copy(&mut self) -> Result<(), QueueError> {
        let Some(second) = self.options().second.clone() else {
            return Ok(());
        };
        if !second.files.is_present(&second.folder) {
            return Ok(());
        }
        if self.owed_copies()? > 0 {
            self.write(|_| Ok(()))?;
        }
        if !second.ending || self.owed_copies()? > 0 {
            return Ok(());
        }
        let left = second.files.names(&second.folder).unwrap_or_default();
        let left: Vec<_> = left.iter().filter_map(|name| part_of(name)).collect();
        if !left.is_empty() {
            return self.write(|tx| {
                for (packet, part) in &left {
                    tx.execute(
                        "INSERT OR IGNORE INTO owed_copies (packet, part) VALUES (?1, ?2)",
                        rusqlite::params![packet.as_bytes().as_slice(), part],
                    )?;
                }
                Ok(())
            });
        }
        self.options_mut().second = None;
        // Empty now; where it cannot be removed, nothing is in it.
        let _ = std::fs::remove_dir(&second.folder);
        file::transact(&mut self.connection, |tx| {
            tx.execute_batch(
                "DELETE FROM settings WHERE name IN ('second_copy', 'second_copy_ends')",
            )?;
            Ok(())
        })?;
        unwatch(&self.connection)
    }

    /// At the start: the setting's folder, where the caller names none.
    pub(crate) fn adopt_second_copy(&mut self) -> Result<(), QueueError> {
        if self.options().second.is_some() {
            return Ok(());
        }
        let Some(folder) = setting::<String>(&self.connection, "second_copy")? else {
            return Ok(());
        };
        let mut second = SecondDisk::at(Path::new(&folder));
        second.ending = setting::<i64>(&self.connection, "second_copy_ends")?.is_some();
        second.watch(&self.connection)?;
        self.options_mut().second = Some(second);
        Ok(())
    }
}

/// Nothing is owed any more.
fn unwatch(connection: &Connection) -> Result<(), QueueError> {
    for line in TRIGGERS.lines() {
        if let Some(rest) = line.strip_prefix("CREATE TEMP TRIGGER ") {
            let name = rest.split(' ').next().unwrap_or_default();
            connection.execute_batch(&format!("DROP TRIGGER IF EXISTS temp.{name}"))?;
        }
    }
    Ok(())
}
