//! A disk without room: nothing is lost, what frees room goes on, and work resumes when there is some.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;
use queue::testing::{NOW, Office, packet_id};
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

fn marked(n: u32, length: usize) -> Vec<u8> {
    let mut bytes = MARKER.repeat(length / MARKER.len() + 1);
    bytes.extend(n.to_be_bytes());
    bytes
}

#[test]
fn a_full_disk_refuses_new_work_keeps_the_old_and_works_again_after() {
    let (_folder, path) = place();
    let office = Office::default();
    drop(office.open(&path));
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        page_limit: Some(132),
        ..StoreOptions::default()
    };
    let mut store = Store::open_with(&path, &options, NOW).unwrap();
    let mut kept = Vec::new();
    let full = loop {
        let n = kept.len() as u32 + 1;
        match office.enqueue(&mut store, packet_id(n), &marked(n, 100_000)) {
            Ok(digest) => kept.push((n, digest)),
            Err(error) => break error,
        }
    };
    assert_eq!(full, QueueError::DiskFull);
    assert!(kept.len() >= 3);
    assert_eq!(store.stopped(), None);
    for (n, _) in &kept {
        assert_eq!(
            store.packet_envelope(packet_id(*n)).unwrap(),
            marked(*n, 100_000)
        );
    }
    let (n, digest) = kept[0];
    let head = store.audit_head().unwrap();
    store
        .settle(
            &office.receipt(packet_id(n), digest, Verdict::Durable, head),
            NOW,
        )
        .unwrap();
    store.purge().unwrap();
    office
        .enqueue(&mut store, packet_id(900), &marked(900, 50_000))
        .unwrap();
}

/// A file system of so many bytes, unmounted when dropped; none where this process may not mount.
#[cfg(target_os = "linux")]
struct SmallDisk(TempDir);

#[cfg(target_os = "linux")]
impl SmallDisk {
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={bytes}"), "tmpfs"])
            .arg(folder.path())
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then_some(Self(folder))
    }
}

#[cfg(target_os = "linux")]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount")
            .arg(self.0.path())
            .output();
    }
}

#[test]
fn a_disk_without_a_byte_left_still_purges_in_the_room_of_the_ballast() {
    let Some(disk) = SmallDisk::mount(12 << 20) else {
        eprintln!("not run: this process may not mount a small file system");
        return;
    };
    let path = disk.0.path().join("station.db");
    let options = StoreOptions {
        ballast_bytes: 2 << 20,
        ..StoreOptions::default()
    };
    let office = Office::default();
    let mut store = Store::open_with(&path, &options, NOW).unwrap();
    office.activate(&mut store);
    let mut kept = Vec::new();
    let full = loop {
        let n = kept.len() as u32 + 1;
        match office.enqueue(&mut store, packet_id(n), &marked(n, 350_000)) {
            Ok(digest) => kept.push((n, digest)),
            Err(error) => break error,
        }
    };
    assert_eq!((full, store.stopped()), (QueueError::DiskFull, None));
    assert!(kept.len() >= 3, "{}", kept.len());
    // Somebody else takes the last byte.
    let junk = disk.0.path().join("junk");
    let mut file = fs::File::create(&junk).unwrap();
    while std::io::Write::write(&mut file, &[1; 4096]).is_ok() {}
    let all_there = |store: &Store, kept: &[(u32, envelope::Digest)]| {
        for (n, _) in kept {
            let read = store.packet_envelope(packet_id(*n)).unwrap();
            assert_eq!(read, marked(*n, 350_000), "packet {n}");
        }
    };
    all_there(&store, &kept);
    // A restart on the full disk opens too.
    drop(store);
    let mut store = Store::open_with(&path, &options, NOW).unwrap();
    all_there(&store, &kept);
    let (n, digest) = kept.remove(0);
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(n), digest, Verdict::Durable, head);
    store.settle(&receipt, NOW).unwrap();
    store.purge().unwrap();
    let mark = marked(n, 350_000);
    let file = fs::read(&path).unwrap();
    let tail = &mark[mark.len() - MARKER.len() - 4..];
    assert!(
        !file.windows(tail.len()).any(|w| w == tail),
        "packet {n} is still in the file"
    );
    assert_eq!(
        fs::metadata(path.with_extension("db-wal")).map_or(0, |m| m.len()),
        0
    );
    all_there(&store, &kept);
    store.verify_audit().unwrap();
    fs::remove_file(junk).unwrap();
    store.purge().unwrap();
    assert!(store.has_ballast(), "the room for purging is taken again");
    office
        .enqueue(&mut store, packet_id(900), &marked(900, 50_000))
        .unwrap();
}

