//! Sign-in is opening a key file; tries are counted on the disk.

use crate::applicant::NAME_LATIN;
use crate::station::{OFFICER_WORDS, Station};
use desk::{Command, EnrolmentAct, Field, SessionAct, State, Step};
use domain::{ApplicationKind, Role, StaffId};
use std::time::Duration;

fn said(state: &State) -> Option<&'static str> {
    state.sign_in.error.as_ref().map(|n| n.key)
}

fn argument(state: &State, name: &str) -> Option<String> {
    let error = state.sign_in.error.as_ref()?;
    let (_, value) = error.args.iter().find(|(n, _)| *n == name)?;
    Some(value.to_string())
}

#[test]
fn the_right_passphrase_opens_the_desk_and_a_wrong_one_says_how_many_tries_are_left() {
    let station = Station::new();
    let desk = station.desk();
    let officer = station.office.officer.0.clone();
    let wrong = desk.try_sign_in(&officer, "an orchard behind the hill");
    assert_eq!(said(&wrong), Some("notice-wrong-passphrase"));
    assert_eq!(argument(&wrong, "left").as_deref(), Some("9"));
    assert!(wrong.session.is_none());
    station.clock.pass(Duration::from_secs(2));
    let right = desk.try_sign_in(&officer, OFFICER_WORDS);
    let session = right.session.as_ref().unwrap();
    assert_eq!((&session.staff, session.role), (&officer, Role::Officer));
    assert_eq!(said(&right), None);
    // A good sign-in forgives the wrong ones.
    desk.sign_out();
    let wrong = desk.try_sign_in(&officer, "x");
    assert_eq!(argument(&wrong, "left").as_deref(), Some("9"));
}

#[test]
fn an_unknown_staff_number_opens_nothing_and_says_so() {
    let station = Station::new();
    let desk = station.desk();
    let state = desk.try_sign_in(&StaffId::parse("99999").unwrap(), OFFICER_WORDS);
    assert_eq!(said(&state), Some("notice-unknown-staff"));
    assert!(state.session.is_none());
}

#[test]
fn every_wrong_try_makes_the_next_one_wait_longer() {
    let station = Station::new();
    let desk = station.desk();
    let officer = station.office.officer.0.clone();
    for seconds in [1_u64, 2, 4, 8] {
        let wrong = desk.try_sign_in(&officer, "wrong");
        assert_eq!(said(&wrong), Some("notice-wrong-passphrase"));
        // Too early: even the right words are not looked at, and the try does not count.
        let early = desk.try_sign_in(&officer, OFFICER_WORDS);
        assert_eq!(said(&early), Some("notice-wait"));
        assert_eq!(argument(&early, "seconds"), Some(seconds.to_string()));
        station.clock.pass(Duration::from_secs(seconds));
    }
    assert!(desk.try_sign_in(&officer, OFFICER_WORDS).session.is_some());
}

#[test]
fn ten_wrong_tries_lock_the_key_file_and_a_restart_does_not_open_it() {
    let station = Station::new();
    let officer = station.office.officer.0.clone();
    for try_number in 1..=10 {
        // A new desk for every try: what is counted is on the disk.
        let desk = station.desk();
        let state = desk.try_sign_in(&officer, "wrong");
        let expected = if try_number < 10 {
            "notice-wrong-passphrase"
        } else {
            "notice-locked"
        };
        assert_eq!(said(&state), Some(expected), "try {try_number}");
        station.clock.pass(Duration::from_mins(10));
    }
    station.clock.pass(Duration::from_hours(24));
    let desk = station.desk();
    let state = desk.try_sign_in(&officer, OFFICER_WORDS);
    assert_eq!(said(&state), Some("notice-locked"));
    assert!(state.session.is_none());
    // The colleague is not locked out with them, and opens it again with a signature.
    desk.supervisor(&station);
    let state = desk.until("the locked sign-in", |s| !s.locked.is_empty());
    assert_eq!(state.locked[0].staff, officer);
    desk.send(Command::Session(SessionAct::Unlock(officer.clone())));
    let state = desk.until("the unlocked sign-in", |s| s.locked.is_empty());
    assert_eq!(said_at_the_desk(&state), Some("notice-unlocked"));
    desk.sign_out();
    assert!(desk.try_sign_in(&officer, OFFICER_WORDS).session.is_some());
    // An officer opens nobody's.
    desk.send(Command::Session(SessionAct::Unlock(officer)));
    let state = desk.until("the refusal", |s| said_at_the_desk(s).is_some());
    assert_eq!(said_at_the_desk(&state), Some("notice-supervisors-unlock"));
    assert!(station.store().verify_audit().is_ok());
}

fn said_at_the_desk(state: &State) -> Option<&'static str> {
    state.notice.as_ref().map(|notice| notice.key)
}

#[test]
fn a_power_cut_during_a_guess_does_not_take_the_guess_back() {
    let station = Station::new();
    let desk = station.desk();
    let officer = station.office.officer.0.clone();
    desk.try_sign_in(&officer, "wrong");
    let again = station.after_power_cut();
    let state = again.desk().try_sign_in(&officer, OFFICER_WORDS);
    assert_eq!(said(&state), Some("notice-wait"));
}

#[test]
fn fifteen_idle_minutes_take_the_keys_out_of_memory_and_seal_the_draft() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::New,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        NAME_LATIN.into(),
    )));
    desk.settled();
    let packet = desk.packet();
    station.clock.pass(Duration::from_mins(14));
    desk.send(Command::Session(SessionAct::Touch));
    desk.settled();
    station.clock.pass(Duration::from_mins(14));
    assert!(desk.settled().session.is_some(), "somebody was here");
    station.clock.pass(Duration::from_mins(1));
    let locked = desk.until("the lock", |s| s.session.is_none());
    assert_eq!(
        locked.notice.as_ref().map(|n| n.key),
        Some("notice-idle-locked")
    );
    assert!(locked.work().is_none() && locked.drafts.is_empty());
    // Without the keys nothing opens.
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.told("notice-sign-in-first");
    assert!(desk.settled().work().is_none());
    // With them it is all there.
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    let state = desk.until("the draft", |s| s.work().is_some());
    let work = state.work().unwrap();
    assert_eq!(work.form.get(Field::NameLatin), NAME_LATIN);
    assert_eq!((work.packet, work.step), (packet, Step::Kind));
}

#[test]
fn somebody_whom_the_lease_no_longer_names_cannot_work() {
    let station = Station::with_lease(|lease| {
        lease.staff.retain(|s| s.role == Role::Supervisor);
    });
    let desk = station.desk();
    let state = desk.try_sign_in(&station.office.officer.0, OFFICER_WORDS);
    assert_eq!(said(&state), Some("notice-not-in-lease"));
    assert!(state.session.is_none());
}

#[test]
fn a_key_file_of_other_keys_than_the_lease_names_does_not_sign_in() {
    let other = envelope::SigningKey::generate().unwrap().public();
    let station = Station::with_lease(|lease| {
        for member in &mut lease.staff {
            member.key = other;
        }
    });
    let desk = station.desk();
    let state = desk.try_sign_in(&station.office.officer.0, OFFICER_WORDS);
    assert_eq!(said(&state), Some("notice-old-key-file"));
    assert!(state.session.is_none());
}
