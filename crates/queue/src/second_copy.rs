//! A second sealed copy on another disk: every envelope and what was signed about it, for the day on which this disk dies.
//!
//! The table `owed_copies` names files that are not (or may not be) what the store holds. Triggers of the connection fill it
//! with every change; a file that is owed is written, synced, before the act commits, and one that must go is removed after
//! it. While the other disk is absent the rows wait, and are paid first when it returns: purges before anything else.

mod fitness;
mod setting;

pub use fitness::SecondDiskFault;
pub use setting::SecondCopy;

use crate::application;
use crate::files::{FileSystem, SystemFiles};
use crate::{QueueError, Store, envelopes};
use domain::PacketId;
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Files that an act writes for earlier ones, at most: a new disk is filled little by little.
const WRITTEN_AT_ONCE: usize = 16;

/// Where the second copy lies.
#[derive(Debug, Clone)]
pub struct SecondDisk {
    folder: PathBuf,
    files: Arc<dyn FileSystem>,
    /// Everything there must go.
    ending: bool,
}

impl SecondDisk {
    /// A folder on another disk. It is never made: where it is absent, so is the disk.
    pub fn at(folder: &Path) -> Self {
        Self::with(folder, Arc::new(SystemFiles))
    }

    /// The same, on a file system of the caller's.
    pub fn with(folder: &Path, files: Arc<dyn FileSystem>) -> Self {
        Self {
            folder: folder.to_owned(),
            files,
            ending: false,
        }
    }

    /// Has every change of this connection's noted, and notes what differs already.
    pub(crate) fn watch(&self, connection: &Connection) -> Result<(), QueueError> {
        connection.execute_batch(TRIGGERS)?;
        if !self.files.is_present(&self.folder) {
            return Ok(());
        }
        let Ok(names) = self.files.names(&self.folder) else {
            return Ok(());
        };
        let there: BTreeSet<(PacketId, &'static str)> =
            names.iter().filter_map(|name| part_of(name)).collect();
        let mut here = BTreeSet::new();
        let mut statement = connection.prepare(KEPT)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let part: String = row.get(1)?;
            if let Some((part, _)) = PARTS.iter().find(|(known, _)| *known == part) {
                here.insert((application::packet(row, 0)?, *part));
            }
        }
        let tx = connection.unchecked_transaction()?;
        for (packet, part) in here.symmetric_difference(&there) {
            tx.execute(
                "INSERT OR IGNORE INTO owed_copies (packet, part) VALUES (?1, ?2)",
                rusqlite::params![packet.as_bytes().as_slice(), part],
            )?;
        }
        Ok(tx.commit()?)
    }

    /// At the begin of a transaction: what earlier ones owe, the purges first. Returns the place behind which the debts of
    /// this transaction will stand.
    pub(crate) fn pay(&self, tx: &Transaction<'_>) -> Result<i64, QueueError> {
        if self.files.is_present(&self.folder) {
            let (mut owed, purges): (Vec<Owed>, Vec<Owed>) =
                self.owed(tx, 0)?.into_iter().partition(|one| one.kept);
            self.settle(tx, &purges)?;
            owed.truncate(WRITTEN_AT_ONCE);
            self.settle(tx, &owed)?;
        }
        let last = "SELECT coalesce(max(rowid), 0) FROM owed_copies";
        Ok(tx.prepare_cached(last)?.query_row([], |row| row.get(0))?)
    }

    /// Before the commit: what this transaction has put in is written and synced. What it destroyed stays owed until after.
    pub(crate) fn write_new(&self, tx: &Transaction<'_>, after: i64) -> Result<(), QueueError> {
        let mut owed = self.owed(tx, after)?;
        owed.retain(|one| one.kept);
        self.settle(tx, &owed)
    }

    /// After the commit, in a transaction of its own: what it destroyed goes here too. Where that fails it stays owed.
    pub(crate) fn remove_destroyed(&self, tx: &Transaction<'_>) -> Result<(), QueueError> {
        let mut owed = self.owed(tx, 0)?;
        owed.retain(|one| !one.kept);
        self.settle(tx, &owed)
    }

    /// Whether a transaction for [`SecondDisk::remove_destroyed`] is worth its sync.
    pub(crate) fn owes_removals(&self, connection: &Connection) -> bool {
        self.files.is_present(&self.folder)
            && self
                .owed(connection, 0)
                .is_ok_and(|owed| owed.iter().any(|one| !one.kept))
    }

    fn owed(&self, connection: &Connection, after: i64) -> Result<Vec<Owed>, QueueError> {
        let mut owed = Owed::all(connection, after)?;
        if self.ending {
            for one in &mut owed {
                one.kept = false;
            }
        }
        Ok(owed)
    }

    fn settle(&self, tx: &Transaction<'_>, owed: &[Owed]) -> Result<(), QueueError> {
        if owed.is_empty() || !self.files.is_present(&self.folder) {
            return Ok(());
        }
        let mut done = Vec::new();
        for one in owed {
            let paid = if one.kept {
                self.write(one, &one.bytes(tx)?)
            } else {
                self.remove(one)
            };
            if let Err(error) = paid {
                tracing::warn!(error = %error, "the second disk fails; what it is owed is remembered");
                break;
            }
            done.push(one);
        }
        if done.is_empty() || self.files.sync_folder(&self.folder).is_err() {
            return Ok(());
        }
        for one in done {
            tx.prepare_cached("DELETE FROM owed_copies WHERE packet = ?1 AND part = ?2")?
                .execute(rusqlite::params![
                    one.packet.as_bytes().as_slice(),
                    one.part
                ])?;
        }
        Ok(())
    }

