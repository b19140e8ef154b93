//! A disk that failed: what can be read goes into a new file, the old one is set aside, and work goes on.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod faulty_disk;

use domain::{ItemKind, Stage, Verdict};
use envelope::{DecisionKind, Digest};
use faulty_disk::{CODES, Fault, FaultyDisk};
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Rescued, Settled, Stop, Store, StoreOptions, rescue};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const PAGE: usize = 8192;
const WAITING: u32 = 12;
/// Rows of envelopes or documents that share a page here.
const ON_A_PAGE: usize = 6;

fn options(vfs: Option<&str>) -> StoreOptions {
    StoreOptions {
        ballast_bytes: 1 << 16,
        vfs: vfs.map(str::to_owned),
        ..StoreOptions::default()
    }
}

fn open(path: &Path) -> Result<Store, QueueError> {
    Store::open_with(path, &options(None), NOW)
}

fn bytes(n: u32) -> Vec<u8> {
    n.to_be_bytes().repeat(3_000)
}

/// Twelve packets wait, one is in review, one is a draft, one is settled, a key file waits.
fn filled() -> (TempDir, PathBuf, Office) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=WAITING {
        office.enqueue(&mut store, packet_id(n), &bytes(n)).unwrap();
    }
    store
        .save_draft(&office.draft(packet_id(20), &bytes(20)), NOW)
        .unwrap();
    store
        .save_draft(&office.draft(packet_id(21), b"d"), NOW)
        .unwrap();
    store
        .submit(&office.submission(packet_id(21), &bytes(21)), NOW)
        .unwrap();
    let digest = office.enqueue(&mut store, packet_id(22), b"sent").unwrap();
    let head = store.audit_head().unwrap();
    store
        .settle(
            &office.receipt(packet_id(22), digest, Verdict::Durable, head),
            NOW,
        )
        .unwrap();
    store
        .enqueue_key_file(
            &office.key_file(packet_id(23), 1),
            |s| office.manifest(s),
            NOW,
        )
        .unwrap();
    store.purge().unwrap();
    (folder, path, office)
}

fn stage(store: &Store, n: u32) -> Option<Stage> {
    store.history_of(packet_id(n)).unwrap().map(|row| row.stage)
}

/// Writes noise over the root page of a table or index: small ones have no other.
fn spoil(path: &Path, name: &str) {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: u32 = connection.query_row(sql, [name], |row| row.get(0)).unwrap();
    drop(connection);
    spoil_page(path, root as usize - 1);
}

fn spoil_page(path: &Path, page: usize) {
    let mut file = fs::read(path).unwrap();
    file[page * PAGE..(page + 1) * PAGE].fill(0xA5);
    fs::write(path, file).unwrap();
}

/// Everything that waited is there, whole.
fn holds_everything(store: &mut Store, office: &Office) {
    for n in 1..=WAITING {
        assert_eq!(stage(store, n), Some(Stage::Outbox), "packet {n}");
        assert_eq!(store.packet_envelope(packet_id(n)).unwrap(), bytes(n));
        let row = store.outbox_row(packet_id(n)).unwrap();
        assert_eq!(row.entry.kind, ItemKind::Enrolment);
        assert_eq!(row.entry.counter, u64::from(n));
        store.check_item(packet_id(n)).unwrap();
    }
    assert_eq!(stage(store, 20), Some(Stage::Draft));
    assert_eq!(store.draft_envelope(packet_id(20)).unwrap(), bytes(20));
    assert_eq!(stage(store, 21), Some(Stage::InReview));
    assert_eq!(stage(store, 22), Some(Stage::Settled));
    assert_eq!(store.reviews().unwrap().len(), 1);
    assert_eq!(store.drafts(&office.officer.0).unwrap().len(), 1);
    assert_eq!(store.counter().unwrap(), u64::from(WAITING) + 2);
    // And work goes on.
    let decision = office.decision(packet_id(21), Digest::of(&bytes(21)), DecisionKind::Approve);
    store
        .approve(packet_id(21), &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    assert_eq!(store.counter().unwrap(), u64::from(WAITING) + 3);
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(1), Digest::of(&bytes(1)), Verdict::Durable, head);
    assert_eq!(
        store.settle(&receipt, NOW),
        Ok(Settled::Destroyed(Verdict::Durable))
    );
}

fn rescued(path: &Path, before: &[u8]) -> Rescued {
    let rescued = rescue(path, NOW).unwrap();
    assert_eq!(
        fs::read(&rescued.set_aside).unwrap(),
        before,
        "kept as it was"
    );
    rescued
}

