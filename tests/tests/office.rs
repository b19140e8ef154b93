//! An office of several stations and a real centre: what waits at one is decided at another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "link/relay.rs"]
mod relay;
#[path = "office/seat.rs"]
mod seat;
#[path = "../../crates/central/tests/support/mod.rs"]
mod support;

use desk::{Command, EnrolmentAct, Field, ReviewAct};
use seat::{OfficeClock, Seat};
use support::TestCentre;

const OFFICER: &str = "40213";
const SUPERVISOR: &str = "40001";
/// How an envelope for a person names its readers; key files have none.
const SEALED: &[u8] = b"-> X25519 ";

/// The centre, a station with an officer and one with a supervisor.
fn office() -> (TestCentre, OfficeClock, Seat, Seat) {
    let clock = OfficeClock::default();
    let centre = support::centre_with_clock(clock.centre());
    let here = Seat::new(&centre, "MUL-03", &clock);
    let there = Seat::new(&centre, "MUL-04", &clock);
    (centre, clock, here, there)
}

fn returned() -> ReviewAct {
    ReviewAct::Return("return-name".to_owned())
}

fn rejected() -> ReviewAct {
    ReviewAct::Reject("reject-documents".to_owned())
}

#[test]
fn approved_returned_and_rejected_at_another_station_it_goes_on_at_its_own() {
    let (centre, _, here, there) = office();
    let packets = [here.enrol(), here.enrol(), here.enrol()];
    there.sign_in(SUPERVISOR);
    let state = there.hurry("three reviews", |s| s.reviews.len() == 3);
    assert!(state.reviews.iter().all(|review| {
        review
            .station
            .as_ref()
            .is_some_and(|s| s.as_str() == "MUL-03")
    }));
    // The link of the first is down while the second decides.
    here.hurry("a quiet link", |s| s.link.online);
    here.relay.point_at(None);
    there.decide(packets[0], ReviewAct::Approve, "notice-decided-for");
    there.decide(packets[1], returned(), "notice-decided-for");
    there.decide(packets[2], rejected(), "notice-decided-for");
    let state = there.until("nothing to decide", |s| s.reviews.is_empty());
    assert_eq!((state.queue.outbox, state.queue.in_review), (0, 0));
    assert_eq!(centre.figures().waiting + centre.figures().accepted, 0);

    here.relay.point_at(Some(centre.centre.addr()));
    here.hurry("the receipt, the end and the return", |s| {
        (s.queue.settled, s.queue.closed, s.queue.in_review) == (1, 1, 0)
    });
    here.sign_in(OFFICER);
    let state = here.until("the returned draft", |s| s.drafts.len() == 1);
    assert_eq!(state.drafts[0].packet, packets[1]);
    assert_eq!(state.drafts[0].returned.as_deref(), Some("return-name"));
    // It is the officer's again: corrected, submitted, approved elsewhere, settled.
    here.enrolment(EnrolmentAct::Open(packets[1]));
    let state = here.until("the draft", |s| s.work().is_some());
    assert_eq!(
        state.work().unwrap().form.get(Field::NameLatin),
        "Zainab Noor"
    );
    here.enrolment(EnrolmentAct::SetField(
        Field::NameLatin,
        "Zainab Noor-ul-Ain".into(),
    ));
    here.submit();
    there.decide(packets[1], ReviewAct::Approve, "notice-decided-for");
    here.hurry("the second receipt", |s| s.queue.settled == 2);
    // Nothing that anybody could open stays anywhere between.
    for (name, seat) in [("here", &here), ("there", &there)] {
        assert!(!seat.holds(SEALED), "a sealed copy is left {name}");
    }
}

