//! From versions 1 and 2 of the tables to version 3, and back to version 1 while nothing needs a later one. One transaction each way.
//!
//! Only small tables are written anew. Envelopes and documents, which can be gigabytes, stay where they are, byte by
//! byte: a station with a nearly full disk must be able to migrate.

use crate::audit::{self, Act, AuditFault};
use crate::file;
use crate::station::{self, put_setting, setting};
use crate::{
    QueueError, StoreOptions, believed, carried, envelopes, extension, first_schema, schema, visits,
};
use domain::{SurelyPassed, Timestamp};
use envelope::{Decision, Digest, Document, Lease, Manifest, Receipt, Signed, Statement};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Transaction};
use std::path::Path;

/// What both versions know of an application.
const SHARED: &str =
    "packet, stage, officer, kind, step, reason, risk, flags, replayed, priority, digest, length,
    counter, verdict, receipt_sequence, created_at, changed_at, submitted_at";
/// How an upload goes, by the names of version 1.
const PROGRESS: &str = "upload_url, upload_offset, attempts, not_before, wait_reason, paused";
/// Tables that a migration writes anew.
const REWRITTEN: [&str; 2] = ["applications", "sign_in"];
/// Tables that version 1 has not.
const NEW: [&str; 5] = ["items", "enclosures", "owed_copies", "readers", "key_files"];
/// Indexes of the tables that are written anew: their names must be free.
const OLD_INDEXES: &str = "DROP INDEX IF EXISTS applications_by_stage;
    DROP INDEX IF EXISTS applications_by_creation; DROP INDEX IF EXISTS applications_by_lease;";

/// Brings a store of an earlier version to this one, or leaves it as it is.
///
/// # Errors
/// [`QueueError::Damaged`] where the count check finds a difference, or as writing fails.
pub(crate) fn upgrade(connection: &mut Connection, now: Timestamp) -> Result<(), QueueError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found == schema::SECOND_VERSION {
        return file::transact(connection, |tx| third(tx, found, now));
    }
    rewriting(connection, |tx| {
        let before = Census::of(tx, first_schema::VERSION)?;
        rename_old(tx)?;
        for sql in schema::creation(schema::TABLES, &REWRITTEN) {
            tx.execute_batch(sql)?;
        }
        for sql in schema::creation(schema::TABLES, &NEW) {
            tx.execute_batch(sql)?;
        }
        let lease = held_lease(tx)?;
        fill_second(tx, lease.as_ref())?;
        drop_old(tx)?;
        let issued_at = lease.map_or(Timestamp::default(), |l| l.issued_at);
        believed::put(tx, SurelyPassed::new(issued_at, 0))?;
        tx.execute("DELETE FROM settings WHERE name = 'clock_floor'", [])?;
        if let Some(record) = station::record(tx)? {
            station::move_key_files(tx, &record.key_files)?;
            station::put_record(tx, &record)?;
        }
        before.still_holds(&Census::of(tx, schema::VERSION)?)?;
        third(tx, found, now)
    })
}

/// What version 3 has beside version 2: no row of that is touched.
fn third(tx: &Transaction<'_>, from: i64, now: Timestamp) -> Result<(), QueueError> {
    schema::lay_out_third(tx)?;
    let detail = format!("from={from} to={}", schema::VERSION);
    audit::append(tx, &Act::new("store-migrated").detail(&detail)?, now)?;
    tx.pragma_update(None, "user_version", schema::VERSION)?;
    Ok(())
}

