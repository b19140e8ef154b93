//! A second sealed copy on another disk: there when an act returns, gone when the packet is.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;
use envelope::{DecisionKind, Digest};
use queue::testing::{NOW, Office, packet_id};
use queue::{FileSystem, SecondDisk, Store, StoreOptions};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// A disk in memory that forgets what was not synced, and can be pulled.
#[derive(Debug, Default)]
struct Forgetful(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// Names as programs see them, and as the disk surely has them.
    seen: BTreeMap<PathBuf, Content>,
    kept: BTreeMap<PathBuf, Content>,
    pulled: bool,
    /// Says that it has synced and has not.
    lies: bool,
    /// What was asked of it, in order.
    acts: Vec<&'static str>,
}

#[derive(Debug, Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: bool,
}

impl Forgetful {
    fn cut_power(&self) {
        let mut state = self.0.lock().unwrap();
        for content in state.kept.values_mut().filter(|c| !c.synced) {
            content.bytes.clear();
        }
        state.seen = state.kept.clone();
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.0.lock().unwrap());
    }

    fn files(&self) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let names = state.seen.keys().map(|path| path.file_name().unwrap());
        names.map(|n| n.to_string_lossy().into_owned()).collect()
    }

    fn read(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.0.lock().unwrap();
        Some(state.seen.get(&folder().join(name))?.bytes.clone())
    }
}

fn gone() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl FileSystem for Forgetful {
    fn is_present(&self, _folder: &Path) -> bool {
        !self.0.lock().unwrap().pulled
    }

    fn names(&self, _folder: &Path) -> io::Result<Vec<String>> {
        Ok(self.files())
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let content = Content {
            bytes: bytes.to_vec(),
            synced: false,
        };
        let mut state = self.0.lock().unwrap();
        state.acts.push("write");
        state.seen.insert(path.to_owned(), content);
        Ok(())
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let lies = state.lies;
        state.seen.get_mut(path).ok_or_else(gone)?.synced = !lies;
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        let content = state.seen.remove(from).ok_or_else(gone)?;
        state.seen.insert(to.to_owned(), content);
        Ok(())
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        let state = self.0.lock().unwrap();
        Ok(state
            .seen
            .get(path)
            .map(|content| content.bytes.len() as u64))
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.acts.push("remove");
        state.seen.remove(path).map(|_| ()).ok_or_else(gone)
    }

    fn sync_folder(&self, _folder: &Path) -> io::Result<()> {
        let mut state = self.0.lock().unwrap();
        state.kept = state.seen.clone();
        Ok(())
    }
}

fn folder() -> PathBuf {
    PathBuf::from("/second")
}

fn options(disk: &Arc<Forgetful>) -> StoreOptions {
    StoreOptions {
        ballast_bytes: 1 << 16,
        second: Some(SecondDisk::with(&folder(), disk.clone())),
        ..StoreOptions::default()
    }
}

fn bench() -> (TempDir, Office, Arc<Forgetful>, Store) {
    let place = tempfile::tempdir().unwrap();
    let office = Office::default();
    let disk = Arc::new(Forgetful::default());
    let path = place.path().join("station.db");
    let mut store = Store::open_with(&path, &options(&disk), NOW).unwrap();
    office.activate(&mut store);
    (place, office, disk, store)
}

fn settle(office: &Office, store: &mut Store, n: u32, digest: Digest) {
    let head = store.audit_head().unwrap();
    let receipt = office.receipt(packet_id(n), digest, Verdict::Durable, head);
    store.settle(&receipt, NOW).unwrap();
}

fn name(n: u32, ending: &str) -> String {
    format!("{}.{ending}", packet_id(n))
}

#[test]
fn what_was_acknowledged_is_on_the_second_disk_after_a_power_cut_and_gone_when_it_is_settled() {
    let (_place, office, disk, mut store) = bench();
    let step = |endings: &[&str]| {
        disk.cut_power();
        let mut expected: Vec<String> = endings.iter().map(|e| name(1, e)).collect();
        expected.sort();
        assert_eq!(disk.files(), expected);
    };
    for content in [b"one".as_slice(), b"two"] {
        store
            .save_draft(&office.draft(packet_id(1), content), NOW)
            .unwrap();
        step(&["draft.age"]);
        assert_eq!(disk.read(&name(1, "draft.age")).unwrap(), content);
    }
    let digest = store
        .submit(&office.submission(packet_id(1), b"packet"), NOW)
        .unwrap();
    step(&["packet", "review.age", "statement.cose"]);
    assert_eq!(disk.read(&name(1, "packet")).unwrap(), b"packet");
    let decision = office.decision(packet_id(1), digest, DecisionKind::Approve);
    let manifest = store
        .approve(packet_id(1), &decision, |seed| office.manifest(seed), NOW)
        .unwrap();
    step(&["packet", "statement.cose", "decision.cose", "manifest.cose"]);
    assert_eq!(
        disk.read(&name(1, "manifest.cose")).unwrap(),
        manifest.as_bytes()
    );
    settle(&office, &mut store, 1, digest);
    step(&[]);
    assert_eq!(store.owed_copies().unwrap(), 0);
    store
        .save_draft(&office.draft(packet_id(2), b"d"), NOW)
        .unwrap();
    store.close(packet_id(2), "discarded", NOW).unwrap();
    step(&[]);
}

