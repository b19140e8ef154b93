//! Every parser of bytes from outside, with real input to begin from: the fuzz targets (`tests/fuzz`) and the seeded mutations
//! (`tests/tests/parsers.rs`) both read this list. Pictures are in `crates/face`.
//!
//! A parser here takes any bytes and returns: what it must not do is panic, take long or take much memory.

#![allow(clippy::unwrap_used, clippy::missing_panics_doc)] // for tests only

use domain::{
    ApplicationKind, CaseKind, OperatorId, OperatorRole, Ruling, RulingGround, StaffId, StationId,
};
use envelope::{
    CaseRuling, CaseWord, Custody, Decision, Digest, Document, Identity, KeyCertificate, KeyFile,
    KeyFileNote, Lease, Manifest, Notice, OperatorCode, OperatorEnrolment, OperatorIntroduction,
    OperatorRevocation, PartKind, Parts, Receipt, Recipient, ReviewCopy, ReviewReturn, Signed,
    SigningKey, StaffKeys, Statement, Unlock, Void, WorkFactor, from_cbor, open, seal, to_cbor,
};
use media::testing::{NOW, Stick, Writer, receipt};
use media::{Answers, FileName, FolderName, Label};
use queue::testing::{Office, packet_id};
use rustix::time::{ClockId, clock_gettime};
use serde::{Serialize, de::DeserializeOwned};
use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;
use wire::SignedText;

/// One parser.
pub struct Parser {
    /// Its fuzz target's name.
    pub name: &'static str,
    /// Reads any bytes.
    pub parse: fn(&[u8]),
    /// What real programs write.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Parser {
    /// Reads these bytes.
    ///
    /// # Panics
    /// Where the parser does, and where it takes longer than an input may, in processor time: whatever else the machine does.
    pub fn try_on(&self, bytes: &[u8], which: &str) -> Duration {
        let start = processor_time();
        (self.parse)(bytes);
        let took = processor_time().saturating_sub(start);
        assert!(took <= LIMIT, "{}, {which}: {took:?}", self.name);
        took
    }

    /// Writes the seeds into the folder that [`CORPUS`] names, for a fuzz target to begin from.
    pub fn plant(&self) {
        let Some(corpus) = std::env::var_os(CORPUS) else {
            return;
        };
        for (n, seed) in (self.seeds)().iter().enumerate() {
            std::fs::write(Path::new(&corpus).join(format!("seed-{n}")), seed).unwrap();
        }
    }
}

/// Names the folder of a fuzz target's inputs.
const CORPUS: &str = "SHANAKHT_CORPUS";

/// What an input may take.
const LIMIT: Duration = Duration::from_millis(100);

fn processor_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec as u32)
}

