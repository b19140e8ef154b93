//! `mouth_contrast`: whether a mouth can be seen where the landmarks draw one: the lips' colour against the skin about them, or the dark line between the lips,
//! whichever shows it more.
//!
//! A stand-in of our own for MouthOcclusionPrevention: behind a mask both are nothing, behind a hand both are small; pale lips have their line.

use super::sigmoid::sigmoid;
use crate::face_pixels::FacePixels;
use crate::geometry::Point;

/// The outer edge of the lips and the inner one, in order: teeth between them are no lips.
const LIPS: std::ops::Range<usize> = 48..60;
const OPENING: std::ops::Range<usize> = 60..68;
/// Patches of skin about the mouth lie between these pairs.
const AROUND: [(usize, usize); 3] = [(31, 48), (35, 54), (33, 51)];
const PATCH: usize = 4;
/// What shows a mouth by itself: how far apart the colours are, in logarithms so that neither tone of skin nor light matters, and how deep the line is over the
/// cheeks' brightness.
const COLOUR: f64 = 0.055;
const LINE: f64 = 0.42;
/// Levels below which a ratio says nothing.
const BLACK: f64 = 4.0;
/// Inner corners of the lips, between which the line is looked for, in so many columns of its middle half.
const CORNERS: (usize, usize) = (60, 64);
const COLUMNS: usize = 21;
/// How far above and below it is looked for, in eyes-to-chin distances, in so many steps; the line lies in the middle third.
const REACH: f32 = 0.16;
const STEPS: usize = 33;
const CHEEKS: [(usize, usize); 2] = [(41, 3), (46, 13)];

pub(super) fn native(pixels: &FacePixels) -> Option<f64> {
    let line = line(pixels)? / LINE;
    let colour = colour(pixels)? / COLOUR;
    Some(line.max(colour))
}

fn colour(pixels: &FacePixels) -> Option<f64> {
    let marks = pixels.landmarks();
    let (lips, opening) = (marks.get(LIPS)?, marks.get(OPENING)?);
    let (mut low, mut high) = (lips[0], lips[0]);
    for point in lips {
        low = Point::new(low.x.min(point.x), low.y.min(point.y));
        high = Point::new(high.x.max(point.x), high.y.max(point.y));
    }
    let (mut sums, mut count) = ([0.0; 3], 0_u32);
    for y in low.y as i32..=high.y as i32 {
        for x in low.x as i32..=high.x as i32 {
            let place = (x as f32, y as f32);
            if inside(lips, place)
                && !inside(opening, place)
                && let Some(rgb) = pixels.at(x, y)
            {
                for (sum, value) in sums.iter_mut().zip(rgb) {
                    *sum += f64::from(value);
                }
                count += 1;
            }
        }
    }
    if count < 20 {
        return None;
    }
    let mut around = [0.0; 3];
    for (a, b) in AROUND {
        let mean = pixels.mean_rgb(marks[a].middle(marks[b]), PATCH)?;
        for (sum, value) in around.iter_mut().zip(mean) {
            *sum += value / AROUND.len() as f64;
        }
    }
    let lips = sums.map(|sum| sum / f64::from(count));
    let apart = lips.iter().zip(around).map(|(lips, skin)| {
        let ratio: f64 = (lips + BLACK) / (skin + BLACK);
        ratio.ln().powi(2)
    });
    Some(apart.sum::<f64>().sqrt())
}

/// Even and odd crossings.
fn inside(polygon: &[Point], (x, y): (f32, f32)) -> bool {
    let mut inside = false;
    let mut before = polygon[polygon.len() - 1];
    for point in polygon {
        let crosses = (point.y > y) != (before.y > y);
        if crosses && x < (before.x - point.x) * (y - point.y) / (before.y - point.y) + point.x {
            inside = !inside;
        }
        before = *point;
    }
    inside
}

fn line(pixels: &FacePixels) -> Option<f64> {
    let marks = pixels.landmarks();
    let eyes = marks[36].middle(marks[45]);
    let reach = REACH * eyes.distance(marks[8]);
    let (from, to) = (marks[CORNERS.0], marks[CORNERS.1]);
    let length = from.distance(to).max(1.0);
    let across = Point::new(-(to.y - from.y) / length, (to.x - from.x) / length);
    let mut profile = [0.0; STEPS];
    for (step, value) in profile.iter_mut().enumerate() {
        let away = reach * (2.0 * step as f32 / (STEPS - 1) as f32 - 1.0);
        let (mut sum, mut count) = (0.0, 0_u32);
        for column in 0..COLUMNS {
            let along = 0.25 + 0.5 * column as f32 / (COLUMNS - 1) as f32;
            let x = from.x + (to.x - from.x) * along + across.x * away;
            let y = from.y + (to.y - from.y) * along + across.y * away;
            if let Some(rgb) = pixels.at(x as i32, y as i32) {
                sum += luma(rgb.map(f64::from));
                count += 1;
            }
        }
        if count == 0 {
            return None;
        }
        *value = sum / f64::from(count);
    }
    let mut cheeks = 0.0;
    for (a, b) in CHEEKS {
        cheeks += pixels
            .mean_rgb(marks[a].middle(marks[b]), PATCH)
            .map(luma)?
            / 2.0;
    }
    let third = STEPS / 3;
    let lightest = |part: &[f64]| part.iter().copied().fold(0.0, f64::max);
    let darkest = profile[third..STEPS - third]
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    let beside = lightest(&profile[..third + 3]).min(lightest(&profile[STEPS - third - 3..]));
    Some((beside - darkest) / (cheeks + 1.0))
}

fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// 50 at 1.25: of the 67 neutral pictures of the model card none has less than 1.5, of 72 with a drawn mask or hand none more than 1.2.
pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 1.25, 0.05)
}
