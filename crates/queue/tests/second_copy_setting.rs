//! The second copy as the station's setting: switched on and off while the store is open, across restarts and absent disks.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::Verdict;

use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, SecondDiskFault, Store, downgrade};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A station, and a folder on another device: memory that every Linux has.
struct Bench {
    folder: TempDir,
    disk: TempDir,
    office: Office,
    store: Store,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let store = office.open(&folder.path().join("station.db"));
    Bench {
        disk: tempfile::tempdir_in("/dev/shm").unwrap(),
        folder,
        office,
        store,
    }
}

impl Bench {
    fn on(&mut self) -> Result<(), QueueError> {
        let staff = self.office.supervisor.0.clone();
        self.store.keep_second_copy(self.disk.path(), &staff, NOW)
    }

    fn off(&mut self) {
        let staff = self.office.supervisor.0.clone();
        self.store.end_second_copy(Some(&staff), NOW).unwrap();
    }

    fn reopen(&mut self) {
        let path = self.folder.path().join("station.db");
        let other = tempfile::tempdir().unwrap();
        let other = self.office.open(&other.path().join("station.db"));
        drop(std::mem::replace(&mut self.store, other));
        self.store = Store::open(&path, NOW).unwrap();
    }

    fn own(&self) -> PathBuf {
        self.store.second_copy().unwrap().unwrap().folder
    }

    fn in_step(&self) -> bool {
        let copy = self.store.second_copy().unwrap().unwrap();
        copy.present && copy.owed == 0
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_waits_is_copied_when_it_is_switched_on_and_goes_with_the_receipt_also_after_a_restart() {
    let mut bench = bench();
    let digest = bench
        .office
        .enqueue(&mut bench.store, packet_id(1), b"a sealed packet")
        .unwrap();
    bench.on().unwrap();
    assert!(bench.in_step());
    let own = bench.own();
    let packet = own.join(format!("{}.packet", packet_id(1)));
    assert_eq!(fs::read(&packet).unwrap(), b"a sealed packet");
    assert_eq!(names(&own).len(), 4);
    bench.reopen();
    bench
        .office
        .enqueue(&mut bench.store, packet_id(2), b"another")
        .unwrap();
    assert_eq!(names(&own).len(), 8);
    let head = bench.store.audit_head().unwrap();
    let receipt = bench
        .office
        .receipt(packet_id(1), digest, Verdict::Durable, head);
    bench.store.settle(&receipt, NOW).unwrap();
    assert!(!packet.exists());
    assert_eq!(names(&own).len(), 4);
    assert!(bench.in_step());
}

#[test]
fn purges_of_an_absent_disk_are_done_first_when_it_returns_and_an_empty_place_is_not_taken_for_it()
{
    let mut bench = bench();
    bench.on().unwrap();
    let own = bench.own();
    let digest = bench
        .office
        .enqueue(&mut bench.store, packet_id(1), b"a sealed packet")
        .unwrap();
    let away = bench.disk.path().join("away");
    fs::rename(&own, &away).unwrap();
    let head = bench.store.audit_head().unwrap();
    let receipt = bench
        .office
        .receipt(packet_id(1), digest, Verdict::Durable, head);
    bench.store.settle(&receipt, NOW).unwrap();
    bench
        .office
        .enqueue(&mut bench.store, packet_id(2), b"taken while it was away")
        .unwrap();
    let copy = bench.store.second_copy().unwrap().unwrap();
    assert!(!copy.present && copy.owed > 0, "{copy:?}");
    assert_eq!(names(bench.disk.path()), ["away"], "nothing lies elsewhere");
    bench.reopen();
    bench.store.tend_second_copy().unwrap();
    assert_eq!(names(&away).len(), 4);
    fs::rename(&away, &own).unwrap();
    bench.store.tend_second_copy().unwrap();
    assert!(bench.in_step());
    assert!(!own.join(format!("{}.packet", packet_id(1))).exists());
    assert!(own.join(format!("{}.packet", packet_id(2))).exists());
}

#[test]
fn switched_off_nothing_stays_there_whether_the_disk_is_present_or_comes_back_later() {
    for absent in [false, true] {
        let mut bench = bench();
        bench.on().unwrap();
        let own = bench.own();
        bench
            .office
            .enqueue(&mut bench.store, packet_id(1), b"a sealed packet")
            .unwrap();
        let away = bench.disk.path().join("away");
        if absent {
            fs::rename(&own, &away).unwrap();
        }
        bench.off();
        if absent {
            assert!(bench.store.second_copy().unwrap().unwrap().ending);
            // Work goes on, and a restart forgets nothing of what is owed.
            bench
                .office
                .enqueue(&mut bench.store, packet_id(2), b"after the end")
                .unwrap();
            bench.reopen();
            let again = bench.on();
            assert_eq!(again, Err(QueueError::SecondDisk(SecondDiskFault::Another)));
            fs::rename(&away, &own).unwrap();
            bench.store.tend_second_copy().unwrap();
            bench.store.tend_second_copy().unwrap();
        }
        assert_eq!(bench.store.second_copy().unwrap(), None, "absent {absent}");
        assert!(!own.exists());
        assert_eq!(bench.store.owed_copies().unwrap(), 0);
        assert!(bench.store.packet_envelope(packet_id(1)).is_ok());
        bench
            .office
            .enqueue(&mut bench.store, packet_id(3), b"later")
            .unwrap();
        assert_eq!(bench.store.owed_copies().unwrap(), 0, "nothing is watched");
        bench.on().unwrap();
        assert!(bench.in_step());
    }
}

#[test]
fn a_folder_that_protects_nothing_is_not_taken() {
    let mut bench = bench();
    let staff = bench.office.supervisor.0.clone();
    let gone = bench.disk.path().join("gone");
    let file = bench.disk.path().join("file");
    fs::write(&file, b"x").unwrap();
    for (folder, why) in [
        (gone.as_path(), SecondDiskFault::NotThere),
        (&file, SecondDiskFault::NotThere),
        (bench.folder.path(), SecondDiskFault::SameDisk),
        (Path::new("/proc"), SecondDiskFault::NotWritable),
    ] {
        let taken = bench.store.keep_second_copy(folder, &staff, NOW);
        assert_eq!(taken, Err(QueueError::SecondDisk(why)), "{folder:?}");
    }
    // A link to a folder beside the store.
    let link = bench.disk.path().join("link");
    std::os::unix::fs::symlink(bench.folder.path(), &link).unwrap();
    let taken = bench.store.keep_second_copy(&link, &staff, NOW);
    assert_eq!(
        taken,
        Err(QueueError::SecondDisk(SecondDiskFault::SameDisk))
    );
    assert_eq!(bench.store.second_copy().unwrap(), None);
    bench.on().unwrap();
    let twice = bench.on();
    assert_eq!(twice, Err(QueueError::SecondDisk(SecondDiskFault::Another)));
    let path = bench.folder.path().join("station.db");
    bench.reopen();
    drop(bench.store);
    let back = downgrade(&path, NOW);
    assert_eq!(
        back,
        Err(QueueError::NeedsNewerVersion(
            "a second copy that is switched on"
        ))
    );
}
