//! The one extension of a lease: by the centre's code, once, and by believed time.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use domain::NoNewWork;
use envelope::{Digest, ExtensionCode};
use queue::testing::{NOW, Office};
use queue::{ExtensionRefusal, QueueError, Store};
use std::path::PathBuf;
use tempfile::TempDir;

fn code(seed: u8) -> ExtensionCode {
    ExtensionCode::from_mac(Digest::of(&[seed]).as_bytes()).unwrap()
}

struct Bench {
    _folder: TempDir,
    path: PathBuf,
    office: Office,
    store: Store,
}

/// A station whose lease 2 leads to code 2, lease 3 to code 3.
fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    let office = Office::default();
    let store = office.open(&path);
    let mut bench = Bench {
        _folder: folder,
        path,
        office,
        store,
    };
    bench.lease(2);
    bench
}

impl Bench {
    fn lease(&mut self, serial: u8) {
        let commitment = code(serial).commitment(&self.office.station, u64::from(serial));
        let (lease, key) = self.office.lease_with(u64::from(serial), 1, |lease| {
            lease.extension = Some(commitment);
        });
        self.store.put_lease(&lease, &key, NOW).unwrap();
    }

    fn extend(&mut self, seed: u8, day: i64) -> Result<(), QueueError> {
        let at = NOW.plus_days(day);
        let staff = self.office.officer.0.clone();
        self.store
            .extend_lease(&code(seed), &staff, at, at)
            .map(|_| ())
    }

    fn may_begin(&self, begun: u64, day: i64) -> Result<(), NoNewWork> {
        let held = self.store.lease().unwrap().unwrap();
        held.may_begin(begun, NOW.plus_days(day))
    }
}

fn refused(result: Result<(), QueueError>) -> ExtensionRefusal {
    match result {
        Err(QueueError::Extension(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_lease_that_has_ended_goes_on_by_its_code_and_once_only() {
    let mut bench = bench();
    assert_eq!(bench.may_begin(0, 9), Err(NoNewWork::Ended));
    bench.extend(2, 9).unwrap();
    assert_eq!(bench.may_begin(0, 15), Ok(()));
    assert_eq!(bench.may_begin(299, 15), Ok(()));
    assert_eq!(bench.may_begin(300, 15), Err(NoNewWork::UsedUp));
    assert_eq!(bench.may_begin(0, 16), Err(NoNewWork::Ended));
    assert_eq!(refused(bench.extend(2, 16)), ExtensionRefusal::Used);
    // It survives a restart, and the next lease begins anew.
    let path = bench.path.clone();
    drop(bench.store);
    bench.store = Store::open(&path, NOW).unwrap();
    assert_eq!(bench.may_begin(0, 15), Ok(()));
    assert_eq!(refused(bench.extend(2, 16)), ExtensionRefusal::Used);
    bench.lease(3);
    assert_eq!(bench.may_begin(0, 9), Err(NoNewWork::Ended));
    assert!(matches!(
        refused(bench.extend(2, 9)),
        ExtensionRefusal::OtherCode { .. }
    ));
    bench.extend(3, 9).unwrap();
    let rows: Vec<_> = bench.store.export_audit().map(Result::unwrap).collect();
    let acts = |name: &str| rows.iter().filter(|row| row.act == name).count();
    assert_eq!((acts("lease-extended"), acts("extension-refused")), (2, 1));
}

#[test]
fn a_lease_that_says_nothing_of_an_extension_is_not_extended() {
    let mut bench = bench();
    let (lease, key) = bench.office.lease(3, 1);
    bench.store.put_lease(&lease, &key, NOW).unwrap();
    assert_eq!(refused(bench.extend(3, 9)), ExtensionRefusal::NotOffered);
    let commitment = code(4).commitment(&bench.office.station, 4);
    let (lease, key) = bench.office.lease_with(4, 1, |lease| {
        lease.extension = Some(commitment);
        lease.policy.limits.extension = None;
    });
    bench.store.put_lease(&lease, &key, NOW).unwrap();
    assert_eq!(refused(bench.extend(4, 9)), ExtensionRefusal::NotOffered);
}

#[test]
fn ten_other_codes_end_the_tries_of_this_lease_alone() {
    let mut bench = bench();
    for left in (0..10).rev() {
        let why = refused(bench.extend(99, 9));
        assert_eq!(why, ExtensionRefusal::OtherCode { left });
    }
    assert_eq!(refused(bench.extend(2, 9)), ExtensionRefusal::TriesUsedUp);
    bench.lease(3);
    bench.extend(3, 9).unwrap();
}

#[test]
fn a_station_that_the_centre_does_not_accept_is_not_extended_until_it_gives_a_lease() {
    let mut bench = bench();
    assert!(bench.store.note_refused(NOW).unwrap());
    assert!(!bench.store.note_refused(NOW).unwrap());
    assert_eq!(refused(bench.extend(2, 9)), ExtensionRefusal::Revoked);
    bench.lease(3);
    bench.extend(3, 9).unwrap();
}

#[test]
fn a_clock_that_was_ahead_when_the_code_was_typed_gives_no_more_days() {
    let mut bench = bench();
    bench.extend(2, 35).unwrap();
    // The clock is right again: day 8.
    bench.store.hold_extension(NOW.plus_days(8)).unwrap();
    assert_eq!(bench.may_begin(0, 14), Ok(()));
    assert_eq!(bench.may_begin(0, 15), Err(NoNewWork::Ended));
    // Time that goes on, or a clock that is set back further, changes nothing more than the lease's own end allows.
    bench.store.hold_extension(NOW.plus_days(12)).unwrap();
    assert_eq!(bench.may_begin(0, 14), Ok(()));
    bench.store.hold_extension(NOW.plus_days(1)).unwrap();
    assert_eq!(bench.may_begin(0, 13), Ok(()));
    assert_eq!(bench.may_begin(0, 14), Err(NoNewWork::Ended));
}
