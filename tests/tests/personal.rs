//! Whatever is personal or secret shows nothing of it when it is logged, however talkative the log is, nor in an error or a panic.
//!
//! The list cannot be forgotten: every type that holds raw text, bytes or numbers under a personal name, or nothing but such, has a
//! row here, or this test fails.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use desk::{EnrolmentAct, SessionAct, StationAct};
use domain::{
    Address, Application, ApplicationKind, BilingualName, BirthDate, Cnic, Details, Gender,
    LatinName, Phone, Role, StaffId, StationId, Timestamp, UrduName,
};
use faults::Search;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{Debug, Display};
use std::io::Write;
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

const CNIC: &str = "36302-0004512-4";
const LATIN: &str = "Zainab Noor-ul-Ain";
const URDU: &str = "زینب نورالعین";
const ADDRESS: &str = "گلی نمبر 41، محلہ شاہ رکنِ عالم، ملتان";
const PHONE: &str = "03007654321";
const BORN: &str = "29-03-1987";
const SECRET: &str = "an orchard behind the river";
/// Bytes of a picture, a template or a key.
const BYTES: [u8; 24] = [
    0x9c, 0x41, 0xe7, 0x1b, 0x5a, 0xd3, 0x88, 0x2f, 0xb6, 0x70, 0x0d, 0xc9, 0x34, 0xfe, 0x62, 0xa1,
    0x17, 0x4d, 0xeb, 0x93, 0x58, 0x2c, 0xd0, 0x7f,
];

