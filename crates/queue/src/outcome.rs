//! What the centre said later of this office's packets.

use crate::application;
use crate::station::{put_setting, setting};
use crate::{QueueError, Store};
use domain::{Outcome, OutcomeKind, PacketId, Timestamp};
use rusqlite::Row;

/// How many outcomes are kept; the centre has them all.
const OUTCOMES_KEPT: i64 = 10_000;

impl Store {
    /// Keeps outcomes and moves the cursor to `cursor` or to the last of them, whichever is later: what nobody could read is passed over.
    /// Those seen before change nothing.
    ///
    /// # Errors
    /// [`QueueError::NotAKey`] for a reason that is free text, or as writing fails.
    pub fn put_outcomes(&mut self, outcomes: &[Outcome], cursor: i64) -> Result<(), QueueError> {
        for outcome in outcomes {
            crate::key::check(outcome.reason.as_deref().unwrap_or_default(), "reason")?;
        }
        let newest = outcomes.iter().map(|o| o.cursor).fold(cursor, i64::max);
        if newest <= self.outcomes_cursor()? && outcomes.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for outcome in outcomes {
                tx.prepare_cached(
                    "INSERT INTO outcomes (cursor, packet, kind, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (cursor) DO NOTHING",
                )?
                .execute(rusqlite::params![
                    outcome.cursor,
                    outcome.packet.as_bytes().as_slice(),
                    outcome.kind.as_str(),
                    outcome.reason,
                    outcome.at.millis()
                ])?;
            }
            let cursor = setting(tx, "outcomes_cursor")?.unwrap_or(0).max(newest);
            put_setting(tx, "outcomes_cursor", &cursor)?;
            tx.execute(
                "DELETE FROM outcomes WHERE cursor <=
                 (SELECT cursor FROM outcomes ORDER BY cursor DESC LIMIT 1 OFFSET ?1)",
                [OUTCOMES_KEPT],
            )?;
            Ok(())
        })
    }

    /// Up to where outcomes have been taken: `GET /v1/outcomes?after=`.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outcomes_cursor(&self) -> Result<i64, QueueError> {
        Ok(setting(&self.connection, "outcomes_cursor")?.unwrap_or(0))
    }

    /// The newest outcomes.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outcomes(&self, limit: usize) -> Result<Vec<Outcome>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT cursor, packet, kind, reason, at FROM outcomes ORDER BY cursor DESC LIMIT ?1",
        )?;
        let rows = statement.query_map([limit as i64], outcome)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// What became of one packet, oldest first.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outcomes_of(&self, packet: PacketId) -> Result<Vec<Outcome>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT cursor, packet, kind, reason, at FROM outcomes WHERE packet = ?1 ORDER BY cursor",
        )?;
        let rows = statement.query_map([packet.as_bytes().as_slice()], outcome)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn outcome(row: &Row<'_>) -> rusqlite::Result<Outcome> {
    Ok(Outcome {
        cursor: row.get(0)?,
        packet: application::packet(row, 1)?,
        kind: OutcomeKind::from(row.get::<_, String>(2)?),
        reason: row.get(3)?,
        at: Timestamp::from_millis(row.get(4)?),
    })
}
