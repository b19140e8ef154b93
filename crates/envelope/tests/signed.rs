//! Signed documents from the outside.
#![allow(clippy::unwrap_used)]

use domain::{ClockConfidence, PacketId, StaffId, StationId, Timestamp, Verdict};
use envelope::{Digest, EnvelopeError, PartKind, Receipt, Signed, SigningKey, Statement};

fn packet() -> PacketId {
    PacketId::mint(Timestamp::from_millis(1_795_000_000_000), [3; 10])
}

fn receipt() -> Receipt {
    Receipt {
        format: 1,
        packet: packet(),
        digest: Digest::of(b"packet"),
        station: StationId::parse("MUL-03").unwrap(),
        sequence: 7,
        verdict: Verdict::Durable,
        reason: None,
        audit_head: Digest::default(),
        at: Timestamp::from_millis(1),
    }
}

#[test]
fn a_document_comes_back_verified() {
    let key = SigningKey::generate().unwrap();
    let signed = Signed::sign(&receipt(), &key).unwrap();
    assert_eq!(signed.verify(&key.public()).unwrap().document(), &receipt());
    assert_eq!(signed.peek().unwrap(), receipt());
}

#[test]
fn another_key_or_another_kind_does_not_verify() {
    let (key, other) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let signed = Signed::sign(&receipt(), &key).unwrap();
    assert_eq!(
        signed.verify(&other.public()).unwrap_err(),
        EnvelopeError::BadSignature
    );
    let as_statement = Signed::<Statement>::from_bytes(signed.as_bytes().to_vec()).unwrap();
    assert!(matches!(
        as_statement.verify(&key.public()),
        Err(EnvelopeError::OtherDocument(_))
    ));
}

#[test]
fn every_flipped_bit_of_a_signed_document_is_refused() {
    let key = SigningKey::generate().unwrap();
    let statement = Statement {
        packet: packet(),
        digest: Digest::of(b"x"),
        length: 9,
        parts: vec![PartKind::Application, PartKind::Burst(2)],
        officer: StaffId::parse("40213").unwrap(),
        station: StationId::parse("MUL-03").unwrap(),
        at: Timestamp::from_millis(5),
        clock: ClockConfidence::Trusted,
        format: 1,
        lease: None,
        audit_head: None,
        kind: None,
    };
    let signed = Signed::sign(&statement, &key).unwrap();
    for bit in 0..signed.as_bytes().len() * 8 {
        let mut bytes = signed.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bad = Signed::<Statement>::from_bytes(bytes).unwrap();
        assert!(bad.verify(&key.public()).is_err(), "bit {bit}");
    }
}

#[test]
fn documents_over_the_limit_are_refused_unread() {
    assert!(Signed::<Receipt>::from_bytes(vec![0; envelope::DOCUMENT_LIMIT_BYTES + 1]).is_err());
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_parser_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..600)) {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let _ = Signed::<Receipt>::from_bytes(bytes).unwrap().verify(&key.public());
    }
}

/// A later release's receipt: one field more than this build knows.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Later {
    format: u16,
    crit: Vec<String>,
    surprise: u8,
    #[serde(flatten)]
    receipt: Receipt,
}

impl envelope::Document for Later {
    const TYPE: &'static str = <Receipt as envelope::Document>::TYPE;
    const FIELDS: &'static [&'static str] = &["format", "crit", "surprise"];
}

fn later(format: u16, crit: &[&str]) -> Result<Receipt, EnvelopeError> {
    let key = SigningKey::generate().unwrap();
    let document = Later {
        format,
        crit: crit.iter().map(|name| (*name).to_owned()).collect(),
        surprise: 1,
        receipt: receipt(),
    };
    let signed = Signed::sign(&document, &key).unwrap();
    let signed = Signed::<Receipt>::from_bytes(signed.as_bytes().to_vec()).unwrap();
    signed
        .verify(&key.public())
        .map(envelope::Verified::into_document)
}

#[test]
fn an_unknown_field_is_passed_over_unless_the_document_says_that_it_matters() {
    let read = later(2, &["packet"]).unwrap();
    assert_eq!((read.format, read.sequence), (2, 7));
    assert_eq!(
        later(2, &["surprise"]).unwrap_err(),
        EnvelopeError::NotUnderstood
    );
    assert!(
        later(1, &[]).is_err(),
        "the first release knows no new field"
    );
}