#[test]
fn one_bad_page_of_any_small_table_costs_no_application() {
    for table in [
        "day_counters",
        "outcomes",
        "applications_by_stage",
        "applications_by_lease",
        "items_by_order",
        "applications",
        "sqlite_autoindex_applications_1",
        "items",
        "sqlite_autoindex_envelopes_1",
        "sign_in",
    ] {
        let (_folder, path, office) = filled();
        spoil(&path, table);
        let before = fs::read(&path).unwrap();
        let rescued = rescued(&path, &before);
        let mut store = open(&path).unwrap_or_else(|error| panic!("{table}: {error:?}"));
        holds_everything(&mut store, &office);
        let summary = store
            .verify_audit()
            .unwrap_or_else(|fault| panic!("{table}: {fault:?}"));
        let today = store.counters(&NOW.to_date()).unwrap();
        assert_eq!(
            (today.of("store-rescued"), today.of("approved")),
            (1, 14),
            "{table}"
        );
        let log = rescued.tables.iter().find(|t| t.name == "audit").unwrap();
        assert_eq!(
            summary.rows,
            log.rows + 3,
            "{table}: rescued, approved, settled"
        );
        store.check_everything().unwrap();
    }
}

#[test]
fn a_statistics_table_that_stopped_the_station_does_so_no_more() {
    let (_folder, path, office) = filled();
    spoil(&path, "day_counters");
    assert_eq!(open(&path).unwrap_err(), QueueError::Damaged("a page"));
    rescue(&path, NOW).unwrap();
    holds_everything(&mut open(&path).unwrap(), &office);
}

#[test]
fn a_damaged_envelope_costs_itself_alone_and_can_be_set_aside() {
    let (_folder, path, office) = filled();
    // A page of its overflow chain, which no other row shares.
    let file = fs::read(&path).unwrap();
    let needle = &bytes(5)[..8_100];
    let at = file
        .windows(needle.len())
        .position(|w| w == needle)
        .unwrap();
    spoil_page(&path, at / PAGE);
    let file = fs::read(&path).unwrap();
    rescued(&path, &file);
    let mut store = open(&path).unwrap();
    for n in (1..=WAITING).filter(|n| *n != 5) {
        store.check_item(packet_id(n)).unwrap();
    }
    assert_eq!(
        store.check_item(packet_id(5)),
        Err(QueueError::Damaged("an envelope"))
    );
    let void = store
        .set_aside(packet_id(5), |seed| office.void(seed), NOW)
        .unwrap();
    let said = void.peek().unwrap();
    assert_eq!(
        (said.counter, said.previous),
        (5, Some(Digest::of(&bytes(4))))
    );
    store.verify_audit().unwrap();
}

#[test]
fn noise_over_any_page_costs_only_what_was_on_it() {
    let (folder, path, _office) = filled();
    let whole = fs::read(&path).unwrap();
    let (mut costly, mut most) = (0, 0);
    // The first page holds the list of tables: without it there is nothing to read by.
    for page in 1..whole.len() / PAGE {
        for entry in fs::read_dir(folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(&path, &whole).unwrap();
        spoil_page(&path, page);
        let rescued = rescue(&path, NOW).unwrap_or_else(|e| panic!("page {page}: {e:?}"));
        let store = open(&path).unwrap_or_else(|e| panic!("page {page}: {e:?}"));
        let mut hurt = 0;
        for n in 1..=WAITING {
            match store.packet_envelope(packet_id(n)) {
                Ok(read) => assert_eq!(read, bytes(n), "page {page}, packet {n}"),
                Err(QueueError::Damaged(_)) => hurt += 1,
                Err(QueueError::NotFound) if rescued.unreadable() > 0 => hurt += 1,
                other => panic!("page {page}, packet {n}: {other:?}"),
            }
            hurt += usize::from(store.outbox_row(packet_id(n)).is_err());
        }
        assert!(hurt <= ON_A_PAGE, "page {page} cost {hurt}");
        costly += usize::from(hurt > 0);
        most = most.max(hurt);
        assert_eq!(
            store.counter().unwrap(),
            u64::from(WAITING) + 2,
            "page {page}"
        );
        assert!(store.audit_head().is_ok());
    }
    println!("{costly} pages cost something, one of them {most} envelopes or documents");
    assert!(costly > 0, "the noise was felt");
}

#[test]
fn a_store_of_the_release_before_is_rescued_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/3de2f98/station.db");
    fs::copy(fixture, &path).unwrap();
    spoil(&path, "day_counters");
    assert!(open(&path).is_err());
    rescue(&path, NOW).unwrap();
    let store = open(&path).unwrap();
    assert_eq!(store.counts().unwrap().outbox, 2);
    assert_eq!(
        store
            .outbox_row(packet_id(5))
            .unwrap()
            .entry
            .upload
            .unwrap()
            .offset,
        40
    );
    store.verify_audit().unwrap();
}

