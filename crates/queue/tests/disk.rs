//! Bad disks: damage, no room, two owners, and nothing left behind.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;
use queue::testing::{NOW, Office, Random, packet_id};
use queue::{QueueError, Store, StoreOptions};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const MARKER: &[u8] = b"PLANTED-MARKER-OF-A-FACE-";

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    (folder, path)
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

/// How often the marker occurs in any file of the folder.
fn residue(folder: &Path) -> usize {
    let mut found = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        found += bytes.windows(MARKER.len()).filter(|w| *w == MARKER).count();
    }
    found
}

fn marked(n: u32, length: usize) -> Vec<u8> {
    let mut bytes = MARKER.repeat(length / MARKER.len() + 1);
    bytes.extend(n.to_be_bytes());
    bytes
}

#[test]
fn nothing_of_a_settled_packet_is_left_in_any_file() {
    let (folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=12_u32 {
        // Many sizes, so that pages are shared, split and freed in different ways.
        let bytes = marked(n, [60, 900, 9_000, 350_000][n as usize % 4]);
        for step in 1..=3 {
            store
                .save_draft(&office.draft(packet_id(n), &marked(n, step * 5000)), NOW)
                .unwrap();
        }
        let digest = office.enqueue(&mut store, packet_id(n), &bytes).unwrap();
        let head = store.audit_head().unwrap();
        if n % 3 != 0 {
            store
                .settle(
                    &office.receipt(packet_id(n), digest, Verdict::Durable, head),
                    NOW,
                )
                .unwrap();
        }
    }
    assert!(
        residue(folder.path()) > 0,
        "the scan sees what is still there"
    );
    for n in [3, 6, 9, 12] {
        let digest = store.outbox_row(packet_id(n)).unwrap().digest;
        let head = store.audit_head().unwrap();
        store
            .settle(
                &office.receipt(packet_id(n), digest, Verdict::Quarantined, head),
                NOW,
            )
            .unwrap();
    }
    store
        .save_draft(&office.draft(packet_id(50), &marked(50, 20_000)), NOW)
        .unwrap();
    store.close(packet_id(50), "privacy", NOW).unwrap();
    store.purge().unwrap();
    assert_eq!(residue(folder.path()), 0, "while the store is open");
    drop(store);
    assert_eq!(residue(folder.path()), 0, "after it is closed");
}

#[test]
fn a_crash_between_receipt_and_purge_leaves_nothing_after_the_next_start() {
    let (folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    let digest = office
        .enqueue(&mut store, packet_id(1), &marked(1, 350_000))
        .unwrap();
    let head = store.audit_head().unwrap();
    store
        .settle(
            &office.receipt(packet_id(1), digest, Verdict::Durable, head),
            NOW,
        )
        .unwrap();
    let after = tempfile::tempdir().unwrap();
    for name in ["station.db", "station.db-wal"] {
        fs::copy(folder.path().join(name), after.path().join(name)).unwrap();
    }
    assert!(residue(after.path()) > 0);
    let store = open(&after.path().join("station.db")).unwrap();
    assert_eq!(residue(after.path()), 0);
    assert_eq!(store.counts().unwrap().settled, 1);
}

#[test]
fn a_damaged_file_is_named_and_left_as_it_is() {
    let (folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=40 {
        office
            .enqueue(&mut store, packet_id(n), &marked(n, 3000))
            .unwrap();
    }
    store.purge().unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    let damages: [(&str, Vec<u8>); 6] = [
        ("cut to half", whole[..whole.len() / 2].to_vec()),
        ("cut inside a page", whole[..whole.len() - 3000].to_vec()),
        ("empty", Vec::new()),
        ("header", [vec![7; 100], whole[100..].to_vec()].concat()),
        (
            "schema page",
            [
                whole[..100].to_vec(),
                vec![0xA5; 8092],
                whole[8192..].to_vec(),
            ]
            .concat(),
        ),
        ("no database", b"<html>captive portal</html>".repeat(400)),
    ];
    for (name, bytes) in damages {
        fs::write(&path, &bytes).unwrap();
        let error = open(&path).expect_err(name);
        assert!(matches!(error, QueueError::Damaged(_)), "{name}: {error:?}");
        assert_eq!(
            fs::read(&path).unwrap(),
            bytes,
            "{name}: the file was touched"
        );
    }
    fs::remove_file(&path).unwrap();
    assert_eq!(
        open(&path).unwrap_err(),
        QueueError::Damaged("the file is gone")
    );
    assert!(!path.exists(), "never recreated");
    fs::write(&path, &whole).unwrap();
    assert_eq!(open(&path).unwrap().counts().unwrap().outbox, 40);
    drop(folder);
}

#[test]
fn random_bytes_over_any_page_never_pass_for_good_content() {
    let (_folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=10 {
        office
            .enqueue(&mut store, packet_id(n), &marked(n, 20_000))
            .unwrap();
    }
    store.purge().unwrap();
    drop(store);
    let whole = fs::read(&path).unwrap();
    for page in 0..whole.len() / 8192 {
        let mut bytes = whole.clone();
        for (i, byte) in bytes[page * 8192..(page + 1) * 8192].iter_mut().enumerate() {
            *byte = (i.wrapping_mul(2_654_435_761) >> 13) as u8;
        }
        fs::write(&path, &bytes).unwrap();
        let Ok(mut store) = open(&path) else {
            continue;
        };
        // What opens is either whole or says which part is not.
        let mut wrong = 0;
        for n in 1..=10 {
            match store.packet_envelope(packet_id(n)) {
                Ok(read) => assert_eq!(read, marked(n, 20_000), "page {page}"),
                Err(QueueError::Damaged(_) | QueueError::NotFound) => wrong += 1,
                Err(other) => panic!("page {page}: {other:?}"),
            }
        }
        let documents = (1..=10)
            .filter(|n| store.outbox_row(packet_id(*n)).is_err())
            .count();
        let free = store.check_everything().is_ok();
        assert!(
            wrong + documents > 0
                || !free
                || store.verify_audit().is_err()
                || is_free(&whole, page),
            "page {page} was damaged and nothing noticed"
        );
    }
    fs::write(&path, &whole).unwrap();
}

/// A zeroed page is on the free list: nothing is kept there.
fn is_free(whole: &[u8], page: usize) -> bool {
    whole[page * 8192 + 1024..(page + 1) * 8192]
        .iter()
        .all(|b| *b == 0)
}

#[test]
fn what_is_readable_of_a_damaged_store_can_be_salvaged() {
    let (folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=20 {
        office
            .enqueue(&mut store, packet_id(n), &marked(n, 20_000))
            .unwrap();
    }
    drop(store);
    let whole = fs::read(&path).unwrap();
    let mut bytes = whole.clone();
    let at = bytes
        .windows(MARKER.len())
        .rposition(|w| w == MARKER)
        .unwrap();
    bytes[at] ^= 1;
    fs::write(&path, &bytes).unwrap();
    let out = tempfile::tempdir().unwrap();
    let saved = queue::salvage(&path, out.path()).unwrap();
    assert_eq!(saved.len(), 19, "all but the one that was changed");
    for entry in &saved {
        let file = fs::read(out.path().join(entry.file_name())).unwrap();
        assert_eq!(envelope::Digest::of(&file), entry.digest);
    }
    // With each packet lies what an importer needs beside it.
    let packet = saved[0].packet;
    for kind in ["statement", "decision", "manifest"] {
        let document = fs::read(out.path().join(format!("{packet}.{kind}.cose"))).unwrap();
        assert!(!document.is_empty());
    }
    assert!(out.path().join(format!("{packet}.packet")).exists());
    assert_eq!(
        fs::read(&path).unwrap(),
        bytes,
        "the store itself is not touched"
    );
    drop(folder);
}

#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_whatever_the_sizes_and_the_order() {
    // Small envelopes share pages, which SQLite splits, joins and rebuilds: old copies could stay
    // between the cells.
    let mut random = Random(20_261_118);
    for round in 0..4 {
        let (folder, path) = place();
        let office = Office::default();
        let mut store = office.open(&path);
        let mut waiting = Vec::new();
        for n in 1..=20_u32 {
            let most = [300, 3_000, 30_000][random.below(3) as usize];
            let length = 40 + random.below(most as u64) as usize;
            let packet = packet_id(n.wrapping_mul(2_654_435_761));
            store
                .save_draft(&office.draft(packet, &marked(n, length / 2)), NOW)
                .unwrap();
            let digest = office
                .enqueue(&mut store, packet, &marked(n, length))
                .unwrap();
            waiting.push((packet, digest));
            if random.below(3) == 0 {
                let at = random.below(waiting.len() as u64) as usize;
                settle(&office, &mut store, waiting.swap_remove(at));
            }
        }
        while !waiting.is_empty() {
            let at = random.below(waiting.len() as u64) as usize;
            settle(&office, &mut store, waiting.swap_remove(at));
        }
        store.purge().unwrap();
        assert_eq!(residue(folder.path()), 0, "round {round}");
    }
}

fn settle(
    office: &Office,
    store: &mut Store,
    (packet, digest): (domain::PacketId, envelope::Digest),
) {
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet, digest, Verdict::Durable, head);
    store.settle(&receipt, NOW).unwrap();
}

#[test]
fn a_second_owner_is_told_so() {
    let (_folder, path) = place();
    let office = Office::default();
    let store = office.open(&path);
    assert_eq!(open(&path).unwrap_err(), QueueError::InUse);
    drop(store);
    assert!(open(&path).is_ok());
}

#[test]
fn a_newer_store_is_left_alone() {
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 9).unwrap();
    drop(connection);
    assert_eq!(
        open(&path).unwrap_err(),
        QueueError::NewerVersion { found: 9, known: 3 }
    );
}

#[cfg(unix)]
#[test]
fn only_the_owner_may_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let (_folder, path) = place();
    drop(open(&path).unwrap());
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}
