//! The liveness challenge in the photograph step: who passes it, who does not, and that nobody is turned away by it.

use crate::applicant::captured;
use crate::camera::{Feeder, Performer, Shown, gallery};
use crate::station::{PATIENCE, Station, Worked};
use capture::FeedFault;
use desk::{ChallengeView, Command, EnrolmentAct, PhotoPhase, State, Step};
use domain::{
    CaptureReason, ChallengeOutcome, ChallengeRule, LivenessRecord, PacketId, VouchReason,
};
use std::time::{Duration, Instant};

/// A station whose policy asks for the challenge even of frames from memory, with tries for a performer who sees few frames a second.
fn strict() -> Station {
    Station::with_lease(|lease| {
        lease.policy.challenge = ChallengeRule::Always;
        lease.policy.capture_tries = 20;
    })
    .with_camera()
}

/// An officer with an application whose photograph step is open; the camera shows this.
fn at_the_camera(station: &Station, who: &Shown) -> (Worked, PacketId) {
    let desk = station.desk();
    desk.officer(station);
    let packet = desk.begin();
    desk.consent();
    station.seat.take(who);
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    (desk, packet)
}

fn challenge(state: &State) -> ChallengeView {
    state
        .work()
        .map_or(ChallengeView::Waiting, |w| w.photo.challenge)
}

/// What the supervisor finds about it after the photograph was kept and handed over.
fn reviewed(station: &Station, desk: &Worked, packet: PacketId) -> LivenessRecord {
    desk.keep();
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
    desk.submit();
    desk.sign_out();
    desk.supervisor(station);
    desk.until("the review", |s| !s.reviews.is_empty());
    desk.open_review(packet);
    let state = desk.state();
    let review = state.review().unwrap();
    review.application.photo.liveness.clone()
}

/// Somebody who follows what is asked, until the desk is as wished.
fn perform(desk: &Worked, performer: &Performer, wish: impl Fn(&State) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !wish(&desk.state()) {
        if let Some(live) = desk.live() {
            performer.hear(live.instruction);
        }
        if challenge(&desk.state()) == ChallengeView::Failed {
            // Like anybody, the performer may miss one.
            desk.send(Command::Enrolment(EnrolmentAct::BeginChallenge));
        }
        assert!(
            Instant::now() < until,
            "it did not come; {:?} {:?} {:?}",
            challenge(&desk.state()),
            desk.state().notice,
            desk.live().map(|l| (l.instruction, l.checks.clone()))
        );
        std::thread::sleep(Duration::from_millis(15));
    }
}

/// A station that asks for the challenge, and a performer before its camera.
fn on_stage() -> (Station, Performer, Worked, PacketId) {
    let station = Station::with_lease(|lease| lease.policy.challenge = ChallengeRule::Always);
    let performer = Performer::start(station.feed.clone(), "obama3.jpg");
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.consent();
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    (station, performer, desk, packet)
}

#[test]
fn a_person_who_follows_the_movements_is_photographed_without_a_click() {
    let (station, performer, desk, packet) = on_stage();
    perform(&desk, &performer, captured);
    let record = reviewed(&station, &desk, packet);
    assert!(record.shown_live(), "{record:?}");
    let challenge = record.challenge.unwrap();
    assert_eq!((challenge.done, challenge.asked.len()), (3, 3));
}

#[test]
fn somebody_else_on_the_chair_after_the_movements_is_not_called_the_same() {
    let (station, performer, desk, packet) = on_stage();
    perform(&desk, &performer, |s| {
        challenge(s) == ChallengeView::Passed || captured(s)
    });
    drop(performer);
    station.seat.take(&gallery().other);
    let _camera = Feeder::start(station.feed.clone(), station.seat.clone());
    desk.send(Command::Enrolment(EnrolmentAct::Retake));
    desk.until("the live picture", |s| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Live))
    });
    std::thread::sleep(Duration::from_millis(500));
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))));
    desk.until("the photograph", captured);
    let record = reviewed(&station, &desk, packet);
    assert!(record.flagged && !record.shown_live(), "{record:?}");
    let challenge = record.challenge.unwrap();
    assert_eq!(challenge.why.as_deref(), Some("other-face"));
}

#[test]
fn a_camera_that_was_opened_anew_asks_for_the_movements_again() {
    let (station, performer, desk, _) = on_stage();
    perform(&desk, &performer, captured);
    let live_again = |s: &State| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Live))
    };
    // Through the same opening the pass stands for a second photograph.
    desk.send(Command::Enrolment(EnrolmentAct::Retake));
    desk.until("the live picture", live_again);
    perform(&desk, &performer, captured);
    assert_eq!(challenge(&desk.state()), ChallengeView::Passed);
    // Somebody pulls the cable, and something gives pictures again.
    station.feed.set_fault(Some(FeedFault::Missing));
    desk.until("the lost camera", |s| !s.camera.live());
    station.feed.set_fault(None);
    desk.until("the camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Retake));
    desk.until("the live picture", live_again);
    perform(&desk, &performer, |s| {
        matches!(challenge(s), ChallengeView::Running { .. }) || captured(s)
    });
    assert!(!captured(&desk.state()), "photographed without a challenge");
}