#[test]
fn on_a_full_disk_uploads_and_sign_in_go_on_and_progress_is_written_once_there_is_room() {
    let Some(disk) = SmallDisk::mount(8 << 20) else {
        eprintln!("not run: this process may not mount a small file system");
        return;
    };
    let path = disk.0.path().join("station.db");
    let options = StoreOptions {
        ballast_bytes: 1 << 20,
        ..StoreOptions::default()
    };
    let office = Office::default();
    let mut store = Store::open_with(&path, &options, NOW).unwrap();
    office.activate(&mut store);
    for n in 1..=2 {
        office
            .enqueue(&mut store, packet_id(n), &marked(n, 9_000))
            .unwrap();
    }
    store.purge().unwrap();
    let junk = disk.0.path().join("junk");
    let mut file = fs::File::create(&junk).unwrap();
    while std::io::Write::write(&mut file, &[1; 4096]).is_ok() {}
    let point = queue::UploadPoint {
        url: "/v1/uploads/7".to_owned(),
        offset: 4_096,
    };
    let due = NOW.plus_millis(60_000);
    store.note_upload(packet_id(1), Some(&point)).unwrap();
    store.note_wait(packet_id(2), "centre-down", due).unwrap();
    store.note_powered(60_000).unwrap();
    let progress = |store: &Store| {
        let first = store.outbox_row(packet_id(1)).unwrap().entry;
        let second = store.outbox(1, 1).unwrap().remove(0);
        let next = store.next_items(None, 9, NOW).unwrap().len();
        (
            first.upload,
            second.attempts,
            store.next_due(NOW).unwrap(),
            next,
        )
    };
    let noted = (Some(point), 1, Some(due), 1);
    assert_eq!(progress(&store), noted);
    assert_eq!(store.passed().unwrap().powered_millis(), 60_000);
    assert_eq!(store.stopped(), None);
    // It is in memory alone: a store opened on what the disk holds knows nothing of it.
    let elsewhere = tempfile::tempdir().unwrap();
    for name in ["station.db", "station.db-wal"] {
        fs::copy(disk.0.path().join(name), elsewhere.path().join(name)).unwrap();
    }
    let copy = open(&elsewhere.path().join("station.db")).unwrap();
    assert_eq!(progress(&copy), (None, 0, None, 2));
    // Signing in has the ballast's room.
    assert!(store.has_ballast());
    let staff = office.officer.0.clone();
    assert_eq!(store.count_try(&staff, NOW).unwrap().count, 1);
    store.clear_tries(&staff).unwrap();
    assert!(!store.has_ballast());
    drop(file);
    fs::remove_file(junk).unwrap();
    store.note_wait(packet_id(2), "centre-down", due).unwrap();
    store.note_powered(1_000).unwrap();
    drop(store);
    let mut store = Store::open_with(&path, &options, NOW).unwrap();
    assert_eq!(progress(&store), (noted.0, 2, noted.2, 1));
    assert_eq!(store.passed().unwrap().powered_millis(), 61_000);
    assert!(store.has_ballast(), "the room is taken again");
    assert_eq!(store.tries(&staff, NOW).unwrap().count, 0);
    office
        .enqueue(&mut store, packet_id(3), &marked(3, 50_000))
        .unwrap();
}
