//! Leases, sign-in and the audit log: what must hold across restarts and against hands on the file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::format_push_string)]

use domain::{StaffId, StationId};
use envelope::{DecisionKind, Signed, SigningKey, Unlock};
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
    Store::open_with(
        path,
        &StoreOptions {
            ballast_bytes: 1 << 16,
            ..StoreOptions::default()
        },
        NOW,
    )
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
    assert_eq!(
        store.put_lease(&older, &key, NOW),
        Err(QueueError::OlderLease {
            held: 5,
            offered: 4
        })
    );
    let (rolled_back, key) = office.lease(6, 2);
    assert_eq!(
        store.put_lease(&rolled_back, &key, NOW),
        Err(QueueError::OlderPolicy {
            held: 3,
            offered: 2
        })
    );
    drop(store);
    assert_eq!(
        open(&path).unwrap().lease().unwrap().unwrap().lease.serial,
        5
    );
}

#[test]
fn a_lease_of_another_centre_or_station_is_refused() {
    let (_folder, _path, office, mut store) = bench();
    let stranger = Office::default();
    let (lease, key) = stranger.lease(9, 9);
    assert_eq!(
        store.put_lease(&lease, &key, NOW),
        Err(QueueError::Untrusted("key certificate"))
    );
    assert_eq!(
        store.put_lease(&lease, &office.certificate(), NOW),
        Err(QueueError::Untrusted("lease"))
    );
    let mut other = office.lease(9, 9).0.peek().unwrap();
    other.station = StationId::parse("LHR-01").unwrap();
    let other = Signed::sign(&other, &office.centre).unwrap();
    assert_eq!(
        store.put_lease(&other, &office.certificate(), NOW),
        Err(QueueError::Mismatch("lease"))
    );
}

