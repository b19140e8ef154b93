//! Stores of release 3de2f98: what it wrote is all there in the newest version, and goes back again.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod faulty_disk;

use domain::{ItemKind, StaffId, Stage, Verdict};
use envelope::{Digest, Receipt, Signed, SigningKey};
use faulty_disk::{CODES, Fault, FaultyDisk};
use queue::testing::{NOW, Office, Random, packet_id};
use queue::{QueueError, Settled, Store, StoreOptions, UploadPoint, downgrade};
use rusqlite::Connection;
use rusqlite::types::Value;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/3de2f98")
}

/// A copy of the store that 3de2f98 wrote.
fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    fs::copy(fixture().join("station.db"), &path).unwrap();
    (folder, path)
}

fn options(vfs: Option<&str>) -> StoreOptions {
    StoreOptions {
        ballast_bytes: 0,
        vfs: vfs.map(str::to_owned),
        ..StoreOptions::default()
    }
}

fn open(path: &Path) -> Result<Store, QueueError> {
    Store::open_with(path, &options(None), NOW)
}

/// The fixture's office: its keys lie beside it.
fn office() -> Office {
    let text = fs::read_to_string(fixture().join("keys.txt")).unwrap();
    let key = |name: &str| {
        let line = text
            .lines()
            .find_map(|l| l.strip_prefix(&format!("{name} ")));
        let hex = line.unwrap();
        let seed: Vec<u8> = (0..32)
            .map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap())
            .collect();
        SigningKey::from_seed(&seed).unwrap()
    };
    let mut office = Office::default();
    office.officer.1.signing = key("officer");
    office.supervisor.1.signing = key("supervisor");
    office.station_key = key("station");
    office.root = key("root");
    office.centre = key("centre");
    office
}

/// Every table with its rows, by a connection that knows nothing of versions; `skip` leaves out what names a clock or
/// grows with every act.
fn rows(path: &Path, table: &str) -> Vec<Vec<Value>> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare(&format!("SELECT * FROM {table}"))
        .unwrap();
    let columns = statement.column_count();
    let read = statement
        .query_map([], |row| (0..columns).map(|c| row.get(c)).collect())
        .unwrap();
    let mut rows: Vec<Vec<Value>> = read.map(Result::unwrap).collect();
    rows.sort_by_key(|row| format!("{row:?}"));
    rows
}

fn schema(path: &Path) -> Vec<(String, String, String, Option<String>)> {
    let connection = Connection::open(path).unwrap();
    let mut statement = connection
        .prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")
        .unwrap();
    let read = statement.query_map([], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    });
    read.unwrap().map(Result::unwrap).collect()
}

fn version(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap()
}

fn stage(store: &Store, n: u32) -> Stage {
    store.history_of(packet_id(n)).unwrap().unwrap().stage
}

/// Everything of the fixture that somebody relies on.
fn holds_everything(store: &mut Store) {
    let stages: Vec<Stage> = (1..=9).map(|n| stage(store, n)).collect();
    assert_eq!(
        stages,
        [
            Stage::Draft,
            Stage::InReview,
            Stage::Settled,
            Stage::Settled,
            Stage::Outbox,
            Stage::Outbox,
            Stage::Closed,
            Stage::Closed,
            Stage::Draft
        ]
    );
    for n in [1, 9] {
        store.draft_envelope(packet_id(n)).unwrap();
    }
    store.review_envelope(packet_id(2)).unwrap();
    for n in [2, 5, 6] {
        store.packet_envelope(packet_id(n)).unwrap();
    }
    let begun = store.outbox_row(packet_id(5)).unwrap();
    let point = UploadPoint {
        url: "/v1/uploads/abc".to_owned(),
        offset: 40,
    };
    assert_eq!(begun.entry.kind, ItemKind::Enrolment);
    assert_eq!((begun.entry.counter, begun.entry.upload), (3, Some(point)));
    assert!(begun.documents.decision().is_some());
    let put_off = store.outbox_row(packet_id(6)).unwrap().entry;
    assert_eq!(
        (put_off.counter, put_off.attempts, put_off.paused),
        (4, 1, true)
    );
    assert_eq!(put_off.wait_reason.as_deref(), Some("centre-refused"));
    assert_eq!(store.next_items(None, 9, NOW).unwrap().len(), 1);
    assert_eq!(store.outcomes(9).unwrap().len(), 2);
    let tried = StaffId::parse("40213").unwrap();
    assert_eq!(store.tries(&tried, NOW).unwrap().count, 1);
    assert_eq!(store.held().unwrap().unwrap().counter, 4);
    let lease = store.lease().unwrap().unwrap().lease;
    // Begun under it, and not closed.
    assert_eq!(store.begun_under(lease.serial).unwrap(), 7);
    assert_eq!(store.verify_audit().unwrap().receipts, 2);
}