/// Puts a store back to version 1, for the release before, while nothing in it needs a later one. A lease of version 2 is
/// dropped (the next poll brings one), and so are the receipts of key files and voids, whose settlement stays in the log.
///
/// # Errors
/// [`QueueError::NeedsNewerVersion`] says what version 1 cannot hold; otherwise as [`crate::Store::open`]. The store stays.
pub fn downgrade(path: &Path, now: Timestamp) -> Result<(), QueueError> {
    let mut connection = file::connect(path, &StoreOptions::default())?;
    match file::check(&connection)? {
        first_schema::VERSION => return Ok(()),
        schema::VERSION => {}
        _ => upgrade(&mut connection, now)?,
    }
    rewriting(&mut connection, |tx| {
        fits_first(tx)?;
        let before = Census::of(tx, schema::VERSION)?;
        rename_old(tx)?;
        for sql in schema::creation(first_schema::TABLES, &REWRITTEN) {
            tx.execute_batch(sql)?;
        }
        fill_first(tx)?;
        settings_of_first(tx)?;
        drop_old(tx)?;
        let pad = envelopes::PAD_BYTES;
        tx.execute_batch(&format!(
            "UPDATE envelopes SET bytes = substr(bytes, {pad} + 1)
             WHERE substr(bytes, 1, {pad}) = zeroblob({pad})"
        ))?;
        before.still_holds(&Census::of(tx, first_schema::VERSION)?)?;
        // Those first that refer to others.
        for table in visits::NAMES
            .into_iter()
            .rev()
            .chain(carried::NAMES)
            .chain(NEW)
        {
            tx.execute_batch(&format!("DROP TABLE {table}"))?;
        }
        let act = Act::new("store-downgraded").detail("from=3 to=1")?;
        audit::append(tx, &act, now)?;
        tx.pragma_update(None, "user_version", first_schema::VERSION)?;
        Ok(())
    })?;
    file::checkpoint(&connection)
}

