//! The outbox: items that wait for the link, and how far each upload has come.

use crate::application;
use crate::audit::{self, Act};
use crate::item::{self, ENTRY, OutboxEntry, UploadPoint, held};
use crate::{QueueError, Store, carried, key};
use domain::{Lifecycle, PacketId, Timestamp, TransitionError, Verdict};
use rusqlite::{Connection, OptionalExtension, Transaction};
use std::collections::HashMap;

/// The longest wait that is believed: a later time was written by a clock that was wrong.
const WAIT_LIMIT_MILLIS: i64 = 24 * 3_600_000;
/// How long an item rests that the centre has and will not sign for yet.
const RETAINED_WAIT_MILLIS: i64 = 12 * 3_600_000;
/// The longest upload address.
const URL_LIMIT_BYTES: usize = 512;

/// Up to so many items whose wait is over are sorted; where there are more, the first ones are soon met in the order of
/// leaving.
const DUE_LIMIT: i64 = 2000;
/// What was never put off: the first ones of an index.
const AT_ONCE: &str = "INDEXED BY items_at_once WHERE paused = 0 AND not_before = 0 AND ?1 <= ?2";
/// What was put off and has waited long enough, or bears a time that nobody believes.
const DUE: &str = "INDEXED BY items_by_wait WHERE paused = 0 AND not_before <> 0 AND (not_before <= ?1 OR not_before > ?2)";
/// How many those are, as far as that matters.
const DUE_COUNT: &str = "SELECT count(*) FROM (SELECT 1 FROM items INDEXED BY items_by_wait
    WHERE paused = 0 AND not_before <> 0 AND (not_before <= ?1 OR not_before > ?2) LIMIT ?3)";
/// Both, one after the other.
const IN_ORDER: &str =
    "INDEXED BY items_by_order WHERE paused = 0 AND (not_before <= ?1 OR not_before > ?2)";

/// How an item's upload goes: what may stay in memory while the disk is full.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Progress {
    upload: Option<UploadPoint>,
    attempts: u32,
    not_before: Timestamp,
    wait_reason: Option<String>,
}

/// Progress that found no room on the disk. A restart forgets it: the centre is asked again.
#[derive(Debug, Default)]
pub(crate) struct Unwritten(HashMap<PacketId, Progress>);

impl Unwritten {
    pub(crate) fn forget(&mut self, packet: PacketId) {
        self.0.remove(&packet);
    }
}

impl Store {
    /// A page of the items that may leave now, by priority, then by age: from the first, or those after `after`. What is carried for
    /// other stations comes behind everything of this one's own.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_items(
        &self,
        after: Option<PacketId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<OutboxEntry>, QueueError> {
        let late = believed_until(now);
        let carried_after = match after {
            Some(packet) => carried::Row::find(&self.connection, packet)?.map(|row| row.id),
            None => None,
        };
        let mut next = match carried_after {
            Some(_) => Vec::new(),
            None => self.own_items(after, limit, now)?,
        };
        if next.len() < limit {
            let (behind, left) = (carried_after.unwrap_or(0), limit - next.len());
            let asked = left.saturating_add(self.unwritten.0.len());
            let due = carried::due(&self.connection, behind, asked, now, late)?;
            let due = due.into_iter().map(|entry| self.with_progress(entry));
            let may = |entry: &OutboxEntry| entry.not_before <= now || entry.not_before > late;
            next.extend(due.filter(may).take(left));
        }
        Ok(next)
    }

