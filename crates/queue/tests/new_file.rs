//! A new file beside the store: whole under its name when an act returns, or not there at all.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod faulty_disk;

use faulty_disk::{CODES, Fault, FaultyDisk};
use queue::testing::{NOW, Office, packet_id};
use queue::{FileSystem, Store, StoreOptions, SystemFiles};
use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

/// The system's files, of which a power cut takes what was not synced: names that are not in a synced folder go back, and a file that
/// nobody synced under any name is empty.
#[derive(Debug, Default)]
struct Forgetful(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    synced: BTreeSet<PathBuf>,
    /// Renames that no sync of the folder has followed.
    renamed: Vec<(PathBuf, PathBuf)>,
    /// Files that had their name before the first act.
    old: BTreeSet<PathBuf>,
}

impl Forgetful {
    fn cut_power(&self, folder: &Path) {
        let mut state = self.0.lock().unwrap();
        for (from, to) in std::mem::take(&mut state.renamed).into_iter().rev() {
            fs::rename(&to, &from).unwrap();
            state.follow(&to, &from);
        }
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !state.synced.contains(&path) && !state.old.contains(&path) {
                fs::write(&path, b"").unwrap();
            }
        }
        assert!(folder.join("station.db").exists(), "the name is gone");
    }
}

impl State {
    fn follow(&mut self, from: &Path, to: &Path) {
        for names in [&mut self.synced, &mut self.old] {
            if names.remove(from) {
                names.insert(to.to_owned());
            }
        }
    }
}

impl FileSystem for Forgetful {
    fn is_present(&self, folder: &Path) -> bool {
        SystemFiles.is_present(folder)
    }

    fn names(&self, folder: &Path) -> io::Result<Vec<String>> {
        SystemFiles.names(folder)
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        SystemFiles.write(path, bytes)
    }

    fn sync(&self, path: &Path) -> io::Result<()> {
        self.0.lock().unwrap().synced.insert(path.to_owned());
        SystemFiles.sync(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemFiles.rename(from, to)?;
        let mut state = self.0.lock().unwrap();
        state.renamed.push((from.to_owned(), to.to_owned()));
        state.follow(from, to);
        Ok(())
    }

    fn length(&self, path: &Path) -> io::Result<Option<u64>> {
        SystemFiles.length(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemFiles.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        self.0.lock().unwrap().renamed.clear();
        SystemFiles.sync_folder(folder)
    }
}

fn place() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    (folder, path)
}

fn options(files: &Arc<Forgetful>, vfs: Option<&str>) -> StoreOptions {
    StoreOptions {
        ballast_bytes: 0,
        vfs: vfs.map(str::to_owned),
        files: files.clone(),
        ..StoreOptions::default()
    }
}

#[test]
fn a_new_store_is_on_the_disk_with_its_name_when_it_is_open() {
    let (folder, path) = place();
    let files = Arc::new(Forgetful::default());
    drop(Store::open_with(&path, &options(&files, None), NOW).unwrap());
    files.cut_power(folder.path());
    let store = Store::open(&path, NOW).unwrap();
    assert_eq!(store.verify_audit().unwrap().rows, 1);
}

#[test]
fn a_file_into_which_a_store_moved_is_on_the_disk_with_its_name() {
    let disk = FaultyDisk::register("new-file");
    let [write, _, _] = CODES;
    let (folder, path) = place();
    let office = Office::default();
    drop(office.open(&path));
    let files = Arc::new(Forgetful::default());
    for name in SystemFiles.names(folder.path()).unwrap() {
        files.0.lock().unwrap().old.insert(folder.path().join(name));
    }
    let mut store = Store::open_with(&path, &options(&files, Some("new-file")), NOW).unwrap();
    disk.reset(Some((1, Fault::Once(write))), false);
    let draft = office.draft(packet_id(7), b"acknowledged");
    store.save_draft(&draft, NOW).unwrap();
    let set_aside = store.rescued().unwrap().set_aside.clone();
    disk.reset(None, false);
    drop(store);
    files.cut_power(folder.path());
    assert!(set_aside.exists(), "the old file is where the store says");
    let store = Store::open(&path, NOW).unwrap();
    assert_eq!(store.draft_envelope(packet_id(7)).unwrap(), b"acknowledged");
}

#[test]
fn what_was_salvaged_is_on_the_disk_when_it_is_said_so() {
    let (folder, path) = place();
    let office = Office::default();
    let mut store = office.open(&path);
    for n in 0..3 {
        let draft = office.draft(packet_id(n), b"typed");
        store.save_draft(&draft, NOW).unwrap();
    }
    drop(store);
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let files = Forgetful::default();
    let salvaged = queue::salvage_with(&path, &out, &files).unwrap();
    assert_eq!(salvaged.len(), 3);
    let state = files.0.lock().unwrap();
    for entry in fs::read_dir(&out).unwrap() {
        assert!(state.synced.contains(&entry.unwrap().path()));
    }
}
