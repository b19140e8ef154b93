//! Before the camera: what is said, what is taken, and that nobody is turned away.

use crate::applicant::captured;
use crate::camera::{Feeder, gallery};
use crate::station::Station;
use capture::{FeedFault, Refused};
use desk::{Command, EnrolmentAct, PhotoPhase, Step};
use domain::CaptureReason;
use std::time::Duration;

#[test]
fn a_face_that_meets_every_demand_is_photographed_without_a_click() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().first);
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    let state = desk.until("the automatic capture", captured);
    let PhotoPhase::Captured(shot) = &state.work().unwrap().photo.phase else {
        panic!("no shot");
    };
    assert_eq!(shot.reason, None);
    assert!(shot.portrait.width * 9 == shot.portrait.height * 7, "7:9");
    assert!(
        shot.checks.iter().all(desk::Check::holds),
        "{:?}",
        shot.checks
    );
    desk.keep();
    let state = desk.until("the count", |s| s.today.photos == 1);
    assert_eq!(state.today.first_photo_good, 1);
}

#[test]
fn a_burst_that_policy_refuses_is_a_try_so_that_the_fallback_comes() {
    // What only the still shows: the live view is good, every burst is refused.
    let station = Station::with_lease(|lease| {
        let quality = &mut lease.policy.quality;
        quality.insert("jpeg_quantisation".to_owned(), 100);
        lease.policy.capture_tries = 1;
    })
    .with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().first_compressed);
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    let state = desk.until("the second try", |s| {
        s.work().is_some_and(|w| w.photo.attempt > w.photo.tries)
    });
    let notice = state.notice.as_ref().map(|notice| notice.key);
    assert_eq!(notice, Some("notice-burst-moved"));
    // Until somebody else sits down the camera goes on trying.
    station.seat.take(&gallery().nobody);
    desk.until_live("the empty chair", |l| l.instruction == "instruct-no-face");
    desk.until("a live view", |s| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Live))
    });
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Retries,
    ))));
    let state = desk.until("the fallback", captured);
    let PhotoPhase::Captured(shot) = &state.work().unwrap().photo.phase else {
        panic!("no shot");
    };
    assert_eq!(shot.reason, Some(CaptureReason::Retries));
}

#[test]
fn an_empty_chair_and_a_second_face_are_named_and_nothing_is_taken_without_a_reason() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().nobody);
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.until_live("the empty chair", |l| l.instruction == "instruct-no-face");
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(None)));
    desk.told("notice-choose-reason");
    station.seat.take(&gallery().two);
    let live = desk.until_live("two faces", |l| {
        l.instruction == "instruct-one-face-only" && l.faces.len() == 2
    });
    let one_face = live.checks.iter().find(|c| c.key == "check-one-face");
    assert!(one_face.is_some_and(|c| !c.holds()), "{one_face:?}");
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(None)));
    desk.told("notice-choose-reason");
    assert!(matches!(
        desk.settled().work().unwrap().photo.phase,
        PhotoPhase::Live
    ));
}

#[test]
fn somebody_whose_face_no_detector_finds_is_enrolled_with_a_reason_and_flagged() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.consent();
    desk.capture(&station, &gallery().nobody);
    desk.keep();
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Check)));
    desk.submit();
    desk.sign_out();
    desk.supervisor(&station);
    let state = desk.until("the review", |s| !s.reviews.is_empty());
    let row = &state.reviews[0];
    assert_eq!(row.packet, packet);
    for flag in ["flag-no-face", "flag-override", "flag-liveness"] {
        assert!(row.flags.iter().any(|f| f == flag), "{:?}", row.flags);
    }
}

#[test]
fn a_missing_camera_is_named_and_is_used_as_soon_as_it_is_plugged_in() {
    let station = Station::new().with_camera();
    station.feed.set_fault(Some(FeedFault::Missing));
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.until("the missing camera", |s| {
        s.camera.status_key == "camera-missing"
    });
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Camera,
    ))));
    desk.told("notice-no-camera");
    station.feed.set_fault(None);
    station.seat.take(&gallery().first);
    desk.until("the camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Camera,
    ))));
    desk.until("the photograph", captured);
}

#[test]
fn a_camera_that_policy_does_not_allow_is_named_and_nothing_is_taken_with_it() {
    let station = Station::new().with_camera();
    station
        .feed
        .set_fault(Some(FeedFault::NotAllowed(Refused::NotIssued)));
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().first);
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.until("the camera's name", |s| {
        s.camera.status_key == "camera-not-issued"
    });
    for reason in [None, Some(CaptureReason::Camera)] {
        desk.send(Command::Enrolment(EnrolmentAct::TakeNow(reason)));
        desk.told("notice-no-camera");
    }
    station.feed.set_fault(None);
    desk.until("the photograph", captured);
}

