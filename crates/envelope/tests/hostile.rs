//! Every signed or sealed thing with any bit changed is refused.
#![allow(clippy::unwrap_used)]

use domain::{
    ClockConfidence, OfficeId, PacketId, Policy, Priority, Role, StaffId, StationId, Timestamp,
    Verdict,
};
use envelope::{
    Decision, DecisionKind, Digest, Document, Identity, KeyCertificate, KeyFile, KeyPurpose, Lease,
    Manifest, OfficeInfo, OfficeStation, PartKind, Receipt, Signed, SigningKey, StaffEntry,
    StaffKeys, Unlock, WorkFactor,
};
use std::time::{Duration, Instant};

const NOW: Timestamp = Timestamp::from_millis(1_795_000_000_000);

fn refused_with_any_bit_changed<T: Document>(document: &T, step: usize) {
    let key = SigningKey::generate().unwrap();
    let signed = Signed::sign(document, &key).unwrap();
    assert!(signed.verify(&key.public()).is_ok());
    for bit in (0..signed.as_bytes().len() * 8).step_by(step) {
        let mut bytes = signed.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bad = Signed::<T>::from_bytes(bytes).unwrap();
        assert!(bad.verify(&key.public()).is_err(), "{} bit {bit}", T::TYPE);
    }
    for cut in 0..signed.as_bytes().len() {
        let bad = Signed::<T>::from_bytes(signed.as_bytes()[..cut].to_vec()).unwrap();
        assert!(
            bad.verify(&key.public()).is_err(),
            "{} cut at {cut}",
            T::TYPE
        );
    }
}

fn packet() -> PacketId {
    PacketId::mint(NOW, [3; 10])
}

fn station() -> StationId {
    StationId::parse("MUL-03").unwrap()
}

fn staff() -> StaffId {
    StaffId::parse("40007").unwrap()
}

#[test]
fn a_manifest() {
    let manifest = Manifest {
        format: envelope::FORMAT,
        packet: packet(),
        station: station(),
        counter: 7,
        previous: Some(Digest::of(b"before")),
        digest: Digest::of(b"packet"),
        length: 350_000,
        parts: vec![PartKind::Application, PartKind::Burst(1)],
        statement: Digest::of(b"statement"),
        decision: Some(Digest::of(b"decision")),
        priority: Priority::Normal,
        at: NOW,
        clock: ClockConfidence::Trusted,
        policy_version: 3,
        replayed: false,
        key_protection: "file".to_owned(),
        audit_head: Digest::default(),
        kind: None,
        lease: Some(4),
    };
    refused_with_any_bit_changed(&manifest, 1);
}

#[test]
fn a_receipt() {
    let receipt = Receipt {
        format: 1,
        packet: packet(),
        digest: Digest::of(b"packet"),
        station: station(),
        sequence: 9,
        verdict: Verdict::Durable,
        reason: None,
        audit_head: Digest::default(),
        at: NOW,
    };
    refused_with_any_bit_changed(&receipt, 1);
}

#[test]
fn a_decision_an_unlock_and_a_key_certificate() {
    let decision = Decision {
        format: envelope::FORMAT,
        lease: Some(4),
        audit_head: Some(Digest::default()),
        packet: packet(),
        digest: Digest::of(b"packet"),
        supervisor: staff(),
        kind: DecisionKind::Approve,
        reasons: vec!["photo-dark".to_owned()],
        at: NOW,
    };
    refused_with_any_bit_changed(&decision, 1);
    let unlock = Unlock {
        station: station(),
        staff: staff(),
        at: NOW,
    };
    refused_with_any_bit_changed(&unlock, 1);
    let certificate = KeyCertificate {
        purpose: KeyPurpose::Centre,
        key: SigningKey::generate().unwrap().public(),
        not_before: NOW,
        not_after: NOW.plus_days(365),
    };
    refused_with_any_bit_changed(&certificate, 1);
}