/// One transaction in which tables may be renamed without their references following them.
fn rewriting(
    connection: &mut Connection,
    act: impl FnOnce(&Transaction<'_>) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON;")?;
    let done = file::transact(connection, act);
    connection.execute_batch("PRAGMA legacy_alter_table = OFF; PRAGMA foreign_keys = ON;")?;
    done
}

fn rename_old(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute_batch(OLD_INDEXES)?;
    for table in REWRITTEN {
        tx.execute_batch(&format!("ALTER TABLE {table} RENAME TO old_{table}"))?;
    }
    Ok(())
}

fn drop_old(tx: &Transaction<'_>) -> Result<(), QueueError> {
    for table in REWRITTEN {
        tx.execute_batch(&format!("DROP TABLE old_{table}"))?;
    }
    Ok(())
}

/// The lease as it says itself: it was verified when it was taken.
fn held_lease(connection: &Connection) -> Result<Option<Lease>, QueueError> {
    let bytes: Option<Vec<u8>> = setting(connection, "lease")?;
    Ok(bytes.and_then(|b| Signed::<Lease>::from_bytes(b).and_then(|s| s.peek()).ok()))
}

fn fill_second(tx: &Transaction<'_>, lease: Option<&Lease>) -> Result<(), QueueError> {
    tx.execute_batch(&format!(
        "INSERT INTO applications ({SHARED}) SELECT {SHARED} FROM old_applications;
         INSERT INTO items (packet, kind, priority, counter, digest, length, {PROGRESS}, since)
             SELECT packet, 'enrolment', priority, counter, digest, length, {PROGRESS}, changed_at
             FROM old_applications WHERE stage = 'outbox';
         INSERT INTO sign_in (staff, tries, last_at, unlocked_at)
             SELECT staff, tries, last_at, unlocked_at FROM old_sign_in;"
    ))?;
    if let Some(lease) = lease {
        // Version 1 counted by time: so does what it left.
        tx.execute(
            "UPDATE applications SET lease = ?1 WHERE created_at >= ?2",
            [lease.serial as i64, lease.issued_at.millis()],
        )?;
    }
    Ok(())
}

fn fill_first(tx: &Transaction<'_>) -> Result<(), QueueError> {
    tx.execute_batch(&format!(
        "INSERT INTO applications ({SHARED}) SELECT {SHARED} FROM old_applications;
         UPDATE applications SET ({PROGRESS}) =
             (SELECT {PROGRESS} FROM items WHERE items.packet = applications.packet)
             WHERE packet IN (SELECT packet FROM items);
         INSERT INTO sign_in (staff, tries, last_at, unlocked_at)
             SELECT staff, tries, last_at, unlocked_at FROM old_sign_in;"
    ))?;
    Ok(())
}

fn settings_of_first(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let floor = believed::passed(tx)?.floor();
    put_setting(tx, "clock_floor", &floor.millis())?;
    tx.execute(
        "DELETE FROM settings WHERE name IN ('signed_time', 'powered_millis')",
        [],
    )?;
    extension::forget(tx)?;
    if held_lease(tx)?.is_some_and(|lease| lease.format > 1) {
        tx.execute(
            "DELETE FROM settings WHERE name IN ('lease', 'lease_key', 'lease_received_at')",
            [],
        )?;
    }
    if let Some(mut record) = station::record(tx)? {
        let mut statement = tx.prepare("SELECT staff, file FROM key_files ORDER BY rowid")?;
        let files = statement.query_map([], |row| {
            Ok((crate::application::staff(row, 0)?, row.get(1)?))
        })?;
        record.key_files = files.collect::<Result<_, _>>()?;
        station::put_whole_record(tx, &record)?;
    }
    Ok(())
}

/// Whether version 1 can hold everything that waits.
fn fits_first(tx: &Transaction<'_>) -> Result<(), QueueError> {
    let any = |rows: &str| -> Result<bool, QueueError> {
        let sql = format!("SELECT EXISTS (SELECT 1 FROM {rows})");
        Ok(tx.query_row(&sql, [], |row| row.get(0))?)
    };
    for (rows, what) in [
        ("items WHERE kind = 'key_file'", "a key file that waits"),
        ("items WHERE kind = 'void'", "a void that waits"),
        (
            "items WHERE kind <> 'enrolment'",
            "an unreviewed application that waits",
        ),
        (
            "applications WHERE stage = 'set_aside'",
            "an application that was set aside",
        ),
        ("owed_copies", "a second disk that is owed a change"),
        (
            "visits WHERE document IS NOT NULL",
            "a decision for another station that waits",
        ),
        (
            "offer_results",
            "a result of another station's decision that waits",
        ),
        (
            "settings WHERE name = 'second_copy'",
            "a second copy that is switched on",
        ),
        (
            "carried WHERE receipt IS NULL",
            "a packet that is carried for another station",
        ),
    ] {
        if any(rows)? {
            return Err(QueueError::NeedsNewerVersion(what));
        }
    }
    let mut statement = tx.prepare("SELECT kind, bytes FROM documents")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let kind: String = row.get(0)?;
        let bytes: Vec<u8> = row.get(1)?;
        let format = match kind.as_str() {
            "statement" => format_of(bytes, |d: &Statement| d.format),
            "decision" => format_of(bytes, |d: &Decision| d.format),
            "manifest" => format_of(bytes, |d: &Manifest| d.format),
            _ => format_of(bytes, |d: &Receipt| d.format),
        };
        if format > 1 {
            return Err(QueueError::NeedsNewerVersion("a document of version 2"));
        }
    }
    Ok(())
}

/// A document that cannot be read is left to whoever reads it.
fn format_of<T: Document>(bytes: Vec<u8>, format: impl Fn(&T) -> u16) -> u16 {
    let document = Signed::<T>::from_bytes(bytes).and_then(|signed| signed.peek());
    document.map_or(1, |d| format(&d))
}

