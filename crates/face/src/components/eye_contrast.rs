//! `eye_contrast`: how much the lightest fifth of the eye's box differs from its darkest, over the cheeks' brightness, of the eye that has less.
//!
//! A stand-in of our own for EyesVisible: an open eye has its dark pupil and its white whatever the skin; behind dark glasses, a hand or a closed lid there is less.
//! Landmarks go on to draw an eye there, and no more than one of them is believed (see `guide`).

use super::sigmoid::sigmoid;
use crate::face_pixels::FacePixels;
use crate::geometry::Point;

/// Outer and inner corner.
const EYES: [(usize, usize); 2] = [(36, 39), (42, 45)];
/// Half the box's height over the eye's width.
const HALF_HEIGHT: f32 = 0.3;
/// A cheek's patch lies half way between these two landmarks.
const CHEEKS: [(usize, usize); 2] = [(41, 3), (46, 13)];
/// Half a patch's side, in pixels of the preview's aligned face.
const PATCH: usize = 5;
/// Fewer pixels than this are no eye.
const LEAST_PIXELS: u32 = 20;

pub(super) fn native(pixels: &FacePixels) -> Option<f64> {
    let marks = pixels.landmarks();
    let mut cheeks = 0.0;
    for (a, b) in CHEEKS {
        cheeks += pixels
            .mean_rgb(marks[a].middle(marks[b]), PATCH)
            .map(luma)?
            / 2.0;
    }
    let mut least = f64::INFINITY;
    for (outer, inner) in EYES {
        least = least.min(span(pixels, marks[outer], marks[inner])? / (cheeks + 1.0));
    }
    Some(least)
}

fn span(pixels: &FacePixels, outer: Point, inner: Point) -> Option<f64> {
    let (middle, width) = (outer.middle(inner), outer.distance(inner));
    let (half_width, half_height) = (width / 2.0, width * HALF_HEIGHT);
    let mut counts = [0_u32; 256];
    let (left, right) = (middle.x - half_width, middle.x + half_width);
    let (top, bottom) = (middle.y - half_height, middle.y + half_height);
    let mut all = 0;
    for y in top as i32..bottom as i32 {
        for x in left as i32..right as i32 {
            if let Some(rgb) = pixels.at(x, y) {
                counts[luma(rgb.map(f64::from)) as usize & 255] += 1;
                all += 1;
            }
        }
    }
    if all < LEAST_PIXELS {
        return None;
    }
    let fifth = all / 5;
    let mean = |values: &mut dyn Iterator<Item = usize>| {
        let (mut left, mut sum) = (fifth, 0_u64);
        for value in values {
            let taken = counts[value].min(left);
            sum += u64::from(taken) * value as u64;
            left -= taken;
        }
        sum as f64 / f64::from(fifth)
    };
    Some(mean(&mut (0..256).rev()) - mean(&mut (0..256)))
}

fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// 50 at 0.45: the 134 open-eyed pictures of the model card have 0.56 and more, dark glasses 0, a hand over an eye mostly under 0.35.
pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.45, 0.04)
}