#[test]
fn a_store_of_the_release_before_is_whole_in_the_newest_version() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    holds_everything(&mut store);
    assert_eq!(
        store.counters(&NOW.to_date()).unwrap().of("store-migrated"),
        1
    );
    // What was begun there is finished here.
    let office = office();
    let digest = store.outbox_row(packet_id(5)).unwrap().digest;
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(5), digest, Verdict::Durable, head);
    assert_eq!(
        store.settle(&receipt, NOW),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
    let review = store.reviews().unwrap().remove(0);
    let decision = office.decision(packet_id(2), review.digest, envelope::DecisionKind::Approve);
    store
        .approve(packet_id(2), &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    assert_eq!(store.counter().unwrap(), 5);
    drop(store);
    assert_eq!(version(&path), queue::STORE_VERSION);
    open(&path).unwrap().verify_audit().unwrap();
}

#[test]
fn a_floor_that_a_wrong_clock_pushed_ahead_heals() {
    let (_folder, path) = place();
    let connection = Connection::open(&path).unwrap();
    let ahead = NOW.plus_days(366).millis();
    connection
        .execute(
            "UPDATE settings SET value = ?1 WHERE name = 'clock_floor'",
            [ahead],
        )
        .unwrap();
    drop(connection);
    let passed = open(&path).unwrap().passed().unwrap();
    let issued_at = open(&path)
        .unwrap()
        .lease()
        .unwrap()
        .unwrap()
        .lease
        .issued_at;
    assert_eq!((passed.signed(), passed.powered_millis()), (issued_at, 0));
}

#[test]
fn key_files_of_the_record_are_found_in_their_table() {
    let (_folder, path) = place();
    let staff = StaffId::parse("40213").unwrap();
    let mut record = open(&path).unwrap().activation().unwrap().unwrap();
    record.key_files = vec![(staff.clone(), b"age file".to_vec())];
    fs::copy(fixture().join("station.db"), &path).unwrap();
    let connection = Connection::open(&path).unwrap();
    let bytes = envelope::to_cbor(&record).unwrap();
    connection
        .execute(
            "UPDATE settings SET value = ?1 WHERE name = 'activation'",
            [bytes],
        )
        .unwrap();
    drop(connection);
    let before = rows(&path, "settings");
    let store = open(&path).unwrap();
    let file = store.key_file(&staff).unwrap().unwrap();
    assert_eq!(
        (file.version, file.file.as_slice()),
        (0, b"age file".as_slice())
    );
    assert!(store.activation().unwrap().unwrap().key_files.is_empty());
    drop(store);
    downgrade(&path, NOW).unwrap();
    let activation = |rows: &[Vec<Value>]| {
        let name = Value::Text("activation".to_owned());
        rows.iter().find(|row| row[0] == name).cloned()
    };
    assert_eq!(activation(&rows(&path, "settings")), activation(&before));
}

#[test]
fn the_sum_of_migrations_is_the_fresh_schema() {
    let (folder, path) = place();
    drop(open(&path).unwrap());
    let fresh = folder.path().join("fresh.db");
    drop(open(&fresh).unwrap());
    // A new store's texts have no spaces that please the eye.
    let compact = |path: &Path| -> Vec<String> {
        let words = schema(path)
            .into_iter()
            .map(|row| format!("{row:?}").replace("\\n", " "));
        words
            .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect()
    };
    assert_eq!(compact(&path), compact(&fresh));
    let pragma = |path: &Path| -> i64 {
        let connection = Connection::open(path).unwrap();
        connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .unwrap()
    };
    assert_eq!(pragma(&path), pragma(&fresh));
}

/// The first page is the root of the list of tables; this kind of page has no other below it (SQLite's file format, 1.6).
const LEAF: u8 = 13;

#[test]
fn a_new_stores_list_of_tables_stays_on_its_first_page() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    open(&path).unwrap().purge().unwrap();
    assert_eq!(fs::read(&path).unwrap()[100], LEAF);
}

#[test]
fn a_migrated_store_goes_back_to_exactly_what_it_was() {
    let (_folder, path) = place();
    let old = fixture().join("station.db");
    drop(open(&path).unwrap());
    assert_eq!(version(&path), queue::STORE_VERSION);
    downgrade(&path, NOW).unwrap();
    assert_eq!(version(&path), 1);
    assert_eq!(schema(&path), schema(&old));
    for table in [
        "applications",
        "documents",
        "envelopes",
        "outcomes",
        "sign_in",
        "centre_keys",
    ] {
        assert_eq!(rows(&path, table), rows(&old, table), "{table}");
    }
    // The log has both steps more, and the settings its end; the floor is what the lease says.
    let log = rows(&path, "audit").len();
    assert_eq!(log, rows(&old, "audit").len() + 2);
    let names = |path: &Path| -> Vec<Value> {
        rows(path, "settings")
            .into_iter()
            .map(|row| row[0].clone())
            .collect()
    };
    assert_eq!(names(&path), names(&old));
    downgrade(&path, NOW).unwrap();
    // And forward again.
    holds_everything(&mut open(&path).unwrap());
}

