//! What our own measures do when one thing about a picture changes: stand-ins follow blur, compression and clutter.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;

use face::{Analyser, Component, Picture};

const PICTURES: [&str; 5] = [
    "astronaut.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
];

fn assets() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"))
}

fn analyser() -> Analyser {
    Analyser::new(&assets().join("models")).unwrap()
}

/// A picture at 720 rows or less, as a camera would give it.
fn open(name: &str) -> Picture {
    let file = std::fs::read(assets().join("pictures").join(name)).unwrap();
    Picture::decode(&file).unwrap().scaled_to_fit(720)
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

/// Each pixel the mean of a square about it.
fn blurred(picture: &Picture, radius: i32) -> Picture {
    let pass = |picture: &Picture, across: bool| {
        map(picture, |x, y, _| {
            let mut sums = [0.0; 3];
            for step in -radius..=radius {
                let (dx, dy) = if across { (step, 0) } else { (0, step) };
                let colour = picture.at(x as i32 + dx, y as i32 + dy);
                for (sum, value) in sums.iter_mut().zip(colour) {
                    *sum += f32::from(value);
                }
            }
            sums.map(|sum| sum / (2 * radius + 1) as f32)
        })
    };
    pass(&pass(picture, true), false)
}

fn assert_falls(what: &str, natives: &[f64], scalars: &[u8]) {
    println!("{what}: {natives:.3?} {scalars:?}");
    assert!(
        scalars.is_sorted_by(|a, b| a >= b) && scalars.first() > scalars.last(),
        "{what}: {scalars:?}"
    );
}

fn swept(
    analyser: &mut Analyser,
    component: Component,
    pictures: impl IntoIterator<Item = Picture>,
) -> (Vec<f64>, Vec<u8>) {
    pictures
        .into_iter()
        .map(|picture| {
            let measure = analyser.assess(&picture).unwrap().measures.get(component);
            (measure.native.unwrap(), measure.scalar.unwrap())
        })
        .unzip()
}

#[test]
fn sharpness_falls_with_every_step_of_blur() {
    let mut analyser = analyser();
    for name in PICTURES {
        let picture = open(name);
        let steps = [0, 1, 2, 4].map(|radius| blurred(&picture, radius));
        let (natives, scalars) = swept(&mut analyser, Component::SharpnessGradient, steps);
        assert_falls(&format!("{name} blur"), &natives, &scalars);
    }
}

#[test]
fn the_compression_stand_in_falls_with_every_step_of_jpeg_quality() {
    let mut analyser = analyser();
    for name in PICTURES {
        // Not below 25: there most coefficients are zero and the step of one of our pictures was found too small (assets/models/README.md).
        // Shrunk pictures carry no grid of their own: the first compression is the one that is measured.
        let picture = open(name);
        let steps =
            [95, 75, 50, 25].map(|quality| Picture::decode(&picture.encode_jpeg(quality)).unwrap());
        let (natives, scalars) = swept(&mut analyser, Component::JpegQuantisation, steps);
        assert_falls(&format!("{name} quality"), &natives, &scalars);
    }
}

#[test]
fn the_background_stand_in_falls_with_every_step_of_clutter() {
    let mut analyser = analyser();
    // In obama2.jpg the head fills the picture: there is no background to clutter.
    for name in PICTURES.into_iter().filter(|name| *name != "obama2.jpg") {
        let picture = open(name);
        let landmarks = analyser.landmarks(&picture).unwrap();
        let (eyes, unit) = (landmarks.between_eyes(), landmarks.eyes_to_chin());
        let steps = [0.0_f32, 20.0, 40.0, 80.0].map(|strength| {
            map(&picture, |x, y, colour| {
                let head = (x - eyes.x).abs() < 1.3 * unit && y > eyes.y - 1.6 * unit;
                if head {
                    return colour.map(f32::from);
                }
                // A wall of grey with tiles of a 24th of the width.
                let tile = picture.width() as f32 / 24.0;
                let dark = ((x / tile) as u32 + (y / tile) as u32).is_multiple_of(2);
                [120.0 + if dark { -strength } else { strength }; 3]
            })
        });
        let (natives, scalars) = swept(&mut analyser, Component::BackgroundEdges, steps);
        assert_falls(&format!("{name} clutter"), &natives, &scalars);
    }
}
