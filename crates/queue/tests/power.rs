//! T3 and T4 on the store: power cuts at random acts of the disk, and every act of the disk failing.
//!
//! `SHANAKHT_CUTS` changes the number of power cuts, `SHANAKHT_SEED` the random points,
//! `SHANAKHT_STRIDE=1` lets every act of the disk fail instead of every eleventh.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod faulty_disk;
mod ledger;

use faulty_disk::{CODES, Fault, FaultyDisk};
use ledger::{Ledger, office, work};
use queue::testing::{NOW, Office, Random};
use queue::{QueueError, Store, StoreOptions};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const CUTS: u64 = 250;
const SEED: u64 = 20_261_118;
const STRIDE: u64 = 11;
/// Applications in the store before, and taken through it while the disk fails.
const BEFORE: u32 = 4;
const DURING: u32 = 4;

/// A store on a disk that can fail.
struct Bench {
    disk: FaultyDisk,
    options: StoreOptions,
    office: Office,
    folder: TempDir,
    /// The store as it is before each run.
    start: Vec<(String, Vec<u8>)>,
    ledger: Ledger,
    random: Random,
}

impl Bench {
    fn new(name: &str) -> Self {
        let disk = FaultyDisk::register(name);
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions {
            ballast_bytes: 0,
            page_limit: None,
            vfs: Some(name.to_owned()),
            ..StoreOptions::default()
        };
        let office = office();
        let mut ledger = Ledger::default();
        let mut store = Store::open_with(&folder.path().join("station.db"), &options, NOW).unwrap();
        office.activate(&mut store);
        for n in 1..=BEFORE {
            work(&mut store, &office, n, |n, word| ledger.note(n, word)).unwrap();
        }
        drop(store);
        let start = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read(entry.path()).unwrap())
            })
            .collect();
        Self {
            disk,
            options,
            office,
            folder,
            start,
            ledger,
            random: Random(number("SHANAKHT_SEED", SEED)),
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("station.db")
    }

    /// The files as they are before each run, on a whole disk.
    fn run_nothing(&self) {
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        for (name, bytes) in &self.start {
            fs::write(self.folder.path().join(name), bytes).unwrap();
        }
        self.disk.reset(None, false);
    }

    /// Works from the start until everything is done or the disk fails; says what was acknowledged.
    fn run(&self, fault: Option<(u64, Fault)>, lies: bool) -> (Ledger, Result<(), QueueError>) {
        self.run_nothing();
        self.disk.reset(fault, lies);
        let mut ledger = self.ledger.clone();
        let done = Store::open_with(&self.path(), &self.options, NOW).and_then(|mut store| {
            (BEFORE + 1..=BEFORE + DURING)
                .try_for_each(|n| work(&mut store, &self.office, n, |n, word| ledger.note(n, word)))
        });
        (ledger, done)
    }

    /// Opens the store on a whole disk and holds it against the ledger.
    fn faults(&self, ledger: &mut Ledger) -> Vec<String> {
        self.disk.reset(None, false);
        match Store::open_with(&self.path(), &self.options, NOW) {
            Ok(store) => ledger.compare(&store, self.folder.path()),
            Err(error) => vec![format!("the store does not open: {error}")],
        }
    }

    /// The number of acts of the disk in a run without a fault.
    fn acts(&self) -> u64 {
        let (mut ledger, done) = self.run(None, false);
        let acts = self.disk.acts();
        assert_eq!(done, Ok(()));
        assert_eq!(self.faults(&mut ledger), Vec::<String>::new());
        acts
    }

    /// Cuts the power so often; returns the runs after which something was wrong.
    fn cut(&mut self, times: u64, lies: bool) -> Vec<(u64, Vec<String>)> {
        let acts = self.acts();
        let mut bad = Vec::new();
        for _ in 0..times {
            let at = 1 + self.random.below(acts);
            let (mut ledger, done) = self.run(Some((at, Fault::PowerCut)), lies);
            // The last act removes the empty WAL of a store that is closed: everything was acknowledged before.
            assert!(
                done.is_err() || at == acts,
                "the power went at {at} and nobody noticed"
            );
            self.disk.settle_after_power_cut(&mut self.random);
            let faults = self.faults(&mut ledger);
            if !faults.is_empty() {
                bad.push((at, faults));
            }
        }
        bad
    }
}

#[test]
fn a_power_cut_at_any_act_of_the_disk_loses_nothing_that_was_acknowledged() {
    let cuts = number("SHANAKHT_CUTS", CUTS);
    let mut bench = Bench::new("power");
    let bad = bench.cut(cuts, false);
    assert!(bad.is_empty(), "{} of {cuts}: {:?}", bad.len(), bad.first());
    println!("{cuts} power cuts, 0 lost");
}

