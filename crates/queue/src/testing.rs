//! A station with staff, keys and a lease, for tests of this crate and of those above it.
//! Errors are panics here: it is for tests only.
#![allow(clippy::unwrap_used, clippy::missing_errors_doc)]

use crate::{
    DraftEntry, KeyFileChange, ManifestSeed, QueueError, StationRecord, Store, StoreOptions,
    Submission, VoidSeed,
};
use domain::{
    ApplicationKind, ClockConfidence, ItemKind, OfficeId, PacketId, Policy, Priority, Role,
    StaffId, Stage, StationId, Timestamp, Verdict,
};
use envelope::{
    Decision, DecisionKind, Digest, EnvelopeError, Identity, KeyCertificate, KeyFileEntry,
    KeyPurpose, Lease, Manifest, OfficeInfo, PartKind, Receipt, Signed, SigningKey, StaffEntry,
    StaffKeys, Statement, Void, Zeroizing,
};
use std::path::Path;

/// A time on 2026-11-18.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Everybody's keys, on one desk.
pub struct Office {
    /// The station's name.
    pub station: StationId,
    /// Takes applications.
    pub officer: (StaffId, StaffKeys),
    /// Reviews them.
    pub supervisor: (StaffId, StaffKeys),
    /// Signs manifests.
    pub station_key: SigningKey,
    /// Pinned.
    pub root: SigningKey,
    /// Signs receipts and leases.
    pub centre: SigningKey,
    /// Opens packets.
    pub ingest: Identity,
}

impl Default for Office {
    fn default() -> Self {
        Self::new("MUL-03")
    }
}

impl Office {
    /// An office with new keys.
    pub fn new(station: &str) -> Self {
        Self {
            station: StationId::parse(station).unwrap(),
            officer: (
                StaffId::parse("40213").unwrap(),
                StaffKeys::generate().unwrap(),
            ),
            supervisor: (
                StaffId::parse("40007").unwrap(),
                StaffKeys::generate().unwrap(),
            ),
            station_key: SigningKey::generate().unwrap(),
            root: SigningKey::generate().unwrap(),
            centre: SigningKey::generate().unwrap(),
            ingest: Identity::generate(),
        }
    }

    /// Opens a store with a small ballast and activates it.
    pub fn open(&self, path: &Path) -> Store {
        let options = StoreOptions {
            ballast_bytes: 1 << 16,
            ..StoreOptions::default()
        };
        let mut store = Store::open_with(path, &options, NOW).unwrap();
        self.activate(&mut store);
        store
    }

    /// Activates a store and gives it its first lease.
    pub fn activate(&self, store: &mut Store) {
        let (lease, key) = self.lease(1, 1);
        store.activate(&self.record(), &lease, &key, NOW).unwrap();
    }

    /// What activation gives this station.
    pub fn record(&self) -> StationRecord {
        StationRecord {
            station: self.station.clone(),
            centre_url: "https://centre.invalid:8443".to_owned(),
            ca_pem: String::new(),
            certificate_pem: String::new(),
            policy_root: self.root.public(),
            key_files: Vec::new(),
            secrets: Zeroizing::new(Vec::new()),
            activated_at: NOW,
        }
    }

    /// A signed lease with its key's certificate.
    pub fn lease(
        &self,
        serial: u64,
        policy_version: u32,
    ) -> (Signed<Lease>, Signed<KeyCertificate>) {
        self.lease_with(serial, policy_version, |_| {})
    }

    /// The same, changed before it is signed.
    pub fn lease_with(
        &self,
        serial: u64,
        policy_version: u32,
        change: impl FnOnce(&mut Lease),
    ) -> (Signed<Lease>, Signed<KeyCertificate>) {
        let mut lease = Lease {
            format: envelope::FORMAT,
            key_files: Vec::new(),
            office_recovery: None,
            unlocks: Vec::new(),
            stations: Vec::new(),
            extension: None,
            station: self.station.clone(),
            office: OfficeInfo {
                id: OfficeId::parse("MUL").unwrap(),
                name_latin: "Multan".to_owned(),
                name_urdu: "ملتان".to_owned(),
            },
            serial,
            issued_at: NOW,
            expires_at: NOW.plus_days(7),
            policy: Policy {
                version: policy_version,
                ..Policy::development()
            },
            staff: vec![
                entry(&self.officer, Role::Officer),
                entry(&self.supervisor, Role::Supervisor),
            ],
            ingest: vec![self.ingest.recipient()],
            station_key: self.station_key.public(),
        };
        change(&mut lease);
        (
            Signed::sign(&lease, &self.centre).unwrap(),
            self.certificate(),
        )
    }

