//! Live guidance over moving pictures: real faces, moved, scaled and lit by the test (generated sequences), through the real networks.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;

use face::{Analyser, Component, Guide, Instruction, Picture, Thresholds};

const FRAME_MS: u64 = 33;

fn assets() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"))
}

fn open(name: &str) -> Picture {
    let file = std::fs::read(assets().join("pictures").join(name)).unwrap();
    Picture::decode(&file).unwrap()
}

/// How a frame is made of a picture.
#[derive(Clone, Copy)]
struct Shot {
    /// Height of the whole picture in the frame's pixels; the frame shows 720 rows of it.
    height: f32,
    /// Where the face is, in pixels from the frame's middle.
    right: f32,
    down: f32,
    /// What the light is multiplied by.
    light: f32,
}

const GOOD: Shot = Shot {
    height: 1900.0,
    right: 0.0,
    down: 40.0,
    light: 1.0,
};

/// Where the tip of the nose is in biden.jpg, as shares of its width and height.
const NOSE: (f32, f32) = (0.617, 0.182);

/// A 1280 × 720 frame: the picture shrunk by area, on its own edge's colours; a camera's noise on top.
fn frame(picture: &Picture, shot: Shot, nth: u64) -> Picture {
    let scale = picture.height() as f32 / shot.height;
    let mut noise = nth.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut rgb = Vec::with_capacity(1280 * 720 * 3);
    for y in 0..720 {
        for x in 0..1280 {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let column = (x as f32 - 640.0 - shot.right) * scale + picture.width() as f32 * NOSE.0;
            let row = (y as f32 - 360.0 - shot.down) * scale + picture.height() as f32 * NOSE.1;
            let colour = picture.at(column as i32, row as i32);
            let tremble = (noise % 9) as f32 - 4.0;
            rgb.extend(colour.map(|value| f32::from(value).mul_add(shot.light, tremble) as u8));
        }
    }
    Picture::from_rgb(1280, 720, rgb).unwrap()
}

/// What stations ask for by default, but for the smile: the man in the picture smiles.
fn demands() -> Thresholds {
    Thresholds::default().without(Component::SmileWidth)
}

/// What is told, frame by frame.
fn told(analyser: &mut Analyser, picture: &Picture, shots: &[Shot]) -> Vec<Instruction> {
    analyser.reset_track();
    let (mut guide, thresholds) = (Guide::new(), demands());
    let frames = shots.iter().zip(0..);
    frames
        .map(|(shot, nth)| {
            let preview = analyser.preview(&frame(picture, *shot, nth));
            guide.next(nth * FRAME_MS, &preview, &thresholds)
        })
        .collect()
}

fn assert_calm(told: &[Instruction]) {
    let changes: Vec<u64> = (1..told.len())
        .filter(|at| told[*at] != told[*at - 1])
        .map(|at| at as u64 * FRAME_MS)
        .collect();
    for start in &changes {
        let within = changes
            .iter()
            .filter(|at| (*start..start + 1000).contains(at));
        assert!(within.count() <= 2, "{changes:?}");
    }
}

fn glide(count: usize, from: Shot, to: Shot) -> Vec<Shot> {
    let between = |a: f32, b: f32, share: f32| (b - a).mul_add(share, a);
    (0..count)
        .map(|at| {
            let share = at as f32 / count as f32;
            Shot {
                height: between(from.height, to.height, share),
                right: between(from.right, to.right, share),
                down: between(from.down, to.down, share),
                light: between(from.light, to.light, share),
            }
        })
        .collect()
}

#[test]
fn a_person_who_comes_closer_is_asked_to_until_it_is_near_enough_and_nothing_flickers() {
    let mut analyser = Analyser::new(&assets().join("models")).unwrap();
    let picture = open("biden.jpg");
    let far = Shot {
        height: 900.0,
        ..GOOD
    };
    let mut shots = vec![far; 20];
    shots.extend(glide(45, far, GOOD));
    shots.extend([GOOD; 40]);
    let told = told(&mut analyser, &picture, &shots);
    println!("{told:?}");
    assert_calm(&told);
    assert!(
        told[..30]
            .iter()
            .all(|told| *told == Instruction::ComeCloser)
    );
    assert_eq!(told.last(), Some(&Instruction::Ready));
}

#[test]
fn a_light_that_goes_out_is_noticed_before_anything_else_that_it_spoils() {
    let mut analyser = Analyser::new(&assets().join("models")).unwrap();
    let picture = open("biden.jpg");
    let dark = Shot { light: 0.3, ..GOOD };
    let mut shots = vec![GOOD; 25];
    shots.extend(glide(15, GOOD, dark));
    shots.extend([dark; 30]);
    let told = told(&mut analyser, &picture, &shots);
    println!("{told:?}");
    assert_calm(&told);
    assert_eq!(told.last(), Some(&Instruction::MoreLight));
}

#[test]
fn a_face_that_trembles_about_the_edge_of_what_is_near_enough_gets_one_quiet_instruction() {
    let mut analyser = Analyser::new(&assets().join("models")).unwrap();
    let picture = open("biden.jpg");
    // The distance at which the answer changes, found by halving; then a sway about it, faster than anybody could follow.
    let thresholds = demands();
    let (mut low, mut high) = (900.0_f32, 1900.0_f32);
    while high - low > 4.0 {
        let height = f32::midpoint(low, high);
        let assessment = analyser
            .assess(&frame(&picture, Shot { height, ..GOOD }, 1))
            .unwrap();
        if thresholds.met(face::Component::InterEyeDistance, &assessment.measures) {
            high = height;
        } else {
            low = height;
        }
    }
    let shots: Vec<Shot> = (0..120)
        .map(|at| Shot {
            height: high + 8.0 * (at as f32 * 0.9).sin(),
            ..GOOD
        })
        .collect();
    let told = told(&mut analyser, &picture, &shots);
    println!("{told:?}");
    assert_calm(&told);
}
