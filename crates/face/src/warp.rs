//! One resampling of the original picture through a similarity: what templates and portraits are cut with.
//!
//! Where the picture shrinks, each new pixel is the mean of a grid of samples, so that nothing aliases; where it grows, the cubic of
//! Catmull and Rom keeps edges. Places outside the picture take the nearest edge.

use crate::geometry::{Point, Similarity};
use crate::picture::Picture;

/// The most samples across one new pixel.
const MOST_SAMPLES: u32 = 16;

/// Fills `out` with `width` × `height` RGB pixels; `similarity` carries the picture's places to the new ones.
pub(crate) fn warp_into(
    picture: &Picture,
    similarity: Similarity,
    width: u32,
    height: u32,
    out: &mut Vec<u8>,
) {
    out.clear();
    let back = similarity.inverse();
    let samples = (back.scale().ceil() as u32).clamp(1, MOST_SAMPLES);
    for y in 0..height {
        for x in 0..width {
            let colour = if samples == 1 {
                cubic(picture, back.apply(Point::new(x as f32, y as f32)))
            } else {
                mean(picture, back, x, y, samples)
            };
            out.extend_from_slice(&colour);
        }
    }
}

fn mean(picture: &Picture, back: Similarity, x: u32, y: u32, samples: u32) -> [u8; 3] {
    let mut sums = [0.0_f32; 3];
    let step = 1.0 / samples as f32;
    for row in 0..samples {
        for column in 0..samples {
            let offset = |index: u32| (index as f32 + 0.5) * step - 0.5;
            let place = Point::new(x as f32 + offset(column), y as f32 + offset(row));
            let colour = bilinear(picture, back.apply(place));
            for (sum, value) in sums.iter_mut().zip(colour) {
                *sum += value;
            }
        }
    }
    let count = (samples * samples) as f32;
    sums.map(|sum| (sum / count).round().clamp(0.0, 255.0) as u8)
}

fn bilinear(picture: &Picture, place: Point) -> [f32; 3] {
    let (column, row) = (place.x.floor(), place.y.floor());
    let (right, down) = (place.x - column, place.y - row);
    let (column, row) = (column as i32, row as i32);
    let corners = [
        (picture.at(column, row), (1.0 - right) * (1.0 - down)),
        (picture.at(column + 1, row), right * (1.0 - down)),
        (picture.at(column, row + 1), (1.0 - right) * down),
        (picture.at(column + 1, row + 1), right * down),
    ];
    let mut sum = [0.0; 3];
    for (colour, weight) in corners {
        for (total, value) in sum.iter_mut().zip(colour) {
            *total += f32::from(value) * weight;
        }
    }
    sum
}

fn cubic(picture: &Picture, place: Point) -> [u8; 3] {
    let (column, row) = (place.x.floor(), place.y.floor());
    let across = weights(place.x - column);
    let down = weights(place.y - row);
    let mut sum = [0.0_f32; 3];
    for (y, down) in (-1..3).zip(down) {
        for (x, across) in (-1..3).zip(across) {
            let colour = picture.at(column as i32 + x, row as i32 + y);
            for (total, value) in sum.iter_mut().zip(colour) {
                *total += f32::from(value) * across * down;
            }
        }
    }
    sum.map(|value| value.round().clamp(0.0, 255.0) as u8)
}

/// Catmull and Rom's four weights at a fraction of a pixel.
fn weights(t: f32) -> [f32; 4] {
    [
        ((2.0 - t) * t - 1.0) * t / 2.0,
        (1.5 * t - 2.5) * t * t + 1.0,
        ((4.0 - 3.0 * t) * t + 1.0) * t / 2.0,
        (t - 1.0) * t * t / 2.0,
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn ramp() -> Picture {
        let rgb = (0..64 * 64).flat_map(|at| [(at % 64 * 4) as u8, (at / 64 * 4) as u8, 9]);
        Picture::from_rgb(64, 64, rgb.collect()).unwrap()
    }

    #[test]
    fn the_identity_gives_the_same_pixels() {
        let still = Similarity::about(Point::default(), Point::default(), 1.0, 0.0);
        let mut out = Vec::new();
        warp_into(&ramp(), still, 64, 64, &mut out);
        assert_eq!(out, ramp().as_rgb());
    }

    #[test]
    fn shrinking_keeps_the_mean_of_a_fine_pattern_instead_of_aliasing_it() {
        let stripes = (0..64 * 64).flat_map(|at| [if at % 2 == 0 { 0 } else { 200 }; 3]);
        let picture = Picture::from_rgb(64, 64, stripes.collect()).unwrap();
        let quarter = Similarity::about(Point::default(), Point::new(0.0, 0.0), 0.25, 0.0);
        let mut out = Vec::new();
        warp_into(&picture, quarter, 14, 14, &mut out);
        // The first column takes samples from past the edge.
        let inner: Vec<u8> = out
            .chunks_exact(3)
            .enumerate()
            .filter(|(at, _)| at % 14 != 0)
            .map(|(_, pixel)| pixel[0])
            .collect();
        assert!(
            inner.iter().all(|value| (90..=110).contains(value)),
            "{inner:?}"
        );
    }
}
