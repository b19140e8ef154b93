//! A store that refuses an act: the person is told so, nobody is told that it was done, and everything is as it was.

use crate::station::{Station, Worked};
use desk::{Command, EnrolmentAct, ReviewAct, State, Step};
use domain::Stage;

/// Sends a command that the store refuses; gives the state after it. Nothing may have been said but the refusal.
fn refused(desk: &Worked, command: Command) -> std::sync::Arc<State> {
    desk.send(command);
    let state = desk.settled();
    let notice = state.notice.as_ref().map(|notice| notice.key);
    assert_eq!(notice, Some("notice-store-refused"));
    state
}

#[test]
fn a_draft_that_the_store_refuses_is_not_called_saved_and_stays_on_the_screen() {
    let station = Station::new();
    station.refuse(Stage::Draft);
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    for act in [EnrolmentAct::Goto(Step::Consent), EnrolmentAct::Close] {
        let state = refused(&desk, Command::Enrolment(act));
        let work = state.work().expect("the work is gone");
        assert_eq!((work.packet, work.saved_at), (packet, None));
        assert!(state.drafts.is_empty());
    }
    assert!(station.store().draft_envelope(packet).is_err());
}

#[test]
fn a_submission_that_the_store_refuses_gives_no_slip_and_leaves_the_work_open() {
    let station = Station::new().with_camera();
    station.refuse(Stage::InReview);
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.fill(&station);
    let state = refused(&desk, Command::Enrolment(EnrolmentAct::Submit));
    assert_eq!(state.work().map(|w| w.packet), Some(packet));
    assert_eq!(state.slip, None, "a slip for what nobody has");
    let store = station.store();
    assert!(store.draft_envelope(packet).is_ok());
    assert!(store.review_envelope(packet).is_err() && store.packet_envelope(packet).is_err());
}

#[test]
fn an_approval_that_the_store_refuses_leaves_the_review_open() {
    let station = Station::new().with_camera();
    station.refuse(Stage::Outbox);
    let desk = station.desk();
    let packet = desk.enrol(&station);
    desk.supervisor(&station);
    desk.open_review(packet);
    let state = refused(&desk, Command::Review(ReviewAct::Approve));
    assert!(state.review().is_some(), "the review is closed");
    assert_eq!((state.queue.outbox, state.reviews.len()), (0, 1));
    let store = station.store();
    assert!(store.review_envelope(packet).is_ok());
    assert_eq!(store.counts().unwrap().outbox, 0);
}
