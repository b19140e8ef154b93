//! Reviews of this station that the centre offers to the office's other stations, and decisions that come back. Only this store takes
//! them: the first one takes effect, in one transaction over the same lifecycle as a decision that is made here.

use crate::application;
use crate::approval::approve_in;
use crate::audit::{self, Act};
use crate::chain::ManifestSeed;
use crate::review::{reject_in, return_in};
use crate::{QueueError, Store, draft, key};
use domain::{DecisionResult, Lifecycle, PacketId, Stage, Timestamp, TransitionError, four_eyes};
use envelope::{Decision, DecisionKind, Digest, EnvelopeError, Manifest, ReviewReturn, Signed};
use rusqlite::{Connection, OptionalExtension, Transaction};

/// A supervisor's decision that travels between stations.
#[derive(Clone, PartialEq)]
pub enum Word {
    /// It leaves, or ends.
    Decision(Signed<Decision>),
    /// It goes back to its officer.
    Return {
        /// The supervisor's word.
        returned: Signed<ReviewReturn>,
        /// The content, sealed to the officer.
        draft: Vec<u8>,
    },
}

impl Word {
    /// Digest of the signed document.
    pub fn digest(&self) -> Digest {
        match self {
            Self::Decision(decision) => decision.digest(),
            Self::Return { returned, .. } => returned.digest(),
        }
    }
}

impl std::fmt::Debug for Word {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Word({})", self.digest())
    }
}

/// What this station says of one of its reviews.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferReport {
    /// The packet's digest.
    pub review: Digest,
    /// It no longer waits for review.
    pub over: bool,
    /// What became of decisions.
    pub results: Vec<(Digest, DecisionResult)>,
}

/// An application waits for review with this digest.
const WAITS: &str = "EXISTS (SELECT 1 FROM applications AS a
    WHERE a.packet = o.packet AND a.digest = o.digest AND a.stage = 'in_review')";

