//! Leases, sign-in and the audit log: what must hold across restarts and against hands on the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_push_string)]

use domain::{StaffId, StationId};
use envelope::{Signed, SigningKey, Unlock};
use queue::testing::{NOW, Office, packet_id};
use queue::{AuditFault, QueueError, Store, StoreOptions};
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
    Store::open_with(path, &StoreOptions { ballast_bytes: 1 << 16, ..StoreOptions::default() }, NOW)
}

/// Somebody with a SQLite tool.
fn tamper(path: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(path).unwrap();
    connection.execute_batch(sql).unwrap();
}

#[test]
fn an_older_lease_or_policy_is_refused() {
    let (_folder, path, office, mut store) = bench();
    let (newer, key) = office.lease(5, 3);
    store.put_lease(&newer, &key, NOW).unwrap();
    store.put_lease(&newer, &key, NOW).unwrap();
    let (older, key) = office.lease(4, 3);
    assert_eq!(store.put_lease(&older, &key, NOW), Err(QueueError::OlderLease { held: 5, offered: 4 }));
    let (rolled_back, key) = office.lease(6, 2);
    assert_eq!(
        store.put_lease(&rolled_back, &key, NOW),
        Err(QueueError::OlderPolicy { held: 3, offered: 2 })
    );
    drop(store);
    assert_eq!(open(&path).unwrap().lease().unwrap().unwrap().lease.serial, 5);
}

#[test]
fn a_lease_of_another_centre_or_station_is_refused() {
    let (_folder, _path, office, mut store) = bench();
    let stranger = Office::default();
    let (lease, key) = stranger.lease(9, 9);
    assert_eq!(store.put_lease(&lease, &key, NOW), Err(QueueError::Untrusted("key certificate")));
    assert_eq!(store.put_lease(&lease, &office.certificate(), NOW), Err(QueueError::Untrusted("lease")));
    let mut other = office.lease(9, 9).0.peek().unwrap();
    other.station = StationId::parse("LHR-01").unwrap();
    let other = Signed::sign(&other, &office.centre).unwrap();
    assert_eq!(store.put_lease(&other, &office.certificate(), NOW), Err(QueueError::Mismatch("lease")));
}

#[test]
fn ten_wrong_tries_lock_across_restarts_until_a_signed_unlock() {
    let (_folder, path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let mut waits = Vec::new();
    for n in 1..=10 {
        let tries = store.record_failed_try(&staff, NOW.plus_millis(n)).unwrap();
        assert_eq!(tries.locked, n == 10);
        waits.push(tries.delay_millis);
    }
    assert!(waits.is_sorted() && waits[0] == 1000 && waits[9] == 300_000, "{waits:?}");
    drop(store);
    let mut store = open(&path).unwrap();
    let tries = store.tries(&staff).unwrap();
    assert!(tries.locked && tries.count == 10);
    assert_eq!(tries.wait_millis(NOW.plus_days(-365)), 300_000, "a clock set back adds no year");

    let unlock = |at, staff: &StaffId, key: &SigningKey| {
        let unlock = Unlock { station: office.station.clone(), staff: staff.clone(), at };
        Signed::sign(&unlock, key).unwrap().verify(&key.public()).unwrap()
    };
    let own = unlock(NOW.plus_days(1), &staff, &office.officer.1.signing);
    assert_eq!(store.apply_unlock(&own, NOW), Err(QueueError::Untrusted("unlock")));
    let early = unlock(NOW, &staff, &office.centre);
    assert_eq!(store.apply_unlock(&early, NOW), Err(QueueError::StaleUnlock));
    let good = unlock(NOW.plus_millis(20), &staff, &office.supervisor.1.signing);
    store.apply_unlock(&good, NOW).unwrap();
    assert_eq!(store.tries(&staff).unwrap().count, 0);
    store.record_failed_try(&staff, NOW.plus_millis(15)).unwrap();
    assert_eq!(store.apply_unlock(&good, NOW), Err(QueueError::StaleUnlock), "used once");
    store.clear_tries(&staff).unwrap();
    assert_eq!(store.tries(&staff).unwrap().count, 0);
}

#[test]
fn a_changed_audit_row_is_found() {
    let (_folder, path, office, mut store) = bench();
    office.enqueue(&mut store, packet_id(1), b"p").unwrap();
    let rows = store.verify_audit().unwrap().rows;
    drop(store);
    tamper(&path, "UPDATE audit SET staff = '99999' WHERE number = 3");
    let store = open(&path).unwrap();
    assert_eq!(store.verify_audit(), Err(AuditFault::Row { row: 3 }));
    drop(store);
    tamper(&path, "UPDATE audit SET staff = NULL WHERE number = 3; DELETE FROM audit WHERE number = 2");
    assert_eq!(open(&path).unwrap().verify_audit(), Err(AuditFault::Row { row: 2 }));
    tamper(&path, &format!("DELETE FROM audit WHERE number = {rows}"));
    assert_eq!(open(&path).unwrap_err(), QueueError::Damaged("the audit log"));
}

#[test]
fn a_log_written_anew_does_not_hold_the_heads_that_receipts_name() {
    let (_folder, path, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"p").unwrap();
    let head = store.audit_head().unwrap();
    store.settle(&office.receipt(packet_id(1), digest, domain::Verdict::Durable, head), NOW).unwrap();
    assert_eq!(store.verify_audit().unwrap().receipts, 1);
    // A whole new chain, each hash right: one row more at the front of everything.
    let mut previous = envelope::Digest::default();
    let rows: Vec<_> = store.export_audit().map(Result::unwrap).collect();
    drop(store);
    let mut sql = String::new();
    for mut row in rows {
        row.act = row.act.replace("approved", "begun");
        previous = row.hash_after(&previous).unwrap();
        sql += &format!(
            "UPDATE audit SET act = '{}', hash = x'{previous}' WHERE number = {};",
            row.act, row.number
        );
    }
    sql += &format!("UPDATE settings SET value = x'{previous}' WHERE name = 'audit_head';");
    tamper(&path, &sql);
    let fault = open(&path).unwrap().verify_audit();
    assert_eq!(fault, Err(AuditFault::UnknownHead { packet: packet_id(1) }));
}

#[test]
fn the_export_gives_every_row_in_order_and_free_text_never_enters() {
    let (_folder, _path, office, mut store) = bench();
    for n in 0..1200 {
        store.audit("capture", Some(&office.officer.0), Some(packet_id(1)), &format!("try={n}"), NOW).unwrap();
    }
    let rows: Vec<_> = store.export_audit().map(Result::unwrap).collect();
    assert!(rows.windows(2).all(|w| w[0].number + 1 == w[1].number));
    assert_eq!(rows.len() as u64, store.verify_audit().unwrap().rows);
    for bad in ["زینب", "36302-0004512-4"] {
        assert_eq!(store.audit("capture", None, None, bad, NOW), Err(QueueError::NotAKey("detail")));
    }
}

#[test]
fn activation_is_kept_and_its_secrets_do_not_show() {
    let (_folder, path, office, mut store) = bench();
    let mut record = office.record();
    record.secrets = envelope::Zeroizing::new(b"station seed".to_vec());
    record.key_files = vec![(office.officer.0.clone(), b"age file".to_vec())];
    store.set_activation(&record, NOW).unwrap();
    drop(store);
    let read = open(&path).unwrap().activation().unwrap().unwrap();
    assert_eq!(read, record);
    assert_eq!(read.key_file(&office.officer.0), Some(&b"age file"[..]));
    assert!(!format!("{read:?}").contains("seed"));
}
