//! The audit log: every row's hash covers the row before it.
//!
//! `hash = SHA-256(previous hash ‖ canonical CBOR of the row)`; the first row's previous hash is 32
//! zero bytes. The head travels in every manifest and comes back in every receipt, so that a log
//! that was cut or written anew shows at the centre, and here against the kept receipts.

use crate::application;
use crate::station::{put_setting, setting};
use crate::{QueueError, Store, key};
use domain::{PacketId, StaffId, Timestamp};
use envelope::{Digest, Receipt, Signed, to_cbor};
use rusqlite::{Connection, Row};
use serde::Serialize;
use std::collections::HashSet;

/// Rows that an export reads at once.
const EXPORT_PAGE: usize = 500;

/// An act on its way into the log.
#[derive(Debug, Clone)]
pub(crate) struct Act<'a> {
    name: &'a str,
    staff: Option<&'a StaffId>,
    packet: Option<PacketId>,
    detail: String,
}

impl<'a> Act<'a> {
    pub(crate) fn new(name: &'a str) -> Self {
        Self {
            name,
            staff: None,
            packet: None,
            detail: String::new(),
        }
    }

    pub(crate) fn staff(mut self, staff: &'a StaffId) -> Self {
        self.staff = Some(staff);
        self
    }

    pub(crate) fn packet(mut self, packet: PacketId) -> Self {
        self.packet = Some(packet);
        self
    }

    pub(crate) fn detail(mut self, detail: &str) -> Result<Self, QueueError> {
        key::check_detail(detail)?;
        detail.clone_into(&mut self.detail);
        Ok(self)
    }
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditRow {
    /// From 1, without gaps.
    pub number: u64,
    /// When, by the station's clock.
    pub at: Timestamp,
    /// What, as a key.
    pub act: String,
    /// Who, where a person did it.
    pub staff: Option<StaffId>,
    /// On which application.
    pub packet: Option<PacketId>,
    /// Keys and figures; no personal data.
    pub detail: String,
    /// Covers this row and the one before; not part of the canonical row.
    #[serde(skip)]
    pub hash: Digest,
}

impl AuditRow {
    /// What this row's hash must be after a row with hash `previous`.
    ///
    /// # Errors
    /// [`QueueError::Envelope`] when the row cannot be expressed.
    pub fn hash_after(&self, previous: &Digest) -> Result<Digest, QueueError> {
        Ok(Digest::of_all([
            previous.as_bytes().as_slice(),
            &to_cbor(self)?,
        ]))
    }
}

/// A log that holds together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditSummary {
    /// How many rows.
    pub rows: u64,
    /// Hash of the last one.
    pub head: Digest,
    /// How many receipts name a head that is in the log.
    pub receipts: u64,
}

/// What is wrong with a log.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AuditFault {
    /// This row was changed, or the one before it is gone.
    #[error("audit row {row} was changed or follows a gap")]
    Row {
        /// Its number.
        row: u64,
    },
    /// Rows at the end are gone.
    #[error("the audit log ends at row {rows}, it had {expected}")]
    Cut {
        /// Rows that are there.
        rows: u64,
        /// Rows that there were.
        expected: u64,
    },
    /// The centre has seen a head that is not in the log: it was written anew.
    #[error("the centre's receipt for {packet} names a head that is not in the log")]
    UnknownHead {
        /// The packet of that receipt.
        packet: PacketId,
    },
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] QueueError),
}

impl From<rusqlite::Error> for AuditFault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Store {
    /// Appends an act to the log. `act` is a key, `detail` keys and figures without personal data.
    ///
    /// # Errors
    /// [`QueueError::NotAKey`] for free text, or as writing fails.
    pub fn audit(
        &mut self,
        act: &str,
        staff: Option<&StaffId>,
        packet: Option<PacketId>,
        detail: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        key::check(act, "act")?;
        let mut row = Act::new(act).detail(detail)?;
        row.staff = staff;
        row.packet = packet;
        self.write(|tx| append(tx, &row, now))
    }

    /// Hash of the last row.
    ///
    /// # Errors
    /// As reading fails.
    pub fn audit_head(&self) -> Result<Digest, QueueError> {
        head(&self.connection)
    }

    /// Computes every hash again, and looks for the heads that receipts name.
    ///
    /// # Errors
    /// [`AuditFault`] names the first row that does not hold.
    pub fn verify_audit(&self) -> Result<AuditSummary, AuditFault> {
        verify(&self.connection)
    }

    /// The whole log in order, read page by page.
    pub fn export_audit(&self) -> AuditExport<'_> {
        export(&self.connection)
    }
}

/// See [`Store::verify_audit`].
pub(crate) fn verify(connection: &Connection) -> Result<AuditSummary, AuditFault> {
    let mut heads = HashSet::new();
    let mut previous = Digest::default();
    let mut rows = 0_u64;
    for row in export(connection) {
        let row = row?;
        rows += 1;
        if row.number != rows || row.hash != row.hash_after(&previous)? {
            return Err(AuditFault::Row { row: rows });
        }
        previous = row.hash;
        heads.insert(row.hash);
    }
    let expected = last_number(connection)?;
    if rows != expected || previous != head(connection)? {
        return Err(AuditFault::Cut { rows, expected });
    }
    let mut receipts = known_heads(connection, "documents", &heads)?;
    if has_enclosures(connection)? {
        receipts += known_heads(connection, "enclosures", &heads)?;
    }
    Ok(AuditSummary {
        rows,
        head: previous,
        receipts,
    })
}

