//! An invented office: everybody's keys on one desk, and the papers that they sign.

use crate::FaultError;
use domain::{
    ClockConfidence, OfficeId, PacketId, Policy, Priority, Role, StaffId, StationId, Timestamp,
    Verdict,
};
use envelope::{
    Decision, DecisionKind, Digest, EnvelopeError, Identity, KeyCertificate, KeyPurpose, Lease,
    Manifest, OfficeInfo, PartKind, PublicKey, Receipt, Recipient, Signed, SigningKey, StaffEntry,
    Statement,
};

/// A time on 2026-11-18, when every run begins.
pub const BEGINNING: Timestamp = Timestamp::from_millis(1_795_000_000_000);
/// How long a lease of this office lasts.
pub const LEASE_DAYS: i64 = 7;

/// The keys; the same in every process, so that a run can be repeated byte by byte.
#[derive(Debug)]
pub struct Office {
    /// The station's name.
    pub station: StationId,
    /// Takes applications.
    pub officer: StaffId,
    /// Reviews them.
    pub supervisor: StaffId,
    id: OfficeId,
    officer_key: SigningKey,
    supervisor_key: SigningKey,
    station_key: SigningKey,
    root: SigningKey,
    centre: SigningKey,
    readers: Recipient,
}

/// What the manifest says of a packet's place at its station.
#[derive(Debug, Clone)]
pub struct Place {
    /// The application.
    pub packet: PacketId,
    /// The station's counter.
    pub counter: u64,
    /// Digest of the packet before.
    pub previous: Option<Digest>,
    /// SHA-256 of the sealed packet.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// What is inside.
    pub parts: Vec<PartKind>,
    /// Digest of the officer's word.
    pub statement: Digest,
    /// Digest of the supervisor's word.
    pub decision: Option<Digest>,
    /// Order of leaving.
    pub priority: Priority,
    /// Head of the audit chain.
    pub audit_head: Digest,
    /// Serial of the lease in force.
    pub lease: Option<u64>,
}

/// What a person signs with beside the keys: the time as the station tells it, and the lease.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// How far that can be believed.
    pub clock: ClockConfidence,
    /// The lease in force.
    pub lease: u64,
}

impl Default for Moment {
    fn default() -> Self {
        Self {
            at: BEGINNING,
            clock: ClockConfidence::Trusted,
            lease: 1,
        }
    }
}

impl Office {
    /// The office whose packets are sealed to `readers`.
    ///
    /// # Errors
    /// Where a name or key of ours is not accepted.
    pub fn new(readers: Recipient) -> Result<Self, FaultError> {
        let key = |n: u8| SigningKey::from_seed(&[n; 32]);
        Ok(Self {
            station: StationId::parse("MUL-03").map_err(|_| FaultError::Setup("station"))?,
            officer: StaffId::parse("40213").map_err(|_| FaultError::Setup("officer"))?,
            supervisor: StaffId::parse("40007").map_err(|_| FaultError::Setup("supervisor"))?,
            id: OfficeId::parse("MUL").map_err(|_| FaultError::Setup("office"))?,
            officer_key: key(1)?,
            supervisor_key: key(2)?,
            station_key: key(3)?,
            root: key(4)?,
            centre: key(5)?,
            readers,
        })
    }

    /// What stations pin.
    pub fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// Verifies manifests.
    pub fn station_public(&self) -> PublicKey {
        self.station_key.public()
    }

    /// Verifies statements.
    pub fn officer_public(&self) -> PublicKey {
        self.officer_key.public()
    }

    /// Verifies decisions.
    pub fn supervisor_public(&self) -> PublicKey {
        self.supervisor_key.public()
    }