#[test]
fn a_picture_before_the_camera_is_not_photographed_by_itself() {
    let station = strict();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    desk.until("the challenge", |s| {
        matches!(challenge(s), ChallengeView::Running { of: 3, .. })
    });
    let live = desk.until_live("a movement to follow", |l| {
        l.instruction.starts_with("challenge-")
    });
    assert!(!live.faces.is_empty());
    let state = desk.until("the failed challenge", |s| {
        challenge(s) == ChallengeView::Failed
    });
    let notice = state.notice.as_ref().unwrap().key;
    assert!(notice.starts_with("challenge-failed-"), "{notice}");
    let work = state.work().unwrap();
    assert!(matches!(work.photo.phase, PhotoPhase::Live));
    assert_eq!(work.photo.attempt, 2, "a failed challenge is a try");
    // The officer goes on all the same, with a reason: the supervisor sees both.
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Restless,
    ))));
    desk.until("the photograph", captured);
    let record = reviewed(&station, &desk, packet);
    let challenge = record.challenge.unwrap();
    assert!(record.flagged);
    assert_ne!(challenge.outcome, ChallengeOutcome::Live);
    assert!(challenge.why.is_some() && challenge.done == 0);
    let day = station
        .store()
        .counters(&desk.state().now.to_date())
        .unwrap();
    assert_eq!(
        (day.of("challenge-failed"), day.of("challenge-passed")),
        (1, 0)
    );
}

#[test]
fn another_try_is_another_draw_and_is_counted() {
    let station = strict();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    for _ in 0..2 {
        desk.until("the failed challenge", |s| {
            challenge(s) == ChallengeView::Failed
        });
        desk.send(Command::Enrolment(EnrolmentAct::BeginChallenge));
        desk.until("the next challenge", |s| {
            matches!(challenge(s), ChallengeView::Running { .. })
        });
    }
    // Broken off in the middle: that is recorded too.
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Restless,
    ))));
    desk.until("the photograph", captured);
    let challenge = reviewed(&station, &desk, packet).challenge.unwrap();
    assert_eq!(
        (challenge.outcome, challenge.tries),
        (ChallengeOutcome::Cancelled, 3)
    );
}

#[test]
fn tries_that_are_used_up_lead_to_the_officers_ways_and_never_to_refusal() {
    let station = Station::with_lease(|lease| {
        lease.policy.challenge = ChallengeRule::Always;
        lease.policy.capture_tries = 1;
    })
    .with_camera();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    desk.until("the end of the tries", |s| {
        challenge(s) == ChallengeView::TriesOver
    });
    desk.until_live("the words to the applicant", |l| {
        l.instruction == "challenge-officer"
    });
    desk.send(Command::Enrolment(EnrolmentAct::BeginChallenge));
    desk.told("notice-challenge-tries-over");
    assert_eq!(challenge(&desk.settled()), ChallengeView::TriesOver);
    desk.send(Command::Enrolment(EnrolmentAct::Vouch(VouchReason::Follow)));
    let state = desk.until("the photograph that takes itself", captured);
    assert_eq!(challenge(&state), ChallengeView::Vouched);
    let record = reviewed(&station, &desk, packet);
    assert!(record.flagged && record.vouched());
    assert_eq!(record.challenge.unwrap().tries, 2);
}

#[test]
fn who_cannot_move_is_vouched_for_and_a_supervisor_must_look() {
    let station = strict();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    desk.until("the challenge", |s| {
        matches!(challenge(s), ChallengeView::Running { .. })
    });
    desk.send(Command::Enrolment(EnrolmentAct::Vouch(
        VouchReason::MoveHead,
    )));
    let state = desk.until("the photograph that takes itself", captured);
    assert_eq!(challenge(&state), ChallengeView::Vouched);
    let record = reviewed(&station, &desk, packet);
    assert!(record.flagged && record.vouched());
    let challenge = record.challenge.unwrap();
    assert_eq!(challenge.why.as_deref(), Some("cannot-move-head"));
}

#[test]
fn who_cannot_close_the_eyes_is_asked_for_other_movements() {
    let station = strict();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    desk.until("the challenge", |s| {
        matches!(challenge(s), ChallengeView::Running { .. })
    });
    desk.send(Command::Enrolment(EnrolmentAct::Vouch(
        VouchReason::CloseEyes,
    )));
    desk.until("the failed challenge", |s| {
        challenge(s) == ChallengeView::Failed
    });
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))));
    desk.until("the photograph", captured);
    let challenge = reviewed(&station, &desk, packet).challenge.unwrap();
    assert!(!challenge.asked.iter().any(|a| a == "challenge-blink"));
    assert_eq!(challenge.one_in, 24);
}

#[test]
fn pictures_from_a_file_are_not_asked_to_move_under_the_usual_policy() {
    let station = Station::new().with_camera();
    let (desk, packet) = at_the_camera(&station, &gallery().first);
    let state = desk.until("the photograph that takes itself", captured);
    assert_eq!(challenge(&state), ChallengeView::Waiting);
    let record = reviewed(&station, &desk, packet);
    assert_eq!(record.challenge, None);
}
