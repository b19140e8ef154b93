//! How an application leaves review for the outbox: with a supervisor's decision, or after waiting too long for one.
//! The counter, the station's signature and the entry into the outbox are one act.

use crate::application::{self, advance};
use crate::audit::{self, Act};
use crate::chain::{self, ManifestSeed};
use crate::envelopes::{self, Role};
use crate::review::decision_fits;
use crate::{QueueError, Store};
use domain::{ItemKind, Lifecycle, PacketId, Timestamp};
use envelope::{Decision, DecisionKind, EnvelopeError, Manifest, Signed};
use rusqlite::Transaction;

impl Store {
    /// Approves an application: mints its counter, has `make_manifest` sign the manifest, and
    /// puts it into the outbox, in one transaction. Where the closure fails, no counter is spent; after a failure of the
    /// disk it may be called a second time.
    ///
    /// # Errors
    /// [`QueueError::FourEyes`], [`QueueError::Untrusted`] for a decision that no supervisor of
    /// the lease signed, [`QueueError::Mismatch`] for a decision or manifest of something else,
    /// [`QueueError::Transition`], [`QueueError::Envelope`] from the closure.
    pub fn approve(
        &mut self,
        packet: PacketId,
        decision: &Signed<Decision>,
        mut make_manifest: impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<Signed<Manifest>, QueueError> {
        let said = self.believed_decision(decision)?;
        self.write(|tx| approve_in(tx, packet, (decision, &said), &mut make_manifest, now))
    }

    /// Sends an application that was submitted before `submitted_before` and that nobody has reviewed to the centre
    /// without a decision: policy's `unreviewed_days`. Otherwise as [`Store::approve`].
    ///
    /// # Errors
    /// [`QueueError::NotDue`] for one that was submitted later, [`QueueError::Transition`] outside review.
    pub fn send_unreviewed(
        &mut self,
        packet: PacketId,
        submitted_before: Timestamp,
        mut make_manifest: impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<Signed<Manifest>, QueueError> {
        self.write(|tx| {
            advance(tx, packet, Lifecycle::Escalate, now)?;
            let submitted_at: i64 = tx.query_row(
                "SELECT submitted_at FROM applications WHERE packet = ?1",
                [packet.as_bytes().as_slice()],
                |row| row.get(0),
            )?;
            if submitted_at >= submitted_before.millis() {
                return Err(QueueError::NotDue);
            }
            audit::append(tx, &Act::new("sent-unreviewed").packet(packet), now)?;
            let seed = chain::seed(tx, packet, ItemKind::Unreviewed, None)?;
            leave_review(tx, &seed, &mut make_manifest, now)
        })
    }
}

/// The whole act; `said` is what the verified decision says.
pub(crate) fn approve_in(
    tx: &Transaction<'_>,
    packet: PacketId,
    (decision, said): (&Signed<Decision>, &Decision),
    make_manifest: &mut impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
    now: Timestamp,
) -> Result<Signed<Manifest>, QueueError> {
    let held = application::ownership(tx, packet)?;
    advance(tx, packet, Lifecycle::Approve, now)?;
    decision_fits(tx, said, packet, &held, DecisionKind::Approve)?;
    let act = Act::new("approved").staff(&said.supervisor).packet(packet);
    audit::append(tx, &act, now)?;
    application::put_document(tx, packet, "decision", decision)?;
    let seed = chain::seed(tx, packet, ItemKind::Enrolment, Some(decision))?;
    leave_review(tx, &seed, make_manifest, now)
}

fn leave_review(
    tx: &Transaction<'_>,
    seed: &ManifestSeed,
    make_manifest: &mut impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
    now: Timestamp,
) -> Result<Signed<Manifest>, QueueError> {
    let manifest = make_manifest(seed)?;
    chain::enter_outbox(tx, seed, &manifest, now)?;
    application::put_document(tx, seed.packet, "manifest", &manifest)?;
    envelopes::destroy(tx, seed.packet, Role::Review)?;
    tx.execute(
        "UPDATE applications SET counter = ?2 WHERE packet = ?1",
        rusqlite::params![seed.packet.as_bytes().as_slice(), seed.counter as i64],
    )?;
    Ok(manifest)
}