#[test]
fn a_power_cut_while_a_failed_disk_is_answered_by_a_new_file_loses_nothing() {
    let cuts = number("SHANAKHT_CUTS", CUTS) / 2;
    let mut bench = Bench::new("moving");
    let acts = bench.acts();
    let mut noticed = 0;
    for run in 0..cuts {
        let code = CODES[if run % 2 == 0 { 0 } else { 2 }];
        let at = 1 + bench.random.below(acts);
        // A move takes some hundred acts here.
        let later = 1 + bench.random.below(400);
        let (mut ledger, done) = bench.run(Some((at, Fault::OnceThenCut(code, later))), false);
        noticed += u64::from(done.is_err());
        bench.disk.settle_after_power_cut(&mut bench.random);
        let faults = bench.faults(&mut ledger);
        assert!(
            faults.is_empty(),
            "failed at {at}, cut {later} later: {faults:?}"
        );
    }
    println!("{noticed} of {cuts} moves and what followed were cut, 0 lost");
    assert!(
        noticed > cuts / 4,
        "the power went in few of them: {noticed}"
    );
}

#[test]
fn a_disk_that_only_says_it_has_synced_loses_something_and_this_test_sees_it() {
    let mut bench = Bench::new("liar");
    let bad = bench.cut(40, true);
    assert!(
        !bad.is_empty(),
        "the control found nothing: the test above is blind"
    );
    println!("control: {} of 40 runs lost something", bad.len());
}

#[test]
fn whatever_act_of_the_disk_fails_what_was_acknowledged_is_kept() {
    let mut bench = Bench::new("errors");
    let acts = bench.acts();
    let stride = number("SHANAKHT_STRIDE", STRIDE).max(1) as usize;
    let mut runs = 0;
    for code in CODES {
        for make in [Fault::Once as fn(i32) -> Fault, Fault::Sticky] {
            for at in (1..=acts).step_by(stride) {
                let fault = make(code);
                let (mut ledger, _) = bench.run(Some((at, fault)), false);
                // A sync that failed has kept nothing: the power may go as well.
                if runs % 2 == 0 {
                    bench.disk.settle_after_power_cut(&mut bench.random);
                }
                let faults = bench.faults(&mut ledger);
                assert!(faults.is_empty(), "{fault:?} at {at} of {acts}: {faults:?}");
                runs += 1;
            }
        }
    }
    println!("{runs} runs with failing acts of {acts}, 0 lost");
}

#[test]
fn a_failed_sync_stops_the_store_and_a_full_disk_does_not() {
    let bench = Bench::new("stops");
    let acts = bench.acts();
    let [write, full, sync] = CODES;
    for (code, stops) in [(write, true), (full, false), (sync, true)] {
        let mut seen = 0;
        for at in (acts / 4..acts).step_by(7) {
            let (_, done) = bench.run(Some((at, Fault::Sticky(code))), false);
            match done {
                Err(QueueError::Io { .. }) if stops => seen += 1,
                Err(QueueError::DiskFull) if !stops => seen += 1,
                Ok(()) => {}
                other => panic!("code {code} at {at}: {other:?}"),
            }
        }
        assert!(seen > 0, "code {code} was never told");
    }
}

#[test]
fn a_power_cut_during_an_activation_never_mixes_two_stations_keys() {
    let mut bench = Bench::new("activation");
    let mut record = bench.office.record();
    record.certificate_pem = "new".to_owned();
    record.key_files = vec![(bench.office.officer.0.clone(), b"new".to_vec())];
    let (lease, key) = bench.office.lease(2, 1);
    let mut seen = [0, 0];
    for at in 1.. {
        bench.run_nothing();
        let mut store = Store::open_with(&bench.path(), &bench.options, NOW).unwrap();
        bench.disk.reset(Some((at, Fault::PowerCut)), false);
        let done = store.activate(&record, &lease, &key, NOW);
        drop(store);
        bench.disk.settle_after_power_cut(&mut bench.random);
        bench.disk.reset(None, false);
        let store = Store::open_with(&bench.path(), &bench.options, NOW).unwrap();
        let new = store.activation().unwrap().unwrap().certificate_pem == "new";
        let serial = store.lease().unwrap().unwrap().lease.serial;
        let file = store.key_file(&bench.office.officer.0).unwrap();
        assert_eq!((new, new), (serial == 2, file.is_some()), "cut at {at}");
        assert!(new || done.is_err(), "cut at {at}: acknowledged and lost");
        seen[usize::from(new)] += 1;
        if done.is_ok() {
            break;
        }
    }
    assert!(seen[0] > 1 && seen[1] > 0, "{seen:?}");
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}