    /// A lease and the root's word about the key that signed it.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn lease(
        &self,
        serial: u64,
        issued_at: Timestamp,
    ) -> Result<(Signed<Lease>, Signed<KeyCertificate>), EnvelopeError> {
        let entry = |id: &StaffId, role, key: &SigningKey| StaffEntry {
            id: id.clone(),
            name_latin: "Staff".to_owned(),
            name_urdu: "عملہ".to_owned(),
            role,
            key: key.public(),
            recipient: self.readers.clone(),
        };
        let lease = Lease {
            format: envelope::FORMAT,
            station: self.station.clone(),
            office: OfficeInfo {
                id: self.id.clone(),
                name_latin: "Multan".to_owned(),
                name_urdu: "ملتان".to_owned(),
            },
            serial,
            issued_at,
            expires_at: issued_at.plus_days(LEASE_DAYS),
            policy: Policy::default(),
            staff: vec![
                entry(&self.officer, Role::Officer, &self.officer_key),
                entry(&self.supervisor, Role::Supervisor, &self.supervisor_key),
            ],
            ingest: vec![self.readers.clone()],
            station_key: self.station_key.public(),
            key_files: Vec::new(),
            office_recovery: None,
            unlocks: Vec::new(),
            stations: Vec::new(),
            extension: None,
        };
        Ok((Signed::sign(&lease, &self.centre)?, self.certificate()?))
    }

    fn certificate(&self) -> Result<Signed<KeyCertificate>, EnvelopeError> {
        let certificate = KeyCertificate {
            purpose: KeyPurpose::Centre,
            key: self.centre.public(),
            not_before: BEGINNING.plus_days(-1),
            not_after: BEGINNING.plus_days(365),
        };
        Signed::sign(&certificate, &self.root)
    }

    /// The officer's word over a sealed packet.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn statement(
        &self,
        packet: PacketId,
        sealed: &[u8],
        parts: &[PartKind],
        moment: Moment,
    ) -> Result<Signed<Statement>, EnvelopeError> {
        let statement = Statement {
            format: envelope::FORMAT,
            packet,
            digest: Digest::of(sealed),
            length: sealed.len() as u64,
            parts: parts.to_vec(),
            officer: self.officer.clone(),
            station: self.station.clone(),
            at: moment.at,
            clock: moment.clock,
            lease: Some(moment.lease),
            audit_head: Some(Digest::default()),
            kind: None,
        };
        Signed::sign(&statement, &self.officer_key)
    }

    /// The supervisor's word over a digest.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn approval(
        &self,
        packet: PacketId,
        digest: Digest,
        moment: Moment,
    ) -> Result<Signed<Decision>, EnvelopeError> {
        let decision = Decision {
            format: envelope::FORMAT,
            packet,
            digest,
            supervisor: self.supervisor.clone(),
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at: moment.at,
            lease: Some(moment.lease),
            audit_head: Some(Digest::default()),
        };
        Signed::sign(&decision, &self.supervisor_key)
    }

    /// The station's word over all of it.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn manifest(
        &self,
        place: Place,
        moment: Moment,
    ) -> Result<Signed<Manifest>, EnvelopeError> {
        let manifest = Manifest {
            format: envelope::FORMAT,
            packet: place.packet,
            station: self.station.clone(),
            counter: place.counter,
            previous: place.previous,
            digest: place.digest,
            length: place.length,
            parts: place.parts,
            statement: place.statement,
            decision: place.decision,
            priority: place.priority,
            at: moment.at,
            clock: moment.clock,
            policy_version: 1,
            replayed: true,
            key_protection: "file".to_owned(),
            audit_head: place.audit_head,
            kind: None,
            lease: place.lease,
        };
        Signed::sign(&manifest, &self.station_key)
    }

    /// The centre's word over what it holds.
    ///
    /// # Errors
    /// Where signing fails.
    pub fn receipt(
        &self,
        packet: PacketId,
        digest: Digest,
        sequence: u64,
        audit_head: Digest,
        at: Timestamp,
    ) -> Result<Signed<Receipt>, EnvelopeError> {
        let receipt = Receipt {
            format: 1,
            packet,
            digest,
            station: self.station.clone(),
            sequence,
            verdict: Verdict::Durable,
            reason: None,
            audit_head,
            at,
        };
        Signed::sign(&receipt, &self.centre)
    }
}

/// What opens the recorded packets.
#[derive(Debug)]
pub struct Readers {
    /// The centre's ingest identity.
    pub ingest: Identity,
    /// The staff's: drafts and review copies.
    pub staff: Identity,
}
