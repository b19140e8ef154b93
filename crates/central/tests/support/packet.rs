//! Packets as a station makes them, from real pictures, and whatever a test wants to bend in them.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{
    Address, Application, ApplicationKind, BilingualName, BirthDate, ClockConfidence, Consent,
    Details, Gender, ItemKind, LatinName, LivenessRecord, PacketId, PhotoRecord, Priority,
    QualityRecord, Reading, Source, StaffId, Timestamp, UrduName,
};
use envelope::{
    Decision, DecisionKind, Digest, Lease, Manifest, PartKind, Parts, Signed, SigningKey,
    StaffKeys, Statement, seal, to_cbor,
};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};
use wire::SignedText;

/// The folder of the face models, in the repository.
pub fn models() -> PathBuf {
    let mut folders = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    folders
        .find_map(|folder| folder.join("assets/models").canonicalize().ok())
        .unwrap()
}

/// Who signs at a station.
pub struct Signers {
    pub lease: Lease,
    pub key: SigningKey,
    pub officer: StaffKeys,
    pub other_officer: Option<StaffKeys>,
    pub supervisor: StaffKeys,
}

/// A packet ready for the wire.
#[derive(Clone)]
pub struct Packet {
    pub id: PacketId,
    pub sealed: Vec<u8>,
    pub manifest: Signed<Manifest>,
    pub statement: Signed<Statement>,
    pub decision: Option<Signed<Decision>>,
}

/// What a test may bend before the packet is made.
pub struct Plan {
    pub id: PacketId,
    pub counter: u64,
    pub previous: Option<Digest>,
    pub portrait: Vec<u8>,
    pub template: Vec<u8>,
    pub burst: Vec<Vec<u8>>,
    pub decider: Who,
    pub garbage: bool,
    /// What the item is.
    pub kind: ItemKind,
    /// 1 as the first release writes it, without the lease's serial.
    pub format: u16,
    /// Other parts than an enrolment's.
    pub parts: Option<Parts>,
    pub priority: Priority,
    pub at: Timestamp,
    pub application: Bend<Application>,
    pub statement: Bend<Statement>,
    pub decision: Bend<Decision>,
    pub manifest: Bend<Manifest>,
}

/// Changes a document before it is signed.
pub type Bend<T> = Box<dyn Fn(&mut T)>;

/// Whose key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Officer,
    OtherOfficer,
    Supervisor,
}

impl Who {
    fn number(self) -> &'static str {
        match self {
            Self::Officer => "40213",
            Self::OtherOfficer => "40214",
            Self::Supervisor => "40001",
        }
    }
}

pub fn now() -> Timestamp {
    central::Clock::system().now()
}

/// Portraits and templates by their picture.
type Faces = HashMap<String, (Vec<u8>, Vec<u8>)>;

/// Portrait and template of a picture in assets/pictures, as a station makes them.
pub fn face_of(file: &str) -> (Vec<u8>, Vec<u8>) {
    static FACES: OnceLock<Mutex<Faces>> = OnceLock::new();
    let mut faces = FACES.get_or_init(Mutex::default).lock().unwrap();
    let made = faces.entry(file.to_owned()).or_insert_with(|| {
        let mut analyser = face::Analyser::new(&models()).unwrap();
        let bytes = std::fs::read(models().join("../pictures").join(file)).unwrap();
        let picture = face::Picture::decode(&bytes).unwrap();
        let landmarks = analyser.landmarks(&picture).unwrap();
        let template = analyser.template(&picture, &landmarks).unwrap();
        let portrait = analyser.portrait(&picture, &landmarks).unwrap();
        (portrait.jpeg, template.to_bytes())
    });
    made.clone()
}

