//! The row of an application: its stage moves only through `domain`'s lifecycle.

use crate::QueueError;
use domain::{
    ApplicationKind, Lifecycle, PacketId, Priority, StaffId, Stage, Timestamp, TransitionError,
};
use envelope::{Digest, Document, Signed};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, Transaction};

/// Moves an application on, or says why not.
pub(crate) fn advance(
    tx: &Transaction<'_>,
    packet: PacketId,
    act: Lifecycle,
    now: Timestamp,
) -> Result<Stage, QueueError> {
    let stage = stage(tx, packet)?.after(act)?;
    tx.prepare_cached("UPDATE applications SET stage = ?2, changed_at = ?3 WHERE packet = ?1")?
        .execute(rusqlite::params![
            packet.as_bytes().as_slice(),
            stage.as_str(),
            now.millis()
        ])?;
    Ok(stage)
}

pub(crate) fn stage(connection: &Connection, packet: PacketId) -> Result<Stage, QueueError> {
    find_stage(connection, packet)?.ok_or(QueueError::NotFound)
}

/// The application must be in `stage`; `act` is what the refusal names.
pub(crate) fn stays(
    connection: &Connection,
    packet: PacketId,
    stage: Stage,
    act: Lifecycle,
) -> Result<(), QueueError> {
    let from = self::stage(connection, packet)?;
    if from == stage {
        Ok(())
    } else {
        Err(TransitionError { from, act }.into())
    }
}

pub(crate) fn find_stage(
    connection: &Connection,
    packet: PacketId,
) -> Result<Option<Stage>, QueueError> {
    let name: Option<String> = connection
        .prepare_cached("SELECT stage FROM applications WHERE packet = ?1")?
        .query_row([packet.as_bytes().as_slice()], |row| row.get(0))
        .optional()?;
    name.map(|n| Stage::from_name(&n).ok_or(QueueError::Damaged("a stage")))
        .transpose()
}

/// Whose application it is, and the digest of its packet once there is one.
pub(crate) struct Ownership {
    pub(crate) officer: StaffId,
    pub(crate) digest: Option<Digest>,
}

pub(crate) fn ownership(
    connection: &Connection,
    packet: PacketId,
) -> Result<Ownership, QueueError> {
    Ok(connection
        .prepare_cached("SELECT officer, digest FROM applications WHERE packet = ?1")?
        .query_row([packet.as_bytes().as_slice()], |row| {
            Ok(Ownership {
                officer: staff(row, 0)?,
                digest: digest(row, 1)?,
            })
        })?)
}

pub(crate) fn put_document<T: Document>(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
    document: &Signed<T>,
) -> Result<(), QueueError> {
    put_blob(connection, "documents", packet, kind, document.as_bytes())
}

/// A row of `documents` or `enclosures`, in the place of what was there.
pub(crate) fn put_blob(
    connection: &Connection,
    table: &'static str,
    packet: PacketId,
    kind: &str,
    bytes: &[u8],
) -> Result<(), QueueError> {
    let sql = format!(
        "INSERT INTO {table} (packet, kind, bytes) VALUES (?1, ?2, ?3)
         ON CONFLICT (packet, kind) DO UPDATE SET bytes = excluded.bytes"
    );
    connection.prepare_cached(&sql)?.execute(rusqlite::params![
        packet.as_bytes().as_slice(),
        kind,
        bytes
    ])?;
    Ok(())
}

pub(crate) fn document<T: Document>(
    connection: &Connection,
    packet: PacketId,
    kind: &str,
) -> Result<Signed<T>, QueueError> {
    let bytes: Vec<u8> = connection
        .prepare_cached("SELECT bytes FROM documents WHERE packet = ?1 AND kind = ?2")?
        .query_row(
            rusqlite::params![packet.as_bytes().as_slice(), kind],
            |row| row.get(0),
        )?;
    Ok(Signed::from_bytes(bytes)?)
}

pub(crate) fn drop_documents(connection: &Connection, packet: PacketId) -> Result<(), QueueError> {
    connection
        .prepare_cached("DELETE FROM documents WHERE packet = ?1")?
        .execute([packet.as_bytes().as_slice()])?;
    Ok(())
}

pub(crate) fn damaged(column: usize, kind: Type) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, String::new(), kind)
}

pub(crate) fn packet(row: &Row<'_>, column: usize) -> rusqlite::Result<PacketId> {
    Ok(PacketId::from_uuid(uuid::Uuid::from_bytes(
        row.get(column)?,
    )))
}

pub(crate) fn staff(row: &Row<'_>, column: usize) -> rusqlite::Result<StaffId> {
    StaffId::parse(&row.get::<_, String>(column)?).map_err(|_| damaged(column, Type::Text))
}

pub(crate) fn kind(row: &Row<'_>, column: usize) -> rusqlite::Result<ApplicationKind> {
    ApplicationKind::from_key(&row.get::<_, String>(column)?)
        .ok_or_else(|| damaged(column, Type::Text))
}

pub(crate) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    row.get(column).map(Timestamp::from_millis)
}

pub(crate) fn digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Digest>> {
    let bytes: Option<[u8; 32]> = row.get(column)?;
    Ok(bytes.and_then(|b| Digest::from_slice(&b)))
}

pub(crate) fn some_digest(row: &Row<'_>, column: usize) -> rusqlite::Result<Digest> {
    digest(row, column)?.ok_or_else(|| damaged(column, Type::Blob))
}

pub(crate) fn unsigned(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    u64::try_from(row.get::<_, i64>(column)?).map_err(|_| damaged(column, Type::Integer))
}

pub(crate) fn priority(row: &Row<'_>, column: usize) -> rusqlite::Result<Priority> {
    let rank: i64 = row.get(column)?;
    [Priority::Verification, Priority::Urgent, Priority::Normal]
        .into_iter()
        .find(|p| p.rank() == rank)
        .ok_or_else(|| damaged(column, Type::Integer))
}

/// Keys joined by commas, as a list.
pub(crate) fn keys(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(column)?;
    Ok(text
        .split(',')
        .filter(|k| !k.is_empty())
        .map(str::to_owned)
        .collect())
}
