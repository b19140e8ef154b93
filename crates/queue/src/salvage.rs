//! What can still be read of a damaged store. The store itself is never touched.

use crate::file::{remove, with_suffix};
use crate::files::{FileSystem, SystemFiles};
use crate::{QueueError, envelopes};
use domain::PacketId;
use envelope::Digest;
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::fs;
use std::path::Path;

/// Kinds of documents that an importer needs beside a packet.
const DOCUMENTS: [&str; 5] = ["statement", "decision", "manifest", "void", "receipt"];

/// An envelope that was read whole from a damaged store: its digest holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salvaged {
    /// The application.
    pub packet: PacketId,
    /// `draft`, `review` or `packet`: whom it is sealed to.
    pub role: String,
    /// SHA-256 of the bytes.
    pub digest: Digest,
    /// Its length.
    pub length: u64,
}

impl Salvaged {
    /// The name of its file in the folder.
    pub fn file_name(&self) -> String {
        match self.role.as_str() {
            "packet" => format!("{}.packet", self.packet),
            role => format!("{}.{role}.age", self.packet),
        }
    }
}

/// Copies the store into `folder` and writes every envelope whose digest holds there, as `PACKET.packet`,
/// `PACKET.review.age` or `PACKET.draft.age`, with its documents beside it: `PACKET.statement.cose`, `.decision.cose`,
/// `.manifest.cose`, `.void.cose`. The copy is removed again.
///
/// # Errors
/// [`QueueError::DiskFull`] or [`QueueError::Io`] for the folder; [`QueueError::Damaged`] where not
/// even the table of envelopes can be found.
pub fn salvage(store: &Path, folder: &Path) -> Result<Vec<Salvaged>, QueueError> {
    salvage_with(store, folder, &SystemFiles)
}

/// The same, with a file system of the caller's for what is written: all of it is on the disk when this returns.
///
/// # Errors
/// As [`salvage`].
pub fn salvage_with(
    store: &Path,
    folder: &Path,
    files: &dyn FileSystem,
) -> Result<Vec<Salvaged>, QueueError> {
    let copy = folder.join("salvage.db");
    let out = Out { folder, files };
    let salvaged = copy_store(store, &copy).and_then(|()| read_all(&copy, &out));
    remove(&copy)?;
    files.sync_folder(folder)?;
    salvaged
}

/// Where the readable things go.
struct Out<'a> {
    folder: &'a Path,
    files: &'a dyn FileSystem,
}

impl Out<'_> {
    fn keep(&self, name: &str, bytes: &[u8]) -> Result<(), QueueError> {
        let path = self.folder.join(name);
        self.files.write(&path, bytes)?;
        self.files.sync(&path)?;
        Ok(())
    }
}

fn copy_store(store: &Path, copy: &Path) -> Result<(), QueueError> {
    fs::copy(store, copy)?;
    let wal = with_suffix(store, "-wal");
    if wal.exists() {
        fs::copy(&wal, with_suffix(copy, "-wal"))?;
    }
    Ok(())
}

fn read_all(copy: &Path, out: &Out<'_>) -> Result<Vec<Salvaged>, QueueError> {
    let connection = Connection::open_with_flags(
        copy,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF;")?;
    let mut salvaged = Vec::new();
    // Row by row, by number: one unreadable page costs the rows on it, not those behind it.
    for id in ids(&connection)? {
        if let Some((entry, bytes)) = read_one(&connection, id) {
            out.keep(&entry.file_name(), &bytes)?;
            salvaged.push(entry);
        }
    }
    for table in ["documents", "enclosures", "carried_parts"] {
        read_documents(&connection, table, out)?;
    }
    Ok(salvaged)
}

/// Documents carry signatures of their own: whoever takes them in looks at those.
fn read_documents(connection: &Connection, table: &str, out: &Out<'_>) -> Result<(), QueueError> {
    for (packet, kind) in document_keys(connection, table) {
        let sql = format!("SELECT bytes FROM {table} WHERE packet = ?1 AND kind = ?2");
        let bytes: rusqlite::Result<Vec<u8>> =
            connection.query_row(&sql, rusqlite::params![packet.as_slice(), kind], |row| {
                row.get(0)
            });
        let packet = PacketId::from_uuid(uuid::Uuid::from_bytes(packet));
        match (bytes, kind.as_str()) {
            (Ok(bytes), "envelope") => {
                let envelope = envelopes::envelope_of(&bytes);
                out.keep(&format!("{packet}.packet"), envelope)?;
            }
            (Ok(bytes), kind) if DOCUMENTS.contains(&kind) => {
                out.keep(&format!("{packet}.{kind}.cose"), &bytes)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// From the index, which is apart from the documents; none where not even that can be read, or in a store of version 1.
fn document_keys(connection: &Connection, table: &str) -> Vec<([u8; 16], String)> {
    let read = || -> rusqlite::Result<Vec<([u8; 16], String)>> {
        let sql = format!("SELECT packet, kind FROM {table} ORDER BY packet, kind");
        let mut statement = connection.prepare(&sql)?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.map_while(Result::ok).collect())
    };
    read().unwrap_or_default()
}

/// Row numbers from the index as far as it can be read, else from the table's own ends.
fn ids(connection: &Connection) -> Result<Vec<i64>, QueueError> {
    let read = || -> rusqlite::Result<Vec<i64>> {
        let mut statement = connection.prepare("SELECT id FROM envelopes ORDER BY packet, role")?;
        statement.query_map([], |row| row.get(0))?.collect()
    };
    if let Ok(ids) = read() {
        return Ok(ids);
    }
    let last: Option<i64> = connection
        .query_row(
            "SELECT id FROM envelopes ORDER BY id DESC LIMIT 1",
            [],
            |row| row.get(0),
        )
        .optional()
        .map_err(|_| QueueError::Damaged("the table of envelopes"))?;
    Ok((1..=last.unwrap_or(0)).collect())
}

fn read_one(connection: &Connection, id: i64) -> Option<(Salvaged, Vec<u8>)> {
    let (packet, role, digest, bytes): ([u8; 16], String, [u8; 32], Vec<u8>) = connection
        .query_row(
            "SELECT packet, role, digest, bytes FROM envelopes WHERE id = ?1",
            [id],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .ok()?;
    let known = ["draft", "review", "packet"].contains(&role.as_str());
    let digest = Digest::from_slice(&digest)?;
    let bytes = envelopes::envelope_of(&bytes).to_vec();
    if !known || Digest::of(&bytes) != digest {
        return None;
    }
    let entry = Salvaged {
        packet: PacketId::from_uuid(uuid::Uuid::from_bytes(packet)),
        role,
        digest,
        length: bytes.len() as u64,
    };
    Some((entry, bytes))
}