impl Plan {
    pub fn new(counter: u64, previous: Option<Digest>) -> Self {
        let (portrait, template) = face_of("obama.jpg");
        let mut random = [0; 10];
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut random).unwrap();
        Self {
            id: PacketId::mint(now(), random),
            counter,
            previous,
            portrait,
            template,
            burst: Vec::new(),
            decider: Who::Supervisor,
            garbage: false,
            kind: ItemKind::Enrolment,
            format: envelope::FORMAT,
            parts: None,
            priority: Priority::Normal,
            at: now(),
            application: Box::new(|_| ()),
            statement: Box::new(|_| ()),
            decision: Box::new(|_| ()),
            manifest: Box::new(|_| ()),
        }
    }

    fn filled_in() -> Application {
        let name = |latin: &str, urdu: &str| BilingualName {
            latin: LatinName::parse(latin).unwrap(),
            urdu: UrduName::parse(urdu).unwrap(),
        };
        Application {
            kind: ApplicationKind::New,
            details: Details {
                cnic: None,
                name: name("Zainab Noor", "زینب نور"),
                father: name("Noor Ahmed", "نور احمد"),
                born: BirthDate::parse("02/01/1970", now()).unwrap(),
                gender: Gender::Female,
                address: Address::parse("مکان 1، ملتان").unwrap(),
                phone: None,
                guardian: None,
            },
            consent: Consent {
                at: now(),
                text_version: 1,
                by_guardian: false,
            },
            exceptions: Vec::new(),
            photo: PhotoRecord {
                at: now(),
                source: Source::Replayed,
                frame_px: (1280, 720),
                attempt: 1,
                reason: None,
                quality: QualityRecord {
                    readings: vec![Reading {
                        component: "EyesOpen".to_owned(),
                        native: Some(0.3),
                        scalar: Some(95),
                    }],
                },
                liveness: LivenessRecord {
                    challenge: None,
                    frames: 5,
                    passive_median: Some(0.9),
                    flagged: false,
                },
            },
            corrects: None,
        }
    }

    /// As a station of the first release writes it.
    pub fn of_first_release(counter: u64, previous: Option<Digest>) -> Self {
        Self {
            format: 1,
            ..Self::new(counter, previous)
        }
    }

    /// The same with the face of another picture.
    pub fn with_face(mut self, file: &str) -> Self {
        (self.portrait, self.template) = face_of(file);
        self
    }

    fn contents(&self) -> Parts {
        if let Some(parts) = &self.parts {
            return parts.clone();
        }
        let mut application = Self::filled_in();
        (self.application)(&mut application);
        let mut parts = Parts::default();
        let mut put = |kind, bytes| parts.put(kind, bytes).unwrap();
        put(PartKind::Application, to_cbor(&application).unwrap());
        put(PartKind::Portrait, self.portrait.clone());
        put(PartKind::Template, self.template.clone());
        for (number, bytes) in (0..).zip(&self.burst) {
            put(PartKind::Burst(number), bytes.clone());
        }
        parts
    }

    pub fn make(&self, station: &Signers) -> Packet {
        let lease = &station.lease;
        let serial = (self.format > 1).then_some(lease.serial);
        let parts = self.contents();
        let sealed = if self.garbage {
            vec![7; 5000]
        } else {
            seal(&parts.to_tar().unwrap(), &lease.ingest).unwrap()
        };
        let (digest, length) = (Digest::of(&sealed), sealed.len() as u64);
        let audit_head = Digest::of(&self.counter.to_le_bytes());
        let kind = (self.kind != ItemKind::Enrolment).then_some(self.kind);
        let mut statement = Statement {
            format: self.format,
            packet: self.id,
            digest,
            length,
            parts: parts.kinds(),
            officer: StaffId::parse(Who::Officer.number()).unwrap(),
            station: lease.station.clone(),
            at: self.at,
            clock: ClockConfidence::Trusted,
            lease: serial,
            audit_head: serial.map(|_| audit_head),
            kind: kind.filter(|kind| *kind != ItemKind::Unreviewed),
        };
        (self.statement)(&mut statement);
        let statement = Signed::sign(&statement, &station.officer.signing).unwrap();
        let decision = self
            .kind
            .needs_decision()
            .then(|| self.decided(station, digest));
        let mut manifest = Manifest {
            format: self.format,
            packet: self.id,
            station: lease.station.clone(),
            counter: self.counter,
            previous: self.previous,
            digest,
            length,
            parts: parts.kinds(),
            statement: statement.digest(),
            decision: decision.as_ref().map(Signed::digest),
            priority: self.priority,
            at: self.at,
            clock: ClockConfidence::Trusted,
            policy_version: lease.policy.version,
            replayed: true,
            key_protection: "file".to_owned(),
            audit_head,
            kind,
            lease: serial,
        };
        (self.manifest)(&mut manifest);
        Packet {
            id: self.id,
            manifest: Signed::sign(&manifest, &station.key).unwrap(),
            statement,
            decision,
            sealed,
        }
    }

    fn decided(&self, station: &Signers, digest: Digest) -> Signed<Decision> {
        let serial = (self.format > 1).then_some(station.lease.serial);
        let mut decision = Decision {
            format: self.format,
            packet: self.id,
            digest,
            supervisor: StaffId::parse(self.decider.number()).unwrap(),
            kind: DecisionKind::Approve,
            reasons: Vec::new(),
            at: self.at,
            lease: serial,
            audit_head: serial.map(|_| Digest::default()),
        };
        (self.decision)(&mut decision);
        let signer = match self.decider {
            Who::Officer => &station.officer,
            Who::OtherOfficer => station.other_officer.as_ref().unwrap(),
            Who::Supervisor => &station.supervisor,
        };
        Signed::sign(&decision, &signer.signing).unwrap()
    }
}

impl Packet {
    pub fn digest(&self) -> Digest {
        Digest::of(&self.sealed)
    }

    pub fn metadata(&self) -> String {
        let twice = |text: SignedText| STANDARD.encode(text.as_str());
        let mut entries = vec![
            format!("manifest {}", twice(SignedText::of(&self.manifest))),
            format!("statement {}", twice(SignedText::of(&self.statement))),
        ];
        if let Some(decision) = &self.decision {
            entries.push(format!("decision {}", twice(SignedText::of(decision))));
        }
        entries.join(",")
    }
}
