//! Making what was read fit together again: rows that are gone are made anew from the signed documents and the log.

use crate::application;
use crate::item::{self, NewItem};
use crate::station::{put_setting, setting};
use crate::{QueueError, figures};
use domain::{ApplicationKind, ItemKind, PacketId, StaffId, Stage, Timestamp};
use envelope::{Digest, Manifest, Statement};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The settings follow the last row of the log that was read; returns its time.
///
/// # Errors
/// As writing fails.
pub(super) fn log(tx: &Transaction<'_>) -> Result<Timestamp, QueueError> {
    let last: Option<(i64, Vec<u8>, i64)> = tx
        .query_row(
            "SELECT number, hash, at FROM audit ORDER BY number DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .optional()?;
    let (number, hash, at) = last.unwrap_or((0, Digest::default().as_bytes().to_vec(), 0));
    put_setting(tx, "audit_rows", &number)?;
    put_setting(tx, "audit_head", &hash)?;
    Ok(Timestamp::from_millis(at))
}

/// Gives every envelope its application and every packet of the outbox its item. Returns how many applications were made
/// anew, and how many envelopes and documents had to be left.
///
/// # Errors
/// As writing fails.
pub(super) fn applications(tx: &Transaction<'_>, now: Timestamp) -> Result<(u64, u64), QueueError> {
    let mut rebuilt = 0;
    for packet in packets(
        tx,
        "SELECT packet FROM envelopes UNION SELECT packet FROM documents
         EXCEPT SELECT packet FROM applications",
    )? {
        rebuilt += u64::from(rebuild(tx, packet, now)?);
    }
    for packet in packets(
        tx,
        "SELECT packet FROM applications WHERE stage = 'outbox' EXCEPT SELECT packet FROM items",
    )? {
        rebuild_item(tx, packet, now)?;
    }
    let mut left = 0;
    for table in ["envelopes", "documents"] {
        let sql =
            format!("DELETE FROM {table} WHERE packet NOT IN (SELECT packet FROM applications)");
        left += tx.execute(&sql, [])? as u64;
    }
    Ok((rebuilt, left))
}

fn packets(connection: &Connection, sql: &str) -> Result<Vec<PacketId>, QueueError> {
    let mut statement = connection.prepare(sql)?;
    let rows = statement.query_map([], |row| application::packet(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the log says of an application's beginning, where that row was read.
struct Begun {
    officer: StaffId,
    kind: ApplicationKind,
    at: Timestamp,
}

fn begun(connection: &Connection, packet: PacketId) -> Option<Begun> {
    connection
        .query_row(
            "SELECT staff, detail, at FROM audit WHERE packet = ?1 AND act = 'begun' LIMIT 1",
            [packet.as_bytes().as_slice()],
            |row| {
                Ok(Begun {
                    officer: application::staff(row, 0)?,
                    kind: application::kind(row, 1)?,
                    at: application::time(row, 2)?,
                })
            },
        )
        .ok()
}

/// False where neither a statement nor the log knows whose application it was.
fn rebuild(tx: &Transaction<'_>, packet: PacketId, now: Timestamp) -> Result<bool, QueueError> {
    let statement = application::document::<Statement>(tx, packet, "statement");
    let statement = statement.and_then(|s| Ok(s.peek()?)).ok();
    if statement.as_ref().and_then(|s| s.kind) == Some(ItemKind::KeyFile) {
        return Ok(false); // it has no application
    }
    let manifest = application::document::<Manifest>(tx, packet, "manifest");
    let manifest = manifest.and_then(|m| Ok(m.peek()?)).ok();
    let begun = begun(tx, packet);
    let officer = match (&statement, &begun) {
        (Some(said), _) => said.officer.clone(),
        (None, Some(begun)) => begun.officer.clone(),
        (None, None) => return Ok(false),
    };
    let Some(stage) = stage(tx, packet, manifest.is_some())? else {
        return Ok(false);
    };
    let kind = begun.as_ref().map_or(ApplicationKind::New, |b| b.kind);
    let created_at = begun.map_or(now, |b| b.at);
    tx.execute(
        "INSERT INTO applications (packet, stage, officer, kind, replayed, priority, digest, length, counter, verdict,
             created_at, changed_at, submitted_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
        rusqlite::params![
            packet.as_bytes().as_slice(),
            stage.as_str(),
            officer.as_str(),
            kind.key(),
            manifest.as_ref().is_some_and(|m| m.replayed),
            manifest.as_ref().map_or(2, |m| m.priority.rank()),
            statement.as_ref().map(|s| s.digest.as_bytes().to_vec()),
            statement.as_ref().map_or(0, |s| s.length as i64),
            manifest.as_ref().map(|m| m.counter as i64),
            (stage == Stage::Settled).then_some("durable"),
            created_at.millis(),
            now.millis(),
            statement.as_ref().map(|s| s.at.millis())
        ],
    )?;
    Ok(true)
}

/// By what is there of it; none where nothing more is to be done with it.
fn stage(
    connection: &Connection,
    packet: PacketId,
    manifest: bool,
) -> Result<Option<Stage>, QueueError> {
    let has = |sql: &str| -> Result<bool, QueueError> {
        let key = [packet.as_bytes().as_slice()];
        Ok(connection.query_row(sql, key, |row| row.get(0))?)
    };
    let envelope = |role: &str| {
        has(&format!(
            "SELECT EXISTS (SELECT 1 FROM envelopes WHERE packet = ?1 AND role = '{role}')"
        ))
    };
    let receipt =
        has("SELECT EXISTS (SELECT 1 FROM documents WHERE packet = ?1 AND kind = 'receipt')")?;
    let void = has("SELECT EXISTS (SELECT 1 FROM items WHERE packet = ?1 AND kind = 'void')")?;
    Ok(if receipt {
        Some(Stage::Settled)
    } else if void {
        Some(Stage::SetAside)
    } else if manifest {
        Some(Stage::Outbox)
    } else if envelope("review")? {
        Some(Stage::InReview)
    } else if envelope("draft")? {
        Some(Stage::Draft)
    } else {
        None
    })
}

fn rebuild_item(tx: &Transaction<'_>, packet: PacketId, now: Timestamp) -> Result<(), QueueError> {
    let manifest = application::document::<Manifest>(tx, packet, "manifest");
    let item = match manifest.and_then(|m| Ok(m.peek()?)) {
        Ok(manifest) => NewItem {
            packet,
            kind: manifest.item(),
            priority: manifest.priority,
            counter: manifest.counter,
            digest: manifest.digest,
            length: manifest.length,
        },
        // Its row knows enough for the void that will have to follow.
        Err(_) => match from_row(tx, packet)? {
            Some(item) => item,
            None => return Ok(()),
        },
    };
    item::insert(tx, &item, now)
}

fn from_row(tx: &Transaction<'_>, packet: PacketId) -> Result<Option<NewItem>, QueueError> {
    let row = tx
        .query_row(
            "SELECT priority, counter, digest, length FROM applications
             WHERE packet = ?1 AND counter IS NOT NULL AND digest IS NOT NULL",
            [packet.as_bytes().as_slice()],
            |row| {
                Ok(NewItem {
                    packet,
                    kind: ItemKind::Enrolment,
                    priority: application::priority(row, 0)?,
                    counter: application::unsigned(row, 1)?,
                    digest: application::some_digest(row, 2)?,
                    length: application::unsigned(row, 3)?,
                })
            },
        )
        .optional()?;
    Ok(row)
}

/// The counter never falls behind a packet that has it.
///
/// # Errors
/// As writing fails.
pub(super) fn counter(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let highest: Option<(i64, Vec<u8>)> = tx
        .query_row(
            "SELECT counter, digest FROM
                 (SELECT counter, digest FROM applications WHERE counter IS NOT NULL AND digest IS NOT NULL
                  UNION ALL SELECT counter, digest FROM items WHERE kind <> 'void')
             ORDER BY counter DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .optional()?;
    let Some((highest, digest)) = highest else {
        return Ok(());
    };
    let held: i64 = setting(tx, "counter")?.unwrap_or(0);
    if highest > held || setting::<Vec<u8>>(tx, "previous_digest")?.is_none() {
        put_setting(tx, "counter", &highest.max(held))?;
        put_setting(tx, "previous_digest", &digest)?;
    }
    Ok(())
}

/// Counted anew from the log.
///
/// # Errors
/// As writing fails.
pub(super) fn figures(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute_batch(figures::RECOUNT)?;
    Ok(())
}