/// All of them.
pub const PARSERS: &[Parser] = &[
    of_document::<Manifest>("manifest", || {
        documents(|made| made.packet.manifest.as_bytes())
    }),
    of_document::<Statement>("statement", || {
        documents(|made| made.packet.statement.as_bytes())
    }),
    of_document::<Decision>("decision", || {
        documents(|made| made.packet.decision.as_ref().unwrap().as_bytes())
    }),
    of_document::<Receipt>("receipt", || documents(|made| made.receipt.as_bytes())),
    of_document::<Void>("void", || documents(|made| made.void.as_bytes())),
    of_document::<Custody>("custody", || documents(|made| made.custody.as_bytes())),
    of_document::<KeyFileNote>("key_file_note", || documents(|made| made.note.as_bytes())),
    of_document::<Lease>("lease", || documents(|made| made.lease.0.as_bytes())),
    of_document::<KeyCertificate>("key_certificate", || {
        documents(|made| made.lease.1.as_bytes())
    }),
    of_document::<ReviewCopy>("review_copy", || documents(|made| made.copy.as_bytes())),
    of_document::<ReviewReturn>("review_return", || {
        documents(|made| made.returned.as_bytes())
    }),
    of_document::<OperatorIntroduction>("operator_introduction", || {
        documents(|made| made.operators.0.as_bytes())
    }),
    of_document::<OperatorEnrolment>("operator_enrolment", || {
        documents(|made| made.operators.1.as_bytes())
    }),
    of_document::<OperatorRevocation>("operator_revocation", || {
        documents(|made| made.operators.2.as_bytes())
    }),
    of_document::<CaseWord>("case_word", || documents(|made| made.word.as_bytes())),
    Parser {
        name: "operator_code",
        parse: |bytes| {
            // What is read is written in one way.
            if let Ok(code) = OperatorCode::parse(&String::from_utf8_lossy(bytes)) {
                assert_eq!(OperatorCode::parse(&code.expose()), Ok(code));
            }
        },
        seeds: || vec![b"0123-4567-89AB-CDEF-GHJK-MNPQ-RS".to_vec()],
    },
    of_document::<Unlock>("unlock", || documents(|made| made.unlock.as_bytes())),
    Parser {
        name: "cbor",
        parse: |bytes| {
            let _ = from_cbor::<Lease>(bytes);
            let _ = from_cbor::<Manifest>(bytes);
            let _ = from_cbor::<domain::Application>(bytes);
        },
        seeds: || vec![to_cbor(&MADE.lease.0.peek().unwrap()).unwrap()],
    },
    Parser {
        name: "parts",
        parse: |bytes| {
            if let Ok(parts) = Parts::from_tar(bytes) {
                // What was read can be written and read again.
                let tar = parts.to_tar().unwrap();
                assert_eq!(Parts::from_tar(&tar).unwrap().kinds(), parts.kinds());
            }
        },
        seeds: || vec![MADE.tar.clone()],
    },
    Parser {
        name: "envelope",
        parse: |bytes| {
            let _ = open(bytes, &MADE.identity, 1 << 20);
        },
        seeds: || vec![seal(&MADE.tar, &[MADE.identity.recipient()]).unwrap()],
    },
    Parser {
        name: "recipient",
        parse: |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = (Recipient::parse(&text), Identity::parse(&text));
        },
        seeds: || vec![MADE.identity.recipient().as_str().as_bytes().to_vec()],
    },
    Parser {
        name: "key_file",
        parse: |bytes| {
            // Deriving a key for a real work factor is honest work of half a second, and no fault of the parser.
            if let Ok(file) = KeyFile::from_bytes(bytes.to_vec())
                && !asks_for_a_real_work_factor(bytes)
            {
                let _ = file.open(&"passphrase".into());
            }
        },
        seeds: || vec![MADE.key_file.clone()],
    },
    Parser {
        name: "media_names",
        parse: |bytes| {
            for line in String::from_utf8_lossy(bytes).lines() {
                // One name has one spelling.
                if let Some(name) = FileName::parse(line) {
                    assert_eq!(name.to_string(), line);
                }
                if let Some(name) = FolderName::parse(line) {
                    assert_eq!(name.to_string(), line);
                }
            }
        },
        seeds: || vec![MADE.names()],
    },
    Parser {
        name: "media_folder",
        parse: |bytes| {
            let stick = on_a_stick(bytes);
            let key = MADE.writer.key().public();
            if let Ok(import) = media::read(&stick, Path::new(FOLDER), &[key]) {
                for arrived in &import.packets {
                    let _ = arrived.packet(&stick);
                }
            }
            let keys = [MADE.centre.public()];
            let station = MADE.writer.station();
            let _ = media::read_answers(&stick, Path::new(FOLDER), station, &keys);
            let _ = media::find(&stick, Path::new(FOLDER));
        },
        seeds: || vec![MADE.packets(), MADE.answers()],
    },
    Parser {
        name: "store_pages",
        parse: |bytes| {
            let _ = queue::testing::rows_on_leaves(bytes);
        },
        seeds: || vec![MADE.store.clone()],
    },
    Parser {
        name: "wire_requests",
        parse: |bytes| {
            json::<wire::ActivationRequest>(bytes);
            json::<wire::CertificateRequest>(bytes);
            json::<wire::StatusReport>(bytes);
            if let Some(request) = json::<wire::VoidRequest>(bytes) {
                let _ = request.void.read::<Void>();
            }
        },
        seeds: wire_requests,
    },
    Parser {
        name: "wire_replies",
        parse: |bytes| {
            json::<wire::Activation>(bytes);
            json::<wire::CertificateReply>(bytes);
            json::<wire::OutcomeList>(bytes);
            json::<wire::AdjudicationList>(bytes);
            json::<wire::Problem>(bytes);
            if let Some(reply) = json::<wire::LeaseReply>(bytes) {
                let _ = reply.lease.read::<Lease>();
                let _ = reply.centre_key.read::<KeyCertificate>();
            }
            if let Some(reply) = json::<wire::PacketReply>(bytes) {
                let _ = reply.receipt.map(|receipt| receipt.read::<Receipt>());
            }
        },
        seeds: wire_replies,
    },
];

