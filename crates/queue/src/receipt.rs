//! Receipts: the only way for a packet to leave this disk.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::carried::{self, Claim};
use crate::envelopes::{self, Role};
use crate::item;
use crate::outbox;
use crate::{QueueError, Store, believed};
use domain::{ItemKind, Lifecycle, PacketId, Stage, Timestamp, Verdict};
use envelope::{Receipt, Signed, Verified};
use rusqlite::{Connection, Transaction};

/// What a receipt did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// The centre has the packet; its envelope is destroyed. Call [`Store::purge`] next.
    Destroyed(Verdict),
    /// The centre has not stored it for good: everything stays.
    Kept,
    /// The same packet was settled before: nothing changed.
    Already,
}

/// What a purge did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Bytes of the WAL before; there are none after.
    pub wal_bytes: u64,
    /// Whether the room for purging on a full disk is there again.
    pub ballast: bool,
}

impl Store {
    /// Takes the centre's receipt. An envelope is destroyed only when the receipt is signed by a
    /// key that the policy root certified for that time, names this station, this packet and this digest, and
    /// says *durable* or *quarantined*. Receipt, digests and counter stay. The receipt of a void names the digest of the
    /// signed void; one for the original's digest is taken as well, should a whole copy have turned up elsewhere.
    ///
    /// # Errors
    /// [`QueueError::Untrusted`], [`QueueError::ReceiptMismatch`] and [`QueueError::NotFound`]
    /// (both audited as an alarm), [`QueueError::Transition`]: nothing was deleted.
    pub fn settle(
        &mut self,
        signed: &Signed<Receipt>,
        now: Timestamp,
    ) -> Result<Settled, QueueError> {
        let receipt = self.verified_receipt(signed)?;
        let station = self.activation()?.ok_or(QueueError::NotActivated)?.station;
        let subject = subject(&self.connection, &receipt)?;
        if matches!(subject, Subject::Unknown) {
            match carried::claim(&self.connection, &receipt)? {
                Claim::Elsewhere => {}
                Claim::Other => {
                    self.note_alarm(receipt.packet, "receipt-mismatch", now)?;
                    return Err(QueueError::ReceiptMismatch);
                }
                Claim::Done => return Ok(Settled::Already),
                Claim::Waits => return self.settle_carried(&receipt, signed, now),
            }
        }
        if receipt.station != station || matches!(subject, Subject::Other | Subject::Unknown) {
            self.note_alarm(receipt.packet, "receipt-mismatch", now)?;
            return Err(match subject {
                Subject::Unknown => QueueError::NotFound,
                _ => QueueError::ReceiptMismatch,
            });
        }
        let powered = self.unwritten_powered_millis;
        let settled = self.write_freeing(|tx| {
            believed::raise(tx, receipt.at, powered)?;
            match subject {
                Subject::Item(kind) => receive_item(tx, kind, &receipt, signed, now),
                Subject::Application => receive_application(tx, &receipt, signed, now),
                Subject::Done | Subject::Other | Subject::Unknown => Ok(Settled::Already),
            }
        })?;
        self.unwritten_powered_millis = 0;
        if settled != Settled::Kept {
            self.unwritten.forget(receipt.packet);
        }
        Ok(settled)
    }

    fn settle_carried(
        &mut self,
        receipt: &Verified<Receipt>,
        signed: &Signed<Receipt>,
        now: Timestamp,
    ) -> Result<Settled, QueueError> {
        let powered = self.unwritten_powered_millis;
        let destroyed =
            self.write_freeing(|tx| carried::receive(tx, receipt, signed, powered, now))?;
        self.unwritten_powered_millis = 0;
        if !destroyed {
            return Ok(Settled::Kept);
        }
        self.unwritten.forget(receipt.packet);
        Ok(Settled::Destroyed(receipt.verdict))
    }

    fn verified_receipt(&self, signed: &Signed<Receipt>) -> Result<Verified<Receipt>, QueueError> {
        self.centre_certificates()?
            .iter()
            .find_map(|certificate| {
                let receipt = signed.verify(&certificate.key).ok()?;
                let in_time =
                    certificate.not_before <= receipt.at && receipt.at <= certificate.not_after;
                in_time.then_some(receipt)
            })
            .ok_or(QueueError::Untrusted("receipt"))
    }

    /// Leaves nothing of what was destroyed: the freed pages are zeroed already
    /// (`secure_delete`), and the WAL, which still has their old content, is folded and cut.
    ///
    /// # Errors
    /// [`QueueError::DiskFull`] where even the ballast's room is not enough.
    pub fn purge(&mut self) -> Result<Purged, QueueError> {
        let wal_bytes =
            std::fs::metadata(crate::file::with_suffix(self.path(), "-wal")).map_or(0, |m| m.len());
        self.truncate_wal()?;
        Ok(Purged {
            wal_bytes,
            ballast: self.has_ballast(),
        })
    }