    /// A file that is there already is replaced in one step. A new one needs no second name, which would cost a sync: what a power cut
    /// leaves of it belongs to an act that did not come about, and goes with the next start.
    fn write(&self, one: &Owed, bytes: &[u8]) -> io::Result<()> {
        let path = self.folder.join(one.file_name());
        if self.files.length(&path)?.is_none() {
            self.files.write(&path, bytes)?;
            return self.files.sync(&path);
        }
        let unfinished = self.folder.join(format!("{}.part", one.file_name()));
        self.files.write(&unfinished, bytes)?;
        self.files.sync(&unfinished)?;
        self.files.rename(&unfinished, &path)
    }

    fn remove(&self, one: &Owed) -> io::Result<()> {
        for name in [one.file_name(), format!("{}.part", one.file_name())] {
            match self.files.remove(&self.folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Store {
    /// How many files the second disk is owed, written or removed: 0 where it holds what this one does.
    ///
    /// # Errors
    /// As reading fails.
    pub fn owed_copies(&self) -> Result<u64, QueueError> {
        let count = "SELECT count(*) FROM owed_copies";
        let mut statement = self.connection.prepare_cached(count)?;
        Ok(statement.query_row([], |row| application::unsigned(row, 0))?)
    }
}

/// The parts of an application that are copied, and how their files end: as an importer reads them.
const PARTS: [(&str, &str); 6] = [
    ("packet", "packet"),
    ("review", "review.age"),
    ("draft", "draft.age"),
    ("statement", "statement.cose"),
    ("decision", "decision.cose"),
    ("manifest", "manifest.cose"),
];

const KEPT: &str = "SELECT packet, role FROM envelopes
    UNION ALL SELECT packet, kind FROM documents WHERE kind IN ('statement', 'decision', 'manifest')";

/// Of this connection alone: a store without a second disk owes nothing.
const TRIGGERS: &str = "
CREATE TEMP TRIGGER envelope_put AFTER INSERT ON envelopes BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (NEW.packet, NEW.role);
END;
CREATE TEMP TRIGGER envelope_changed AFTER UPDATE ON envelopes BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (NEW.packet, NEW.role);
END;
CREATE TEMP TRIGGER envelope_destroyed AFTER DELETE ON envelopes BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (OLD.packet, OLD.role);
END;
CREATE TEMP TRIGGER document_put AFTER INSERT ON documents WHEN NEW.kind <> 'receipt' BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (NEW.packet, NEW.kind);
END;
CREATE TEMP TRIGGER document_changed AFTER UPDATE ON documents WHEN NEW.kind <> 'receipt' BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (NEW.packet, NEW.kind);
END;
CREATE TEMP TRIGGER document_dropped AFTER DELETE ON documents WHEN OLD.kind <> 'receipt' BEGIN
    INSERT OR REPLACE INTO owed_copies (packet, part) VALUES (OLD.packet, OLD.kind);
END;";

/// A file of the second disk that is not what the store holds.
struct Owed {
    packet: PacketId,
    part: &'static str,
    /// Whether the store has it: else the file must go.
    kept: bool,
}

impl Owed {
    fn all(connection: &Connection, after: i64) -> Result<Vec<Self>, QueueError> {
        let mut statement = connection.prepare_cached(
            "SELECT packet, part,
                 EXISTS (SELECT 1 FROM envelopes AS e WHERE e.packet = o.packet AND e.role = o.part)
                 OR EXISTS (SELECT 1 FROM documents AS d WHERE d.packet = o.packet AND d.kind = o.part)
             FROM owed_copies AS o WHERE o.rowid > ?1",
        )?;
        let mut rows = statement.query([after])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let part: String = row.get(1)?;
            if let Some((part, _)) = PARTS.iter().find(|(known, _)| *known == part) {
                all.push(Self {
                    packet: application::packet(row, 0)?,
                    part,
                    kept: row.get(2)?,
                });
            }
        }
        Ok(all)
    }

    fn file_name(&self) -> String {
        let ending = PARTS.iter().find(|(part, _)| *part == self.part);
        format!(
            "{}.{}",
            self.packet,
            ending.map_or("", |(_, ending)| ending)
        )
    }

    fn bytes(&self, connection: &Connection) -> Result<Vec<u8>, QueueError> {
        let bytes: Option<Vec<u8>> = connection
            .prepare_cached(
                "SELECT bytes FROM envelopes WHERE packet = ?1 AND role = ?2
                 UNION ALL SELECT bytes FROM documents WHERE packet = ?1 AND kind = ?2 LIMIT 1",
            )?
            .query_row(
                rusqlite::params![self.packet.as_bytes().as_slice(), self.part],
                |row| row.get(0),
            )
            .optional()?;
        let bytes = bytes.ok_or(QueueError::NotFound)?;
        Ok(envelopes::envelope_of(&bytes).to_vec())
    }
}

/// Which application and part a file's name says; none for what is not ours.
fn part_of(name: &str) -> Option<(PacketId, &'static str)> {
    let name = name.strip_suffix(".part").unwrap_or(name);
    let (packet, ending) = name.split_once('.')?;
    let (part, _) = PARTS.iter().find(|(_, known)| *known == ending)?;
    Some((PacketId::parse(packet).ok()?, part))
}
