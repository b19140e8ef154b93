//! The portrait judged by itself, and as a record that strangers read.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::process::Command;

use face::{Analyser, Clause, ClauseResult, Picture, Portrait};

fn assets(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets")).join(name)
}

fn open(name: &str) -> Picture {
    Picture::decode(&std::fs::read(assets("pictures").join(name)).unwrap()).unwrap()
}

fn analyser() -> Analyser {
    Analyser::new(&assets("models")).unwrap()
}

fn map(picture: &Picture, change: impl Fn(f32, f32, [u8; 3]) -> [f32; 3]) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let mut rgb = Vec::with_capacity(picture.as_rgb().len());
    for y in 0..height as i32 {
        for x in 0..width as i32 {
            let colour = change(x as f32, y as f32, picture.at(x, y));
            rgb.extend(colour.map(|value| value.round() as u8));
        }
    }
    Picture::from_rgb(width, height, rgb).unwrap()
}

/// The picture turned about its middle, counterclockwise, on its own edge's colours.
fn turned(picture: &Picture, degrees: f32) -> Picture {
    let (width, height) = (picture.width(), picture.height());
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    let mut rgb = Vec::with_capacity(picture.as_rgb().len());
    for y in 0..height {
        for x in 0..width {
            let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
            let (column, row) = (
                dx * cos - dy * sin + middle_x,
                dx * sin + dy * cos + middle_y,
            );
            rgb.extend(picture.at(column.round() as i32, row.round() as i32));
        }
    }
    Picture::from_rgb(width, height, rgb).unwrap()
}

fn portrait(analyser: &mut Analyser, picture: &Picture) -> Portrait {
    let marks = analyser.landmarks(picture).unwrap();
    analyser.portrait(picture, &marks).unwrap()
}

fn clause(portrait: &Portrait, clause: Clause) -> ClauseResult {
    let found = portrait.clauses.iter().find(|c| c.clause == clause);
    *found.unwrap()
}

#[test]
fn a_black_bar_is_a_missing_edge_and_a_tilted_head_stays_tilted_though_the_portrait_is_level() {
    let mut analyser = analyser();
    let picture = open("obama3.jpg");
    let marks = analyser.landmarks(&picture).unwrap();
    let cut_at = marks.between_eyes().y - 0.95 * marks.eyes_to_chin();
    let barred = map(&picture, |_, y, colour| {
        if y < cut_at {
            [0.0; 3]
        } else {
            colour.map(f32::from)
        }
    });
    let whole = clause(&portrait(&mut analyser, &picture), Clause::InsideFrame);
    let with_bar = clause(&portrait(&mut analyser, &barred), Clause::InsideFrame);
    assert!(
        with_bar.value.unwrap() >= whole.value.unwrap() + 0.2 && !with_bar.holds,
        "{whole:?} {with_bar:?}"
    );
    let level = clause(&portrait(&mut analyser, &picture), Clause::HeadRoll);
    let tilted = clause(
        &portrait(&mut analyser, &turned(&picture, 15.0)),
        Clause::HeadRoll,
    );
    assert!(!tilted.holds, "{tilted:?}");
    let more = (tilted.value.unwrap() - level.value.unwrap()).abs();
    assert!((9.0..21.0).contains(&more), "{level:?} {tilted:?}");
}

#[test]
fn head_size_is_measured_on_the_picture_that_is_assessed() {
    let mut analyser = analyser();
    let size = |analyser: &mut Analyser, picture: &Picture| {
        let found = analyser.assess(picture).unwrap();
        found
            .measures
            .get(face::Component::HeadSize)
            .native
            .unwrap()
    };
    let picture = open("obama3.jpg");
    let whole = size(&mut analyser, &picture);
    let cut = portrait(&mut analyser, &picture).picture;
    let of_portrait = size(&mut analyser, &cut);
    assert!((whole - of_portrait).abs() > 0.03, "{whole} {of_portrait}");
    assert!((0.36..0.46).contains(&of_portrait), "{of_portrait}");
}

