//! Drafts and review copies come back that the office's recovery identity opened and sealed to a colleague: their reader has left, or has
//! new keys.

use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::{QueueError, Store, application};
use domain::{Lifecycle, PacketId, StaffId, Stage, Timestamp};

impl Store {
    /// Takes a draft back: `envelope` is the same content, sealed to `to`, whose draft it is from now on. Its age does not change.
    ///
    /// # Errors
    /// [`QueueError::Transition`] when it is no draft any more, [`QueueError::Untrusted`] where the lease does not name `to`,
    /// [`QueueError::TooLarge`].
    pub fn take_back_draft(
        &mut self,
        packet: PacketId,
        to: &StaffId,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.reads_today(to)?;
        self.write(|tx| {
            application::stays(tx, packet, Stage::Draft, Lifecycle::Submit)?;
            let officer = application::ownership(tx, packet)?.officer;
            tx.execute(
                "UPDATE applications SET officer = ?2 WHERE packet = ?1",
                rusqlite::params![packet.as_bytes().as_slice(), to.as_str()],
            )?;
            envelopes::put(tx, packet, Role::Draft, envelope)?;
            let detail = format!("from={} to={}", officer.as_str(), to.as_str());
            let act = Act::new("draft-recovered").packet(packet);
            audit::append(tx, &act.detail(&detail)?, now)
        })
    }

    /// Takes a review copy back: `envelope` is the same content, sealed to `to`, who decides it or signs in so that it is sealed to the
    /// others too.
    ///
    /// # Errors
    /// [`QueueError::Transition`] outside review, [`QueueError::Untrusted`] where the lease does not name `to`, [`QueueError::TooLarge`].
    pub fn take_back_review(
        &mut self,
        packet: PacketId,
        to: &StaffId,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.reads_today(to)?;
        self.write(|tx| {
            application::stays(tx, packet, Stage::InReview, Lifecycle::Return)?;
            envelopes::put(tx, packet, Role::Review, envelope)?;
            let act = Act::new("review-recovered").packet(packet);
            audit::append(tx, &act.detail(&format!("to={}", to.as_str()))?, now)
        })
    }

    fn reads_today(&self, staff: &StaffId) -> Result<(), QueueError> {
        let lease = self.lease()?.ok_or(QueueError::NotActivated)?.lease;
        if lease.member(staff).is_none() {
            return Err(QueueError::Untrusted("recovery"));
        }
        Ok(())
    }
}