#[test]
fn a_lease() {
    let member = |id: &str, role| {
        let (key, recipient) = StaffKeys::generate().unwrap().public();
        StaffEntry {
            id: StaffId::parse(id).unwrap(),
            name_latin: "Staff".to_owned(),
            name_urdu: "عملہ".to_owned(),
            role,
            key,
            recipient,
        }
    };
    let lease = Lease {
        format: envelope::FORMAT,
        key_files: Vec::new(),
        office_recovery: Some(Identity::generate().recipient()),
        unlocks: Vec::new(),
        stations: vec![OfficeStation {
            id: StationId::parse("MUL-04").unwrap(),
            keys: vec![SigningKey::generate().unwrap().public()],
        }],
        extension: None,
        station: station(),
        office: OfficeInfo {
            id: OfficeId::parse("MUL").unwrap(),
            name_latin: "Multan".to_owned(),
            name_urdu: "ملتان".to_owned(),
        },
        serial: 4,
        issued_at: NOW,
        expires_at: NOW.plus_days(7),
        policy: Policy::default(),
        staff: vec![
            member("40213", Role::Officer),
            member("40007", Role::Supervisor),
        ],
        ingest: vec![Identity::generate().recipient()],
        station_key: SigningKey::generate().unwrap().public(),
    };
    // Every third bit: every byte, and every place in a byte.
    refused_with_any_bit_changed(&lease, 3);
}

#[test]
fn a_key_file() {
    let keys = StaffKeys::generate().unwrap();
    let file = KeyFile::create(&keys, &"passphrase".into(), WorkFactor::TEST).unwrap();
    for bit in 0..file.as_bytes().len() * 8 {
        let mut bytes = file.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bad = KeyFile::from_bytes(bytes).unwrap();
        assert!(bad.open(&"passphrase".into()).is_err(), "bit {bit}");
    }
    for cut in 0..file.as_bytes().len() {
        let bad = KeyFile::from_bytes(file.as_bytes()[..cut].to_vec()).unwrap();
        assert!(bad.open(&"passphrase".into()).is_err(), "cut at {cut}");
    }
}

#[test]
fn a_key_file_that_asks_for_too_much_is_refused_at_once() {
    let keys = StaffKeys::generate().unwrap();
    let file = KeyFile::create(&keys, &"p".into(), WorkFactor::TEST).unwrap();
    let text = String::from_utf8_lossy(file.as_bytes()).into_owned();
    let line = text.lines().nth(1).unwrap();
    let (before, _) = line.rsplit_once(' ').unwrap();
    let end = file
        .as_bytes()
        .windows(line.len())
        .position(|w| w == line.as_bytes())
        .unwrap()
        + line.len();
    for factor in ["19", "30", "63", "64", "255", "99999999999"] {
        let head = &file.as_bytes()[..end - line.len()];
        let asked = format!("{before} {factor}");
        let bytes = [head, asked.as_bytes(), &file.as_bytes()[end..]].concat();
        let start = Instant::now();
        assert!(
            KeyFile::from_bytes(bytes)
                .unwrap()
                .open(&"p".into())
                .is_err()
        );
        assert!(
            start.elapsed() < Duration::from_secs(1),
            "work factor {factor}"
        );
    }
}

/// Headers that end in time, but only after many lines.
#[test]
fn a_long_header_costs_no_time() {
    let (identity, keys) = (Identity::generate(), StaffKeys::generate().unwrap());
    let passphrase = "correct horse".to_owned().into();
    let honest = KeyFile::create(&keys, &passphrase, WorkFactor::TEST).unwrap();
    assert!(honest.open(&passphrase).is_ok());
    let body = "A".repeat(64);
    let many = |stanza: &str, bytes: usize| {
        let stanzas = stanza.repeat(bytes / stanza.len());
        format!(
            "age-encryption.org/v1\n{stanzas}--- {}\nrest",
            "A".repeat(43)
        )
    };
    let long_body = format!("-> x y\n{}\n", format!("{body}\n").repeat(460));
    for header in [
        many("-> x y\n\n", 30_000),
        many("-> x y\n\n", 8_000),
        many(&long_body, 30_000),
        many(
            &format!("-> X25519 {}\n{}\n", "A".repeat(43), "A".repeat(43)),
            7_900,
        ),
        format!("age-encryption.org/v1\n-> x {}\n", "a".repeat(1_000_000)),
    ] {
        let start = std::time::Instant::now();
        assert!(envelope::open(header.as_bytes(), &identity, 100).is_err());
        let spent = start.elapsed();
        assert!(
            spent.as_millis() < 500,
            "{} bytes took {spent:?}",
            header.len()
        );
    }
}
