//! Figures for the desk: how many where, what today, and the history of what is done.

use crate::application;
use crate::{QueueError, Store};
use domain::{ApplicationKind, PacketId, StaffId, Stage, Timestamp};
use rusqlite::{OptionalExtension, Row};
use std::collections::BTreeMap;

/// How many applications are in each stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Being typed, or returned.
    pub draft: u64,
    /// Waiting for a supervisor.
    pub in_review: u64,
    /// Waiting for the link.
    pub outbox: u64,
    /// The centre has them.
    pub settled: u64,
    /// Rejected, refused or discarded.
    pub closed: u64,
    /// Damaged before they left: their applicants are asked back.
    pub set_aside: u64,
}

/// How often each audited act happened on a day.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayCounters(BTreeMap<String, u64>);

impl DayCounters {
    /// How often that act happened: `begun`, `submitted`, `returned`, `approved`, `rejected`,
    /// `closed`, `settled`, or any act that the desk audits.
    pub fn of(&self, act: &str) -> u64 {
        self.0.get(act).copied().unwrap_or(0)
    }

    /// Every act that happened, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(act, number)| (act.as_str(), *number))
    }
}

/// How much of a kind waits here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingRow {
    /// `draft`, `in_review`, `set_aside`, `carried` for other stations, or the key of an item's kind.
    pub what: String,
    /// How many.
    pub count: u64,
    /// Since when the oldest.
    pub oldest: Timestamp,
}

/// What is kept of an application for good: no personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryRow {
    /// The application.
    pub packet: PacketId,
    /// Where it is.
    pub stage: Stage,
    /// Who took it.
    pub officer: StaffId,
    /// What was asked for.
    pub kind: ApplicationKind,
    /// The station's counter, once approved.
    pub counter: Option<u64>,
    /// `durable` or `quarantined`, once settled.
    pub verdict: Option<String>,
    /// Why it was closed or returned, as a key.
    pub reason: Option<String>,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When its stage changed last.
    pub changed_at: Timestamp,
}

const HISTORY: &str = "SELECT packet, stage, officer, kind, counter, verdict, reason, created_at, changed_at FROM applications";

/// What each audited act was counted as on its day, counted anew.
pub(crate) const RECOUNT: &str = "DELETE FROM day_counters;
    INSERT INTO day_counters (day, act, number)
        SELECT date(at / 1000, 'unixepoch'), act, count(*) FROM audit GROUP BY 1, 2;";

impl Store {
    /// How many applications are in each stage.
    ///
    /// # Errors
    /// As reading fails.
    pub fn counts(&self) -> Result<Counts, QueueError> {
        let mut counts = Counts::default();
        let mut statement = self
            .connection
            .prepare_cached("SELECT stage, COUNT(*) FROM applications GROUP BY stage")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let number = application::unsigned(row, 1)?;
            match Stage::from_name(&row.get::<_, String>(0)?) {
                Some(Stage::Draft) => counts.draft = number,
                Some(Stage::InReview) => counts.in_review = number,
                Some(Stage::Outbox) => counts.outbox = number,
                Some(Stage::Settled) => counts.settled = number,
                Some(Stage::Closed) => counts.closed = number,
                Some(Stage::SetAside) => counts.set_aside = number,
                None => return Err(QueueError::Damaged("a stage")),
            }
        }
        Ok(counts)
    }

    /// What waits here, by kind, with the oldest of each: what a station says of itself. What does not wait has no row.
    ///
    /// # Errors
    /// As reading fails.
    pub fn waiting(&self) -> Result<Vec<WaitingRow>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT stage, count(*), min(changed_at) FROM applications
                 WHERE stage IN ('draft', 'in_review', 'set_aside') GROUP BY stage
             UNION ALL SELECT kind, count(*), min(since) FROM items GROUP BY kind
             UNION ALL SELECT 'carried', count(*), min(since) FROM carried WHERE receipt IS NULL HAVING count(*) > 0
             ORDER BY 1",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(WaitingRow {
                what: row.get(0)?,
                count: application::unsigned(row, 1)?,
                oldest: application::time(row, 2)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What happened on a day, as `Timestamp::to_date` writes it (UTC; an office in Pakistan
    /// works within one UTC day).
    ///
    /// # Errors
    /// As reading fails.
    pub fn counters(&self, day: &str) -> Result<DayCounters, QueueError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT act, number FROM day_counters WHERE day = ?1")?;
        let rows = statement.query_map([day], |row| {
            Ok((row.get(0)?, application::unsigned(row, 1)?))
        })?;
        Ok(DayCounters(rows.collect::<Result<_, _>>()?))
    }

    /// The applications that changed last, whatever their stage.
    ///
    /// # Errors
    /// As reading fails.
    pub fn history(&self, limit: usize) -> Result<Vec<HistoryRow>, QueueError> {
        let sql = format!("{HISTORY} ORDER BY changed_at DESC, packet DESC LIMIT ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit as i64], history_row)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What is known of one application.
    ///
    /// # Errors
    /// As reading fails.
    pub fn history_of(&self, packet: PacketId) -> Result<Option<HistoryRow>, QueueError> {
        let sql = format!("{HISTORY} WHERE packet = ?1");
        let mut statement = self.connection.prepare_cached(&sql)?;
        Ok(statement
            .query_row([packet.as_bytes().as_slice()], history_row)
            .optional()?)
    }
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    let stage: String = row.get(1)?;
    Ok(HistoryRow {
        packet: application::packet(row, 0)?,
        stage: Stage::from_name(&stage).ok_or_else(|| {
            rusqlite::Error::InvalidColumnType(1, String::new(), rusqlite::types::Type::Text)
        })?,
        officer: application::staff(row, 2)?,
        kind: application::kind(row, 3)?,
        counter: row.get::<_, Option<i64>>(4)?.map(i64::unsigned_abs),
        verdict: row.get(5)?,
        reason: row.get(6)?,
        created_at: application::time(row, 7)?,
        changed_at: application::time(row, 8)?,
    })
}