#[test]
fn a_camera_that_stops_in_the_middle_of_a_burst_loses_nothing_but_the_burst() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().nobody);
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.until_live("a view", |_| true);
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))));
    desk.until("the burst", |s| {
        s.work()
            .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Burst { .. }))
    });
    station.feed.set_fault(Some(FeedFault::Missing));
    let state = desk.until("the message", |s| {
        s.notice
            .as_ref()
            .is_some_and(|n| n.key == "notice-camera-lost")
    });
    let work = state.work().unwrap();
    assert!(matches!(work.photo.phase, PhotoPhase::Live));
    assert!(work.complete(Step::Details));
    station.feed.set_fault(None);
    station.seat.take(&gallery().first);
    desk.until("the camera again", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))));
    desk.until("the photograph", captured);
}

/// Cheap cameras give five frames a second in a dark room.
#[test]
fn a_slow_camera_still_takes_the_photograph() {
    let station = Station::new();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().first);
    let _slow = Feeder::every(
        Duration::from_millis(250),
        station.feed.clone(),
        station.seat.clone(),
    );
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.until_live("a view", |_| true);
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Condition,
    ))));
    desk.until("the photograph", captured);
}

#[test]
fn a_frame_of_one_pixel_is_refused_with_a_message_and_the_desk_goes_on() {
    let station = Station::new().with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().tiny);
    desk.until("a live camera", |s| s.camera.live());
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Camera,
    ))));
    desk.told("notice-picture-small");
    let state = desk.settled();
    let work = state.work().unwrap();
    assert!(matches!(work.photo.phase, PhotoPhase::Live));
    station.seat.take(&gallery().first);
    desk.until_live("a person", |l| l.faces.len() == 1);
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Camera,
    ))));
    desk.until("the photograph", captured);
}

#[test]
fn the_retry_limit_opens_the_fallback_and_not_before() {
    let station = Station::with_lease(|lease| lease.policy.capture_tries = 2).with_camera();
    let desk = station.desk();
    desk.officer(&station);
    desk.begin();
    desk.consent();
    for attempt in 1..=2 {
        desk.capture(&station, &gallery().nobody);
        let state = desk.settled();
        assert_eq!(state.work().unwrap().photo.attempt, attempt);
        if attempt == 1 {
            desk.send(Command::Enrolment(EnrolmentAct::Retake));
            desk.until("the second try", |s| {
                s.work().is_some_and(|w| w.photo.attempt == 2)
            });
            desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
                CaptureReason::Retries,
            ))));
            desk.told("notice-tries-left");
        }
    }
    desk.send(Command::Enrolment(EnrolmentAct::Retake));
    desk.until("the third try", |s| {
        s.work().is_some_and(|w| w.photo.attempt == 3)
    });
    desk.send(Command::Enrolment(EnrolmentAct::TakeNow(Some(
        CaptureReason::Retries,
    ))));
    let state = desk.until("the fallback", captured);
    let PhotoPhase::Captured(shot) = &state.work().unwrap().photo.phase else {
        panic!("no shot");
    };
    assert_eq!(shot.reason, Some(CaptureReason::Retries));
    desk.keep();
    let day = station.store().counters(&state.now.to_date()).unwrap();
    assert_eq!(day.of("capture-override"), 3);
    assert_eq!(day.of("photo-again"), 1);
}

#[test]
fn replayed_pictures_are_not_submitted_where_policy_says_so_and_the_draft_is_kept() {
    let station = Station::with_lease(|lease| lease.policy.replay_allowed = false).with_camera();
    let desk = station.desk();
    desk.officer(&station);
    let packet = desk.begin();
    desk.consent();
    desk.capture(&station, &gallery().first);
    desk.told("notice-replay-refused");
    desk.keep();
    desk.send(Command::Enrolment(EnrolmentAct::Submit));
    desk.told("notice-replay-refused");
    let store = station.store();
    assert!(store.draft_envelope(packet).is_ok());
    assert_eq!(store.counts().unwrap().in_review, 0);
}

#[test]
fn models_that_are_missing_or_exchanged_stop_the_photograph_and_nothing_else() {
    let station = Station::new().with_camera();
    let empty = tempfile::tempdir().unwrap();
    let desk = station.desk_with_models(empty.path().to_owned());
    desk.officer(&station);
    desk.begin();
    station.seat.take(&gallery().nobody);
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Photograph)));
    desk.told("notice-models");
    desk.send(Command::Enrolment(EnrolmentAct::Goto(Step::Consent)));
    desk.consent();
    desk.send(Command::Enrolment(EnrolmentAct::Close));
    desk.until("the sealed draft", |s| {
        s.work().is_none() && s.drafts.len() == 1
    });
}
