//! The station's store as the desk uses it. Nothing else of this crate calls the store, so that a change of its calls ends here.

use crate::FaultError;
use crate::office::{Moment, Office, Place};
use crate::recording::Person;
use domain::{
    ApplicationKind, NoNewWork, PacketId, Priority, Stage, SurelyPassed, Timestamp, Verdict,
};
use envelope::{Digest, Receipt, Zeroizing};
use queue::{
    DraftEntry, ItemDocuments, LeaseRecord, QueueError, Settled, StationRecord, Store,
    StoreOptions, Submission,
};
use std::path::PathBuf;
use std::time::Duration;
use sync::{Candidates, Documents, ReviewWish, StoreAct, StoreReply, UploadPoint, Waiting};
use wire::{LeaseReply, SignedText, StatusReport};

/// Packets that are offered to the link at once.
const CANDIDATES: usize = 16;

/// Where a station's store lies, and on what.
#[derive(Debug, Clone)]
pub struct StationPlace {
    /// The store's file.
    pub path: PathBuf,
    /// The name of the disk under it.
    pub vfs: String,
    /// Bytes kept free for purging on a full disk.
    pub ballast_bytes: u64,
}

impl StationPlace {
    /// The file that only takes room.
    pub fn ballast(&self) -> PathBuf {
        let mut name = self.path.as_os_str().to_owned();
        name.push(".ballast");
        name.into()
    }

    fn options(&self) -> StoreOptions {
        StoreOptions {
            ballast_bytes: self.ballast_bytes,
            vfs: Some(self.vfs.clone()),
            ..StoreOptions::default()
        }
    }
}

/// Why the station did not do what was asked; nothing of it was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No room.
    DiskFull,
    /// The disk failed: the station stops until it is started again.
    Stopped(String),
    /// Anything else: a fault of the run or of the product.
    Other(String),
}

impl From<QueueError> for Refusal {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::DiskFull => Self::DiskFull,
            QueueError::Io { .. } | QueueError::Stopped(_) | QueueError::Damaged(_) => {
                Self::Stopped(error.to_string())
            }
            other => Self::Other(other.to_string()),
        }
    }
}

/// A station that runs.
#[derive(Debug)]
pub struct Station {
    store: Store,
    /// The lease in force, read and verified when it changes, as the desk does.
    lease: Option<LeaseRecord>,
    /// The last reason why the store did not do what the link wanted.
    refused: Option<Refusal>,
}

impl Station {
    /// Makes a new store, activated, with its first lease.
    ///
    /// # Errors
    /// Where the disk does not take it.
    pub fn create(place: &StationPlace, office: &Office, now: Timestamp) -> Result<(), FaultError> {
        let failed = |error: QueueError| FaultError::Store(error.to_string());
        let mut store = Store::open_with(&place.path, &place.options(), now).map_err(failed)?;
        let record = StationRecord {
            station: office.station.clone(),
            centre_url: "https://centre.invalid:8443".to_owned(),
            ca_pem: String::new(),
            certificate_pem: String::new(),
            policy_root: office.root(),
            key_files: Vec::new(),
            secrets: Zeroizing::new(Vec::new()),
            activated_at: now,
        };
        let (lease, key) = office.lease(1, now)?;
        store.activate(&record, &lease, &key, now).map_err(failed)?;
        Ok(())
    }

    /// Starts on what the disk holds.
    ///
    /// # Errors
    /// As the store opens.
    pub fn open(place: &StationPlace, now: Timestamp) -> Result<Self, Refusal> {
        let store = Store::open_with(&place.path, &place.options(), now)?;
        Ok(Self {
            lease: store.lease()?,
            store,
            refused: None,
        })
    }