    /// The receipt of a settled packet.
    ///
    /// # Errors
    /// [`QueueError::NotFound`].
    pub fn receipt(&self, packet: PacketId) -> Result<Signed<Receipt>, QueueError> {
        match application::document(&self.connection, packet, "receipt") {
            Err(QueueError::NotFound) => item::enclosed(&self.connection, packet, "receipt"),
            other => other,
        }
    }
}

/// What a receipt speaks of, by packet and digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    /// An item of the outbox.
    Item(ItemKind),
    /// An application that has no item of that digest: settled, set aside, or not sent yet.
    Application,
    /// An item without an application that was settled before.
    Done,
    /// A packet that is here, and another digest.
    Other,
    /// No packet of this store.
    Unknown,
}

fn subject(connection: &Connection, receipt: &Receipt) -> Result<Subject, QueueError> {
    let item = item::find(connection, receipt.packet)?;
    if let Some(held) = item.as_ref().filter(|held| held.digest == receipt.digest) {
        return Ok(Subject::Item(held.entry.kind));
    }
    let before = match item::enclosed::<Receipt>(connection, receipt.packet, "receipt") {
        Err(QueueError::NotFound) => None,
        other => Some(other?.peek()?),
    };
    if before.as_ref().is_some_and(|b| b.digest == receipt.digest) {
        return Ok(Subject::Done);
    }
    let application = match application::ownership(connection, receipt.packet) {
        Err(QueueError::NotFound) => None,
        other => Some(other?),
    };
    Ok(match application {
        Some(held) if held.digest == Some(receipt.digest) => Subject::Application,
        None if item.is_none() && before.is_none() => Subject::Unknown,
        _ => Subject::Other,
    })
}

fn receive_item(
    tx: &Transaction<'_>,
    kind: ItemKind,
    receipt: &Verified<Receipt>,
    signed: &Signed<Receipt>,
    now: Timestamp,
) -> Result<Settled, QueueError> {
    if receipt.verdict == Verdict::Retain {
        outbox::retain(tx, receipt.packet, now)?;
        let act = Act::new("receipt-retain").packet(receipt.packet);
        audit::append(tx, &act, now)?;
        return Ok(Settled::Kept);
    }
    let act = match kind {
        ItemKind::Enrolment | ItemKind::Unreviewed => {
            return receive_application(tx, receipt, signed, now);
        }
        ItemKind::KeyFile => "key-file-settled",
        ItemKind::Void => {
            // The damaged bytes and what was signed about them go; the application stays set aside.
            envelopes::destroy(tx, receipt.packet, Role::Packet)?;
            application::drop_documents(tx, receipt.packet)?;
            "void-settled"
        }
    };
    item::remove(tx, receipt.packet)?;
    item::drop_enclosures(tx, receipt.packet)?;
    item::enclose(tx, receipt.packet, "receipt", signed.as_bytes())?;
    append_settled(tx, act, receipt, now)?;
    Ok(Settled::Destroyed(receipt.verdict))
}

fn receive_application(
    tx: &Transaction<'_>,
    receipt: &Verified<Receipt>,
    signed: &Signed<Receipt>,
    now: Timestamp,
) -> Result<Settled, QueueError> {
    let packet = receipt.packet;
    if application::stage(tx, packet)? == Stage::Settled {
        return Ok(Settled::Already);
    }
    let stage = advance(tx, packet, Lifecycle::Receive(receipt.verdict), now)?;
    if stage != Stage::Settled {
        let act = Act::new("receipt-retain").packet(packet);
        audit::append(tx, &act, now)?;
        return Ok(Settled::Kept);
    }
    envelopes::destroy(tx, packet, Role::Packet)?;
    application::drop_documents(tx, packet)?;
    application::put_document(tx, packet, "receipt", signed)?;
    // A void that still waits has nothing to close any more.
    if item::find(tx, packet)?.is_some() {
        item::remove(tx, packet)?;
        item::drop_enclosures(tx, packet)?;
    }
    tx.execute(
        "UPDATE applications SET verdict = ?2, receipt_sequence = ?3 WHERE packet = ?1",
        rusqlite::params![
            packet.as_bytes().as_slice(),
            verdict_name(receipt.verdict),
            receipt.sequence as i64
        ],
    )?;
    append_settled(tx, "settled", receipt, now)?;
    Ok(Settled::Destroyed(receipt.verdict))
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Quarantined => "quarantined",
        Verdict::Durable | Verdict::Retain => "durable",
    }
}

fn append_settled(
    tx: &Transaction<'_>,
    act: &str,
    receipt: &Receipt,
    now: Timestamp,
) -> Result<(), QueueError> {
    let verdict = verdict_name(receipt.verdict);
    let detail = format!("verdict={verdict} sequence={}", receipt.sequence);
    let act = Act::new(act).packet(receipt.packet).detail(&detail)?;
    audit::append(tx, &act, now)
}