#[test]
fn who_decides_second_is_told_and_what_the_own_station_took_first_holds() {
    let (centre, _, here, there) = office();
    let packet = here.enrol();
    there.sign_in(SUPERVISOR);
    there.hurry("the review", |s| s.reviews.len() == 1);
    // Both decide while neither hears of the other.
    here.relay.point_at(None);
    here.sign_in(SUPERVISOR);
    here.send(Command::Review(ReviewAct::Open(packet)));
    here.until("the open review", |s| s.review().is_some());
    there.decide(packet, ReviewAct::Approve, "notice-decided-for");
    here.send(Command::Review(rejected()));
    here.told("notice-rejected");
    here.relay.point_at(Some(centre.centre.addr()));
    here.hurry("the link", |s| s.link.online);
    there.told("notice-decision-late");
    let state = here.until("the end", |s| s.queue.closed == 1);
    assert_eq!((state.queue.outbox, state.queue.settled), (0, 0));
    assert_eq!(centre.figures().waiting + centre.figures().accepted, 0);
    assert!(
        there
            .until("nothing", |s| s.reviews.is_empty())
            .queue
            .rows
            .is_empty()
    );
}

#[test]
fn a_review_that_is_decided_elsewhere_while_it_is_open_is_closed() {
    let (_centre, _, here, there) = office();
    let packet = here.enrol();
    there.sign_in(SUPERVISOR);
    there.hurry("the review", |s| s.reviews.len() == 1);
    here.sign_in(SUPERVISOR);
    here.send(Command::Review(ReviewAct::Open(packet)));
    here.until("the open review", |s| s.review().is_some());
    there.decide(packet, ReviewAct::Approve, "notice-decided-for");
    here.told("notice-decided-elsewhere");
    here.hurry("the receipt", |s| s.queue.settled == 1);
    // The other way round: its own station decides what is open elsewhere.
    here.sign_out();
    let packet = here.enrol();
    there.hurry("the next review", |s| s.reviews.len() == 1);
    there.send(Command::Review(ReviewAct::Open(packet)));
    there.until("the open review", |s| s.review().is_some());
    here.sign_in(SUPERVISOR);
    here.decide(packet, ReviewAct::Approve, "notice-approved");
    there.told("notice-review-gone");
    assert!(
        there
            .until("nothing open", |s| s.review().is_none())
            .reviews
            .is_empty()
    );
}

#[test]
fn a_replaced_pc_gets_its_officers_work_back_from_the_office() {
    let (centre, clock, here, there) = office();
    let packet = here.enrol();
    there.sign_in(SUPERVISOR);
    there.hurry("the review", |s| s.reviews.len() == 1);
    // The PC burns with its disk, before anybody has decided; a new one takes its name.
    drop(here);
    let new = Seat::new(&centre, "MUL-03", &clock);
    there.decide(packet, ReviewAct::Approve, "notice-decided-for");
    new.hurry("the link", |s| s.link.online);
    there.told("notice-decision-unknown");
    there.decide(packet, returned(), "notice-decided-for");
    new.sign_in(OFFICER);
    new.hurry("the draft", |s| s.drafts.len() == 1);
    new.enrolment(EnrolmentAct::Open(packet));
    new.until("the draft", |s| s.work().is_some());
    new.submit();
    there.decide(packet, ReviewAct::Approve, "notice-decided-for");
    new.hurry("the receipt", |s| s.queue.settled == 1);
}

#[test]
fn a_week_without_a_supervisor_ends_when_one_signs_in_anywhere() {
    let (_centre, clock, here, there) = office();
    let packet = here.enrol();
    assert!(here.holds(SEALED), "the search is not blind");
    for seat in [&here, &there] {
        seat.hurry("the link", |s| s.link.online);
    }
    clock.pass_days(8);
    // Nobody's station holds a copy that nobody there could open.
    assert!(!there.holds(SEALED));
    let state = here.hurry("the review", |s| s.link.online && s.queue.in_review == 1);
    assert_eq!(state.queue.closed, 0);
    there.sign_in(SUPERVISOR);
    there.decide(packet, ReviewAct::Approve, "notice-decided-for");
    here.hurry("the receipt", |s| s.queue.settled == 1);
}
