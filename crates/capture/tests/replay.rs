//! Folders of pictures and clips as sources.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use capture::{Camera, CameraOptions, CameraStatus, ReplayOptions, SourceSpec, Trust};
use opencv::core::{CV_8UC3, Mat, Scalar, Size, Vector};
use opencv::prelude::VideoWriterTrait;
use opencv::videoio::{CAP_FFMPEG, VideoWriter};

const PATIENCE: Duration = Duration::from_secs(10);

fn options(letterbox: Option<(u32, u32)>, hold: Duration) -> CameraOptions {
    CameraOptions {
        retry_first: Duration::from_millis(20),
        retry_most: Duration::from_millis(50),
        replay: ReplayOptions {
            fps: 50,
            hold,
            letterbox,
        },
        ..CameraOptions::default()
    }
}

fn plain(width: i32, height: i32, blue: f64, green: f64, red: f64) -> Mat {
    Mat::new_rows_cols_with_default(height, width, CV_8UC3, Scalar::new(blue, green, red, 0.0))
        .unwrap()
}

fn write(path: &Path, picture: &Mat) {
    assert!(opencv::imgcodecs::imwrite(path, picture, &Vector::new()).unwrap());
}

fn first_pixel(rgb: &[u8]) -> [u8; 3] {
    *rgb.first_chunk().unwrap()
}

#[test]
fn a_folder_is_shown_in_turn_without_end_and_named_replayed() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.png"), &plain(8, 6, 0.0, 0.0, 255.0));
    write(&folder.path().join("b.png"), &plain(5, 9, 255.0, 0.0, 0.0));
    fs::write(folder.path().join("notes.txt"), "not a picture").unwrap();
    let camera = Camera::open(
        SourceSpec::Pictures(folder.path().to_owned()),
        options(None, Duration::ZERO),
    );
    let mut seen = Vec::new();
    let mut sequence = 0;
    while seen.len() < 6 {
        let frame = camera.newer_than(sequence, PATIENCE).unwrap();
        sequence = frame.sequence;
        seen.push((frame.width, frame.height, first_pixel(&frame.rgb)));
    }
    let kinds: BTreeSet<_> = seen.iter().copied().collect();
    assert_eq!(
        kinds,
        BTreeSet::from([(8, 6, [255, 0, 0]), (5, 9, [0, 0, 255])])
    );
    let CameraStatus::Live(live) = wait_live(&camera) else {
        unreachable!()
    };
    assert_eq!(live.device.trust, Trust::Replayed);
    assert_eq!(
        live.device.node,
        PathBuf::from("pictures"),
        "no path of this machine in the identity"
    );
}

fn wait_live(camera: &Camera) -> CameraStatus {
    let start = Instant::now();
    while !camera.status().is_live() {
        assert!(start.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(5));
    }
    camera.status()
}

#[test]
fn pictures_are_fitted_with_black_bars() {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("tall.png"),
        &plain(100, 200, 255.0, 255.0, 255.0),
    );
    let camera = Camera::open(
        SourceSpec::Pictures(folder.path().join("tall.png")),
        options(Some((1280, 720)), Duration::from_secs(1)),
    );
    let frame = camera.newer_than(0, PATIENCE).unwrap();
    assert_eq!((frame.width, frame.height), (1280, 720));
    let pixel = |x: usize, y: usize| &frame.rgb[(y * 1280 + x) * 3..][..3];
    assert_eq!(pixel(0, 360), [0, 0, 0]);
    assert_eq!(pixel(640, 0), [255, 255, 255]);
    assert_eq!(pixel(640 - 182, 360), [0, 0, 0]);
    assert_eq!(pixel(640 - 178, 360), [255, 255, 255]);
}

#[test]
fn each_picture_is_held() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.png"), &plain(2, 2, 0.0, 0.0, 255.0));
    write(&folder.path().join("b.png"), &plain(4, 4, 0.0, 0.0, 255.0));
    let camera = Camera::open(
        SourceSpec::Pictures(folder.path().to_owned()),
        options(None, Duration::from_millis(300)),
    );
    let mut widths = Vec::new();
    let mut sequence = 0;
    while widths.len() < 40 {
        let frame = camera.newer_than(sequence, PATIENCE).unwrap();
        sequence = frame.sequence;
        widths.push(frame.width);
    }
    let changes = widths.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((1..=5).contains(&changes), "{changes} changes in 40 frames");
}

#[test]
fn a_missing_folder_is_missing_until_it_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("pictures");
    let camera = Camera::open(
        SourceSpec::Pictures(inside.clone()),
        options(None, Duration::ZERO),
    );
    wait_for(&camera, |status| *status == CameraStatus::Missing);
    fs::create_dir(&inside).unwrap();
    write(&inside.join("a.png"), &plain(3, 3, 1.0, 2.0, 3.0));
    assert!(camera.newer_than(0, PATIENCE).is_some());
}

fn wait_for(camera: &Camera, reached: impl Fn(&CameraStatus) -> bool) {
    let start = Instant::now();
    while !reached(&camera.status()) {
        assert!(start.elapsed() < PATIENCE, "still {:?}", camera.status());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn pictures_that_are_none_or_claim_too_much_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.jpg"), b"not a picture").unwrap();
    fs::write(folder.path().join("b.png"), forged_png(60_000, 60_000)).unwrap();
    fs::write(folder.path().join("c.png"), []).unwrap();
    let only_bad = Camera::open(
        SourceSpec::Pictures(folder.path().to_owned()),
        options(None, Duration::ZERO),
    );
    wait_for(&only_bad, |status| {
        matches!(status, CameraStatus::Failing { .. })
    });
    write(&folder.path().join("d.png"), &plain(1, 1, 0.0, 0.0, 0.0));
    let frame = only_bad.newer_than(0, PATIENCE).unwrap();
    assert_eq!((frame.width, frame.height), (1, 1));
}

/// A PNG whose header claims this size and that ends there.
fn forged_png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(height.to_be_bytes());
    bytes.extend([8, 2, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

#[test]
fn a_clip_is_shown_without_end() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.avi");
    let fourcc = VideoWriter::fourcc('M', 'J', 'P', 'G').unwrap();
    let mut writer = VideoWriter::new_with_backend(
        path.to_str().unwrap(),
        CAP_FFMPEG,
        fourcc,
        25.0,
        Size::new(64, 48),
        true,
    )
    .unwrap();
    for step in 0..5 {
        writer
            .write(&plain(64, 48, 0.0, f64::from(step) * 50.0, 0.0))
            .unwrap();
    }
    writer.release().unwrap();
    let camera = Camera::open(SourceSpec::Clip(path), options(None, Duration::ZERO));
    let mut greens = Vec::new();
    let mut sequence = 0;
    while greens.len() < 15 {
        let frame = camera.newer_than(sequence, PATIENCE).unwrap();
        sequence = frame.sequence;
        greens.push(frame.rgb[1] / 50);
    }
    let restarts = greens.windows(2).filter(|pair| pair[1] < pair[0]).count();
    assert!(restarts >= 2, "{greens:?}");
    let CameraStatus::Live(live) = wait_live(&camera) else {
        unreachable!()
    };
    assert_eq!(live.device.trust, Trust::Replayed);
}

#[test]
fn a_file_that_is_no_clip_is_failing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.mp4");
    fs::write(&path, b"not a clip").unwrap();
    let camera = Camera::open(SourceSpec::Clip(path), options(None, Duration::ZERO));
    wait_for(&camera, |status| {
        matches!(status, CameraStatus::Failing { .. })
    });
}
