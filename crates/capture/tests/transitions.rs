//! Every state of a camera and every way out of it, played with a fed source: real threads, real time, no driver.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::{Duration, Instant};

use capture::{
    Camera, CameraOptions, CameraStatus, FailureReason, FeedFault, LIVE_LIMIT, MemoryFeed, Refused,
    SourceSpec, Trust,
};

const PATIENCE: Duration = Duration::from_secs(5);

fn quick() -> CameraOptions {
    CameraOptions {
        open_timeout: Duration::from_millis(200),
        first_frame_timeout: Duration::from_millis(300),
        silence: Duration::from_millis(250),
        reopen_after: Duration::from_millis(400),
        retry_first: Duration::from_millis(20),
        retry_most: Duration::from_millis(100),
        join_timeout: Duration::from_millis(200),
        ..CameraOptions::default()
    }
}

fn open(feed: &MemoryFeed) -> Camera {
    Camera::open(SourceSpec::Memory(feed.clone()), quick())
}

/// Feeds a frame every 10 ms until `reached` holds.
fn feed_until(
    camera: &Camera,
    feed: &MemoryFeed,
    reached: impl Fn(&CameraStatus) -> bool,
) -> CameraStatus {
    let start = Instant::now();
    loop {
        feed.push(4, 2, vec![9; 24]);
        let status = camera.status();
        if reached(&status) {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "still {status:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn wait_until(camera: &Camera, reached: impl Fn(&CameraStatus) -> bool) -> CameraStatus {
    let start = Instant::now();
    loop {
        let status = camera.status();
        if reached(&status) {
            return status;
        }
        assert!(start.elapsed() < PATIENCE, "still {status:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn failing_with(status: &CameraStatus, wanted: &FailureReason) -> bool {
    matches!(status, CameraStatus::Failing { reason } if reason == wanted)
}

#[test]
fn a_fed_camera_goes_live_with_its_size_and_says_that_it_is_replayed() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    assert_eq!(camera.status(), CameraStatus::Starting);
    let CameraStatus::Live(live) = feed_until(
        &camera,
        &feed,
        |status| matches!(status, CameraStatus::Live(live) if live.fps > 1.0),
    ) else {
        unreachable!()
    };
    assert_eq!((live.width, live.height), (4, 2));
    assert_eq!(live.device.trust, Trust::Replayed);
    assert_eq!(camera.latest().unwrap().rgb.len(), 24);
    assert_eq!(camera.counts().faults, 0);
}

#[test]
fn a_missing_and_a_busy_camera_are_named_and_taken_up_when_they_can_be() {
    for (fault, wanted) in [
        (FeedFault::Missing, CameraStatus::Missing),
        (FeedFault::Busy, CameraStatus::Busy),
    ] {
        let feed = MemoryFeed::new();
        feed.set_fault(Some(fault));
        let camera = open(&feed);
        wait_until(&camera, |status| *status == wanted);
        assert!(camera.latest().is_none());
        feed.set_fault(None);
        feed_until(&camera, &feed, CameraStatus::is_live);
        assert_eq!((camera.counts().faults, camera.counts().recoveries), (1, 1));
    }
}

#[test]
fn a_pulled_cable_is_said_and_a_returned_one_is_a_new_source() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    feed_until(&camera, &feed, CameraStatus::is_live);
    let before = camera.latest().unwrap();
    feed.set_fault(Some(FeedFault::Missing));
    wait_until(&camera, |status| *status == CameraStatus::Unplugged);
    assert!(
        camera.latest().is_none(),
        "the last picture is not left standing"
    );
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(
        camera.status(),
        CameraStatus::Unplugged,
        "tries to open it do not change what is said"
    );
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
    let after = camera.latest().unwrap();
    assert_ne!(before.source, after.source);
    assert!(after.sequence > before.sequence);
}

#[test]
fn a_silent_camera_gives_no_old_frame_and_is_opened_again() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    feed_until(&camera, &feed, CameraStatus::is_live);
    let last = camera.latest().unwrap();
    feed.set_fault(Some(FeedFault::Silent));
    wait_until(&camera, |status| *status == CameraStatus::NoFrames);
    while last.age() <= LIVE_LIMIT {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(camera.latest().is_none());
    let start = Instant::now();
    while feed.opened() < 2 {
        assert!(start.elapsed() < PATIENCE, "never opened again");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(camera.status(), CameraStatus::NoFrames);
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
}

#[test]
fn a_camera_that_opens_but_never_starts_is_said_to_give_no_frames() {
    let feed = MemoryFeed::new();
    feed.set_fault(Some(FeedFault::Silent));
    let camera = open(&feed);
    wait_until(&camera, |status| *status == CameraStatus::NoFrames);
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
}

#[test]
fn a_hang_at_opening_is_said_and_survived() {
    let feed = MemoryFeed::new();
    feed.set_fault(Some(FeedFault::HangsAtOpening));
    let camera = open(&feed);
    wait_until(&camera, |status| {
        failing_with(status, &FailureReason::NoAnswer)
    });
    std::thread::sleep(Duration::from_millis(800));
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
}

#[test]
fn a_hang_while_reading_is_said_and_survived() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    feed_until(&camera, &feed, CameraStatus::is_live);
    feed.set_fault(Some(FeedFault::HangsWhileReading));
    wait_until(&camera, |status| *status == CameraStatus::NoFrames);
    std::thread::sleep(Duration::from_secs(1));
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
}

#[test]
fn dropping_a_camera_whose_driver_hangs_takes_no_longer_than_promised() {
    for fault in [FeedFault::HangsAtOpening, FeedFault::HangsWhileReading] {
        let feed = MemoryFeed::new();
        feed.set_fault(Some(fault));
        let camera = open(&feed);
        wait_until(&camera, |status| !matches!(status, CameraStatus::Starting));
        let start = Instant::now();
        drop(camera);
        assert!(
            start.elapsed() < Duration::from_millis(200 + 300),
            "{:?}",
            start.elapsed()
        );
        feed.set_fault(None);
    }
}

#[test]
fn a_driver_that_refuses_or_panics_is_a_status_and_is_tried_again() {
    let feed = MemoryFeed::new();
    feed.set_fault(Some(FeedFault::Failing));
    let camera = open(&feed);
    wait_until(&camera, |status| {
        matches!(status, CameraStatus::Failing { .. })
    });
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
    feed.set_fault(Some(FeedFault::Panics));
    wait_until(&camera, |status| {
        matches!(status, CameraStatus::Failing { .. })
    });
    feed_until(&camera, &feed, CameraStatus::is_live);
    assert_eq!(camera.counts().recoveries, 2);
}

#[test]
fn damaged_frames_are_thrown_away_and_the_good_ones_between_them_are_live() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    for _ in 0..4 {
        // Read before the push: the camera may have the frame before this thread goes on.
        let seen = camera.counts().frames;
        feed.push(0, 0, Vec::new());
        feed.push(4, 2, vec![1; 23]);
        feed.push(7, 5, vec![2; 105]);
        let start = Instant::now();
        while camera.counts().frames == seen {
            assert!(start.elapsed() < PATIENCE);
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    let frame = camera.latest().unwrap();
    assert_eq!((frame.width, frame.height), (7, 5), "odd sizes pass");
    assert_eq!((camera.counts().damaged, camera.counts().frames), (8, 4));
}

#[test]
fn a_camera_with_nothing_but_damaged_frames_is_failing_and_recovers() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    let start = Instant::now();
    while !failing_with(&camera.status(), &FailureReason::DamagedFrames) {
        assert!(start.elapsed() < PATIENCE * 2, "{:?}", camera.status());
        feed.push(4, 2, vec![0; 3]);
        std::thread::sleep(Duration::from_millis(5));
    }
    feed_until(&camera, &feed, CameraStatus::is_live);
}

#[test]
fn a_frame_that_its_driver_kept_too_long_is_never_live() {
    let feed = MemoryFeed::new();
    let camera = open(&feed);
    feed.push_aged(4, 2, vec![0; 24], Duration::from_millis(600));
    assert!(camera.newer_than(0, Duration::from_millis(200)).is_none());
    assert_eq!(camera.counts().stale, 1);
    feed.push_aged(4, 2, vec![0; 24], Duration::from_millis(100));
    let frame = camera.newer_than(0, PATIENCE).unwrap();
    assert!(frame.age_at_arrival() >= Duration::from_millis(100));
}

#[test]
fn switching_leaves_no_frame_of_the_old_source_and_starts_the_new() {
    let (first, second) = (MemoryFeed::new(), MemoryFeed::new());
    let camera = open(&first);
    feed_until(&camera, &first, CameraStatus::is_live);
    let old = camera.latest().unwrap();
    camera.switch(SourceSpec::Memory(second.clone()));
    assert!(camera.latest().is_none());
    first.push(4, 2, vec![0; 24]);
    assert!(camera.newer_than(0, Duration::from_millis(100)).is_none());
    second.push(2, 2, vec![0; 12]);
    let new = camera.newer_than(0, PATIENCE).unwrap();
    assert_eq!((new.width, new.height), (2, 2));
    assert_ne!(new.source, old.source);
}

#[test]
fn switching_away_from_a_hanging_driver_works() {
    let (hanging, good) = (MemoryFeed::new(), MemoryFeed::new());
    hanging.set_fault(Some(FeedFault::HangsAtOpening));
    let camera = open(&hanging);
    wait_until(&camera, |status| !matches!(status, CameraStatus::Starting));
    camera.switch(SourceSpec::Memory(good.clone()));
    feed_until(&camera, &good, CameraStatus::is_live);
    hanging.set_fault(None);
}

#[test]
fn a_camera_that_cannot_be_found_on_this_machine_is_missing() {
    let camera = Camera::open(SourceSpec::camera("/dev/video250"), quick());
    wait_until(&camera, |status| *status == CameraStatus::Missing);
}

#[test]
fn a_camera_that_policy_does_not_allow_is_said_to_be_so_and_another_is_used_at_once() {
    let feed = MemoryFeed::new();
    feed.set_fault(Some(FeedFault::NotAllowed(Refused::NotIssued)));
    let camera = open(&feed);
    let refused = CameraStatus::NotAllowed(Refused::NotIssued);
    let status = wait_until(&camera, |status| *status == refused);
    assert_eq!(status.key(), "camera-not-issued");
    feed.push(4, 2, vec![9; 24]);
    assert!(camera.latest().is_none(), "a frame of it was given");
    feed.set_fault(Some(FeedFault::NotAllowed(Refused::Software)));
    wait_until(&camera, |status| status.key() == "camera-software");
    feed.set_fault(None);
    feed_until(&camera, &feed, CameraStatus::is_live);
}