    /// Saves a draft.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn save(
        &mut self,
        packet: PacketId,
        person: &Person,
        office: &Office,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        let draft = DraftEntry {
            packet,
            officer: office.officer.clone(),
            kind: ApplicationKind::Renewal,
            step: "photo".to_owned(),
            envelope: person.draft.to_vec(),
        };
        Ok(self.store.save_draft(&draft, now)?)
    }

    /// Submits what was recorded of a person under this packet's name.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn submit(
        &mut self,
        packet: PacketId,
        person: &Person,
        office: &Office,
        moment: Moment,
    ) -> Result<(), Refusal> {
        let statement = office
            .statement(packet, person.packet, &person.parts, moment)
            .map_err(QueueError::from)?;
        let submission = Submission {
            packet,
            officer: office.officer.clone(),
            kind: ApplicationKind::Renewal,
            packet_envelope: person.packet.to_vec(),
            statement,
            review_envelope: person.review.to_vec(),
            risk: 0,
            flags: Vec::new(),
            replayed: true,
            priority: Priority::Normal,
        };
        self.store.submit(&submission, moment.at)?;
        Ok(())
    }

    /// What the slip is printed from: it is there only once the submission is.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn slip(&self, packet: PacketId) -> Result<Digest, Refusal> {
        let statement = self.store.statement(packet)?;
        Ok(statement.peek().map_err(QueueError::from)?.digest)
    }

    /// Approves what waits for review.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn approve(
        &mut self,
        packet: PacketId,
        office: &Office,
        moment: Moment,
    ) -> Result<(), Refusal> {
        let digest = self.slip(packet)?;
        let decision = office
            .approval(packet, digest, moment)
            .map_err(QueueError::from)?;
        let sign = |seed: &queue::ManifestSeed| {
            let place = Place {
                packet: seed.packet,
                counter: seed.counter,
                previous: seed.previous,
                digest: seed.digest,
                length: seed.length,
                parts: seed.statement.peek()?.parts,
                statement: seed.statement_digest,
                decision: seed.decision_digest,
                priority: seed.priority,
                audit_head: seed.audit_head,
                lease: seed.lease,
            };
            office.manifest(place, moment)
        };
        self.store.approve(packet, &decision, sign, moment.at)?;
        Ok(())
    }

    /// Where an application is; none where the store does not know it.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn stage(&self, packet: PacketId) -> Result<Option<Stage>, Refusal> {
        Ok(self.store.history_of(packet)?.map(|row| row.stage))
    }

    /// Whether everything that belongs to the stage is there, byte by byte.
    pub fn holds(&self, packet: PacketId, person: &Person, stage: Stage) -> bool {
        let is = |read: Result<Vec<u8>, QueueError>, bytes: &[u8]| read.is_ok_and(|b| b == bytes);
        match stage {
            Stage::Draft => is(self.store.draft_envelope(packet), person.draft),
            Stage::InReview => {
                is(self.store.packet_envelope(packet), person.packet)
                    && is(self.store.review_envelope(packet), person.review)
                    && self.slip(packet).is_ok()
            }
            Stage::Outbox => {
                is(self.store.packet_envelope(packet), person.packet)
                    && self.store.outbox_row(packet).is_ok()
            }
            Stage::Settled => {
                self.store.packet_envelope(packet) == Err(QueueError::NotFound)
                    && self.store.receipt(packet).is_ok()
            }
            Stage::Closed | Stage::SetAside => false,
        }
    }

    /// How many wait for the link.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub fn waiting(&self) -> Result<u64, Refusal> {
        Ok(self.store.counts()?.outbox)
    }

    /// What is wrong with counters and audit log, if anything.
    pub fn books(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        match (self.store.counts(), self.store.counter()) {
            (Ok(counts), Ok(counter)) if counts.outbox + counts.settled == counter => {}
            other => wrong.push(format!("counter and outbox differ: {other:?}")),
        }
        if let Err(fault) = self.store.verify_audit() {
            wrong.push(format!("the audit log: {fault}"));
        }
        wrong
    }

    /// The time that has surely passed, as the store kept it.
    pub fn passed(&self) -> SurelyPassed {
        self.store.passed().unwrap_or_default()
    }

    /// Keeps that the station was powered for so long.
    ///
    /// # Errors
    /// Where the store refuses.
    pub fn note_powered(&mut self, for_so_long: Duration) -> Result<(), Refusal> {
        let millis = i64::try_from(for_so_long.as_millis()).unwrap_or(i64::MAX);
        Ok(self.store.note_powered(millis)?)
    }

    /// Serial of the lease in force.
    pub fn lease_serial(&self) -> u64 {
        self.lease.as_ref().map_or(0, |held| held.lease.serial)
    }

    /// Whether an application may begin, and when the lease ends.
    ///
    /// # Errors
    /// Where there is no lease.
    pub fn may_begin(
        &self,
        believed: Timestamp,
    ) -> Result<(Timestamp, Result<(), NoNewWork>), Refusal> {
        let held = self.lease.as_ref().ok_or(QueueError::NotActivated)?;
        let begun = self.store.begun_under(held.lease.serial)?;
        let limits = &held.lease.policy.limits;
        let ends = held.lease.expires_at;
        Ok((ends, limits.may_begin(ends, begun, believed)))
    }

    /// Whether the next lease is wanted.
    pub fn wants_lease(&self, believed: Timestamp) -> bool {
        let Some(held) = &self.lease else {
            return true;
        };
        let (issued, ends) = (held.lease.issued_at, held.lease.expires_at);
        let begun = self.store.begun_under(held.lease.serial).unwrap_or(0);
        let limits = &held.lease.policy.limits;
        limits.wants_next(issued, ends, begun, believed)
    }

    /// Why the store last refused the link; asking forgets it.
    pub fn take_refusal(&mut self) -> Option<Refusal> {
        self.refused.take()
    }

    /// Carries out what the engine asks, as the desk does.
    pub fn act(&mut self, act: StoreAct, now: Timestamp) -> StoreReply {
        match self.answer(act, now) {
            Ok(reply) => reply,
            Err(error) => {
                self.refused = Some(error.into());
                StoreReply::Refused
            }
        }
    }

    fn answer(&mut self, act: StoreAct, now: Timestamp) -> Result<StoreReply, QueueError> {
        match act {
            StoreAct::Candidates { after } => {
                Ok(StoreReply::Candidates(self.candidates(after, now)?))
            }
            StoreAct::Documents(packet) => self.documents(packet),
            StoreAct::Chunk {
                packet,
                offset,
                length,
            } => {
                let chunk = self.store.packet_envelope_chunk(packet, offset, length)?;
                Ok(StoreReply::Chunk(chunk))
            }
            StoreAct::NoteUpload { packet, point } => self.note_upload(packet, point),
            StoreAct::PutOff {
                packet,
                reason,
                wait,
            } => {
                let wait = i64::try_from(wait.as_millis()).unwrap_or(i64::MAX);
                self.store
                    .note_wait(packet, reason, now.plus_millis(wait))?;
                Ok(StoreReply::Done)
            }
            StoreAct::Alarm { packet, reason } => {
                self.store.note_alarm(packet, reason, now)?;
                Ok(StoreReply::Done)
            }
            StoreAct::PutOutcomes { outcomes, cursor } => {
                self.store.put_outcomes(&outcomes, cursor)?;
                Ok(StoreReply::Done)
            }
            StoreAct::ReleaseAll => {
                self.store.end_waits()?;
                Ok(StoreReply::Done)
            }
            StoreAct::Status => Ok(StoreReply::Status(StatusReport::default())),
            // Certificates are a matter of TLS, which no run has.
            StoreAct::NewCertificateRequest
            | StoreAct::PutCertificate(_)
            | StoreAct::NextReview
            | StoreAct::ReviewAnswered(_) => Ok(StoreReply::Refused),
            StoreAct::Settle { packet, receipt } => self.settle(packet, &receipt, now),
            StoreAct::PutLease(reply) => self.put_lease(&reply, now),
        }
    }

    fn candidates(
        &self,
        after: Option<PacketId>,
        now: Timestamp,
    ) -> Result<Candidates, QueueError> {
        let rows = self.store.next_items(after, CANDIDATES, now)?;
        let more = rows.len() == CANDIDATES;
        let waiting = rows.into_iter().map(|row| Waiting {
            packet: row.packet,
            kind: row.kind,
            length: row.length,
            upload: row.upload.map(|point| UploadPoint {
                path: point.url,
                offset: point.offset,
            }),
            attempts: row.attempts,
        });
        let due = self.store.next_due(now)?;
        Ok(Candidates {
            waiting: waiting.collect(),
            more,
            due_in: due
                .and_then(|at| u64::try_from(at.millis_since(now)).ok())
                .map(Duration::from_millis),
            outcomes_cursor: self.store.outcomes_cursor()?,
            lease_wanted: self.wants_lease(now),
            certificate_due: false,
            // The office's only station.
            reviews: ReviewWish::Nothing,
        })
    }

    fn documents(&self, packet: PacketId) -> Result<StoreReply, QueueError> {
        self.store.check_item(packet)?;
        let documents = match self.store.outbox_row(packet)?.documents {
            ItemDocuments::Enrolment {
                manifest,
                statement,
                decision,
            } => Documents::Packet {
                manifest,
                statement,
                decision: Some(decision),
            },
            ItemDocuments::Unreviewed {
                manifest,
                statement,
            }
            | ItemDocuments::KeyFile {
                manifest,
                statement,
            } => Documents::Packet {
                manifest,
                statement,
                decision: None,
            },
            ItemDocuments::Void(void) => Documents::Void(void),
        };
        Ok(StoreReply::Documents(Box::new(documents)))
    }

    fn note_upload(
        &mut self,
        packet: PacketId,
        point: Option<UploadPoint>,
    ) -> Result<StoreReply, QueueError> {
        let row = point.map(|p| queue::UploadPoint {
            url: p.path,
            offset: p.offset,
        });
        self.store.note_upload(packet, row.as_ref())?;
        Ok(StoreReply::Done)
    }

    fn settle(
        &mut self,
        packet: PacketId,
        receipt: &SignedText,
        now: Timestamp,
    ) -> Result<StoreReply, QueueError> {
        let signed = receipt.read::<Receipt>()?;
        if signed.peek()?.packet != packet {
            self.store.note_alarm(packet, "receipt-mismatch", now)?;
            return Err(QueueError::ReceiptMismatch);
        }
        match self.store.settle(&signed, now)? {
            Settled::Destroyed(Verdict::Durable | Verdict::Quarantined | Verdict::Retain) => {
                self.store.purge()?;
                Ok(StoreReply::Done)
            }
            Settled::Already => Ok(StoreReply::Done),
            Settled::Kept => Ok(StoreReply::Kept),
        }
    }

    fn put_lease(&mut self, reply: &LeaseReply, now: Timestamp) -> Result<StoreReply, QueueError> {
        let (lease, key) = (reply.lease.read()?, reply.centre_key.read()?);
        self.store.put_lease(&lease, &key, now)?;
        let others = reply.other_keys.iter().map(SignedText::read);
        self.store
            .put_centre_keys(&others.collect::<Result<Vec<_>, _>>()?)?;
        self.lease = self.store.lease()?;
        Ok(StoreReply::Done)
    }
}