    fn own_items(
        &self,
        after: Option<PacketId>,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<OutboxEntry>, QueueError> {
        let place = self.place(after)?;
        let late = believed_until(now);
        let asked = limit.saturating_add(self.unwritten.0.len());
        let mut candidates = self.candidates(AT_ONCE, place, asked, now)?;
        let due: i64 = self
            .connection
            .prepare_cached(DUE_COUNT)?
            .query_row([now.millis(), late.millis(), DUE_LIMIT], |row| row.get(0))?;
        if due >= DUE_LIMIT {
            candidates = self.candidates(IN_ORDER, place, asked, now)?;
        } else if due > 0 {
            candidates.extend(self.candidates(DUE, place, asked, now)?);
            candidates.sort_by_key(|entry| (entry.priority.rank(), entry.counter));
        }
        let mut next = Vec::new();
        for entry in candidates {
            let entry = self.with_progress(entry);
            if entry.not_before <= now || entry.not_before > late {
                next.push(entry);
            }
        }
        next.truncate(limit);
        Ok(next)
    }

    /// A page of everything in the outbox, put off or not, from the first, or of those after `after`: for removable media.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outbox_after(
        &self,
        after: Option<PacketId>,
        limit: usize,
    ) -> Result<Vec<OutboxEntry>, QueueError> {
        let (priority, counter) = self.place(after)?;
        let sql = format!(
            "{ENTRY} WHERE (priority, counter) > (?1, ?2) ORDER BY priority, counter LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(rusqlite::params![priority, counter, limit as i64], held)?;
        rows.map(|row| Ok(self.with_progress(row?.entry))).collect()
    }

    /// Where an item stands in the order, or stood before it left.
    fn place(&self, packet: Option<PacketId>) -> Result<(i64, i64), QueueError> {
        let Some(packet) = packet else {
            return Ok((-1, -1));
        };
        let place = self
            .connection
            .prepare_cached(
                "SELECT priority, counter FROM items WHERE packet = ?1
                 UNION ALL SELECT priority, counter FROM applications
                     WHERE packet = ?1 AND counter IS NOT NULL",
            )?
            .query_row([packet.as_bytes().as_slice()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        Ok(place.unwrap_or((-1, -1)))
    }

    fn candidates(
        &self,
        which: &str,
        (priority, counter): (i64, i64),
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<OutboxEntry>, QueueError> {
        let sql = format!(
            "{ENTRY} {which} AND (priority, counter) > (?4, ?5)
             ORDER BY priority, counter LIMIT ?3"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let late = believed_until(now);
        let rows = statement.query_map(
            rusqlite::params![now.millis(), late.millis(), limit as i64, priority, counter],
            |row| held(row).map(|h| h.entry),
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next waiting item may leave; none where nothing waits for a time.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, QueueError> {
        let late = believed_until(now);
        let due: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT min(not_before) FROM (
                     SELECT not_before FROM items
                     WHERE paused = 0 AND not_before <> 0 AND not_before > ?1 AND not_before <= ?2
                     UNION ALL SELECT not_before FROM carried
                     WHERE receipt IS NULL AND paused = 0 AND not_before > ?1 AND not_before <= ?2)",
            )?
            .query_row([now.millis(), late.millis()], |row| row.get(0))?;
        let unwritten = self.unwritten.0.values().map(|p| p.not_before);
        let waiting = unwritten.filter(|due| *due > now && *due <= late);
        Ok(due
            .map(Timestamp::from_millis)
            .into_iter()
            .chain(waiting)
            .min())
    }

    /// Everything in the outbox, in the order of leaving, from the `skip`th.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outbox(&self, skip: usize, limit: usize) -> Result<Vec<OutboxEntry>, QueueError> {
        let sql = format!("{ENTRY} ORDER BY priority, counter LIMIT ?1 OFFSET ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit as i64, skip as i64], held)?;
        rows.map(|row| Ok(self.with_progress(row?.entry))).collect()
    }

    /// Notes how far the centre has taken an item; none where the upload is gone at the centre. On a full disk it
    /// is kept in memory, so that the uploads that will free room go on.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn note_upload(
        &mut self,
        packet: PacketId,
        point: Option<&UploadPoint>,
    ) -> Result<(), QueueError> {
        if point.is_some_and(|p| p.url.len() > URL_LIMIT_BYTES) {
            return Err(QueueError::TooLarge {
                limit: URL_LIMIT_BYTES,
            });
        }
        let entry = self.held_item(packet)?;
        let upload = point.map(|p| UploadPoint {
            url: p.url.clone(),
            offset: p.offset.min(entry.length),
        });
        let progress = Progress {
            upload,
            attempts: entry.attempts,
            not_before: entry.not_before,
            wait_reason: None,
        };
        self.note_progress(packet, progress)
    }

    /// Puts an item off until `not_before`, with the reason's key for the screen. On a full disk as
    /// [`Store::note_upload`].
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn note_wait(
        &mut self,
        packet: PacketId,
        reason: &str,
        not_before: Timestamp,
    ) -> Result<(), QueueError> {
        key::check(reason, "reason")?;
        let entry = self.held_item(packet)?;
        let progress = Progress {
            upload: entry.upload,
            attempts: entry.attempts.saturating_add(1),
            not_before,
            wait_reason: Some(reason.to_owned()),
        };
        self.note_progress(packet, progress)
    }

    /// "Try now": nothing that was put off waits any longer; what is paused stays so.
    ///
    /// # Errors
    /// As writing fails.
    pub fn end_waits(&mut self) -> Result<(), QueueError> {
        for progress in self.unwritten.0.values_mut() {
            progress.not_before = Timestamp::default();
        }
        self.write(|tx| {
            tx.execute("UPDATE items SET not_before = 0 WHERE not_before <> 0", [])?;
            tx.execute(
                "UPDATE carried SET not_before = 0 WHERE not_before <> 0 AND receipt IS NULL",
                [],
            )?;
            Ok(())
        })
    }

    /// Holds an item back.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn pause(&mut self, packet: PacketId, now: Timestamp) -> Result<(), QueueError> {
        self.set_paused(packet, true, now)
    }

    /// Lets an item go on, at once.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn resume(&mut self, packet: PacketId, now: Timestamp) -> Result<(), QueueError> {
        self.set_paused(packet, false, now)
    }

    /// Writes an alarm about a packet into the audit log: a receipt or an answer of the centre
    /// that speaks of something else. Nothing else changes.
    ///
    /// # Errors
    /// [`QueueError::NotAKey`], or as writing fails.
    pub fn note_alarm(
        &mut self,
        packet: PacketId,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        key::check(reason, "reason")?;
        let act = Act::new("alarm").packet(packet).detail(reason)?;
        self.write(|tx| audit::append(tx, &act, now))
    }

    fn set_paused(
        &mut self,
        packet: PacketId,
        paused: bool,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.held_item(packet)?;
        self.write(|tx| {
            tx.execute(
                "UPDATE items SET paused = ?2, not_before = 0 WHERE packet = ?1",
                rusqlite::params![packet.as_bytes().as_slice(), paused],
            )?;
            let name = if paused { "paused" } else { "resumed" };
            audit::append(tx, &Act::new(name).packet(packet), now)
        })?;
        if let Some(progress) = self.unwritten.0.get_mut(&packet) {
            progress.not_before = Timestamp::default();
        }
        Ok(())
    }

    /// Writes this progress and whatever found no room before, or keeps it in memory.
    fn note_progress(&mut self, packet: PacketId, progress: Progress) -> Result<(), QueueError> {
        let mut all = std::mem::take(&mut self.unwritten.0);
        all.insert(packet, progress);
        match self.write(|tx| {
            all.iter()
                .try_for_each(|(p, how)| put_progress(tx, *p, how))
        }) {
            Err(QueueError::DiskFull) => {
                self.unwritten.0 = all;
                Ok(())
            }
            other => other,
        }
    }

    pub(crate) fn with_progress(&self, mut entry: OutboxEntry) -> OutboxEntry {
        if let Some(progress) = self.unwritten.0.get(&entry.packet) {
            entry.upload.clone_from(&progress.upload);
            entry.attempts = progress.attempts;
            entry.not_before = progress.not_before;
            entry.wait_reason.clone_from(&progress.wait_reason);
        }
        entry
    }

    /// An upload's progress belongs to the outbox alone.
    fn held_item(&self, packet: PacketId) -> Result<OutboxEntry, QueueError> {
        if let Some(held) = item::find_any(&self.connection, packet)? {
            return Ok(self.with_progress(held.entry));
        }
        Err(TransitionError {
            from: application::stage(&self.connection, packet)?,
            act: Lifecycle::Receive(Verdict::Retain),
        }
        .into())
    }
}

/// Until when an item rests that the centre has and will not sign for yet.
pub(crate) fn retained_until(now: Timestamp) -> Timestamp {
    now.plus_millis(RETAINED_WAIT_MILLIS)
}

fn believed_until(now: Timestamp) -> Timestamp {
    now.plus_millis(WAIT_LIMIT_MILLIS)
}

fn put_progress(
    tx: &Transaction<'_>,
    packet: PacketId,
    progress: &Progress,
) -> Result<(), QueueError> {
    let upload = progress.upload.as_ref();
    let table = if item::find(tx, packet)?.is_some() {
        "items"
    } else {
        "carried"
    };
    tx.prepare_cached(&format!(
        "UPDATE {table} SET upload_url = ?2, upload_offset = ?3, attempts = ?4, not_before = ?5,
             wait_reason = ?6
         WHERE packet = ?1"
    ))?
    .execute(rusqlite::params![
        packet.as_bytes().as_slice(),
        upload.map(|p| p.url.as_str()),
        upload.map_or(0, |p| p.offset) as i64,
        progress.attempts,
        progress.not_before.millis(),
        progress.wait_reason
    ])?;
    Ok(())
}

/// The centre has the item and does not sign for it yet.
pub(crate) fn retain(
    connection: &Connection,
    packet: PacketId,
    now: Timestamp,
) -> Result<(), QueueError> {
    connection.execute(
        "UPDATE items SET wait_reason = 'retained', not_before = ?2, attempts = attempts + 1
         WHERE packet = ?1",
        rusqlite::params![packet.as_bytes().as_slice(), retained_until(now).millis()],
    )?;
    Ok(())
}
