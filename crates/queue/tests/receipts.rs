//! Whatever comes instead of the centre's receipt: nothing is deleted.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::{StationId, Verdict};
use envelope::{Digest, KeyCertificate, Receipt, Signed, SigningKey, to_cbor};
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Settled, Store};
use tempfile::TempDir;

const PACKET: &[u8] = b"a sealed packet";

fn bench() -> (TempDir, Office, Store, Signed<Receipt>) {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let mut store = office.open(&folder.path().join("station.db"));
    let digest = office.enqueue(&mut store, packet_id(1), PACKET).unwrap();
    let head = store.audit_head().unwrap();
    let good = office.receipt(packet_id(1), digest, Verdict::Durable, head);
    (folder, office, store, good)
}

fn changed(good: &Signed<Receipt>, office: &Office, change: fn(&mut Receipt)) -> Signed<Receipt> {
    let mut receipt = good.peek().unwrap();
    change(&mut receipt);
    Signed::sign(&receipt, &office.centre).unwrap()
}

#[test]
fn anything_but_a_verifying_receipt_for_this_digest_deletes_nothing() {
    let (_folder, office, mut store, good) = bench();
    let said = good.peek().unwrap();
    let signed_by = |key: &SigningKey| Signed::sign(&said, key).unwrap();
    let raw = |bytes: &[u8]| Signed::<Receipt>::from_bytes(bytes.to_vec()).unwrap();
    let decision = office.decision(said.packet, said.digest, envelope::DecisionKind::Approve);
    let hostile = [
        (
            "another digest",
            changed(&good, &office, |r| r.digest = Digest::of(b"other")),
        ),
        (
            "another packet",
            changed(&good, &office, |r| r.packet = packet_id(2)),
        ),
        (
            "another station",
            changed(&good, &office, |r| {
                r.station = StationId::parse("LHR-01").unwrap();
            }),
        ),
        (
            "a key nobody certified",
            signed_by(&SigningKey::generate().unwrap()),
        ),
        (
            "the supervisor's key",
            signed_by(&office.supervisor.1.signing),
        ),
        ("the station's own key", signed_by(&office.station_key)),
        ("the policy root itself", signed_by(&office.root)),
        ("unsigned", raw(&to_cbor(&said).unwrap())),
        ("nothing", raw(b"")),
        (
            "a captive portal",
            raw(b"<html><body>Welcome to FreeWiFi</body></html>"),
        ),
        ("another document", raw(decision.as_bytes())),
        ("cut", raw(&good.as_bytes()[..good.as_bytes().len() - 1])),
        ("trailing bytes", raw(&[good.as_bytes(), b"x"].concat())),
    ];
    for (name, receipt) in hostile {
        assert!(store.settle(&receipt, NOW).is_err(), "{name} was taken");
        assert_eq!(
            store.packet_envelope(packet_id(1)).unwrap(),
            PACKET,
            "{name}"
        );
        assert_eq!(store.counts().unwrap().outbox, 1, "{name}");
    }
    assert_eq!(
        store.settle(&good, NOW),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
    store.verify_audit().unwrap();
}

#[test]
fn every_flipped_bit_of_a_receipt_deletes_nothing() {
    let (_folder, _office, mut store, good) = bench();
    let bits = good.as_bytes().len() * 8;
    // Every seventh bit: every byte, and over the bytes every place in a byte.
    for bit in (0..bits).step_by(7) {
        let mut bytes = good.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let bad = Signed::from_bytes(bytes).unwrap();
        assert!(store.settle(&bad, NOW).is_err(), "bit {bit}");
    }
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), PACKET);
    assert_eq!(
        store.settle(&good, NOW),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
}

#[test]
fn a_key_that_somebody_wrote_into_the_file_signs_no_receipt() {
    let (folder, office, store, good) = bench();
    drop(store);
    let (thief, root) = (
        SigningKey::generate().unwrap(),
        SigningKey::generate().unwrap(),
    );
    let certificate = KeyCertificate {
        key: thief.public(),
        ..office.certificate().peek().unwrap()
    };
    let path = folder.path().join("station.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute(
            "INSERT INTO centre_keys (key, certificate) VALUES (?1, ?2)",
            rusqlite::params![
                thief.public().as_bytes().as_slice(),
                Signed::sign(&certificate, &root).unwrap().as_bytes()
            ],
        )
        .unwrap();
    drop(connection);
    let mut store = Store::open(&path, NOW).unwrap();
    let forged = Signed::sign(&good.peek().unwrap(), &thief).unwrap();
    assert!(store.settle(&forged, NOW).is_err());
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), PACKET);
}

#[test]
fn a_receipt_made_after_its_key_ran_out_deletes_nothing() {
    let (_folder, office, mut store, good) = bench();
    for days in [-2, 400] {
        let mut receipt = good.peek().unwrap();
        receipt.at = NOW.plus_days(days);
        let late = Signed::sign(&receipt, &office.centre).unwrap();
        assert_eq!(
            store.settle(&late, NOW),
            Err(QueueError::Untrusted("receipt"))
        );
    }
    assert_eq!(store.packet_envelope(packet_id(1)).unwrap(), PACKET);
}