/// The parser of that name.
pub fn parser(name: &str) -> &'static Parser {
    PARSERS.iter().find(|parser| parser.name == name).unwrap()
}

const fn of_document<T: Document>(name: &'static str, seeds: fn() -> Vec<Vec<u8>>) -> Parser {
    Parser {
        name,
        parse: read::<T>,
        seeds,
    }
}

fn read<T: Document>(bytes: &[u8]) {
    if let Ok(signed) = Signed::<T>::from_bytes(bytes.to_vec()) {
        let _ = (signed.peek(), signed.verify(&MADE.centre.public()));
        let _ = signed.verify(&MADE.writer.key().public());
    }
}

fn documents(of: fn(&Made) -> &[u8]) -> Vec<Vec<u8>> {
    vec![of(&MADE).to_vec()]
}

/// What is read is written alike.
fn json<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(bytes).ok()?;
    serde_json::to_vec(&read).unwrap();
    Some(read)
}

fn asks_for_a_real_work_factor(bytes: &[u8]) -> bool {
    String::from_utf8_lossy(bytes)
        .lines()
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok())
        .any(|factor| factor > 12)
}

/// Real documents, made once: the keys are always the same.
static MADE: LazyLock<Made> = LazyLock::new(Made::new);

struct Made {
    writer: Writer,
    centre: SigningKey,
    packet: media::Papers,
    receipt: Signed<Receipt>,
    void: Signed<Void>,
    custody: Signed<Custody>,
    note: Signed<KeyFileNote>,
    lease: (Signed<Lease>, Signed<KeyCertificate>),
    unlock: Signed<Unlock>,
    operators: (
        Signed<OperatorIntroduction>,
        Signed<OperatorEnrolment>,
        Signed<OperatorRevocation>,
    ),
    word: Signed<CaseWord>,
    copy: Signed<ReviewCopy>,
    returned: Signed<ReviewReturn>,
    identity: Identity,
    tar: Vec<u8>,
    key_file: Vec<u8>,
    store: Vec<u8>,
}

fn review_copy(writer: &Writer) -> ReviewCopy {
    ReviewCopy {
        format: envelope::FORMAT,
        packet: packet_id(1),
        station: writer.station().clone(),
        digest: Digest::of(b"packet"),
        statement: Digest::of(b"statement"),
        copy: Digest::of(b"copy"),
        copy_length: 4,
        kind: ApplicationKind::New,
        risk: 20,
        replayed: true,
        submitted_at: NOW,
        lease: Some(4),
    }
}

fn review_return() -> ReviewReturn {
    ReviewReturn {
        format: envelope::FORMAT,
        packet: packet_id(1),
        digest: Digest::of(b"packet"),
        officer: StaffId::parse("40213").unwrap(),
        kind: ApplicationKind::New,
        supervisor: StaffId::parse("40007").unwrap(),
        reason: "return-name".to_owned(),
        draft: Digest::of(b"draft"),
        at: NOW,
        lease: Some(4),
        audit_head: Some(Digest::default()),
    }
}

fn operator(name: &str) -> OperatorId {
    OperatorId::parse(name).unwrap()
}

fn operators(
    key: &SigningKey,
) -> (
    Signed<OperatorIntroduction>,
    Signed<OperatorEnrolment>,
    Signed<OperatorRevocation>,
) {
    let introduction = OperatorIntroduction {
        format: envelope::OPERATOR_FORMAT,
        operator: operator("chanda"),
        role: OperatorRole::Adjudicator,
        key: key.public(),
        by: Some(operator("ayesha")),
        counter: 3,
        at: NOW,
    };
    let enrolment = OperatorEnrolment {
        format: envelope::OPERATOR_FORMAT,
        operator: operator("chanda"),
        key: key.public(),
        at: NOW,
    };
    let revocation = OperatorRevocation {
        format: envelope::OPERATOR_FORMAT,
        operator: operator("bilal"),
        last: 7,
        by: operator("ayesha"),
        counter: 4,
        at: NOW,
    };
    (
        Signed::sign(&introduction, key).unwrap(),
        Signed::sign(&enrolment, key).unwrap(),
        Signed::sign(&revocation, key).unwrap(),
    )
}

