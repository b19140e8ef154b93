//! Submitted applications: signed by the officer, waiting for a supervisor's eyes.

use crate::application::{self, Ownership, advance};
use crate::audit::{self, Act};
use crate::envelopes::{self, Role};
use crate::{QueueError, Store, key};
use domain::{
    ApplicationKind, Lifecycle, PacketId, Priority, StaffId, Stage, Timestamp, four_eyes,
};
use envelope::{Decision, DecisionKind, Digest, Signed, Statement};
use rusqlite::Transaction;
use std::fmt;

/// What an officer submits.
#[derive(Clone, PartialEq, Eq)]
pub struct Submission {
    /// The application.
    pub packet: PacketId,
    /// Who took it.
    pub officer: StaffId,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// The packet, sealed to the centre.
    pub packet_envelope: Vec<u8>,
    /// The officer's word over the packet's digest and length.
    pub statement: Signed<Statement>,
    /// The review copy, sealed to the office's supervisors.
    pub review_envelope: Vec<u8>,
    /// 0 (nothing stands out) to 100: the order of review.
    pub risk: u8,
    /// Keys of what stands out.
    pub flags: Vec<String>,
    /// Pictures came from a file.
    pub replayed: bool,
    /// Order of leaving.
    pub priority: Priority,
}

impl fmt::Debug for Submission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Submission({}, {} bytes)",
            self.packet,
            self.packet_envelope.len()
        )
    }
}

/// An application that waits for review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// The application.
    pub packet: PacketId,
    /// Who took it: not who reviews it.
    pub officer: StaffId,
    /// What is asked for.
    pub kind: ApplicationKind,
    /// 0 to 100.
    pub risk: u8,
    /// Keys of what stands out.
    pub flags: Vec<String>,
    /// Pictures came from a file.
    pub replayed: bool,
    /// Order of leaving.
    pub priority: Priority,
    /// SHA-256 of the packet: what the decision must name.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// When the officer submitted it.
    pub submitted_at: Timestamp,
}

impl Store {
    /// Takes a signed application: packet and review copy go in, the draft's envelope is
    /// destroyed, all in one transaction.
    ///
    /// # Errors
    /// [`QueueError::Mismatch`] where the statement says something else than what is submitted,
    /// [`QueueError::OtherOfficer`], [`QueueError::Transition`], [`QueueError::DiskFull`] (the
    /// draft stays).
    pub fn submit(
        &mut self,
        submission: &Submission,
        now: Timestamp,
    ) -> Result<Digest, QueueError> {
        let flags = submission.flags.join(",");
        key::check(&flags, "flag")?;
        let digest = Digest::of(&submission.packet_envelope);
        let length = submission.packet_envelope.len() as u64;
        let said = self.believed_statement(&submission.statement, &submission.officer)?;
        if (said.packet, said.digest, said.length, &said.officer)
            != (submission.packet, digest, length, &submission.officer)
        {
            return Err(QueueError::Mismatch("statement"));
        }
        self.write(|tx| {
            if application::ownership(tx, submission.packet)?.officer != submission.officer {
                return Err(QueueError::OtherOfficer);
            }
            advance(tx, submission.packet, Lifecycle::Submit, now)?;
            describe(tx, submission, &flags, digest, now)?;
            application::put_document(tx, submission.packet, "statement", &submission.statement)?;
            envelopes::destroy(tx, submission.packet, Role::Draft)?;
            envelopes::put(
                tx,
                submission.packet,
                Role::Packet,
                &submission.packet_envelope,
            )?;
            envelopes::put(
                tx,
                submission.packet,
                Role::Review,
                &submission.review_envelope,
            )?;
            let detail = format!("digest={digest}");
            let act = Act::new("submitted")
                .staff(&submission.officer)
                .packet(submission.packet)
                .detail(&detail)?;
            audit::append(tx, &act, now)
        })?;
        Ok(digest)
    }

    /// What waits for review: the highest risk first, then the oldest.
    ///
    /// # Errors
    /// As reading fails.
    pub fn reviews(&self) -> Result<Vec<ReviewRow>, QueueError> {
        let order = "WHERE stage = 'in_review' ORDER BY risk DESC, submitted_at, packet";
        self.review_rows(order, [])
    }

