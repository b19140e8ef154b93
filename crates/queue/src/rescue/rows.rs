//! Reading a damaged table: row by row, past the pages that cannot be read.

use super::{RescuedTable, leaves};
use crate::{QueueError, envelopes};
use envelope::Digest;
use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, OptionalExtension};
use std::path::Path;

/// How much is held in memory and written at once: neither memory nor the unfinished file's WAL need hold gigabytes.
const BATCH_BYTES: usize = 4 << 20;
/// How far row numbers are tried one by one where no index says which there are.
const PROBES: i64 = 100_000;

/// Tables that are counted anew from others.
const DERIVED: &str = "day_counters";

/// Copies what can be read of a table.
///
/// # Errors
/// As writing fails; what cannot be read is counted.
pub(super) fn copy(
    source: &Connection,
    target: &mut Connection,
    table: &str,
) -> Result<RescuedTable, QueueError> {
    let mut copied = RescuedTable {
        name: table.to_owned(),
        rows: 0,
        unreadable: 0,
    };
    if table == DERIVED {
        return Ok(copied);
    }
    let columns = columns(target, table)?;
    let mut sink = Sink {
        insert: insert_sql(table, &columns),
        target,
        batch: Batch::default(),
        copied: &mut copied,
    };
    let select = format!("SELECT rowid, {} FROM {table}", columns.join(", "));
    let last = forward(source, &select, columns.len(), &mut sink)?;
    if let Some(last) = last {
        for id in behind(source, table, last) {
            one(source, &select, columns.len(), id, &mut sink)?;
        }
    }
    sink.flush()?;
    Ok(copied)
}

/// Copies what the leaf pages of the file still hold of the tables that could not be read whole.
///
/// # Errors
/// As writing fails.
pub(super) fn copy_leaves(
    path: &Path,
    target: &mut Connection,
    tables: &mut [RescuedTable],
) -> Result<(), QueueError> {
    let mut damaged = Vec::new();
    for table in tables.iter_mut().filter(|table| table.unreadable > 0) {
        let columns = columns(target, &table.name)?;
        let insert = insert_sql(&table.name, &columns);
        damaged.push((table, columns, insert));
    }
    let mut batch = Batch::default();
    leaves::scan(path, |id, mut values| {
        // The column that stands for the row's number is not written a second time.
        if let Some(first @ Value::Null) = values.first_mut() {
            *first = Value::Integer(id);
        }
        match batch.push(values) {
            Some(full) => put_leaves(target, &mut damaged, &full),
            None => Ok(()),
        }
    })?;
    put_leaves(target, &mut damaged, &batch.rows)
}

type Damaged<'a> = (&'a mut RescuedTable, Vec<String>, String);

