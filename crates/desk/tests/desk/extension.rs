//! An office without any link: its lease is extended by a code over the telephone.

use crate::station::Station;
use desk::{Command, EnrolmentAct, StationAct};
use envelope::{Digest, ExtensionCode};
use queue::testing::NOW;

fn code(seed: u8) -> ExtensionCode {
    ExtensionCode::from_mac(Digest::of(&[seed]).as_bytes()).unwrap()
}

/// A station whose first lease leads to code 1.
fn station() -> Station {
    Station::with_lease(|lease| {
        lease.extension = Some(code(1).commitment(&lease.station, lease.serial));
    })
}

#[test]
fn a_lease_that_has_ended_is_extended_by_a_code_once_and_typing_errors_cost_nothing() {
    let station = station();
    let desk = station.desk();
    desk.officer(&station);
    station.clock.set(NOW.plus_days(9));
    desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
    let right = code(1).expose();
    let mut swapped = right.clone().into_bytes();
    let at = (0..3).find(|at| swapped[*at] != swapped[at + 1]).unwrap();
    swapped.swap(at, at + 1);
    for (typed, told) in [
        (String::from_utf8(swapped).unwrap(), "notice-code-check"),
        (right[..19].to_owned(), "notice-code-length"),
        (right.replacen(&right[..1], "U", 1), "notice-code-letter"),
        (code(2).expose(), "notice-extension-other-code"),
    ] {
        desk.send(Command::Station(StationAct::ExtendLease(typed)));
        desk.told(told);
    }
    let acts = |act: &str| {
        let store = station.store();
        let rows = store.export_audit().map(Result::unwrap);
        rows.filter(|row| row.act == act).count()
    };
    assert_eq!(acts("extension-refused"), 1, "only the whole code counts");
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.told("notice-lease-expired");
    desk.send(Command::Station(StationAct::ExtendLease(
        right.to_lowercase().replace('-', " "),
    )));
    desk.told("notice-lease-extended");
    let state = desk.until("the open lease", |s| {
        s.station.as_ref().is_some_and(|s| s.lease_open)
    });
    let view = state.station.as_ref().unwrap();
    assert_eq!((view.lease_serial, view.lease_extended), (1, true));
    assert_eq!(view.packets_left, 300);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.until("a new application", |s| s.work().is_some());
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.send(Command::Station(StationAct::ExtendLease(right)));
    desk.told("notice-extension-used");
    assert_eq!(acts("lease-extended"), 1);
    drop(desk);
    // A restart forgets nothing of it; its end is its end.
    let desk = station.desk();
    desk.officer(&station);
    assert!(desk.settled().station.as_ref().unwrap().lease_open);
    station.clock.set(NOW.plus_days(17));
    desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
}

#[test]
fn a_lease_without_an_extension_and_nobody_signed_in_extend_nothing() {
    let other = Station::new();
    let desk = other.desk();
    desk.officer(&other);
    desk.send(Command::Station(StationAct::ExtendLease(code(1).expose())));
    desk.told("notice-extension-not-offered");
    drop(desk);
    let station = station();
    let desk = station.desk();
    desk.send(Command::Station(StationAct::ExtendLease(code(1).expose())));
    let state = desk.settled();
    assert!(!state.station.as_ref().unwrap().lease_extended);
}
