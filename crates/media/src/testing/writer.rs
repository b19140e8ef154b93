//! A station with its keys, and the centre's word about its packets.

use crate::{Outgoing, Papers, SealedPacket};
use domain::{
    ClockConfidence, ItemKind, PacketId, Priority, StaffId, StationId, Timestamp, Verdict,
};
use envelope::{
    Decision, DecisionKind, Digest, FORMAT, Manifest, PartKind, Receipt, Signed, SigningKey,
    Statement, Void,
};

/// A time on 2026-11-18.
pub const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

/// Who writes packets: a station, its officer and its supervisor. The same name has the same keys and packets every time.
pub struct Writer {
    station: StationId,
    key: SigningKey,
    officer: SigningKey,
    supervisor: SigningKey,
}

impl Writer {
    /// The station of that name.
    pub fn new(station: &str) -> Self {
        let key = |role: &str| {
            let seed = Digest::of_all([station.as_bytes(), role.as_bytes()]);
            SigningKey::from_seed(seed.as_bytes()).unwrap()
        };
        Self {
            station: StationId::parse(station).unwrap(),
            key: key("station"),
            officer: key("officer"),
            supervisor: key("supervisor"),
        }
    }

    /// Its name.
    pub fn station(&self) -> &StationId {
        &self.station
    }

    /// Signs manifests and custody.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// The id of its packet with that counter.
    pub fn id(&self, counter: u64) -> PacketId {
        let digest = Digest::of_all([self.station.as_str().as_bytes(), &counter.to_be_bytes()]);
        let random = digest.as_bytes()[..10].try_into().unwrap();
        PacketId::mint(NOW.plus_millis(counter as i64), random)
    }

    /// An enrolment with its decision.
    pub fn packet(&self, counter: u64) -> SealedPacket {
        self.sealed(counter, 700 + (counter as usize % 7) * 100, None)
    }

    /// A changed key file, which no supervisor decides.
    pub fn key_file(&self, counter: u64) -> SealedPacket {
        self.sealed(counter, 500, Some(ItemKind::KeyFile))
    }

    /// A packet of so many bytes, which stand for an age file.
    pub fn sealed(&self, counter: u64, length: usize, kind: Option<ItemKind>) -> SealedPacket {
        let packet = self.id(counter);
        let bytes: Vec<u8> = (0..length)
            .map(|at| (at as u64 * 7 + counter) as u8)
            .collect();
        let digest = Digest::of(&bytes);
        let parts = vec![PartKind::Application, PartKind::Portrait];
        let statement = Statement {
            format: FORMAT,
            packet,
            digest,
            length: bytes.len() as u64,
            parts: parts.clone(),
            officer: StaffId::parse("40213").unwrap(),
            station: self.station.clone(),
            at: NOW,
            clock: ClockConfidence::Trusted,
            lease: Some(1),
            audit_head: Some(Digest::default()),
            kind,
        };
        let statement = Signed::sign(&statement, &self.officer).unwrap();
        let decision = kind.is_none().then(|| self.decision(packet, digest));
        let manifest = Manifest {
            format: FORMAT,
            packet,
            station: self.station.clone(),
            counter,
            previous: None,
            digest,
            length: bytes.len() as u64,
            parts,
            statement: statement.digest(),
            decision: decision.as_ref().map(Signed::digest),
            priority: Priority::Normal,
            at: NOW,
            clock: ClockConfidence::Trusted,
            policy_version: 1,
            replayed: false,
            key_protection: "file".to_owned(),
            audit_head: Digest::default(),
            kind,
            lease: Some(1),
        };
        let manifest = Signed::sign(&manifest, &self.key).unwrap();
        let papers = Papers {
            manifest,
            statement,
            decision,
        };
        SealedPacket { bytes, papers }
    }

    fn decision(&self, packet: PacketId, digest: Digest) -> Signed<Decision> {
        let decision = Decision {
            format: FORMAT,
            packet,
            digest,
            supervisor: StaffId::parse("40377").unwrap(),
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at: NOW,
            lease: Some(1),
            audit_head: Some(Digest::default()),
        };
        Signed::sign(&decision, &self.supervisor).unwrap()
    }

    /// A void of the packet with that counter.
    pub fn void(&self, counter: u64) -> Signed<Void> {
        let void = Void {
            format: FORMAT,
            packet: self.id(counter),
            station: self.station.clone(),
            counter,
            previous: None,
            digest: Digest::of(b"as it was"),
            reason: "damaged".to_owned(),
            lease: Some(1),
            audit_head: Digest::default(),
            at: NOW,
        };
        Signed::sign(&void, &self.key).unwrap()
    }

    /// Two enrolments, a key file and a void.
    pub fn items(&self) -> Vec<Outgoing> {
        vec![
            Outgoing::Packet(self.packet(1)),
            Outgoing::Packet(self.packet(2)),
            Outgoing::Packet(self.key_file(3)),
            Outgoing::Void(self.void(4)),
        ]
    }
}

/// The centre's receipt for the packet of a station with that counter.
pub fn receipt(of: &Writer, counter: u64, centre: &SigningKey) -> Signed<Receipt> {
    let receipt = Receipt {
        format: FORMAT,
        packet: of.id(counter),
        digest: Digest::of(&of.packet(counter).bytes),
        station: of.station.clone(),
        sequence: counter,
        verdict: Verdict::Durable,
        reason: None,
        audit_head: Digest::default(),
        at: NOW,
    };
    Signed::sign(&receipt, centre).unwrap()
}