/// What must be the same before and after: every row, every digest, the log.
struct Census {
    /// Table, and how many rows of what content.
    rows: Vec<(&'static str, u64, Digest)>,
    audit: Result<Digest, AuditFault>,
}

impl Census {
    fn of(connection: &Connection, version: i64) -> Result<Self, QueueError> {
        let shared = format!("SELECT {SHARED} FROM applications ORDER BY packet");
        // Stage by stage, each row with its content; envelopes by the digests that they are checked against.
        let mut queries = vec![
            ("applications", shared),
            (
                "sign_in",
                "SELECT staff, tries, last_at, unlocked_at FROM sign_in ORDER BY staff".to_owned(),
            ),
            (
                "envelopes",
                "SELECT packet, role, digest FROM envelopes ORDER BY packet, role".to_owned(),
            ),
            (
                "documents",
                "SELECT packet, kind FROM documents ORDER BY packet, kind".to_owned(),
            ),
            (
                "outcomes",
                "SELECT cursor, packet, kind FROM outcomes ORDER BY cursor".to_owned(),
            ),
            (
                "centre_keys",
                "SELECT key, certificate FROM centre_keys ORDER BY key".to_owned(),
            ),
            (
                "day_counters",
                "SELECT day, act, number FROM day_counters ORDER BY day, act".to_owned(),
            ),
        ];
        let waiting = if version == first_schema::VERSION {
            "applications WHERE stage = 'outbox'"
        } else {
            "items WHERE kind = 'enrolment'"
        };
        let progress = format!(
            "SELECT packet, priority, counter, digest, length, {PROGRESS} FROM {waiting} ORDER BY packet"
        );
        queries.push(("items", progress));
        let mut rows = Vec::new();
        for (table, sql) in queries {
            let (number, content) = fingerprint(connection, &sql)?;
            rows.push((table, number, content));
        }
        Ok(Self {
            rows,
            audit: audit::verify(connection).map(|summary| summary.head),
        })
    }

    fn still_holds(&self, after: &Self) -> Result<(), QueueError> {
        // A log that somebody changed before is no reason to stop the station: it stays as it was, and says so.
        if self.rows == after.rows && self.audit == after.audit {
            Ok(())
        } else {
            Err(QueueError::Damaged("the migration's count"))
        }
    }
}

fn fingerprint(connection: &Connection, sql: &str) -> Result<(u64, Digest), QueueError> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut number = 0;
    let mut content = Digest::default();
    while let Some(row) = rows.next()? {
        let mut bytes = content.as_bytes().to_vec();
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => bytes.push(0),
                ValueRef::Integer(n) => bytes.extend(n.to_be_bytes()),
                ValueRef::Real(n) => bytes.extend(n.to_be_bytes()),
                ValueRef::Text(b) | ValueRef::Blob(b) => {
                    bytes.extend((b.len() as u64).to_be_bytes());
                    bytes.extend(b);
                }
            }
        }
        content = Digest::of(&bytes);
        number += 1;
    }
    Ok((number, content))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// A store of version 1 with an application that waits, after some other hand was at it.
    fn census(sql: &str) -> Census {
        let mut connection = Connection::open_in_memory().unwrap();
        file::transact(&mut connection, |tx| {
            file::lay_out(tx, first_schema::TABLES, first_schema::VERSION)?;
            tx.execute_batch(
                "INSERT INTO applications (packet, stage, officer, kind, digest, length, counter, created_at, changed_at)
                     VALUES (zeroblob(16), 'outbox', '40213', 'new', zeroblob(32), 3, 1, 5, 5);
                 INSERT INTO envelopes (packet, role, digest, bytes)
                     VALUES (zeroblob(16), 'packet', zeroblob(32), x'010203');
                 INSERT INTO documents (packet, kind, bytes) VALUES (zeroblob(16), 'statement', x'01');",
            )?;
            tx.execute_batch(sql)?;
            Ok(())
        })
        .unwrap();
        Census::of(&connection, first_schema::VERSION).unwrap()
    }

    #[test]
    fn the_count_check_sees_a_row_that_is_gone_changed_or_new() {
        let before = census("");
        assert_eq!(before.still_holds(&census("")), Ok(()));
        for sql in [
            "DELETE FROM documents",
            "DELETE FROM envelopes",
            "UPDATE envelopes SET digest = randomblob(32)",
            "UPDATE applications SET stage = 'settled'",
            "UPDATE applications SET length = 4",
            "UPDATE applications SET upload_offset = 2",
            "UPDATE applications SET paused = 1",
            "INSERT INTO sign_in VALUES ('40213', 1, 1, 0)",
            "INSERT INTO day_counters VALUES ('2026-11-27', 'begun', 1)",
            "INSERT INTO centre_keys VALUES (zeroblob(32), x'01')",
            "INSERT INTO outcomes VALUES (1, zeroblob(16), 'registered', NULL, 1)",
        ] {
            let refused = Err(QueueError::Damaged("the migration's count"));
            assert_eq!(before.still_holds(&census(sql)), refused, "{sql}");
        }
    }
}