#[test]
fn what_is_no_store_is_left_where_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    assert_eq!(
        rescue(&path, NOW),
        Err(QueueError::Damaged("the file is gone"))
    );
    fs::write(&path, b"<html>captive portal</html>".repeat(400)).unwrap();
    assert!(matches!(rescue(&path, NOW), Err(QueueError::Damaged(_))));
    assert_eq!(
        fs::read_dir(folder.path())
            .unwrap()
            .filter(|e| {
                e.as_ref()
                    .unwrap()
                    .file_name()
                    .to_string_lossy()
                    .contains("set-aside")
            })
            .count(),
        0
    );
    let (_folder, path, _office) = filled();
    let store = open(&path).unwrap();
    assert_eq!(rescue(&path, NOW), Err(QueueError::InUse));
    drop(store);
}

#[test]
fn a_rescue_that_a_crash_cut_is_taken_up_at_the_next_start() {
    // The new file is whole; the crash fell between the renames.
    for moved in ["nothing", "wal", "file"] {
        let (folder, path, office) = filled();
        let name = |suffix: &str| folder.path().join(format!("station.db{suffix}"));
        let store = open(&path).unwrap();
        drop(store);
        fs::copy(&path, name(".rescued")).unwrap();
        fs::write(&path, b"damaged").unwrap();
        fs::write(name("-wal"), b"and its log").unwrap();
        if moved != "nothing" {
            fs::rename(name("-wal"), name(".set-aside-1-wal")).unwrap();
        }
        if moved == "file" {
            fs::rename(&path, name(".set-aside-1")).unwrap();
        }
        holds_everything(&mut open(&path).unwrap(), &office);
        assert_eq!(
            fs::read(name(".set-aside-1")).unwrap(),
            b"damaged",
            "{moved}"
        );
        assert_eq!(
            fs::read(name(".set-aside-1-wal")).unwrap(),
            b"and its log",
            "{moved}"
        );
        assert!(!name(".rescued").exists());
    }
}

#[test]
fn nothing_unfinished_is_left_after_a_start() {
    let (folder, path, office) = filled();
    for name in [".rescued.new", ".rescued.new-wal", ".scan", ".scan-wal"] {
        fs::copy(&path, folder.path().join(format!("station.db{name}"))).unwrap();
    }
    holds_everything(&mut open(&path).unwrap(), &office);
    let names = fs::read_dir(folder.path())
        .unwrap()
        .map(|e| e.unwrap().file_name());
    let mut names: Vec<_> = names.map(|n| n.into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["station.db", "station.db.ballast"]);
}

#[test]
fn a_failed_write_or_sync_moves_the_store_and_a_second_one_stops_it() {
    let disk = FaultyDisk::register("moves");
    let [write, _, sync] = CODES;
    for code in [write, sync] {
        let (folder, path, office) = filled();
        let mut store = Store::open_with(&path, &options(Some("moves")), NOW).unwrap();
        disk.reset(Some((1, Fault::Once(code))), false);
        store
            .save_draft(&office.draft(packet_id(50), b"acknowledged"), NOW)
            .unwrap();
        let rescued = store.rescued().cloned().unwrap();
        assert_eq!(
            (rescued.unreadable(), rescued.rebuilt, rescued.left),
            (0, 0, 0)
        );
        assert!(rescued.set_aside.exists());
        assert_eq!(store.stopped(), None);
        disk.reset(Some((1, Fault::Once(code))), false);
        let second = store.save_draft(&office.draft(packet_id(51), b"x"), NOW);
        assert!(matches!(second, Err(QueueError::Io { .. })), "{second:?}");
        assert_eq!(
            store.save_draft(&office.draft(packet_id(52), b"x"), NOW),
            Err(QueueError::Stopped(Stop::Io))
        );
        assert_eq!(
            store.draft_envelope(packet_id(50)).unwrap(),
            b"acknowledged"
        );
        disk.reset(None, false);
        drop(store);
        let mut store = Store::open_with(&path, &options(Some("moves")), NOW).unwrap();
        assert_eq!(
            store.draft_envelope(packet_id(50)).unwrap(),
            b"acknowledged"
        );
        store.close(packet_id(50), "discarded", NOW).unwrap();
        let _ = store.close(packet_id(51), "discarded", NOW);
        holds_everything(&mut store, &office);
        store.verify_audit().unwrap();
        drop(folder);
    }
}