fn case_word() -> CaseWord {
    CaseWord {
        format: envelope::OPERATOR_FORMAT,
        ruling: CaseRuling {
            case: 12,
            kind: CaseKind::Duplicate,
            subject: Digest::of(b"subject"),
            ruling: Ruling::Fraud,
            ground: RulingGround::Compared,
            notice: Some(Notice {
                number: "MUL/2026/17".to_owned(),
                at: NOW,
                language: "ur".to_owned(),
                heard: true,
                appeal_until: NOW,
            }),
        },
        operator: operator("ayesha"),
        counter: 5,
        at: NOW,
    }
}

impl Made {
    fn new() -> Self {
        let writer = Writer::new("MUL-03");
        let centre = SigningKey::from_seed(&[5; 32]).unwrap();
        let mut office = Office::new("MUL-03");
        office.centre = SigningKey::from_seed(&[5; 32]).unwrap();
        let staff = StaffId::parse("40213").unwrap();
        let note = KeyFileNote {
            format: envelope::FORMAT,
            staff: staff.clone(),
            version: 2,
            digest: Digest::of(b"key file"),
        };
        let unlock = Unlock {
            station: writer.station().clone(),
            staff,
            at: NOW,
        };
        let mut parts = Parts::default();
        parts.put(PartKind::Portrait, vec![9; 3_000]).unwrap();
        parts.put(PartKind::Burst(1), vec![1; 50]).unwrap();
        let keys = StaffKeys::generate().unwrap();
        let key_file = KeyFile::create(&keys, &"passphrase".into(), WorkFactor::TEST).unwrap();
        let custody = packets(&writer)
            .1
            .into_iter()
            .find(|(name, _)| name == "custody.cose")
            .unwrap();
        Self {
            packet: writer.packet(1).papers,
            receipt: receipt(&writer, 1, &centre),
            void: writer.void(4),
            custody: Signed::from_bytes(custody.1).unwrap(),
            note: Signed::sign(&note, writer.key()).unwrap(),
            lease: office.lease(1, 1),
            unlock: Signed::sign(&unlock, &centre).unwrap(),
            operators: operators(&centre),
            word: Signed::sign(&case_word(), &centre).unwrap(),
            copy: Signed::sign(&review_copy(&writer), writer.key()).unwrap(),
            returned: Signed::sign(&review_return(), writer.key()).unwrap(),
            identity: Identity::generate(),
            tar: parts.to_tar().unwrap().to_vec(),
            key_file: key_file.as_bytes().to_vec(),
            store: store(&office),
            writer,
            centre,
        }
    }

    fn names(&self) -> Vec<u8> {
        let (folder, files) = packets(&self.writer);
        let names: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
        format!("{folder}\n{}", names.join("\n")).into_bytes()
    }

    fn packets(&self) -> Vec<u8> {
        as_one(&packets(&self.writer).1)
    }

    fn answers(&self) -> Vec<u8> {
        let answers = Answers {
            receipts: (1..=3)
                .map(|n| receipt(&self.writer, n, &self.centre))
                .collect(),
            ..Answers::default()
        };
        let stick = Stick::new();
        let root = Path::new("/stick");
        media::write_answers(
            &stick,
            root,
            &label(&self.writer),
            &self.centre,
            &answers,
            [],
        )
        .unwrap();
        as_one(&contents(&stick))
    }
}

fn label(writer: &Writer) -> Label {
    Label {
        station: writer.station().clone(),
        at: NOW,
        random: [1; 4],
    }
}

/// A folder's name and its files.
fn packets(writer: &Writer) -> (String, Vec<(String, Vec<u8>)>) {
    let stick = Stick::new();
    let root = Path::new("/stick");
    let label = label(writer);
    let out = media::export(&stick, root, &label, writer.key(), writer.items()).unwrap();
    let folder = out.folder.file_name().unwrap();
    (folder.to_string_lossy().into_owned(), contents(&stick))
}

fn contents(stick: &Stick) -> Vec<(String, Vec<u8>)> {
    let named = |path: std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, stick.bytes(&path))
    };
    stick.paths().into_iter().map(named).collect()
}

