//! What a lease and an activation bring: key files, unlocks, what counts against a limit, and keys in one transaction.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::StationId;
use envelope::Signed;
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Store, StoreOptions};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn bench() -> (TempDir, PathBuf, Office, Store) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let office = Office::default();
    let store = office.open(&path);
    (folder, path, office, store)
}

fn open(path: &Path) -> Result<Store, QueueError> {
    Store::open_with(
        path,
        &StoreOptions {
            ballast_bytes: 1 << 16,
            ..StoreOptions::default()
        },
        NOW,
    )
}

#[test]
fn a_lease_brings_key_files_but_never_an_older_one() {
    let (_folder, path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let with = |serial, version: u64| {
        office.lease_with(serial, 1, |lease| {
            lease.key_files.push(envelope::KeyFileEntry {
                staff: staff.clone(),
                version,
                file: format!("file {version}").into_bytes(),
            });
        })
    };
    for (serial, offered, held) in [(2, 3, 3), (3, 2, 3), (4, 4, 4)] {
        let (lease, key) = with(serial, offered);
        store.put_lease(&lease, &key, NOW).unwrap();
        let file = store.key_file(&staff).unwrap().unwrap();
        assert_eq!(
            (file.version, file.file),
            (held, format!("file {held}").into_bytes())
        );
    }
    // An activation with the authority's first file does not bring an old passphrase back.
    let mut record = office.record();
    record.key_files = vec![(staff.clone(), b"first".to_vec())];
    let (lease, key) = office.lease(5, 1);
    store.activate(&record, &lease, &key, NOW).unwrap();
    drop(store);
    assert_eq!(
        open(&path)
            .unwrap()
            .key_file(&staff)
            .unwrap()
            .unwrap()
            .version,
        4
    );
}

#[test]
fn an_unlock_in_a_lease_forgives_tries_up_to_its_time_once() {
    let (_folder, _path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let lock = |store: &mut Store, at| {
        for _ in 0..10 {
            store.count_try(&staff, at).unwrap();
        }
    };
    let with =
        |serial, at| office.lease_with(serial, 1, |lease| lease.unlocks.push((staff.clone(), at)));
    lock(&mut store, NOW);
    let (early, key) = with(2, NOW.plus_millis(-1));
    store.put_lease(&early, &key, NOW.plus_millis(9)).unwrap();
    assert!(
        store.tries(&staff, NOW).unwrap().locked,
        "tried again after it"
    );
    let (good, key) = with(3, NOW.plus_millis(5));
    store.put_lease(&good, &key, NOW.plus_millis(9)).unwrap();
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
    assert_eq!(
        store
            .counters(&NOW.to_date())
            .unwrap()
            .of("sign-in-unlocked"),
        1
    );
    lock(&mut store, NOW);
    let (again, key) = with(4, NOW.plus_millis(5));
    store.put_lease(&again, &key, NOW.plus_millis(9)).unwrap();
    assert!(store.tries(&staff, NOW).unwrap().locked, "used once");
    // Tries made while the clock was a year ahead do not outlive its correction.
    store.count_try(&staff, NOW.plus_days(365)).unwrap();
    let (late, key) = with(5, NOW.plus_millis(20));
    store.put_lease(&late, &key, NOW.plus_millis(30)).unwrap();
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
}

#[test]
fn what_was_begun_counts_by_the_serial_of_its_lease_whatever_the_clock_says() {
    let (_folder, path, office, mut store) = bench();
    let begin = |store: &mut Store, n, now| {
        store
            .save_draft(&office.draft(packet_id(n), b"d"), now)
            .unwrap();
    };
    begin(&mut store, 1, NOW.plus_days(-3653));
    begin(&mut store, 2, NOW.plus_days(3653));
    begin(&mut store, 3, NOW);
    store.close(packet_id(3), "discarded", NOW).unwrap();
    let (lease, key) = office.lease(2, 1);
    store.put_lease(&lease, &key, NOW).unwrap();
    begin(&mut store, 4, NOW);
    // Typing on under the new lease begins nothing.
    begin(&mut store, 1, NOW);
    drop(store);
    let store = open(&path).unwrap();
    let begun = |serial| store.begun_under(serial).unwrap();
    assert_eq!((begun(1), begun(2), begun(3)), (2, 1, 0));
}

#[test]
fn an_activation_is_whole_or_nothing_of_it() {
    let (_folder, path, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    let mut record = office.record();
    record.certificate_pem = "new".to_owned();
    record.secrets = envelope::Zeroizing::new(b"new keys".to_vec());
    // The lease is another station's: nothing of the new record stays.
    let stranger = Office::new("LHR-01");
    let (foreign, _) = stranger.lease(9, 1);
    let refused = store.activate(&record, &foreign, &office.certificate(), NOW);
    assert_eq!(refused, Err(QueueError::Untrusted("lease")));
    let mut other = office.lease(9, 1).0.peek().unwrap();
    other.station = StationId::parse("LHR-01").unwrap();
    let other = Signed::sign(&other, &office.centre).unwrap();
    let refused = store.activate(&record, &other, &office.certificate(), NOW);
    assert_eq!(refused, Err(QueueError::Mismatch("lease")));
    let (older, key) = office.lease(0, 1);
    let refused = store.activate(&record, &older, &key, NOW);
    assert!(matches!(refused, Err(QueueError::OlderLease { .. })));
    assert_eq!(store.activation().unwrap().unwrap().certificate_pem, "");
    let (lease, key) = office.lease(2, 1);
    store.activate(&record, &lease, &key, NOW).unwrap();
    drop(store);
    let store = open(&path).unwrap();
    assert_eq!(store.activation().unwrap().unwrap(), record);
    assert_eq!(store.lease().unwrap().unwrap().lease.serial, 2);
    let held = store.held().unwrap().unwrap();
    assert_eq!((held.station, held.counter), (office.station.clone(), 1));
    assert_eq!(held.previous, Some(digest));
}

#[test]
fn a_renewed_certificate_and_its_keys_are_kept_together() {
    let (_folder, path, _office, mut store) = bench();
    let keys = |text: &[u8]| envelope::Zeroizing::new(text.to_vec());
    store.set_secrets(&keys(b"first"), NOW).unwrap();
    store
        .renew_certificate("renewed", &keys(b"second"), NOW)
        .unwrap();
    let today = store.counters(&NOW.to_date()).unwrap();
    assert_eq!(today.of("certificate-renewed"), 1);
    drop(store);
    let record = open(&path).unwrap().activation().unwrap().unwrap();
    assert_eq!(record.certificate_pem, "renewed");
    assert_eq!(record.secrets.as_slice(), b"second");
    let empty = tempfile::tempdir().unwrap();
    let mut store = open(&empty.path().join("station.db")).unwrap();
    assert_eq!(store.held().unwrap(), None);
    assert_eq!(
        store.set_secrets(&keys(b"x"), NOW),
        Err(QueueError::NotActivated)
    );
}

#[test]
fn a_lease_that_can_no_longer_be_read_stops_no_draft() {
    let (_folder, path, office, store) = bench();
    drop(store);
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute("UPDATE settings SET value = x'00' WHERE name = 'lease'", [])
        .unwrap();
    drop(connection);
    let mut store = open(&path).unwrap();
    assert!(store.lease().is_err());
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    assert_eq!((store.stopped(), store.rescued()), (None, None));
    assert_eq!(store.draft_envelope(packet_id(1)).unwrap(), b"d");
}
