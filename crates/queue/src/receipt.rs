//! Receipts: the only way for a packet to leave this disk.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::station::setting;
use crate::{QueueError, Store};
use domain::{Lifecycle, Stage, Timestamp, Verdict};
use envelope::{Receipt, Signed, Verified};
use rusqlite::Transaction;

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
    /// Takes the centre's receipt. The envelope is destroyed only when the receipt is signed by a
    /// key that the policy root certified for that time, names this station, this packet and this digest, and
    /// says *durable* or *quarantined*. Receipt, digests and counter stay.
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
        let held = match application::ownership(&self.connection, receipt.packet) {
            Err(QueueError::NotFound) => None,
            other => Some(other?),
        };
        let fits = receipt.station == station
            && held
                .as_ref()
                .is_some_and(|h| h.digest == Some(receipt.digest));
        if !fits {
            self.note_alarm(receipt.packet, "receipt-mismatch", now)?;
            return Err(if held.is_none() {
                QueueError::NotFound
            } else {
                QueueError::ReceiptMismatch
            });
        }
        self.write_freeing(|tx| receive(tx, &receipt, signed, now))
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
        let wal_bytes = std::fs::metadata(crate::store::with_suffix(self.path(), "-wal"))
            .map_or(0, |m| m.len());
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
    pub fn receipt(&self, packet: domain::PacketId) -> Result<Signed<Receipt>, QueueError> {
        application::document(&self.connection, packet, "receipt")
    }

    /// The station's counter: how many packets it has approved so far.
    ///
    /// # Errors
    /// As reading fails.
    pub fn counter(&self) -> Result<u64, QueueError> {
        Ok(setting::<i64>(&self.connection, "counter")?
            .unwrap_or(0)
            .unsigned_abs())
    }
}

fn receive(
    tx: &Transaction<'_>,
    receipt: &Verified<Receipt>,
    signed: &Signed<Receipt>,
    now: Timestamp,
) -> Result<Settled, QueueError> {
    if application::stage(tx, receipt.packet)? == Stage::Settled {
        return Ok(Settled::Already);
    }
    let stage = advance(tx, receipt.packet, Lifecycle::Receive(receipt.verdict), now)?;
    if stage != Stage::Settled {
        let act = Act::new("receipt-retain").packet(receipt.packet);
        audit::append(tx, &act, now)?;
        return Ok(Settled::Kept);
    }
    envelopes::destroy(tx, receipt.packet, Role::Packet)?;
    application::drop_documents(tx, receipt.packet)?;
    application::put_document(tx, receipt.packet, "receipt", signed)?;
    let verdict = match receipt.verdict {
        Verdict::Quarantined => "quarantined",
        Verdict::Durable | Verdict::Retain => "durable",
    };
    tx.execute(
        "UPDATE applications SET verdict = ?2, receipt_sequence = ?3, upload_url = NULL,
             wait_reason = NULL, paused = 0
         WHERE packet = ?1",
        rusqlite::params![
            receipt.packet.as_bytes().as_slice(),
            verdict,
            receipt.sequence as i64
        ],
    )?;
    let detail = format!("verdict={verdict} sequence={}", receipt.sequence);
    audit::append(
        tx,
        &Act::new("settled").packet(receipt.packet).detail(&detail)?,
        now,
    )?;
    Ok(Settled::Destroyed(receipt.verdict))
}