/// Where the files of an input lie.
const FOLDER: &str = "/stick/folder";
/// The most files that an input brings.
const FILES_LIMIT: usize = 64;

/// A folder as one input: for each file the length of its name, the name, the length of its bytes, the bytes.
fn as_one(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut one = Vec::new();
    for (name, bytes) in files {
        one.push(name.len() as u8);
        one.extend(name.as_bytes());
        one.extend((bytes.len() as u32).to_be_bytes());
        one.extend(bytes);
    }
    one
}

fn on_a_stick(mut one: &[u8]) -> Stick {
    let stick = Stick::new();
    stick.put_folder(Path::new(FOLDER));
    for _ in 0..FILES_LIMIT {
        let Some((length, rest)) = one.split_first() else {
            break;
        };
        let (name, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        let Some((length, rest)) = rest.split_first_chunk::<4>() else {
            break;
        };
        let length = u32::from_be_bytes(*length) as usize;
        let (bytes, rest) = rest.split_at(length.min(rest.len()));
        one = rest;
        // A name with a slash is no name: no folder can hold it.
        let name = String::from_utf8_lossy(name).replace('/', "_");
        if !name.is_empty() && name != "." && name != ".." {
            stick.put(&Path::new(FOLDER).join(name), bytes);
        }
    }
    stick
}

/// The pages of a real store with drafts, a waiting packet and its documents.
fn store(office: &Office) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let mut store = office.open(&path);
    for n in 1..=3 {
        let sealed = vec![n as u8; 9_000 * n as usize];
        store
            .save_draft(&office.draft(packet_id(n), &sealed), NOW)
            .unwrap();
    }
    office
        .enqueue(&mut store, packet_id(9), &vec![7; 20_000])
        .unwrap();
    store.purge().unwrap();
    drop(store);
    std::fs::read(&path).unwrap()
}

fn bodies(bodies: Vec<serde_json::Result<Vec<u8>>>) -> Vec<Vec<u8>> {
    bodies.into_iter().map(Result::unwrap).collect()
}

fn wire_requests() -> Vec<Vec<u8>> {
    let report = wire::StatusReport {
        release: "0.1.0".to_owned(),
        waiting: [("draft".to_owned(), wire::Waiting::default())].into(),
        ..wire::StatusReport::default()
    };
    bodies(vec![
        serde_json::to_vec(&report),
        serde_json::to_vec(&wire::ActivationRequest {
            code: "ABCDE-FGHIJ".to_owned(),
            station_key: MADE.centre.public(),
            csr_pem: "-----BEGIN CERTIFICATE REQUEST-----".to_owned(),
            held: Some(wire::Held {
                station: StationId::parse("MUL-03").unwrap(),
                counter: 7,
                previous: Some(Digest::default()),
            }),
        }),
        serde_json::to_vec(&wire::VoidRequest {
            void: SignedText::of(&MADE.void),
        }),
    ])
}

fn wire_replies() -> Vec<Vec<u8>> {
    let lease = wire::LeaseReply {
        lease: SignedText::of(&MADE.lease.0),
        centre_key: SignedText::of(&MADE.lease.1),
        other_keys: Vec::new(),
    };
    bodies(vec![
        serde_json::to_vec(&lease),
        serde_json::to_vec(&wire::PacketReply {
            packet: packet_id(1),
            state: wire::PacketState::Accepted,
            receipt: Some(SignedText::of(&MADE.receipt)),
        }),
        serde_json::to_vec(&wire::OutcomeList {
            outcomes: vec![domain::Outcome {
                cursor: 1,
                packet: packet_id(1),
                kind: domain::OutcomeKind::Quarantined,
                reason: Some("role".to_owned()),
                at: NOW,
            }],
        }),
        serde_json::to_vec(&wire::Activation {
            station: StationId::parse("MUL-03").unwrap(),
            certificate_pem: "-----BEGIN CERTIFICATE-----".to_owned(),
            ca_pem: String::new(),
            policy_root: MADE.centre.public(),
            lease,
            key_files: vec![(StaffId::parse("40213").unwrap(), "YWdl".to_owned())],
        }),
        serde_json::to_vec(&wire::Problem::new(422, "digest", "The bytes are others")),
    ])
}
