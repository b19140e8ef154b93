//! The outbox: approved packets that wait for the link, and how far each upload has come.

use crate::application;
use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::{QueueError, Store, key};
use domain::{Lifecycle, PacketId, Priority, Stage, Timestamp, TransitionError};
use envelope::{Decision, Digest, Manifest, Signed, Statement};
use rusqlite::{Connection, Row};

/// The longest wait that is believed: a later time was written by a clock that was wrong.
const WAIT_LIMIT_MILLIS: i64 = 24 * 3_600_000;
/// The longest upload address.
const URL_LIMIT_BYTES: usize = 512;

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPoint {
    /// Where the centre takes the bytes.
    pub url: String,
    /// How many it had when it answered last.
    pub offset: u64,
}

/// A packet in the outbox, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxEntry {
    /// The packet.
    pub packet: PacketId,
    /// The station's counter.
    pub counter: u64,
    /// Order of leaving.
    pub priority: Priority,
    /// Length of the age file in bytes.
    pub length: u64,
    /// The upload, once it was begun.
    pub upload: Option<UploadPoint>,
    /// How often it was put off.
    pub attempts: u32,
    /// Not before this time.
    pub not_before: Timestamp,
    /// Why it waits, as a key.
    pub wait_reason: Option<String>,
    /// Held back by a supervisor.
    pub paused: bool,
    /// Since when it is here.
    pub since: Timestamp,
}

/// A packet in the outbox with everything that travels beside its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxRow {
    /// As in the list.
    pub entry: OutboxEntry,
    /// SHA-256 of the age file.
    pub digest: Digest,
    /// The station's word.
    pub manifest: Signed<Manifest>,
    /// The officer's word.
    pub statement: Signed<Statement>,
    /// The supervisor's word.
    pub decision: Signed<Decision>,
}

const ENTRY: &str = "SELECT packet, counter, priority, length, upload_url, upload_offset, attempts,
    not_before, wait_reason, paused, changed_at FROM applications";

fn entry(row: &Row<'_>) -> rusqlite::Result<OutboxEntry> {
    let offset = application::unsigned(row, 5)?;
    Ok(OutboxEntry {
        packet: application::packet(row, 0)?,
        counter: application::unsigned(row, 1)?,
        priority: application::priority(row, 2)?,
        length: application::unsigned(row, 3)?,
        upload: row
            .get::<_, Option<String>>(4)?
            .map(|url| UploadPoint { url, offset }),
        attempts: row.get(6)?,
        not_before: application::time(row, 7)?,
        wait_reason: row.get(8)?,
        paused: row.get(9)?,
        since: application::time(row, 10)?,
    })
}