    /// What was submitted before `before` and still waits for review, the oldest first: policy's `unreviewed_days`.
    ///
    /// # Errors
    /// As reading fails.
    pub fn reviews_submitted_before(
        &self,
        before: Timestamp,
    ) -> Result<Vec<ReviewRow>, QueueError> {
        let order = "WHERE stage = 'in_review' AND submitted_at < ?1 ORDER BY submitted_at, packet";
        self.review_rows(order, [before.millis()])
    }

    fn review_rows(
        &self,
        order: &str,
        parameters: impl rusqlite::Params,
    ) -> Result<Vec<ReviewRow>, QueueError> {
        let sql = format!(
            "SELECT packet, officer, kind, risk, flags, replayed, priority, digest, length, submitted_at
             FROM applications {order}"
        );
        let mut statement = self.connection.prepare_cached(&sql)?;
        let rows = statement.query_map(parameters, |row| {
            Ok(ReviewRow {
                packet: application::packet(row, 0)?,
                officer: application::staff(row, 1)?,
                kind: application::kind(row, 2)?,
                risk: row.get(3)?,
                flags: application::keys(row, 4)?,
                replayed: row.get(5)?,
                priority: application::priority(row, 6)?,
                digest: application::some_digest(row, 7)?,
                length: application::unsigned(row, 8)?,
                submitted_at: application::time(row, 9)?,
            })
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Seals a review copy anew, for supervisors who came later: `envelope` is the same content. Nothing else changes.
    ///
    /// # Errors
    /// [`QueueError::Transition`] outside review, [`QueueError::TooLarge`].
    pub fn reseal_review(
        &mut self,
        packet: PacketId,
        envelope: &[u8],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        self.write(|tx| {
            application::stays(tx, packet, Stage::InReview, Lifecycle::Return)?;
            envelopes::put(tx, packet, Role::Review, envelope)?;
            audit::append(tx, &Act::new("review-resealed").packet(packet), now)
        })
    }

    /// The sealed review copy, checked against the digest it was saved with.
    ///
    /// # Errors
    /// [`QueueError::NotFound`], or [`QueueError::Damaged`] for this envelope.
    pub fn review_envelope(&self, packet: PacketId) -> Result<Vec<u8>, QueueError> {
        envelopes::read(&self.connection, packet, Role::Review)
    }

    /// The officer's signed statement, while the packet is here.
    ///
    /// # Errors
    /// [`QueueError::NotFound`].
    pub fn statement(&self, packet: PacketId) -> Result<Signed<Statement>, QueueError> {
        application::document(&self.connection, packet, "statement")
    }

    /// Sends an application back: `envelope` is the review copy's content, sealed to the officer
    /// again. Packet and review copy are destroyed.
    ///
    /// # Errors
    /// [`QueueError::FourEyes`], [`QueueError::Untrusted`] where the lease names no such
    /// supervisor, [`QueueError::Transition`], [`QueueError::NotAKey`].
    pub fn return_to_draft(
        &mut self,
        packet: PacketId,
        supervisor: &StaffId,
        envelope: &[u8],
        reason: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        key::check(reason, "reason")?;
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let known = held.lease.supervisors().any(|s| s.id == *supervisor);
        self.write(|tx| {
            four_eyes(&application::ownership(tx, packet)?.officer, supervisor)?;
            if !known {
                return Err(QueueError::Untrusted("return"));
            }
            return_in(tx, packet, supervisor, envelope, reason, now)
        })
    }

    /// Ends an application under review; nothing of it will be sent.
    ///
    /// # Errors
    /// [`QueueError::Mismatch`] where the decision is not a rejection of this digest,
    /// [`QueueError::FourEyes`], [`QueueError::Transition`].
    pub fn reject(
        &mut self,
        packet: PacketId,
        decision: &Signed<Decision>,
        reason: &str,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let said = self.believed_decision(decision)?;
        self.write_freeing(|tx| reject_in(tx, packet, (decision, &said), reason, now))
    }

    /// Verified against the lease; the centre verifies again. A statement of somebody whom the lease
    /// does not name is not taken: else a supervisor could submit under an invented name and
    /// approve it. The draft stays.
    pub(crate) fn believed_statement(
        &self,
        signed: &Signed<Statement>,
        officer: &StaffId,
    ) -> Result<Statement, QueueError> {
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let member = held
            .lease
            .member(officer)
            .ok_or(QueueError::Untrusted("statement"))?;
        signed
            .verify(&member.key)
            .map(envelope::Verified::into_document)
            .map_err(|_| QueueError::Untrusted("statement"))
    }

    pub(crate) fn believed_decision(
        &self,
        signed: &Signed<Decision>,
    ) -> Result<Decision, QueueError> {
        let said = signed.peek()?;
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let supervisor = held
            .lease
            .supervisors()
            .find(|s| s.id == said.supervisor)
            .ok_or(QueueError::Untrusted("decision"))?;
        signed
            .verify(&supervisor.key)
            .map(envelope::Verified::into_document)
            .map_err(|_| QueueError::Untrusted("decision"))
    }
}

/// The whole act of a return, once its supervisor is known to be one.
pub(crate) fn return_in(
    tx: &Transaction<'_>,
    packet: PacketId,
    supervisor: &StaffId,
    envelope: &[u8],
    reason: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    four_eyes(&application::ownership(tx, packet)?.officer, supervisor)?;
    advance(tx, packet, Lifecycle::Return, now)?;
    tx.execute(
        "UPDATE applications SET reason = ?2, digest = NULL, length = 0, submitted_at = NULL
         WHERE packet = ?1",
        rusqlite::params![packet.as_bytes().as_slice(), reason],
    )?;
    destroy_submission(tx, packet)?;
    application::drop_documents(tx, packet)?;
    envelopes::put(tx, packet, Role::Draft, envelope)?;
    audit::append(
        tx,
        &Act::new("returned")
            .staff(supervisor)
            .packet(packet)
            .detail(reason)?,
        now,
    )
}

/// The whole act of a rejection; `said` is what the verified decision says.
pub(crate) fn reject_in(
    tx: &Transaction<'_>,
    packet: PacketId,
    (decision, said): (&Signed<Decision>, &Decision),
    reason: &str,
    now: Timestamp,
) -> Result<(), QueueError> {
    key::check(reason, "reason")?;
    let held = application::ownership(tx, packet)?;
    advance(tx, packet, Lifecycle::Reject, now)?;
    decision_fits(tx, said, packet, &held, DecisionKind::Reject)?;
    tx.execute(
        "UPDATE applications SET reason = ?2 WHERE packet = ?1",
        rusqlite::params![packet.as_bytes().as_slice(), reason],
    )?;
    destroy_submission(tx, packet)?;
    application::put_document(tx, packet, "decision", decision)?;
    let act = Act::new("rejected")
        .staff(&said.supervisor)
        .packet(packet)
        .detail(reason)?;
    audit::append(tx, &act, now)
}

/// Four eyes, and the decision speaks of what was reviewed. The officer's name is taken from the
/// signed statement too: the row alone could have been edited to let somebody approve own work.
pub(crate) fn decision_fits(
    tx: &Transaction<'_>,
    said: &Decision,
    packet: PacketId,
    held: &Ownership,
    kind: DecisionKind,
) -> Result<(), QueueError> {
    four_eyes(&held.officer, &said.supervisor)?;
    let statement: Signed<Statement> = application::document(tx, packet, "statement")?;
    let statement = statement.peek()?;
    four_eyes(&statement.officer, &said.supervisor)?;
    if statement.officer != held.officer || Some(statement.digest) != held.digest {
        return Err(QueueError::Mismatch("statement"));
    }
    if said.packet == packet && Some(said.digest) == held.digest && said.kind == kind {
        Ok(())
    } else {
        Err(QueueError::Mismatch("decision"))
    }
}

fn describe(
    tx: &Transaction<'_>,
    submission: &Submission,
    flags: &str,
    digest: Digest,
    now: Timestamp,
) -> Result<(), QueueError> {
    tx.prepare_cached(
        "UPDATE applications SET kind = ?2, risk = ?3, flags = ?4, replayed = ?5, priority = ?6,
             digest = ?7, length = ?8, submitted_at = ?9, reason = NULL, step = ''
         WHERE packet = ?1",
    )?
    .execute(rusqlite::params![
        submission.packet.as_bytes().as_slice(),
        submission.kind.key(),
        submission.risk,
        flags,
        submission.replayed,
        submission.priority.rank(),
        digest.as_bytes().as_slice(),
        submission.packet_envelope.len() as i64,
        now.millis()
    ])?;
    Ok(())
}

fn destroy_submission(tx: &Transaction<'_>, packet: PacketId) -> Result<(), QueueError> {
    envelopes::destroy(tx, packet, Role::Packet)?;
    envelopes::destroy(tx, packet, Role::Review)
}
