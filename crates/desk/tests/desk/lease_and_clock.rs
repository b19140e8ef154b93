//! Past its lease a station takes nothing new and loses nothing; clocks lie and change nothing.

use crate::station::Station;
use desk::{Command, EnrolmentAct, Field, ReviewAct, SessionAct, Step};
use domain::{ApplicationKind, ClockConfidence};
use queue::testing::NOW;
use std::time::Duration;

#[test]
fn past_the_lease_nothing_new_starts_and_a_draft_is_finished_and_approved() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.work().is_none());
    station.clock.set(NOW.plus_days(8));
    // A week has passed on the wall clock: the idle lock does not look at it.
    let state = desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
    assert!(state.session.is_some());
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.told("notice-lease-expired");
    assert!(desk.settled().work().is_none());
    desk.send(Command::Enrolment(EnrolmentAct::Open(packet)));
    desk.until("the draft", |s| s.work().is_some());
    desk.consent();
    desk.capture(&station, &crate::camera::gallery().first);
    desk.keep();
    desk.submit();
    desk.sign_out();
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    assert_eq!(desk.settled().queue.outbox, 1);
}

#[test]
fn powered_time_ends_a_lease_although_the_clock_is_set_back_every_day() {
    let station = Station::new();
    let desk = station.desk();
    for _ in 0..8 {
        station.clock.pass(Duration::from_hours(24));
        desk.settled();
        station.clock.set(NOW);
        desk.until("the flagged clock", |s| {
            s.clock == Some(ClockConfidence::SetBack)
        });
    }
    desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
    drop(desk);
    // A restart forgets nothing of it.
    let desk = station.desk();
    desk.officer(&station);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.told("notice-lease-expired");
}

#[test]
fn a_clock_that_was_ahead_for_an_hour_ends_no_lease() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    station.clock.set(NOW.plus_days(20));
    desk.until("the closed lease", |s| {
        s.station.as_ref().is_some_and(|s| !s.lease_open)
    });
    for _ in 0..10 {
        station.clock.pass(Duration::from_mins(6));
        desk.send(Command::Session(SessionAct::Touch));
        desk.settled();
    }
    // Set right again, everything is as before.
    station.clock.set(NOW.plus_millis(3_600_000));
    desk.until("the open lease", |s| {
        s.station.as_ref().is_some_and(|s| s.lease_open)
    });
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.until("a new application", |s| s.work().is_some());
}

#[test]
fn a_used_up_lease_takes_nothing_new() {
    let station = Station::with_lease(|lease| lease.policy.limits.packets = 1);
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| s.drafts.len() == 1);
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.told("notice-lease-used");
}

#[test]
fn a_clock_set_back_a_year_is_flagged_in_the_manifest_and_blocks_nothing_taken() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    // A child born last month, by the right clock.
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.send(Command::Enrolment(EnrolmentAct::SetKind(
        ApplicationKind::Child,
    )));
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Details)));
    for (field, text) in [
        (Field::NameUrdu, "علی"),
        (Field::NameLatin, "Ali"),
        (Field::FatherUrdu, "احمد خان"),
        (Field::FatherLatin, "Ahmed Khan"),
        (Field::Born, "20/10/2026"),
        (Field::Gender, "male"),
        (Field::Guardian, "36302-0001234-1"),
        (Field::Address, "ملتان"),
    ] {
        desk.send(Command::Enrolment(EnrolmentAct::SetField(
            field,
            text.into(),
        )));
    }
    desk.until("whole details", |s| {
        s.work().is_some_and(|w| w.complete(Step::Details))
    });
    let packet = desk.packet();
    desk.consent();
    station.clock.set(NOW.plus_days(-365));
    let state = desk.until("the flagged clock", |s| {
        s.clock == Some(ClockConfidence::SetBack)
    });
    let work = state.work().unwrap();
    assert!(work.complete(Step::Details), "{:?}", work.checked);
    desk.capture(&station, &crate::camera::gallery().first);
    desk.keep();
    desk.submit();
    desk.sign_out();
    desk.supervisor(&station);
    desk.open_review(packet);
    desk.send(Command::Review(ReviewAct::Approve));
    desk.told("notice-approved");
    let row = station.store().outbox_row(packet).unwrap();
    let manifest = row.documents.manifest().unwrap().peek().unwrap();
    let statement = row.documents.statement().unwrap().peek().unwrap();
    assert_eq!(manifest.clock, ClockConfidence::SetBack);
    assert_eq!(statement.clock, ClockConfidence::SetBack);
    // And the next applicant is taken too: the lease is judged by the later of both times.
    desk.send(Command::Enrolment(EnrolmentAct::New));
    desk.until("a new application", |s| s.work().is_some());
}

#[test]
fn a_clock_ten_years_ahead_is_flagged_and_stops_nobody() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    station.clock.set(NOW.plus_days(3653));
    desk.until("the flagged clock", |s| {
        s.clock == Some(ClockConfidence::SetForward)
    });
    desk.send(Command::Enrolment(EnrolmentAct::New));
    let state = desk.until("a new application", |s| s.work().is_some());
    assert!(state.station.as_ref().unwrap().lease_open);
}
