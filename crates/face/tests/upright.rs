//! "Ready" is for upright heads: every picture turned by 15° steps to upside-down and round.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::path::Path;

use face::{Analyser, Component, FaceError, Instruction, Observed, Picture, Thresholds, judge};

fn assets() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets"))
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

#[test]
fn a_head_that_is_not_upright_is_measured_so_or_not_found_at_any_turn() {
    let mut analyser = Analyser::new(&assets().join("models")).unwrap();
    // Nothing but the tilt and the face itself is asked for.
    let tilt = Thresholds::none()
        .with(Component::SingleFacePresent, 1)
        .with(Component::HeadPoseRoll, 95);
    let mut believed = Vec::new();
    let mut measured = 0;
    for name in ["biden.jpg", "obama.jpg", "obama3.jpg", "astronaut.png"] {
        let file = std::fs::read(assets().join("pictures").join(name)).unwrap();
        let picture = Picture::decode(&file).unwrap().scaled_to_fit(900);
        let own = analyser.assess(&picture).unwrap().pose.roll_deg;
        for degrees in (15..360).step_by(15) {
            let frame = turned(&picture, degrees as f32);
            let found = match analyser.assess(&frame) {
                Err(FaceError::NoFace) => continue,
                found => found.unwrap(),
            };
            let wanted = own + degrees as f32;
            let off = (found.pose.roll_deg - wanted + 180.0).rem_euclid(360.0) - 180.0;
            println!(
                "{name} {degrees}: {:.0}, off by {off:.0}",
                found.pose.roll_deg
            );
            measured += usize::from(off.abs() < 25.0);
            let upright = (wanted + 180.0).rem_euclid(360.0) - 180.0;
            let met = tilt.met(Component::HeadPoseRoll, &found.measures);
            analyser.reset_track();
            let preview = analyser.preview(&frame);
            let ready = preview.landmarks.is_some()
                && tilt.met(Component::HeadPoseRoll, &preview.measures)
                && judge(&preview.view(), &Thresholds::default()) == Instruction::Ready;
            if upright.abs() > 20.0 && (met || ready) {
                believed.push((name, degrees));
            }
        }
    }
    println!("{measured} measured within 25°");
    assert_eq!(believed, []);
    assert!(measured >= 20, "{measured}");
}