/// Each row goes into the damaged table that takes it: by its number of columns, and by what the table's own checks and a
/// document's or envelope's say of it.
fn put_leaves(
    target: &mut Connection,
    damaged: &mut [Damaged<'_>],
    batch: &[Vec<Value>],
) -> Result<(), QueueError> {
    crate::file::transact(target, |tx| {
        for values in batch {
            for (table, columns, insert) in damaged.iter_mut() {
                if columns.len() != values.len() || !belongs(tx, &table.name, values)? {
                    continue;
                }
                match tx
                    .prepare_cached(insert)?
                    .execute(rusqlite::params_from_iter(values))
                {
                    Ok(changed) => table.rows += changed as u64,
                    Err(error) if is_refused(&error) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(())
    })
}

fn belongs(connection: &Connection, table: &str, values: &[Value]) -> Result<bool, QueueError> {
    match (table, values) {
        ("envelopes", [_, _, _, Value::Blob(digest), Value::Blob(bytes)])
        | ("visit_envelopes", [_, _, _, Value::Blob(digest), _, Value::Blob(bytes)]) => {
            let envelope = envelopes::envelope_of(bytes);
            Ok(Digest::of(envelope).as_bytes().as_slice() == digest.as_slice())
        }
        // Both have the same columns: what has an item of its own carries its documents itself.
        ("documents" | "enclosures", [Value::Blob(packet), Value::Text(kind), Value::Blob(_)]) => {
            let own: bool = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM applications WHERE packet = ?1)
                         OR EXISTS (SELECT 1 FROM envelopes WHERE packet = ?1)",
                )?
                .query_row([packet.as_slice()], |row| row.get(0))?;
            let enclosed = kind == "void" || !own;
            Ok(enclosed == (table == "enclosures"))
        }
        ("envelopes" | "visit_envelopes" | "documents" | "enclosures", _) => Ok(false),
        _ => Ok(true),
    }
}

/// The names that the new table has; the old one has the same.
fn columns(target: &Connection, table: &str) -> Result<Vec<String>, QueueError> {
    let mut statement = target.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let names = statement.query_map([table], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn insert_sql(table: &str, columns: &[String]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    format!(
        "INSERT OR IGNORE INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        places.join(", ")
    )
}

/// Rows in order until one cannot be read; then the number of the last good one.
fn forward(
    source: &Connection,
    select: &str,
    columns: usize,
    sink: &mut Sink<'_>,
) -> Result<Option<i64>, QueueError> {
    let mut last = i64::MIN;
    let sql = format!("{select} ORDER BY rowid");
    let Ok(mut statement) = source.prepare(&sql) else {
        sink.copied.unreadable += 1;
        return Ok(None);
    };
    let mut rows = statement.query([])?;
    loop {
        let row = match rows.next() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(None),
            Err(error) => return busy(error, last.max(0)),
        };
        let Ok(id) = row.get(0) else {
            return Ok(Some(last.max(0)));
        };
        let Some(values) = values(row, columns) else {
            return Ok(Some(last.max(0)));
        };
        sink.put(values)?;
        last = id;
    }
}

/// A file that somebody else has open is no damage.
fn busy(error: rusqlite::Error, last: i64) -> Result<Option<i64>, QueueError> {
    match QueueError::from(error) {
        QueueError::InUse => Err(QueueError::InUse),
        _ => Ok(Some(last)),
    }
}

fn values(row: &rusqlite::Row<'_>, columns: usize) -> Option<Vec<Value>> {
    (1..=columns).map(|n| row.get(n).ok()).collect()
}

/// Numbers of the rows behind the first page that cannot be read: an index knows them, or they are tried one by one.
fn behind(source: &Connection, table: &str, last: i64) -> Vec<i64> {
    let indexed = || -> rusqlite::Result<Vec<i64>> {
        let column: String = source.query_row(
            "SELECT x.name FROM pragma_index_list(?1) AS l, pragma_index_info(l.name) AS x
             WHERE l.[unique] AND x.seqno = 0 LIMIT 1",
            [table],
            |row| row.get(0),
        )?;
        let sql = format!("SELECT rowid FROM {table} ORDER BY {column}");
        let mut statement = source.prepare(&sql)?;
        let ids = statement.query_map([], |row| row.get(0))?;
        ids.filter(|id| id.as_ref().map_or(true, |id| *id > last))
            .collect()
    };
    indexed().unwrap_or_else(|_| {
        let end: Option<i64> = source
            .query_row(
                &format!("SELECT rowid FROM {table} ORDER BY rowid DESC LIMIT 1"),
                [],
                |row| row.get(0),
            )
            .optional()
            .unwrap_or_default();
        let end = end.unwrap_or(last.saturating_add(PROBES));
        (last.saturating_add(1)..=end.min(last.saturating_add(10 * PROBES))).collect()
    })
}

fn one(
    source: &Connection,
    select: &str,
    columns: usize,
    id: i64,
    sink: &mut Sink<'_>,
) -> Result<(), QueueError> {
    let sql = format!("{select} WHERE rowid = ?1");
    let read = source.prepare_cached(&sql).and_then(|mut statement| {
        statement
            .query_row([id], |row| Ok(values(row, columns)))
            .optional()
    });
    match read {
        Ok(None) => Ok(()),
        Ok(Some(Some(values))) => sink.put(values),
        Ok(Some(None)) | Err(_) => {
            sink.copied.unreadable += 1;
            Ok(())
        }
    }
}

/// Rows that wait to be written.
#[derive(Default)]
struct Batch {
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Batch {
    /// Gives back the rows when they are enough.
    fn push(&mut self, values: Vec<Value>) -> Option<Vec<Vec<Value>>> {
        let long = values.iter().map(|value| match value {
            Value::Text(text) => text.len(),
            Value::Blob(bytes) => bytes.len(),
            _ => 0,
        });
        // A short row takes room too.
        self.bytes += 256 + long.sum::<usize>();
        self.rows.push(values);
        (self.bytes >= BATCH_BYTES).then(|| std::mem::take(self).rows)
    }
}

/// Where the rows go, some at a time.
struct Sink<'a> {
    insert: String,
    target: &'a mut Connection,
    batch: Batch,
    copied: &'a mut RescuedTable,
}

impl Sink<'_> {
    fn put(&mut self, values: Vec<Value>) -> Result<(), QueueError> {
        match self.batch.push(values) {
            Some(full) => self.write(&full),
            None => Ok(()),
        }
    }

    fn flush(&mut self) -> Result<(), QueueError> {
        let rest = std::mem::take(&mut self.batch).rows;
        self.write(&rest)
    }

    fn write(&mut self, batch: &[Vec<Value>]) -> Result<(), QueueError> {
        let insert = &self.insert;
        let (rows, refused) = crate::file::transact(self.target, |tx| {
            let mut done = (0, 0);
            let mut statement = tx.prepare_cached(insert)?;
            for values in batch {
                match statement.execute(rusqlite::params_from_iter(values)) {
                    Ok(changed) => done.0 += changed as u64,
                    // Damage that a page's own checks did not see: no row of ours.
                    Err(error) if is_refused(&error) => done.1 += 1,
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(done)
        })?;
        self.copied.rows += rows;
        self.copied.unreadable += refused;
        Ok(())
    }
}

fn is_refused(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)
    )
}