#[test]
fn ten_wrong_tries_lock_across_restarts_until_a_signed_unlock() {
    let (_folder, path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let mut waits = Vec::new();
    for n in 1..=10 {
        let tries = store.count_try(&staff, NOW.plus_millis(n)).unwrap();
        assert_eq!(tries.locked, n == 10);
        waits.push(tries.delay_millis);
    }
    assert!(
        waits.is_sorted() && waits[0] == 1000 && waits[9] == 300_000,
        "{waits:?}"
    );
    drop(store);
    let mut store = open(&path).unwrap();
    let tries = store.tries(&staff, NOW).unwrap();
    assert!(tries.locked && tries.count == 10);
    assert_eq!(
        tries.wait_millis(NOW.plus_days(-365)),
        300_000,
        "a clock set back adds no year"
    );

    let unlock = |at, staff: &StaffId, key: &SigningKey| {
        let unlock = Unlock {
            station: office.station.clone(),
            staff: staff.clone(),
            at,
        };
        Signed::sign(&unlock, key)
            .unwrap()
            .verify(&key.public())
            .unwrap()
    };
    let own = unlock(NOW.plus_days(1), &staff, &office.officer.1.signing);
    assert_eq!(
        store.apply_unlock(&own, NOW),
        Err(QueueError::Untrusted("unlock"))
    );
    let early = unlock(NOW, &staff, &office.centre);
    assert_eq!(
        store.apply_unlock(&early, NOW),
        Err(QueueError::StaleUnlock)
    );
    let good = unlock(NOW.plus_millis(20), &staff, &office.supervisor.1.signing);
    store.apply_unlock(&good, NOW).unwrap();
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
    store.count_try(&staff, NOW.plus_millis(15)).unwrap();
    assert_eq!(
        store.apply_unlock(&good, NOW),
        Err(QueueError::StaleUnlock),
        "used once"
    );
    store.clear_tries(&staff).unwrap();
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
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
    tamper(
        &path,
        "UPDATE audit SET staff = NULL WHERE number = 3; DELETE FROM audit WHERE number = 2",
    );
    assert_eq!(
        open(&path).unwrap().verify_audit(),
        Err(AuditFault::Row { row: 2 })
    );
    tamper(&path, &format!("DELETE FROM audit WHERE number = {rows}"));
    assert_eq!(
        open(&path).unwrap_err(),
        QueueError::Damaged("the audit log")
    );
}

#[test]
fn a_log_written_anew_does_not_hold_the_heads_that_receipts_name() {
    let (_folder, path, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"p").unwrap();
    let head = store.audit_head().unwrap();
    store
        .settle(
            &office.receipt(packet_id(1), digest, domain::Verdict::Durable, head),
            NOW,
        )
        .unwrap();
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
    assert_eq!(
        fault,
        Err(AuditFault::UnknownHead {
            packet: packet_id(1)
        })
    );
}

#[test]
fn the_export_gives_every_row_in_order_and_free_text_never_enters() {
    let (_folder, _path, office, mut store) = bench();
    // More than one page of the export.
    for n in 0..520 {
        store
            .audit(
                "capture",
                Some(&office.officer.0),
                Some(packet_id(1)),
                &format!("try={n}"),
                NOW,
            )
            .unwrap();
    }
    let rows: Vec<_> = store.export_audit().map(Result::unwrap).collect();
    assert!(rows.windows(2).all(|w| w[0].number + 1 == w[1].number));
    assert_eq!(rows.len() as u64, store.verify_audit().unwrap().rows);
    for bad in ["زینب", "36302-0004512-4"] {
        assert_eq!(
            store.audit("capture", None, None, bad, NOW),
            Err(QueueError::NotAKey("detail"))
        );
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
    let store = open(&path).unwrap();
    let read = store.activation().unwrap().unwrap();
    let file = store.key_file(&office.officer.0).unwrap().unwrap();
    assert_eq!((file.version, file.file), (0, b"age file".to_vec()));
    record.key_files.clear();
    assert_eq!(read, record, "key files have their own table");
    assert!(!format!("{read:?}").contains("seed"));
}

#[test]
fn a_try_is_called_failed_only_when_it_was() {
    let (_folder, _path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let before = store.verify_audit().unwrap().rows;
    store.count_try(&staff, NOW).unwrap();
    store.clear_tries(&staff).unwrap();
    for _ in 0..10 {
        store.count_try(&staff, NOW).unwrap();
        store.note_failed_try(&staff, NOW).unwrap();
    }
    let acts: Vec<String> = store
        .export_audit()
        .map(Result::unwrap)
        .filter(|row| row.number > before)
        .map(|row| row.act)
        .collect();
    assert_eq!(acts[0], "sign-in-tried", "the good one");
    assert_eq!(acts[1..3], ["sign-in-tried", "sign-in-failed"]);
    assert_eq!(acts[19..], ["sign-in-tried", "sign-in-locked"]);
    assert_eq!(acts.iter().filter(|a| *a == "sign-in-failed").count(), 9);
}

#[test]
fn rows_of_the_log_in_another_order_are_found() {
    let (_folder, path, office, mut store) = bench();
    office.enqueue(&mut store, packet_id(1), b"p").unwrap();
    drop(store);
    tamper(
        &path,
        "UPDATE audit SET number = -1 WHERE number = 3; UPDATE audit SET number = 3 WHERE number = 4;
         UPDATE audit SET number = 4 WHERE number = -1;",
    );
    let fault = open(&path).unwrap().verify_audit();
    assert_eq!(fault, Err(AuditFault::Row { row: 3 }));
}

#[test]
fn rows_cut_from_the_end_are_found_even_where_the_head_was_set_back() {
    let (_folder, path, office, mut store) = bench();
    let digest = office.enqueue(&mut store, packet_id(1), b"p").unwrap();
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(1), digest, domain::Verdict::Durable, head);
    store.settle(&receipt, NOW).unwrap();
    let rows: Vec<_> = store.export_audit().map(Result::unwrap).collect();
    drop(store);
    // Cut before the head that the centre has seen, and let the settings fit.
    let keep = &rows[rows.len() - 3];
    tamper(
        &path,
        &format!(
            "DELETE FROM audit WHERE number > {0};
             UPDATE settings SET value = {0} WHERE name = 'audit_rows';
             UPDATE settings SET value = x'{1}' WHERE name = 'audit_head';",
            keep.number, keep.hash
        ),
    );
    let fault = open(&path).unwrap().verify_audit();
    assert_eq!(
        fault,
        Err(AuditFault::UnknownHead {
            packet: packet_id(1)
        })
    );
}

#[test]
fn nobody_approves_own_work_not_even_with_hands_on_the_file() {
    let (_folder, path, mut office, store) = bench();
    drop(store);
    // The supervisor takes an application, and then gives its row to somebody else.
    std::mem::swap(&mut office.officer, &mut office.supervisor);
    let supervisor = office.officer.clone();
    let mut store = open(&path).unwrap();
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    let digest = store
        .submit(&office.submission(packet_id(1), b"p"), NOW)
        .unwrap();
    office.supervisor = supervisor;
    let decision = office.decision(packet_id(1), digest, DecisionKind::Approve);
    let approve = |store: &mut Store| {
        store.approve(packet_id(1), &decision, |seed| office.manifest(seed), NOW)
    };
    assert!(matches!(approve(&mut store), Err(QueueError::FourEyes(_))));
    drop(store);
    tamper(&path, "UPDATE applications SET officer = '40213'");
    let mut store = open(&path).unwrap();
    assert!(matches!(approve(&mut store), Err(QueueError::FourEyes(_))));
    assert_eq!(store.counter().unwrap(), 0);
}

#[test]
fn a_statement_of_somebody_outside_the_lease_is_not_taken() {
    let (_folder, _path, mut office, mut store) = bench();
    office.officer.0 = StaffId::parse("99999").unwrap();
    store
        .save_draft(&office.draft(packet_id(1), b"d"), NOW)
        .unwrap();
    let refused = store.submit(&office.submission(packet_id(1), b"p"), NOW);
    assert_eq!(refused, Err(QueueError::Untrusted("statement")));
    assert_eq!(store.draft_envelope(packet_id(1)).unwrap(), b"d");
    let other = StaffId::parse("88888").unwrap();
    assert_eq!(
        store.return_to_draft(packet_id(1), &other, b"d", "photo", NOW),
        Err(QueueError::Untrusted("return"))
    );
}

#[test]
fn a_foreign_centre_is_taken_only_while_nothing_waits_for_the_old_one() {
    let (_folder, _path, office, mut store) = bench();
    let stranger = Office::default();
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    assert_eq!(
        store.set_activation(&stranger.record(), NOW),
        Err(QueueError::Mismatch("activation"))
    );
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(1), digest, domain::Verdict::Durable, head);
    store.settle(&receipt, NOW).unwrap();
    store.set_activation(&stranger.record(), NOW).unwrap();
    assert!(
        store.lease().unwrap().is_none(),
        "the old centre's lease is gone"
    );
    assert!(store.centre_keys().unwrap().is_empty());
    let (lease, key) = stranger.lease(1, 1);
    store.put_lease(&lease, &key, NOW).unwrap();
}

#[test]
fn a_supervisor_unlocks_after_the_clock_was_corrected_backwards() {
    let (_folder, _path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    let ahead = NOW.plus_days(365);
    for _ in 0..10 {
        store.count_try(&staff, ahead).unwrap();
    }
    let sign = |at| {
        let unlock = Unlock {
            station: office.station.clone(),
            staff: staff.clone(),
            at,
        };
        let key = &office.supervisor.1.signing;
        Signed::sign(&unlock, key)
            .unwrap()
            .verify(&key.public())
            .unwrap()
    };
    assert_eq!(
        store.apply_unlock(&sign(NOW), NOW),
        Err(QueueError::StaleUnlock)
    );
    let at = store.unlock_time(&staff, NOW).unwrap();
    assert_eq!(at, ahead);
    store.apply_unlock(&sign(at), NOW).unwrap();
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
    // And a second time, although the first unlock bears a time to come.
    for _ in 0..10 {
        store.count_try(&staff, NOW).unwrap();
    }
    let again = store.unlock_time(&staff, NOW).unwrap();
    assert_eq!(again, ahead.plus_millis(1));
    store.apply_unlock(&sign(again), NOW).unwrap();
}

#[test]
fn tries_in_the_future_of_a_corrected_clock_do_not_wait_for_it() {
    let (_folder, _path, office, mut store) = bench();
    let staff = office.officer.0.clone();
    for _ in 0..3 {
        store.count_try(&staff, NOW.plus_days(365)).unwrap();
    }
    let tries = store.tries(&staff, NOW).unwrap();
    assert_eq!((tries.count, tries.wait_millis(NOW)), (3, 4000));
    let later = NOW.plus_millis(4000);
    assert_eq!(store.tries(&staff, later).unwrap().wait_millis(later), 0);
    assert_eq!(
        store.count_try(&staff, later).unwrap().not_before,
        later.plus_millis(8000)
    );
}
