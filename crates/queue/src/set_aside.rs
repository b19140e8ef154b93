//! Packets that were damaged on this disk: out of the way of the others, their counter closed by a void.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::item::{self, Held, NewItem};
use crate::lease;
use crate::{QueueError, Store, carried};
use domain::{ApplicationKind, ItemKind, Lifecycle, PacketId, Priority, StaffId, Timestamp};
use envelope::{Digest, EnvelopeError, Manifest, Signed, Void};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// The reason that such a void gives.
const REASON: &str = "damaged";

/// What the store puts into a void; station, version and time are the desk's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoidSeed {
    /// The packet that was damaged.
    pub packet: PacketId,
    /// The counter that it had.
    pub counter: u64,
    /// Digest of the packet before, as its manifest named it.
    pub previous: Option<Digest>,
    /// The digest that its bytes should have.
    pub digest: Digest,
    /// Why, as a key.
    pub reason: String,
    /// Serial of the lease in force.
    pub lease: Option<u64>,
    /// Head of the audit chain, the alarm included.
    pub audit_head: Digest,
}

/// An application whose packet was damaged: the applicant is asked back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAsideRow {
    /// The application.
    pub packet: PacketId,
    /// Who took it.
    pub officer: StaffId,
    /// What was asked for.
    pub kind: ApplicationKind,
    /// The counter that it had.
    pub counter: u64,
    /// Since when it is set aside.
    pub since: Timestamp,
    /// Whether the void still waits for the centre's receipt.
    pub void_waits: bool,
}

impl Store {
    /// Holds back a carried packet whose bytes are not whole any more, with an alarm: its owner has it still, and it is taken again from
    /// the next medium. False where it is this station's own: [`Store::set_aside`] is for those.
    ///
    /// # Errors
    /// [`QueueError::NotDamaged`], or as writing fails.
    pub fn hold_damaged_carried(
        &mut self,
        packet: PacketId,
        now: Timestamp,
    ) -> Result<bool, QueueError> {
        if item::find(&self.connection, packet)?.is_some()
            || carried::find(&self.connection, packet)?.is_none()
        {
            return Ok(false);
        }
        match self.check_item(packet) {
            Ok(()) => Err(QueueError::NotDamaged),
            Err(QueueError::Damaged(_)) => {
                self.write(|tx| carried::hold_damaged(tx, packet, now))?;
                Ok(true)
            }
            Err(other) => Err(other),
        }
    }

    /// Takes an item whose bytes are not those that were signed out of the way of the others: an alarm is audited, the
    /// application is set aside, and a void signed by `make_void` takes the item's place and closes its counter, in one
    /// transaction. A receipt for the undamaged original is still taken.
    ///
    /// # Errors
    /// [`QueueError::NotDamaged`] where [`Store::check_item`] finds nothing wrong, [`QueueError::NotFound`] outside the
    /// outbox, [`QueueError::Mismatch`] for a void of something else, [`QueueError::Envelope`] from the closure.
    pub fn set_aside(
        &mut self,
        packet: PacketId,
        mut make_void: impl FnMut(&VoidSeed) -> Result<Signed<Void>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<Signed<Void>, QueueError> {
        match self.check_item(packet) {
            Ok(()) => return Err(QueueError::NotDamaged),
            Err(QueueError::Damaged(_)) => {}
            Err(other) => return Err(other),
        }
        let held = item::find(&self.connection, packet)?.ok_or(QueueError::NotFound)?;
        if held.entry.kind == ItemKind::Void {
            return Err(QueueError::Mismatch("void"));
        }
        let void = self.write(|tx| {
            if application::find_stage(tx, packet)?.is_some() {
                advance(tx, packet, Lifecycle::Damage, now)?;
            }
            let act = Act::new("alarm").packet(packet).detail("packet-damaged")?;
            audit::append(tx, &act, now)?;
            let seed = seed(tx, &held)?;
            let void = make_void(&seed)?;
            if !matches_seed(&void.peek()?, &seed) {
                return Err(QueueError::Mismatch("void"));
            }
            item::remove(tx, packet)?;
            item::drop_enclosures(tx, packet)?;
            item::enclose(tx, packet, "void", void.as_bytes())?;
            let item = NewItem {
                packet,
                kind: ItemKind::Void,
                // What follows in the chain must not wait for it.
                priority: Priority::Urgent,
                counter: held.entry.counter,
                digest: void.digest(),
                length: void.as_bytes().len() as u64,
            };
            item::insert(tx, &item, now)?;
            Ok(void)
        })?;
        self.unwritten.forget(packet);
        Ok(void)
    }

    /// Applications that were set aside, the newest first: the words for the office are "ask the applicant back".
    ///
    /// # Errors
    /// As reading fails.
    pub fn set_aside_applications(&self) -> Result<Vec<SetAsideRow>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT packet, officer, kind, counter, changed_at,
                 EXISTS (SELECT 1 FROM items WHERE items.packet = applications.packet)
             FROM applications WHERE stage = 'set_aside' ORDER BY changed_at DESC, packet DESC",
        )?;
        let rows = statement.query_map([], |row| {
            Ok(SetAsideRow {
                packet: application::packet(row, 0)?,
                officer: application::staff(row, 1)?,
                kind: application::kind(row, 2)?,
                counter: application::unsigned(row, 3)?,
                since: application::time(row, 4)?,
                void_waits: row.get(5)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

fn seed(tx: &Transaction<'_>, held: &Held) -> Result<VoidSeed, QueueError> {
    Ok(VoidSeed {
        packet: held.entry.packet,
        counter: held.entry.counter,
        previous: previous(tx, held)?,
        digest: held.digest,
        reason: REASON.to_owned(),
        lease: lease::serial(tx)?,
        audit_head: audit::head(tx)?,
    })
}

/// What the manifest named; where that is damaged too, the digest of the packet that has the counter before.
fn previous(connection: &Connection, held: &Held) -> Result<Option<Digest>, QueueError> {
    let packet = held.entry.packet;
    let manifest: Result<Signed<Manifest>, QueueError> = match held.entry.kind {
        ItemKind::KeyFile => item::enclosed(connection, packet, "manifest"),
        _ => application::document(connection, packet, "manifest"),
    };
    if let Ok(manifest) = manifest.and_then(|m| Ok(m.peek()?)) {
        return Ok(manifest.previous);
    }
    let before = held.entry.counter.saturating_sub(1) as i64;
    let digest = connection
        .query_row(
            "SELECT digest FROM applications WHERE counter = ?1
             UNION ALL SELECT digest FROM items WHERE counter = ?1 AND kind = 'key_file'",
            [before],
            |row| application::digest(row, 0),
        )
        .optional()?;
    Ok(digest.flatten())
}

fn matches_seed(void: &Void, seed: &VoidSeed) -> bool {
    void.packet == seed.packet
        && void.counter == seed.counter
        && void.previous == seed.previous
        && void.digest == seed.digest
        && void.reason == seed.reason
        && void.lease == seed.lease
        && void.audit_head == seed.audit_head
}