    /// The root's word about the centre's key.
    pub fn certificate(&self) -> Signed<KeyCertificate> {
        let certificate = KeyCertificate {
            purpose: KeyPurpose::Centre,
            key: self.centre.public(),
            not_before: NOW.plus_days(-1),
            not_after: NOW.plus_days(365),
        };
        Signed::sign(&certificate, &self.root).unwrap()
    }

    /// A draft with these bytes as its envelope.
    pub fn draft(&self, packet: PacketId, envelope: &[u8]) -> DraftEntry {
        DraftEntry {
            packet,
            officer: self.officer.0.clone(),
            kind: ApplicationKind::New,
            step: "details".to_owned(),
            envelope: envelope.to_vec(),
        }
    }

    /// A submission whose packet is `packet_bytes`.
    pub fn submission(&self, packet: PacketId, packet_bytes: &[u8]) -> Submission {
        let statement = Statement {
            format: envelope::FORMAT,
            lease: Some(1),
            audit_head: Some(Digest::default()),
            kind: None,
            packet,
            digest: Digest::of(packet_bytes),
            length: packet_bytes.len() as u64,
            parts: vec![PartKind::Application, PartKind::Portrait],
            officer: self.officer.0.clone(),
            station: self.station.clone(),
            at: NOW,
            clock: ClockConfidence::Trusted,
        };
        Submission {
            packet,
            officer: self.officer.0.clone(),
            kind: ApplicationKind::New,
            packet_envelope: packet_bytes.to_vec(),
            statement: Signed::sign(&statement, &self.officer.1.signing).unwrap(),
            review_envelope: [b"review copy of ".as_slice(), packet_bytes].concat(),
            risk: 0,
            flags: Vec::new(),
            replayed: true,
            priority: Priority::Normal,
        }
    }

    /// The supervisor's word over a digest.
    pub fn decision(
        &self,
        packet: PacketId,
        digest: Digest,
        kind: DecisionKind,
    ) -> Signed<Decision> {
        let decision = Decision {
            format: envelope::FORMAT,
            lease: Some(1),
            audit_head: Some(Digest::default()),
            packet,
            digest,
            supervisor: self.supervisor.0.clone(),
            kind,
            reasons: Vec::new(),
            at: NOW,
        };
        Signed::sign(&decision, &self.supervisor.1.signing).unwrap()
    }