/// What is said of a type that holds something under such a name.
enum Row {
    /// It is logged here, with something planted in it.
    Logged(fn(&mut Log)),
    /// Neither `Debug` nor `Display`: the compiler lets nobody log it.
    Unloggable,
    /// It is its crate's own, and its `Debug` names none of what it holds.
    Hidden,
    /// What it holds is no person's, and no secret.
    Harmless(&'static str),
}

use Row::{Harmless, Hidden, Logged, Unloggable};

/// By crate and type; a type that a macro makes stands under the macro's name for it.
const ROWS: &[(&str, &str, Row)] = &[
    ("capture", "Device", Harmless("the camera's name")),
    ("capture", "Frame", Logged(|log| log.debug(&frame()))),
    ("capture", "Raw", Unloggable),
    ("capture", "Shot", Unloggable),
    ("central", "Batch", Hidden),
    ("central", "Enrolment", Unloggable),
    ("central", "Cluster", Hidden),
    ("central", "Faces", Hidden),
    (
        "central",
        "Imported",
        Harmless("a file's name on a medium, which has a known form"),
    ),
    ("central", "Locks", Unloggable),
    (
        "central",
        "NewOffice",
        Harmless("an office's name; its staff are NewStaff"),
    ),
    ("central", "NewStaff", Logged(|log| log.debug(&new_staff()))),
    ("central", "Id", Unloggable),
    ("central", "Person", Unloggable),
    ("central", "Requests", Harmless("routes and statuses")),
    (
        "central",
        "Recovered",
        Harmless("a file's name in a folder of envelopes, which has a known form"),
    ),
    ("central", "Reference", Unloggable),
    ("central", "Written", Unloggable),
    ("desk", "CameraView", Harmless("the camera's name")),
    (
        "desk",
        "Colleague",
        Logged(|log| {
            log.debug(&desk::Colleague {
                staff: staff(),
                name_latin: LATIN.to_owned(),
                name_urdu: URDU.to_owned(),
            });
        }),
    ),
    ("desk", "Resealing", Unloggable),
    ("desk", "SessionAct", Logged(commands)),
    ("desk", "Core", Unloggable),
    (
        "desk",
        "Picture",
        Logged(|log| {
            log.debug(&desk::Picture {
                width: 8,
                height: 1,
                rgb: Arc::from(BYTES),
            });
        }),
    ),
    (
        "desk",
        "SessionView",
        Logged(|log| {
            log.debug(&desk::SessionView {
                staff: staff(),
                name_latin: LATIN.to_owned(),
                name_urdu: URDU.to_owned(),
                role: Role::Officer,
                since: NOW,
            });
        }),
    ),
    ("desk", "Spooled", Harmless("a print job's number")),
    ("desk", "StationKeys", Hidden),
    (
        "desk",
        "Typed",
        Logged(|log| log.debug(&desk::Typed::from(LATIN))),
    ),
    ("documents", "Side", Unloggable),
    ("domain", "$name", Logged(texts)),
    ("domain", "BirthDate", Logged(|log| log.debug(&born()))),
    (
        "domain",
        "Cnic",
        Logged(|log| {
            let cnic = Cnic::parse(CNIC).unwrap();
            log.debug(&cnic);
            log.errors(&Cnic::parse(&format!("{CNIC}9")));
            log.errors(&Cnic::parse(&CNIC.replace("36302", "A6302")));
        }),
    ),
    ("domain", "Source", Harmless("the camera's name")),
    (
        "envelope",
        "AuthorityPin",
        Harmless("a digest of a certificate, printed on paper"),
    ),
    (
        "envelope",
        "CustodyFile",
        Harmless("a file's name on a medium"),
    ),
    ("envelope", "Digest", Harmless("a digest")),
    (
        "envelope",
        "ExtensionCode",
        Logged(|log| {
            let code = envelope::ExtensionCode::from_mac(&[7; 32]).unwrap();
            log.debug(&code);
            log.errors(&envelope::ExtensionCode::parse(LATIN));
            assert!(!log.text().contains(&code.expose()));
        }),
    ),
    (
        "envelope",
        "OperatorCode",
        Logged(|log| {
            let code = envelope::OperatorCode::generate().unwrap();
            log.debug(&code);
            log.errors(&envelope::OperatorCode::parse(LATIN));
            assert!(!log.text().contains(&code.expose()[..9]));
        }),
    ),
    (
        "envelope",
        "Identity",
        Logged(|log| {
            let identity = envelope::Identity::generate();
            log.debug(&identity);
            assert!(!log.text().contains("AGE-SECRET-KEY"));
        }),
    ),
    (
        "envelope",
        "KeyFile",
        Logged(|log| {
            log.errors(
                &envelope::KeyFile::from_bytes(BYTES.to_vec()).and_then(|f| f.open(&SECRET.into())),
            );
        }),
    ),
    (
        "envelope",
        "KeyId",
        Harmless("part of a public key's digest"),
    ),
    ("envelope", "OfficeInfo", Harmless("an office's name")),
    ("envelope", "Page", Unloggable),
    (
        "envelope",
        "Parts",
        Logged(|log| {
            let mut parts = envelope::Parts::default();
            parts
                .put(envelope::PartKind::Portrait, BYTES.to_vec())
                .unwrap();
            parts
                .put(envelope::PartKind::Application, LATIN.as_bytes().to_vec())
                .unwrap();
            log.debug(&parts);
            log.errors(&envelope::Parts::from_tar(
                &[BYTES.as_slice(), LATIN.as_bytes()].concat(),
            ));
        }),
    ),
    ("envelope", "PublicKey", Harmless("a public key")),
    ("envelope", "Recipient", Harmless("a public key")),
    (
        "envelope",
        "SigningKey",
        Logged(|log| {
            let mut seed = [0; 32];
            seed[..24].copy_from_slice(&BYTES);
            log.debug(&envelope::SigningKey::from_seed(&seed).unwrap());
        }),
    ),
    (
        "envelope",
        "StaffEntry",
        Logged(|log| {
            log.debug(&envelope::StaffEntry {
                id: staff(),
                name_latin: LATIN.to_owned(),
                name_urdu: URDU.to_owned(),
                role: Role::Officer,
                key: envelope::SigningKey::generate().unwrap().public(),
                recipient: envelope::Identity::generate().recipient(),
            });
        }),
    ),
    ("envelope", "WorkFactor", Harmless("a cost")),
    (
        "face",
        "EnrolFailure",
        Harmless("why no template was made, in words without the picture"),
    ),
    ("face", "Entry", Harmless("a model's name")),
    ("face", "FacePixels", Unloggable),
    ("face", "ModelId", Harmless("a model's name")),
    ("face", "ModelError", Harmless("a model's name")),
    ("face", "Nibbles", Unloggable),
    ("face", "Output", Harmless("a network's output by its name")),
    ("face", "Part", Harmless("a network's name")),
    (
        "face",
        "Picture",
        Logged(|log| {
            log.debug(&face::Picture::from_rgb(8, 1, BYTES.to_vec()).unwrap());
            log.errors(&face::Picture::from_rgb(9, 1, BYTES.to_vec()));
        }),
    ),
    (
        "face",
        "Portrait",
        Logged(|log| {
            log.debug(&face::Portrait {
                picture: face::Picture::from_rgb(8, 1, BYTES.to_vec()).unwrap(),
                jpeg: BYTES.to_vec(),
                jpeg_quality: 90,
                clauses: Vec::new(),
                enlargement: 1.0,
                pose: face::Pose::default(),
                landmarks: None,
            });
        }),
    ),
    ("face", "Score", Harmless("a score, which names nobody")),
    (
        "face",
        "Template",
        Logged(|log| {
            log.errors(&face::Template::from_bytes(&BYTES));
            let model = face::ModelId::new("model-1").unwrap();
            log.debug(&face::Template::from_raw(model, vec![0.5; 512]).unwrap());
            assert!(!log.text().contains("0.0"), "numbers of a template");
        }),
    ),
    ("face", "TemplateEntry", Harmless("a model's name")),
    (
        "face",
        "UnknownComponent",
        Harmless("the name of a measure"),
    ),
    (
        "queue",
        "Act",
        Harmless("an act's key; free text is refused"),
    ),
    ("queue", "DayCounters", Harmless("counts by act")),
    ("queue", "RescuedTable", Harmless("a table's name")),
    (
        "queue",
        "StationRecord",
        Logged(|log| {
            let mut record = queue::testing::Office::default().record();
            record.secrets = envelope::Zeroizing::new(BYTES.to_vec());
            record.key_files = vec![(staff(), BYTES.to_vec())];
            log.debug(&record);
        }),
    ),
    ("sync", "Activated", Hidden),
    ("sync", "NewStation", Hidden),
    (
        "wire",
        "ActivationRequest",
        Logged(|log| {
            log.debug(&wire::ActivationRequest {
                code: SECRET.to_owned(),
                station_key: envelope::SigningKey::generate().unwrap().public(),
                csr_pem: String::new(),
                held: None,
            });
        }),
    ),
    (
        "wire",
        "SealedText",
        Logged(|log| log.debug(&wire::SealedText::of(LATIN.as_bytes()))),
    ),
    (
        "wire",
        "SignedText",
        Harmless("a signed document, which names no applicant"),
    ),
];

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn staff() -> StaffId {
    StaffId::parse("40213").unwrap()
}

fn born() -> BirthDate {
    BirthDate::parse(BORN, NOW).unwrap()
}

fn frame() -> capture::Frame {
    let now = Instant::now();
    capture::Frame {
        width: 8,
        height: 1,
        rgb: Arc::from(BYTES),
        jpeg: Some(Arc::from(BYTES)),
        captured_at: now,
        arrived_at: now,
        sequence: 1,
        source: capture::SourceId(1),
    }
}

fn new_staff() -> central::dev::NewStaff {
    central::dev::NewStaff {
        id: staff(),
        name_latin: LATIN.to_owned(),
        name_urdu: URDU.to_owned(),
        role: Role::Officer,
        passphrase: SECRET.into(),
    }
}

fn name() -> BilingualName {
    BilingualName {
        urdu: UrduName::parse(URDU).unwrap(),
        latin: LatinName::parse(LATIN).unwrap(),
    }
}

fn details() -> Details {
    Details {
        cnic: Some(Cnic::parse(CNIC).unwrap()),
        name: name(),
        father: name(),
        born: born(),
        gender: Gender::Female,
        address: Address::parse(ADDRESS).unwrap(),
        phone: Some(Phone::parse(PHONE).unwrap()),
        guardian: Some(Cnic::parse(CNIC).unwrap()),
    }
}

fn texts(log: &mut Log) {
    log.debug(&details());
    log.errors(&LatinName::parse(&format!("{LATIN} 7")));
    log.errors(&UrduName::parse(&format!("{URDU} {LATIN}")));
    log.errors(&Address::parse(&ADDRESS.repeat(9)));
    log.errors(&Phone::parse(&format!("{PHONE}99999999999")));
    log.errors(&BirthDate::parse(&format!("{BORN}-01"), NOW));
    // What a decoder says of the right words in the wrong place.
    for text in [LATIN, CNIC, PHONE, BORN] {
        let bytes = envelope::to_cbor(&text.to_owned()).unwrap();
        log.errors(&envelope::from_cbor::<Application>(&bytes));
        log.errors(&envelope::from_cbor::<Details>(&bytes));
        log.errors(&envelope::from_cbor::<BirthDate>(&bytes[..bytes.len() - 1]));
    }
    log.debug(&documents::SlipContent {
        packet: queue::testing::packet_id(1),
        kind: ApplicationKind::New,
        name: name(),
        office_latin: String::new(),
        office_urdu: String::new(),
        station: StationId::parse("MUL-03").unwrap(),
        at: NOW,
    });
}

fn commands(log: &mut Log) {
    log.debug(&desk::Command::Session(SessionAct::SignIn {
        staff: staff(),
        passphrase: SECRET.into(),
    }));
    log.debug(&desk::Command::Enrolment(EnrolmentAct::SetField(
        desk::Field::NameLatin,
        LATIN.into(),
    )));
    log.debug(&desk::Command::Station(StationAct::Activate {
        url: "https://centre.invalid".to_owned(),
        code: SECRET.into(),
    }));
    let mut form = desk::Form::default();
    form.set(desk::Field::NameUrdu, URDU.into());
    log.debug(&form);
}

#[test]
fn nothing_personal_is_in_the_most_talkative_log() {
    let mut search = Search::default();
    for text in [CNIC, LATIN, URDU, ADDRESS, PHONE, BORN, SECRET] {
        search.add_in_every_form(text.as_bytes(), ());
    }
    search.add_in_every_form(CNIC.replace('-', "").as_bytes(), ());
    search.add_in_every_form(b"1987-03-29", ());
    search.add_in_every_form(&BYTES, ());
    // As a list of numbers, which is how Debug shows bytes.
    search.add(format!("{BYTES:?}").trim_matches(['[', ']']).as_bytes(), ());
    let count = |log: &Log| search.count(log.text().as_bytes(), &|()| false);

    let mut control = Log::new();
    control.debug(&LATIN);
    assert!(count(&control) > 0, "the control: a name that is logged");
    let mut control = Log::new();
    control.debug(&BYTES);
    assert!(count(&control) > 0, "the control: bytes that are logged");
    let mut control = Log::new();
    control.panic(&URDU);
    assert!(count(&control) > 0, "the control: a name in a panic");

    for (owner, name, row) in ROWS {
        if let Logged(write) = row {
            let mut log = Log::new();
            write(&mut log);
            assert_eq!(
                count(&log),
                0,
                "{owner}::{name} shows what it holds:\n{}",
                log.text()
            );
        }
    }
}

#[test]
fn every_type_that_holds_something_personal_has_a_row() {
    let rows: BTreeMap<(&str, &str), &Row> = ROWS
        .iter()
        .map(|(owner, name, row)| ((*owner, *name), row))
        .collect();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for holder in holders() {
        let key = (holder.owner.as_str(), holder.name.as_str());
        let what = format!(
            "{}::{} ({}) holds `{}`",
            key.0, key.1, holder.file, holder.held
        );
        match rows.get(&key) {
            None => faults.push(format!("{what} and has no row in tests/tests/personal.rs")),
            Some(Hidden) if !holder.hidden => {
                faults.push(format!("{what} and its Debug may show it"));
            }
            Some(Unloggable) if holder.loggable => faults.push(format!("{what} and can be logged")),
            Some(Harmless("")) => {
                faults.push(format!("{what}: no reason"));
            }
            _ => {}
        }
        seen.insert((holder.owner.clone(), holder.name.clone()));
    }
    for (owner, name, _) in ROWS {
        if !seen.contains(&((*owner).to_owned(), (*name).to_owned())) {
            faults.push(format!(
                "{owner}::{name} has a row and holds nothing any more"
            ));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn no_debug_or_display_of_ours_exposes_what_it_hides() {
    let mut faults = Vec::new();
    for (_, file, text) in sources() {
        for (at, _) in text.match_indices("fmt::Formatter") {
            let body: String = text[at..].chars().take_while(|c| *c != '}').collect();
            for word in [".expose", ".rgb)", ".jpeg)", "self.seed"] {
                if body.contains(word) {
                    faults.push(format!("{file}: {word}"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Everything that a program could write about a value.
struct Log(Arc<Mutex<Vec<u8>>>);

struct Writer(Arc<Mutex<Vec<u8>>>);

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn new() -> Self {
        Self(Arc::default())
    }

    fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    fn traced(&self, write: impl FnOnce()) {
        let log = self.0.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || Writer(log.clone()))
            .finish();
        tracing::subscriber::with_default(subscriber, write);
    }

    fn debug(&mut self, value: &(impl Debug + ?Sized)) {
        self.traced(|| {
            let span = tracing::trace_span!("act", field = ?value);
            let _entered = span.enter();
            tracing::trace!(value = ?value, "{value:?} {value:#?}");
        });
        self.panic(value);
    }

    fn display(&mut self, value: &(impl Display + ?Sized)) {
        self.traced(|| tracing::error!(value = %value, "{value} {value:>40}"));
    }

    /// An error's words, of a result that must be one.
    fn errors<T, E: Debug + Display>(&mut self, result: &Result<T, E>) {
        let error = result.as_ref().err().expect("no error");
        self.debug(error);
        self.display(error);
    }

    /// What stands on the screen when a program ends over it.
    fn panic(&mut self, value: &(impl Debug + ?Sized)) {
        let caught =
            std::panic::catch_unwind(AssertUnwindSafe(|| panic!("it went wrong: {value:?}")));
        let said = caught.unwrap_err();
        let said = said.downcast_ref::<String>().unwrap();
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend(said.as_bytes());
    }
}

struct Holder {
    owner: String,
    name: String,
    file: String,
    held: String,
    loggable: bool,
    /// A `Debug` by hand that names nothing of it.
    hidden: bool,
}

/// Names under which something personal or secret stands as it is.
const PERSONAL: &[&str] = &[
    "name",
    "name_latin",
    "name_urdu",
    "father_latin",
    "father_urdu",
    "cnic",
    "guardian_cnic",
    "guardian",
    "father",
    "address",
    "phone",
    "born",
    "passphrase",
    "password",
    "code",
    "seed",
    "secret",
    "secrets",
    "pixels",
    "rgb",
    "jpeg",
    "portrait",
    "template",
    "vector",
    "aligned",
    "words",
    "text",
];
/// Types in which it can stand so.
const RAW: &[&str] = &[
    "String",
    "str",
    "u8",
    "f32",
    "Mat",
    "Date",
    "Pixels",
    "SecretString",
    "Zeroizing",
    "LockedSeed",
    "Identity",
];
/// Types that say themselves that they are secret.
const SECRETS: &[&str] = &["SecretString", "Zeroizing", "LockedSeed"];

/// Every type of the product that holds such.
fn holders() -> Vec<Holder> {
    let mut holders = Vec::new();
    for (owner, file, text) in sources() {
        for keyword in ["struct ", "enum "] {
            for (at, _) in text.match_indices(keyword) {
                let before = text[..at].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let rest = &text[at + keyword.len()..];
                let Some((name, opened, body)) = definition(rest) else {
                    continue;
                };
                if let Some(held) = held(opened, &body) {
                    holders.push(Holder {
                        loggable: loggable(&text, at, &name),
                        hidden: hidden(&text, at, &name, &held),
                        owner: owner.clone(),
                        name,
                        file: file.clone(),
                        held,
                    });
                }
            }
        }
    }
    holders
}

/// A type's name, how its fields begin, and what stands between the brackets.
fn definition(rest: &str) -> Option<(String, char, String)> {
    let name: String = rest
        .chars()
        .take_while(|c| c.is_alphanumeric() || "_$".contains(*c))
        .collect();
    let mut behind = &rest[name.len()..];
    if behind.starts_with('<') {
        behind = &behind[behind.find('>')? + 1..];
    }
    let behind = behind.trim_start();
    let opened = behind.chars().next().filter(|c| "{(".contains(*c))?;
    let closed = if opened == '{' { '}' } else { ')' };
    let mut depth = 0;
    for (at, c) in behind.char_indices() {
        if c == opened {
            depth += 1;
        } else if c == closed {
            depth -= 1;
            if depth == 0 {
                return (!name.is_empty()).then(|| (name, opened, behind[1..at].to_owned()));
            }
        }
    }
    None
}

fn held(opened: char, body: &str) -> Option<String> {
    let has = |text: &str, words: &[&str]| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| words.contains(&word))
    };
    if opened == '(' {
        return has(body, RAW).then(|| body.trim().to_owned());
    }
    for line in body.split([',', '{', '}', '(', ')']) {
        let Some((name, kind)) = line.rsplit_once(": ").or_else(|| line.split_once(':')) else {
            if has(line, SECRETS) {
                return Some(line.trim().to_owned());
            }
            continue;
        };
        let name = name.split_whitespace().next_back().unwrap_or_default();
        if PERSONAL.contains(&name) && has(kind, RAW) || has(kind, SECRETS) {
            return Some(format!("{name}: {}", kind.trim()));
        }
    }
    None
}

fn hidden(text: &str, at: usize, name: &str, held: &str) -> bool {
    let by_hand = format!("Debug for {name} ");
    let Some((_, body)) = text.split_once(&by_hand) else {
        return false;
    };
    let body = body.split("\n}").next().unwrap_or_default();
    let field = held.split(':').next().unwrap_or_default();
    !derives_debug(text, at) && !body.contains(&format!("self.{field}")) && !body.contains("self.0")
}

fn derives_debug(text: &str, at: usize) -> bool {
    let attributes = text[..at].rsplit("\n\n").next().unwrap_or_default();
    attributes
        .split("derive(")
        .skip(1)
        .any(|list| list.split(')').next().unwrap_or_default().contains("Debug"))
}

fn loggable(text: &str, at: usize, name: &str) -> bool {
    derives_debug(text, at)
        || text.contains(&format!("Debug for {name} "))
        || text.contains(&format!("Display for {name} "))
}

/// The product's sources without comments and tests: crate, file, text.
fn sources() -> Vec<(String, String, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let mut all = Vec::new();
    for owner in [
        "domain",
        "envelope",
        "wire",
        "media",
        "capture",
        "face",
        "queue",
        "sync",
        "documents",
        "desk",
        "central",
    ] {
        let root = crates.join(owner).join("src");
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let named = path.file_stem().unwrap().to_string_lossy().into_owned();
                if path.is_dir() {
                    // Programs have no types for others; helpers of tests hold what is invented.
                    if !["bin", "testing", "tests"].contains(&named.as_str()) {
                        folders.push(path);
                    }
                } else if path.extension().is_some_and(|e| e == "rs")
                    && named != "testing"
                    && named != "tests"
                {
                    all.push((owner.to_owned(), shown(&root, &path), stripped(&path)));
                }
            }
        }
    }
    all.sort();
    all
}

fn shown(root: &Path, path: &Path) -> String {
    let path: PathBuf = path.strip_prefix(root).unwrap().into();
    path.to_string_lossy().into_owned()
}

fn stripped(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let own = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let own = own
        .split("#[cfg(test)]\n#[allow")
        .next()
        .unwrap_or_default();
    let lines = own
        .lines()
        .map(|line| line.split("//").next().unwrap_or_default());
    lines.collect::<Vec<_>>().join("\n")
}