#[test]
fn enlargement_and_clauses_are_recorded_under_names_of_their_own() {
    let mut analyser = analyser();
    let small = open("obama3.jpg").scaled_to_fit(500);
    let portrait = portrait(&mut analyser, &small);
    let readings: Vec<_> = portrait.readings().collect();
    let enlargement = &readings[0];
    assert_eq!(enlargement.0, "portrait_enlargement");
    assert!(enlargement.1.unwrap() > 1.2, "{enlargement:?}");
    assert!(
        readings
            .iter()
            .any(|(name, value)| name == "portrait_head_yaw" && value.is_some())
    );
    let own = |name: &str| name.parse::<face::Component>().is_err();
    assert!(readings.iter().all(|(name, _)| own(name)));
}

/// What the record says: pixels, landmarks and their codes, image type.
const READER: &str = r#"
import sys, json
from PIL import Image
# The reader was written for a Pillow that let it set these.
Image.Image.mode = property(lambda self: self._mode, lambda self, mode: setattr(self, "_mode", mode))
Image.Image.size = property(lambda self: self._size, lambda self, size: setattr(self, "_size", size))
import iso19794
image = Image.open(sys.argv[1])
image.load()
header = image.header
print(json.dumps({"size": image.size, "version": image.info["version"], "type": header["face_image_type"],
    "data": header["image_data_type"], "source": header["source_type"], "faces": image.info["nb_facial_images"],
    "points": [[p.point_type, p.point_code, p.x, p.y] for p in header["landmark_points"]]}))
"#;

/// A Python that has PyPI `iso19794`: named, or the one that the benches' peers are in.
fn python() -> Option<PathBuf> {
    let named = std::env::var_os("SHANAKHT_PYTHON").map(PathBuf::from);
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    let candidates = named.into_iter().chain([target.join("peers/bin/python")]);
    let has = |python: &PathBuf| {
        let found = Command::new(python)
            .args(["-c", "import iso19794"])
            .output();
        found.is_ok_and(|found| found.status.success())
    };
    candidates.into_iter().find(has)
}

#[test]
fn a_record_says_its_own_lengths_and_a_stranger_reads_it_back() {
    let mut analyser = analyser();
    let portrait = portrait(&mut analyser, &open("biden.jpg"));
    let record = portrait.record().unwrap();
    assert_eq!(record.get(..8), Some(b"FAC\x00010\x00".as_slice()));
    let number = |at: usize| u32::from_be_bytes(record[at..at + 4].try_into().unwrap()) as usize;
    assert_eq!((number(8), number(14)), (record.len(), record.len() - 14));
    let image = record.len() - portrait.jpeg.len();
    assert_eq!(record.get(image..), Some(portrait.jpeg.as_slice()));
    let Some(python) = python() else {
        eprintln!("no Python with PyPI iso19794: the stranger did not read the record");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("portrait.fac");
    std::fs::write(&file, &record).unwrap();
    let read = Command::new(python)
        .args(["-c", READER])
        .arg(&file)
        .output()
        .unwrap();
    assert!(
        read.status.success(),
        "{}",
        String::from_utf8_lossy(&read.stderr)
    );
    let read: serde_json::Value = serde_json::from_slice(&read.stdout).unwrap();
    let size = [portrait.picture.width(), portrait.picture.height()];
    assert_eq!(read["size"], serde_json::json!(size));
    assert_eq!(
        (read["version"].as_str(), read["faces"].as_u64()),
        (Some("010"), Some(1))
    );
    assert_eq!(read["data"], "JPEG");
    let kind = if portrait.conforms() {
        "FULL_FRONTAL"
    } else {
        "BASIC"
    };
    assert_eq!(read["type"], kind);
    let marks = portrait.landmarks.unwrap();
    let left_eye = &read["points"][0];
    assert_eq!(
        (left_eye[0].as_u64(), left_eye[1].as_u64()),
        (Some(1), Some(0xc1))
    );
    let x = left_eye[2].as_f64().unwrap();
    assert!(
        (x - f64::from(marks.left_eye().x)).abs() <= 0.5,
        "{left_eye}"
    );
    assert_eq!(read["points"].as_array().unwrap().len(), 5);
}