    /// The station's word, from the store's seed.
    pub fn manifest(&self, seed: &ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError> {
        let manifest = Manifest {
            kind: (seed.kind != ItemKind::Enrolment).then_some(seed.kind),
            lease: seed.lease,
            format: envelope::FORMAT,
            packet: seed.packet,
            station: self.station.clone(),
            counter: seed.counter,
            previous: seed.previous,
            digest: seed.digest,
            length: seed.length,
            parts: seed.statement.peek()?.parts,
            statement: seed.statement_digest,
            decision: seed.decision_digest,
            priority: seed.priority,
            at: NOW,
            clock: ClockConfidence::Trusted,
            policy_version: 1,
            replayed: seed.replayed,
            key_protection: "file".to_owned(),
            audit_head: seed.audit_head,
        };
        Signed::sign(&manifest, &self.station_key)
    }

    /// The station's word that a packet was damaged, from the store's seed.
    pub fn void(&self, seed: &VoidSeed) -> Result<Signed<Void>, EnvelopeError> {
        let void = Void {
            format: envelope::FORMAT,
            packet: seed.packet,
            station: self.station.clone(),
            counter: seed.counter,
            previous: seed.previous,
            digest: seed.digest,
            reason: seed.reason.clone(),
            lease: seed.lease,
            audit_head: seed.audit_head,
            at: NOW,
        };
        Signed::sign(&void, &self.station_key)
    }

    /// A key file of the officer under a new passphrase, on its way out.
    pub fn key_file(&self, packet: PacketId, version: u64) -> KeyFileChange {
        let envelope = format!("sealed key file {version}").into_bytes();
        let mut statement = self.submission(packet, &envelope).statement.peek().unwrap();
        statement.kind = Some(ItemKind::KeyFile);
        statement.parts = Vec::new();
        KeyFileChange {
            packet,
            entry: KeyFileEntry {
                staff: self.officer.0.clone(),
                version,
                file: format!("key file {version}").into_bytes(),
            },
            envelope,
            statement: Signed::sign(&statement, &self.officer.1.signing).unwrap(),
        }
    }

    /// The centre's word over a packet.
    pub fn receipt(
        &self,
        packet: PacketId,
        digest: Digest,
        verdict: Verdict,
        head: Digest,
    ) -> Signed<Receipt> {
        let receipt = Receipt {
            format: 1,
            packet,
            digest,
            station: self.station.clone(),
            sequence: 1,
            verdict,
            reason: None,
            audit_head: head,
            at: NOW,
        };
        Signed::sign(&receipt, &self.centre).unwrap()
    }

    /// Drafts, submits and approves a packet of these bytes; returns its digest.
    pub fn enqueue(
        &self,
        store: &mut Store,
        packet: PacketId,
        bytes: &[u8],
    ) -> Result<Digest, QueueError> {
        store.save_draft(&self.draft(packet, bytes), NOW)?;
        let digest = store.submit(&self.submission(packet, bytes), NOW)?;
        let decision = self.decision(packet, digest, DecisionKind::Approve);
        store.approve(packet, &decision, |seed| self.manifest(seed), NOW)?;
        Ok(digest)
    }

    /// Drafts and submits a packet of these bytes, and sends it without a decision; returns its digest.
    pub fn enqueue_unreviewed(
        &self,
        store: &mut Store,
        packet: PacketId,
        bytes: &[u8],
    ) -> Result<Digest, QueueError> {
        store.save_draft(&self.draft(packet, bytes), NOW)?;
        let digest = store.submit(&self.submission(packet, bytes), NOW)?;
        let late = NOW.plus_days(30);
        store.send_unreviewed(packet, late, |seed| self.manifest(seed), late)?;
        Ok(digest)
    }

    /// Flips a bit of a packet that waits, as a bad disk does. The store must be closed.
    pub fn damage(path: &Path, packet: PacketId) {
        let connection = rusqlite::Connection::open(path).unwrap();
        let changed = connection
            .execute(
                "UPDATE envelopes SET bytes = CAST(x'ff' || substr(bytes, 2) AS BLOB)
                 WHERE packet = ?1 AND role = 'packet'",
                [packet.as_bytes().as_slice()],
            )
            .unwrap();
        assert_eq!(changed, 1);
    }

    /// From now on the store refuses whatever would bring an application to this stage (or save a draft once more), and nothing
    /// else. It must be closed.
    pub fn refuse(path: &Path, stage: Stage) {
        let (table, made) = match stage {
            Stage::Draft => ("envelopes", "role = 'draft'"),
            Stage::InReview => ("envelopes", "role = 'review'"),
            _ => ("documents", "kind = 'manifest'"),
        };
        let trigger = format!(
            "CREATE TRIGGER refused BEFORE INSERT ON {table} WHEN NEW.{made}
             BEGIN SELECT RAISE(ABORT, 'refused'); END"
        );
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.execute_batch(&trigger).unwrap();
    }
}

/// How many rows a rescue finds on the leaf pages of a store's file, without the tree above them.
pub fn rows_on_leaves(file: &[u8]) -> usize {
    crate::rescue::rows_on_leaves(file)
}

/// The `n`th packet id of a test.
pub fn packet_id(n: u32) -> PacketId {
    let mut random = [7; 10];
    random[..4].copy_from_slice(&n.to_be_bytes());
    random[6..].copy_from_slice(&n.to_be_bytes());
    PacketId::mint(NOW, random)
}

fn entry((id, keys): &(StaffId, StaffKeys), role: Role) -> StaffEntry {
    let (key, recipient) = keys.public();
    StaffEntry {
        id: id.clone(),
        name_latin: "Staff".to_owned(),
        name_urdu: "عملہ".to_owned(),
        role,
        key,
        recipient,
    }
}

/// Seeded numbers for tests: `SplitMix64` (Steele, Lea, Flood 2014).
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// The next number below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)).checked_rem(limit).unwrap_or(0)
    }
}