impl Store {
    /// The packets that may leave now: by priority, then by age.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_packets(
        &self,
        limit: usize,
        now: Timestamp,
    ) -> Result<Vec<OutboxEntry>, QueueError> {
        let sql = format!(
            "{ENTRY} WHERE stage = 'outbox' AND paused = 0
             AND (not_before <= ?1 OR not_before > ?2)
             ORDER BY priority, counter LIMIT ?3"
        );
        let late = now.plus_millis(WAIT_LIMIT_MILLIS);
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(
            rusqlite::params![now.millis(), late.millis(), limit as i64],
            entry,
        )?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// When the next waiting packet may leave; none where nothing waits for a time.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_due(&self, now: Timestamp) -> Result<Option<Timestamp>, QueueError> {
        let due: Option<i64> = self.connection.query_row(
            "SELECT min(not_before) FROM applications
             WHERE stage = 'outbox' AND paused = 0 AND not_before > ?1 AND not_before <= ?2",
            [now.millis(), now.plus_millis(WAIT_LIMIT_MILLIS).millis()],
            |row| row.get(0),
        )?;
        Ok(due.map(Timestamp::from_millis))
    }

    /// Everything in the outbox, in the order of leaving, from the `skip`th.
    ///
    /// # Errors
    /// As reading fails.
    pub fn outbox(&self, skip: usize, limit: usize) -> Result<Vec<OutboxEntry>, QueueError> {
        let sql =
            format!("{ENTRY} WHERE stage = 'outbox' ORDER BY priority, counter LIMIT ?1 OFFSET ?2");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map([limit as i64, skip as i64], entry)?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// A packet of the outbox with its documents.
    ///
    /// # Errors
    /// [`QueueError::NotFound`] when it is not in the outbox.
    pub fn outbox_row(&self, packet: PacketId) -> Result<OutboxRow, QueueError> {
        let sql = format!("{ENTRY} WHERE packet = ?1 AND stage = 'outbox'");
        let entry = self
            .connection
            .prepare_cached(&sql)?
            .query_row([packet.as_bytes().as_slice()], entry)?;
        let held = application::ownership(&self.connection, packet)?;
        Ok(OutboxRow {
            entry,
            digest: held.digest.ok_or(QueueError::Damaged("a row"))?,
            manifest: application::document(&self.connection, packet, "manifest")?,
            statement: application::document(&self.connection, packet, "statement")?,
            decision: application::document(&self.connection, packet, "decision")?,
        })
    }

    /// Up to `length` bytes of the sealed packet from `offset`; fewer at its end.
    ///
    /// # Errors
    /// [`QueueError::NotFound`].
    pub fn packet_envelope_chunk(
        &self,
        packet: PacketId,
        offset: u64,
        length: usize,
    ) -> Result<Vec<u8>, QueueError> {
        envelopes::read_part(&self.connection, packet, Role::Packet, offset, length)
    }

    /// The whole sealed packet, checked against its digest: for removable media.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], or [`QueueError::Damaged`] for this envelope.
    pub fn packet_envelope(&self, packet: PacketId) -> Result<Vec<u8>, QueueError> {
        envelopes::read(&self.connection, packet, Role::Packet)
    }

    /// Notes how far the centre has taken a packet; none where the upload is gone at the centre.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn note_upload(
        &mut self,
        packet: PacketId,
        point: Option<&UploadPoint>,
    ) -> Result<(), QueueError> {
        let url = point.map(|p| p.url.as_str());
        if url.is_some_and(|u| u.len() > URL_LIMIT_BYTES) {
            return Err(QueueError::TooLarge {
                limit: URL_LIMIT_BYTES,
            });
        }
        let offset = point.map_or(0, |p| p.offset) as i64;
        self.write(|tx| {
            in_outbox(tx, packet)?;
            tx.prepare_cached(
                "UPDATE applications SET upload_url = ?2, upload_offset = min(?3, length), wait_reason = NULL
                 WHERE packet = ?1",
            )?
            .execute(rusqlite::params![packet.as_bytes().as_slice(), url, offset])?;
            Ok(())
        })
    }

    /// Puts a packet off until `not_before`, with the reason's key for the screen.
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
        self.write(|tx| {
            in_outbox(tx, packet)?;
            tx.prepare_cached(
                "UPDATE applications SET wait_reason = ?2, not_before = ?3, attempts = attempts + 1
                 WHERE packet = ?1",
            )?
            .execute(rusqlite::params![
                packet.as_bytes().as_slice(),
                reason,
                not_before.millis()
            ])?;
            Ok(())
        })
    }

    /// Holds a packet back.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when the packet has left the outbox.
    pub fn pause(&mut self, packet: PacketId, now: Timestamp) -> Result<(), QueueError> {
        self.set_paused(packet, true, now)
    }

    /// Lets a packet go on, at once.
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
        self.write(|tx| {
            in_outbox(tx, packet)?;
            tx.execute(
                "UPDATE applications SET paused = ?2, not_before = 0 WHERE packet = ?1",
                rusqlite::params![packet.as_bytes().as_slice(), paused],
            )?;
            let name = if paused { "paused" } else { "resumed" };
            audit::append(tx, &Act::new(name).packet(packet), now)
        })
    }
}

/// An upload's progress belongs to the outbox alone.
fn in_outbox(connection: &Connection, packet: PacketId) -> Result<(), QueueError> {
    match application::stage(connection, packet)? {
        Stage::Outbox => Ok(()),
        from => Err(TransitionError {
            from,
            act: Lifecycle::Receive(domain::Verdict::Retain),
        }
        .into()),
    }
}