/// A store of version 1 has none.
fn has_enclosures(connection: &Connection) -> Result<bool, QueueError> {
    Ok(connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'enclosures')",
        [],
        |row| row.get(0),
    )?)
}

fn export(connection: &Connection) -> AuditExport<'_> {
    AuditExport {
        connection,
        page: Vec::new().into_iter(),
        last: 0,
        done: false,
    }
}

fn known_heads(
    connection: &Connection,
    table: &str,
    heads: &HashSet<Digest>,
) -> Result<u64, AuditFault> {
    let sql = format!("SELECT packet, bytes FROM {table} WHERE kind = 'receipt'");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query([])?;
    let mut number = 0;
    while let Some(row) = rows.next()? {
        let packet = application::packet(row, 0)?;
        let receipt = Signed::<Receipt>::from_bytes(row.get(1)?).and_then(|s| s.peek());
        if !receipt.is_ok_and(|r| heads.contains(&r.audit_head)) {
            return Err(AuditFault::UnknownHead { packet });
        }
        number += 1;
    }
    Ok(number)
}

/// The rows of the log, in order.
#[derive(Debug)]
pub struct AuditExport<'a> {
    connection: &'a Connection,
    page: std::vec::IntoIter<AuditRow>,
    last: u64,
    done: bool,
}

impl Iterator for AuditExport<'_> {
    type Item = Result<AuditRow, QueueError>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.page.next() {
            self.last = row.number;
            return Some(Ok(row));
        }
        if self.done {
            return None;
        }
        match page(self.connection, self.last) {
            Ok(rows) => {
                self.done = rows.len() < EXPORT_PAGE;
                self.page = rows.into_iter();
                let row = self.page.next()?;
                self.last = row.number;
                Some(Ok(row))
            }
            Err(error) => {
                self.done = true;
                Some(Err(error))
            }
        }
    }
}

/// Appends a row within the caller's transaction: the act and its row are one.
pub(crate) fn append(
    connection: &Connection,
    act: &Act<'_>,
    now: Timestamp,
) -> Result<(), QueueError> {
    let previous = head(connection)?;
    let mut row = AuditRow {
        number: last_number(connection)? + 1,
        at: now,
        act: act.name.to_owned(),
        staff: act.staff.cloned(),
        packet: act.packet,
        detail: act.detail.clone(),
        hash: Digest::default(),
    };
    row.hash = row.hash_after(&previous)?;
    let number = row.number as i64;
    connection
        .prepare_cached(
            "INSERT INTO audit (number, at, act, staff, packet, detail, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(rusqlite::params![
            number,
            row.at.millis(),
            row.act,
            row.staff.as_ref().map(StaffId::as_str),
            row.packet.as_ref().map(|p| p.as_bytes().as_slice()),
            row.detail,
            row.hash.as_bytes().as_slice()
        ])?;
    put_setting(connection, "audit_rows", &number)?;
    put_setting(connection, "audit_head", &row.hash.as_bytes().as_slice())?;
    connection
        .prepare_cached(
            "INSERT INTO day_counters (day, act, number) VALUES (?1, ?2, 1)
             ON CONFLICT (day, act) DO UPDATE SET number = number + 1",
        )?
        .execute(rusqlite::params![now.to_date(), row.act])?;
    Ok(())
}

/// Hash of the last row; zeros for an empty log.
pub(crate) fn head(connection: &Connection) -> Result<Digest, QueueError> {
    let head: Option<[u8; 32]> = setting(connection, "audit_head")?;
    Ok(head
        .and_then(|h| Digest::from_slice(&h))
        .unwrap_or_default())
}

/// At every start: the last row is the one that the settings name.
pub(crate) fn check_head(connection: &Connection) -> Result<(), QueueError> {
    let rows = last_number(connection)?;
    let last = page(connection, rows.saturating_sub(1))?;
    match last.as_slice() {
        [row] if row.number == rows && row.hash == head(connection)? => Ok(()),
        _ => Err(QueueError::Damaged("the audit log")),
    }
}

fn last_number(connection: &Connection) -> Result<u64, QueueError> {
    Ok(setting::<i64>(connection, "audit_rows")?
        .unwrap_or(0)
        .unsigned_abs())
}

fn page(connection: &Connection, after: u64) -> Result<Vec<AuditRow>, QueueError> {
    let mut statement = connection.prepare_cached(
        "SELECT number, at, act, staff, packet, detail, hash FROM audit
         WHERE number > ?1 ORDER BY number LIMIT ?2",
    )?;
    let rows = statement.query_map([after as i64, EXPORT_PAGE as i64], audit_row)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn audit_row(row: &Row<'_>) -> rusqlite::Result<AuditRow> {
    let staff = match row.get_ref(3)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(application::staff(row, 3)?),
    };
    let packet = match row.get_ref(4)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(application::packet(row, 4)?),
    };
    Ok(AuditRow {
        number: application::unsigned(row, 0)?,
        at: application::time(row, 1)?,
        act: row.get(2)?,
        staff,
        packet,
        detail: row.get(5)?,
        hash: application::some_digest(row, 6)?,
    })
}