#[test]
fn a_disk_that_only_says_it_has_synced_is_seen_by_the_test_above() {
    let (_place, office, disk, mut store) = bench();
    disk.set(|state| state.lies = true);
    store
        .save_draft(&office.draft(packet_id(1), b"draft"), NOW)
        .unwrap();
    disk.cut_power();
    assert_ne!(disk.read(&name(1, "draft.age")).unwrap(), b"draft");
}

#[test]
fn purges_that_an_absent_disk_is_owed_are_remembered_and_done_when_it_returns() {
    let (place, office, disk, mut store) = bench();
    let path = place.path().join("station.db");
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    disk.set(|state| state.pulled = true);
    settle(&office, &mut store, 1, digest);
    office
        .enqueue(&mut store, packet_id(2), b"meanwhile")
        .unwrap();
    assert!(store.owed_copies().unwrap() >= 8);
    // Still owed after a restart without the disk.
    drop(store);
    let mut store = Store::open_with(&path, &options(&disk), NOW).unwrap();
    assert!(disk.read(&name(1, "packet")).is_some());
    disk.set(|state| {
        state.pulled = false;
        state.acts.clear();
    });
    store.audit("signed-in", None, None, "", NOW).unwrap();
    disk.set(|state| {
        let written = state.acts.iter().position(|act| *act == "write").unwrap();
        let (first, then) = state.acts.split_at(written);
        assert!(first.len() >= 4, "the purges come first");
        assert!(!then.contains(&"remove"), "{:?}", state.acts);
    });
    disk.cut_power();
    assert_eq!(disk.read(&name(1, "packet")), None);
    assert_eq!(disk.read(&name(2, "packet")).unwrap(), b"meanwhile");
    assert_eq!(disk.files().len(), 4);
    assert_eq!(store.owed_copies().unwrap(), 0);
}

#[test]
fn a_disk_that_comes_late_or_with_something_old_is_brought_up_to_date() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("station.db");
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 1..=30 {
        office.enqueue(&mut store, packet_id(n), b"packet").unwrap();
    }
    drop(store);
    let disk = Arc::new(Forgetful::default());
    disk.write(&folder().join(name(77, "packet")), b"settled long ago")
        .unwrap();
    disk.write(&folder().join("notes.txt"), b"not ours")
        .unwrap();
    let mut store = Store::open_with(&path, &options(&disk), NOW).unwrap();
    assert_eq!(disk.read(&name(77, "packet")), None);
    assert!(store.owed_copies().unwrap() > 0, "little by little");
    for _ in 0..9 {
        store.audit("signed-in", None, None, "", NOW).unwrap();
    }
    assert_eq!(store.owed_copies().unwrap(), 0);
    assert_eq!(disk.files().len(), 30 * 4 + 1, "what is not ours stays");
}

#[test]
fn a_folder_of_the_system_keeps_the_copy_too() {
    let place = tempfile::tempdir().unwrap();
    let second = tempfile::tempdir().unwrap();
    let office = Office::default();
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        second: Some(SecondDisk::at(second.path())),
        ..StoreOptions::default()
    };
    let mut store = Store::open_with(&place.path().join("station.db"), &options, NOW).unwrap();
    office.activate(&mut store);
    let digest = office.enqueue(&mut store, packet_id(1), b"packet").unwrap();
    let copy = second.path().join(name(1, "packet"));
    assert_eq!(std::fs::read(&copy).unwrap(), b"packet");
    settle(&office, &mut store, 1, digest);
    assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0);
    // A store that knows of none writes none.
    drop(store);
    let mut store = Store::open(&place.path().join("station.db"), NOW).unwrap();
    office.enqueue(&mut store, packet_id(2), b"packet").unwrap();
    assert_eq!(std::fs::read_dir(second.path()).unwrap().count(), 0);
    assert_eq!(store.owed_copies().unwrap(), 0);
}
