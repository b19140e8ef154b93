//! A handful of runs of each kind with its controls, replay, and shares that add up. The volumes are the simulator's.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use faults::{FaultReport, Kind, Plan, run, run_shared};

const SEED: u64 = 20_261_118;

fn runs(kind: Kind, from: u64, runs: u64) -> FaultReport {
    let plan = Plan {
        kind,
        runs,
        seed: SEED,
        from,
    };
    run(&plan, &|line| eprintln!("{line}")).unwrap()
}

fn keeps_its_promises(kind: Kind, number: u64) -> FaultReport {
    let report = runs(kind, 0, number);
    assert!(report.kept_its_promises(), "{kind:?}: {report:?}");
    assert_eq!(report.runs, number);
    assert!(
        report.faces >= number,
        "people were photographed: {report:?}"
    );
    assert!(report.acknowledged > 4 * number, "{report:?}");
    report
}

#[test]
fn a_power_cut_loses_nothing_that_a_person_saw_and_brings_nothing_twice() {
    let report = keeps_its_promises(Kind::Power, 30);
    assert!(report.struck > report.runs / 2, "{report:?}");
    assert_eq!(report.controls, 3);
}

#[test]
fn whatever_the_disk_refuses_nothing_that_a_person_saw_is_lost() {
    let report = keeps_its_promises(Kind::Io, 30);
    // Once in the run, and again in the start on a disk that still fails.
    assert!(report.struck >= report.runs, "{report:?}");
    assert_eq!(report.controls, 2);
}

#[test]
fn packets_leave_a_full_disk_and_work_goes_on_when_there_is_room() {
    let report = keeps_its_promises(Kind::DiskFull, 6);
    assert!(
        report.struck >= report.runs,
        "the disk was full: {report:?}"
    );
    assert_eq!(report.controls, 2);
}

#[test]
fn clocks_neither_extend_nor_end_a_lease_and_everything_arrives() {
    assert_eq!(keeps_its_promises(Kind::Clock, 4).controls, 2);
}

#[test]
fn a_bad_link_and_crashes_of_both_ends_bring_everything_once() {
    assert_eq!(keeps_its_promises(Kind::Network, 15).controls, 5);
}

#[test]
fn a_run_is_the_same_run_whenever_it_is_made_and_shares_add_up() {
    for kind in [Kind::Power, Kind::Network] {
        let whole = runs(kind, 40, 6);
        let mut shares = runs(kind, 40, 2);
        shares.add(&runs(kind, 42, 4));
        let figures = |report: &FaultReport| {
            let mut report = report.clone();
            report.seconds = 0.0;
            report.controls = 0;
            report
        };
        assert_eq!(figures(&whole), figures(&shares));
        let plan = Plan {
            kind,
            runs: 6,
            seed: SEED,
            from: 40,
        };
        let threads = run_shared(&plan, 4, &|line| eprintln!("{line}")).unwrap();
        assert_eq!(figures(&whole), figures(&threads));
        assert_eq!(figures(&runs(kind, 45, 1)), figures(&runs(kind, 45, 1)));
    }
}