type Act = fn(&Office, &mut Store);

#[test]
fn a_draft_that_was_sealed_since_goes_back_byte_by_byte() {
    let (_folder, path) = place();
    let mut store = open(&path).unwrap();
    let sealed = b"age-encryption.org/v1 sealed since".repeat(500);
    let draft = office().draft(packet_id(40), &sealed);
    store.save_draft(&draft, NOW).unwrap();
    drop(store);
    downgrade(&path, NOW).unwrap();
    let kept = rows(&path, "envelopes");
    assert!(
        kept.iter()
            .flatten()
            .any(|v| *v == Value::Blob(sealed.clone()))
    );
    // And forth again.
    let store = open(&path).unwrap();
    assert_eq!(store.draft_envelope(packet_id(40)).unwrap(), sealed);
}

#[test]
fn what_version_1_cannot_hold_keeps_a_store_in_the_newest_version() {
    let office = office();
    let acts: [(&str, Act); 4] = [
        ("a key file that waits", |office, store| {
            let change = office.key_file(packet_id(20), 1);
            store
                .enqueue_key_file(&change, |seed| office.manifest(seed), NOW)
                .unwrap();
        }),
        ("an unreviewed application that waits", |office, store| {
            let late = NOW.plus_days(9);
            store
                .send_unreviewed(packet_id(2), late, |seed| office.manifest(seed), late)
                .unwrap();
        }),
        ("a void that waits", |office, store| {
            let path = store.path().to_owned();
            *store = open(&path.with_file_name("nothing.db")).unwrap();
            Office::damage(&path, packet_id(5));
            *store = open(&path).unwrap();
            store
                .set_aside(packet_id(5), |seed| office.void(seed), NOW)
                .unwrap();
        }),
        ("a document of version 2", |office, store| {
            office.enqueue(store, packet_id(20), b"new").unwrap();
        }),
    ];
    for (what, act) in acts {
        let (_folder, path) = place();
        let mut store = open(&path).unwrap();
        act(&office, &mut store);
        drop(store);
        let before = rows(&path, "applications");
        assert_eq!(
            downgrade(&path, NOW),
            Err(QueueError::NeedsNewerVersion(what))
        );
        let newest = queue::STORE_VERSION;
        assert_eq!(
            (version(&path), rows(&path, "applications")),
            (newest, before)
        );
        open(&path).unwrap().verify_audit().unwrap();
    }
}

#[test]
fn a_log_that_was_changed_before_does_not_stop_the_station() {
    let (_folder, path) = place();
    let connection = Connection::open(&path).unwrap();
    connection
        .execute("UPDATE audit SET staff = '99999' WHERE number = 3", [])
        .unwrap();
    drop(connection);
    let store = open(&path).unwrap();
    assert_eq!(
        store.verify_audit(),
        Err(queue::AuditFault::Row { row: 3 }),
        "and still says so"
    );
}

#[test]
fn a_power_cut_in_the_middle_of_a_migration_loses_nothing() {
    let disk = FaultyDisk::register("migration");
    let (_folder, path) = place();
    let begin = || {
        for suffix in ["", "-wal"] {
            let _ = fs::remove_file(format!("{}{suffix}", path.display()));
        }
        fs::copy(fixture().join("station.db"), &path).unwrap();
    };
    begin();
    disk.reset(None, false);
    drop(Store::open_with(&path, &options(Some("migration")), NOW).unwrap());
    let acts = disk.acts();
    assert!(acts > 20, "the migration is on this disk: {acts}");
    let mut random = Random(20_261_127);
    let mut faults: Vec<Fault> = vec![Fault::PowerCut];
    faults.extend(CODES.map(Fault::Once));
    faults.extend(CODES.map(Fault::Sticky));
    let mut cut = 0;
    for fault in faults {
        let stride = if fault == Fault::PowerCut { 1 } else { 3 };
        for at in (1..=acts).step_by(stride) {
            begin();
            disk.reset(Some((at, fault)), false);
            let opened = Store::open_with(&path, &options(Some("migration")), NOW);
            cut += u32::from(opened.is_err());
            drop(opened);
            disk.settle_after_power_cut(&mut random);
            disk.reset(None, false);
            let mut store = Store::open_with(&path, &options(Some("migration")), NOW)
                .unwrap_or_else(|error| panic!("{fault:?} at {at}: {error:?}"));
            holds_everything(&mut store);
        }
    }
    println!("{cut} migrations failed of {acts} acts in 7 ways, 0 lost");
    assert!(cut > 0, "nothing was cut");
}

#[test]
fn a_receipt_of_the_release_before_is_still_one() {
    let (_folder, path) = place();
    let store = open(&path).unwrap();
    let receipt: Signed<Receipt> = store.receipt(packet_id(3)).unwrap();
    assert_eq!(receipt.peek().unwrap().format, 1);
    assert_ne!(receipt.digest(), Digest::default());
}