impl Store {
    /// The next application that waits for review and whose sealed copy, as it is now, was not offered yet; none of `except`.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_offer(&self, except: &[PacketId]) -> Result<Option<PacketId>, QueueError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.packet FROM applications AS a
             JOIN envelopes AS e ON e.packet = a.packet AND e.role = 'review'
             WHERE a.stage = 'in_review' AND NOT EXISTS
                 (SELECT 1 FROM offers AS o WHERE o.digest = a.digest AND o.copy = e.digest)
             ORDER BY a.risk DESC, a.submitted_at, a.packet",
        )?;
        let rows = statement.query_map([], |row| application::packet(row, 0))?;
        for row in rows {
            let packet = row?;
            if !except.contains(&packet) {
                return Ok(Some(packet));
            }
        }
        Ok(None)
    }

    /// The centre holds this copy.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_offered(
        &mut self,
        packet: PacketId,
        review: Digest,
        copy: Digest,
    ) -> Result<(), QueueError> {
        self.write(|tx| {
            tx.execute(
                "INSERT INTO offers (digest, packet, copy) VALUES (?1, ?2, ?3)
                 ON CONFLICT (digest) DO UPDATE SET copy = excluded.copy",
                rusqlite::params![
                    review.as_bytes().as_slice(),
                    packet.as_bytes().as_slice(),
                    copy.as_bytes().as_slice()
                ],
            )?;
            Ok(())
        })
    }

    /// What the centre says it holds of this station, as digests of packets and copies. What it has lost is offered again.
    ///
    /// # Errors
    /// As writing fails.
    pub fn compare_offers(&mut self, held: &[(Digest, Digest)]) -> Result<(), QueueError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT digest, copy FROM offers AS o WHERE {WAITS}"
        ))?;
        let rows = statement.query_map([], |row| {
            Ok((
                application::some_digest(row, 0)?,
                application::some_digest(row, 1)?,
            ))
        })?;
        let ours = rows.collect::<Result<Vec<_>, _>>()?;
        drop(statement);
        let lost: Vec<_> = ours.into_iter().filter(|one| !held.contains(one)).collect();
        if lost.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            for (review, _) in &lost {
                forget(tx, review)?;
            }
            Ok(())
        })
    }

    /// The next thing to say of a review: that it is over, or what became of a decision; none of `except`.
    ///
    /// # Errors
    /// As reading fails.
    pub fn next_report(&self, except: &[Digest]) -> Result<Option<OfferReport>, QueueError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT o.digest FROM offers AS o WHERE NOT {WAITS} UNION SELECT review FROM offer_results ORDER BY 1"
        ))?;
        let rows = statement.query_map([], |row| application::some_digest(row, 0))?;
        for row in rows {
            let review = row?;
            if !except.contains(&review) {
                return self.report(review).map(Some);
            }
        }
        Ok(None)
    }

    fn report(&self, review: Digest) -> Result<OfferReport, QueueError> {
        let over: bool = self
            .connection
            .prepare_cached(
                "SELECT NOT EXISTS (SELECT 1 FROM applications WHERE digest = ?1 AND stage = 'in_review')
                 AND (EXISTS (SELECT 1 FROM offers WHERE digest = ?1)
                      OR EXISTS (SELECT 1 FROM offer_results WHERE review = ?1 AND result = 'taken'))",
            )?
            .query_row([review.as_bytes().as_slice()], |row| row.get(0))?;
        let mut statement = self.connection.prepare_cached(
            "SELECT decision, result FROM offer_results WHERE review = ?1 ORDER BY decision",
        )?;
        let results = statement.query_map([review.as_bytes().as_slice()], |row| {
            let result = DecisionResult::from(row.get::<_, String>(1)?);
            Ok((application::some_digest(row, 0)?, result))
        })?;
        Ok(OfferReport {
            review,
            over,
            results: results.collect::<Result<_, _>>()?,
        })
    }

    /// The centre has heard it.
    ///
    /// # Errors
    /// As writing fails.
    pub fn note_reported(&mut self, report: &OfferReport) -> Result<(), QueueError> {
        self.write(|tx| {
            if report.over {
                forget(tx, &report.review)?;
            }
            for (decision, _) in &report.results {
                tx.execute(
                    "DELETE FROM offer_results WHERE decision = ?1",
                    [decision.as_bytes().as_slice()],
                )?;
            }
            Ok(())
        })
    }

    /// Takes a decision that was made at another station about the packet `review`. The first that comes takes effect, with its counter
    /// and manifest by this station alone; what became of it is kept until the centre has heard it. The return of an application that
    /// this store does not know (its PC was replaced) becomes a draft again.
    ///
    /// # Errors
    /// Only as the disk or `make_manifest` fails, after which it may be tried again: a decision that is not believed is a result.
    pub fn take_word(
        &mut self,
        review: Digest,
        word: &Word,
        mut make_manifest: impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<DecisionResult, QueueError> {
        if let Some(known) = self.known_result(word.digest())? {
            return Ok(known);
        }
        let taken = match word {
            Word::Decision(decision) => {
                self.take_decision(review, decision, &mut make_manifest, now)
            }
            Word::Return { returned, draft } => self.take_return(review, returned, draft, now),
        };
        match taken {
            Ok(()) => Ok(DecisionResult::Taken),
            Err(error) => {
                let (result, act) = match error {
                    QueueError::Transition(_) => (DecisionResult::Late, "decision-late"),
                    QueueError::NotFound => (DecisionResult::Unknown, "decision-unknown"),
                    QueueError::Untrusted(_)
                    | QueueError::Mismatch(_)
                    | QueueError::FourEyes(_)
                    | QueueError::NotAKey(_)
                    | QueueError::TooLarge { .. }
                    | QueueError::Envelope(EnvelopeError::Malformed(_)) => {
                        (DecisionResult::Refused, "decision-refused")
                    }
                    other => return Err(other),
                };
                let digest = word.digest();
                self.write(|tx| {
                    put_result(tx, review, digest, result)?;
                    let detail = format!("decision={digest}");
                    audit::append(tx, &Act::new(act).detail(&detail)?, now)
                })?;
                Ok(result)
            }
        }
    }

    fn known_result(&self, decision: Digest) -> Result<Option<DecisionResult>, QueueError> {
        let name: Option<String> = self
            .connection
            .prepare_cached("SELECT result FROM offer_results WHERE decision = ?1")?
            .query_row([decision.as_bytes().as_slice()], |row| row.get(0))
            .optional()?;
        Ok(name.map(DecisionResult::from))
    }

    fn take_decision(
        &mut self,
        review: Digest,
        decision: &Signed<Decision>,
        make_manifest: &mut impl FnMut(&ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError>,
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let said = self.believed_decision(decision)?;
        if said.digest != review {
            return Err(QueueError::Mismatch("decision"));
        }
        let reason = said.reasons.first().cloned().unwrap_or_default();
        self.write(|tx| {
            waits(tx, said.packet, review)?;
            match said.kind {
                DecisionKind::Approve => {
                    approve_in(tx, said.packet, (decision, &said), make_manifest, now)?;
                }
                DecisionKind::Reject => {
                    reject_in(tx, said.packet, (decision, &said), &reason, now)?;
                }
            }
            put_result(tx, review, decision.digest(), DecisionResult::Taken)
        })
    }

    fn take_return(
        &mut self,
        review: Digest,
        returned: &Signed<ReviewReturn>,
        draft: &[u8],
        now: Timestamp,
    ) -> Result<(), QueueError> {
        let said = self.believed_return(returned)?;
        key::check(&said.reason, "reason")?;
        if said.digest != review || said.draft != Digest::of(draft) {
            return Err(QueueError::Mismatch("return"));
        }
        four_eyes(&said.officer, &said.supervisor)?;
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let known = held.lease.member(&said.officer).is_some();
        self.write(|tx| {
            match application::find_stage(tx, said.packet)? {
                // Its PC was replaced: the office's copy is all there is.
                None if known => {
                    draft::adopt(tx, &said, draft, now)?;
                }
                None => return Err(QueueError::Untrusted("return")),
                Some(_) => {
                    waits(tx, said.packet, review)?;
                    return_in(tx, said.packet, &said.supervisor, draft, &said.reason, now)?;
                }
            }
            put_result(tx, review, returned.digest(), DecisionResult::Taken)
        })
    }

    /// Verified against the lease: a supervisor's word.
    pub(crate) fn believed_return(
        &self,
        signed: &Signed<ReviewReturn>,
    ) -> Result<ReviewReturn, QueueError> {
        let said = signed.peek()?;
        let held = self.lease()?.ok_or(QueueError::NotActivated)?;
        let supervisor = held
            .lease
            .supervisors()
            .find(|s| s.id == said.supervisor)
            .ok_or(QueueError::Untrusted("return"))?;
        signed
            .verify(&supervisor.key)
            .map(envelope::Verified::into_document)
            .map_err(|_| QueueError::Untrusted("return"))
    }
}

/// The packet waits for review with this digest; one that was corrected since has another.
fn waits(tx: &Transaction<'_>, packet: PacketId, review: Digest) -> Result<(), QueueError> {
    application::stays(tx, packet, Stage::InReview, Lifecycle::Approve)?;
    let held = application::ownership(tx, packet)?;
    if held.digest == Some(review) {
        return Ok(());
    }
    let from = Stage::Draft;
    let act = Lifecycle::Approve;
    Err(TransitionError { from, act }.into())
}

fn put_result(
    tx: &Transaction<'_>,
    review: Digest,
    decision: Digest,
    result: DecisionResult,
) -> Result<(), QueueError> {
    tx.execute(
        "INSERT INTO offer_results (decision, review, result) VALUES (?1, ?2, ?3)
         ON CONFLICT (decision) DO NOTHING",
        rusqlite::params![
            decision.as_bytes().as_slice(),
            review.as_bytes().as_slice(),
            result.as_str()
        ],
    )?;
    Ok(())
}

fn forget(connection: &Connection, review: &Digest) -> Result<(), QueueError> {
    connection.execute(
        "DELETE FROM offers WHERE digest = ?1",
        [review.as_bytes().as_slice()],
    )?;
    Ok(())
}
