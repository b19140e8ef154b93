//! `jpeg_quantisation`, our stand-in for CompressionArtifacts: the step, in levels, that JPEG rounded the low frequencies about the
//! face to, found again in the pixels.
//!
//! The picture is cut into the 8 × 8 blocks that JPEG uses; for each low frequency the largest step is looked for of which all
//! blocks' coefficients are multiples, up to the rounding of pixels. Pictures that were resized or cut off the grid after they were
//! compressed show no step, and count as not compressed: this measures traces, not history.
//! Below a JPEG quality of about 25 most coefficients are zero and the step may be found too small (seen on one of five pictures).

use std::f64::consts::PI;

use crate::geometry::Bounds;
use crate::picture::Picture;

const SIDE: usize = 8;
/// The most blocks that are looked at.
const MOST_BLOCKS: usize = 900;
const FEWEST_BLOCKS: usize = 24;
/// The low frequencies, across and down.
const FREQUENCIES: [(usize, usize); 8] = [
    (1, 0),
    (0, 1),
    (1, 1),
    (2, 0),
    (0, 2),
    (2, 1),
    (1, 2),
    (2, 2),
];
const MOST_STEP: u8 = 100;
/// Coefficients this small are multiples of anything and prove nothing.
const SMALL: f64 = 2.5;
/// Rounding of pixels (and of colours) leaves a coefficient this far from a multiple, on average.
const ROUNDING: f64 = 0.62;

pub(super) fn native(picture: &Picture, face: Bounds) -> Option<f64> {
    let blocks = blocks_in(picture, face)?;
    let mut sum = 0.0;
    for (across, down) in FREQUENCIES {
        let basis = basis(across, down);
        let coefficients: Vec<f64> = blocks
            .iter()
            .map(|block| {
                block
                    .iter()
                    .zip(&basis)
                    .map(|(value, wave)| value * wave)
                    .sum()
            })
            .collect();
        sum += step_of(&coefficients);
    }
    Some(sum / FREQUENCIES.len() as f64)
}

/// 100 without a step; 50 at 14 levels, which is about quality 50 of the usual tables.
pub(super) fn quality(native: f64) -> f64 {
    100.0 * (-(native - 1.0).max(0.0) / 18.8).exp2()
}

type Block = [f64; SIDE * SIDE];

fn blocks_in(picture: &Picture, face: Bounds) -> Option<Vec<Block>> {
    let low = |value: f32| (value.max(0.0) as usize).div_ceil(SIDE);
    let high = |value: f32, most: u32| value.clamp(0.0, most as f32) as usize / SIDE;
    let columns = low(face.x)..high(face.right(), picture.width());
    let rows = low(face.y)..high(face.bottom(), picture.height());
    let all = columns.len() * rows.len();
    let every = all.div_ceil(MOST_BLOCKS).max(1);
    let blocks: Vec<Block> = rows
        .flat_map(|row| columns.clone().map(move |column| (column, row)))
        .step_by(every)
        .map(|(column, row)| block_at(picture, column * SIDE, row * SIDE))
        .collect();
    (blocks.len() >= FEWEST_BLOCKS).then_some(blocks)
}

fn block_at(picture: &Picture, x: usize, y: usize) -> Block {
    std::array::from_fn(|place| {
        let [r, g, b] = picture.at((x + place % SIDE) as i32, (y + place / SIDE) as i32);
        0.299 * f64::from(r) + 0.587 * f64::from(g) + 0.114 * f64::from(b)
    })
}

/// One wave of the discrete cosine transform, scaled as JPEG does.
fn basis(across: usize, down: usize) -> Block {
    let part = |place: usize, frequency: usize| {
        let scale = if frequency == 0 { 0.5_f64.sqrt() } else { 1.0 };
        scale * ((2 * place + 1) as f64 * frequency as f64 * PI / 16.0).cos() / 2.0
    };
    std::array::from_fn(|place| part(place % SIDE, across) * part(place / SIDE, down))
}

/// The largest step of which the coefficients are multiples; 1 where there is none.
fn step_of(coefficients: &[f64]) -> f64 {
    let mut best = 1.0;
    let speaking = |step: f64| {
        let told: Vec<f64> = coefficients
            .iter()
            .copied()
            .filter(|value| value.abs() > SMALL.max(step * 0.5))
            .collect();
        told
    };
    for step in 2..=MOST_STEP {
        let step = f64::from(step);
        // All that is not a multiple of 0 must be near a multiple; what lies between 0 and half a step speaks against the step.
        let told = speaking(step);
        let against = coefficients
            .iter()
            .filter(|value| value.abs() > SMALL && value.abs() <= step * 0.5)
            .count();
        if told.len() < 6 || against * 20 > told.len() + 20 {
            continue;
        }
        let off: f64 = told
            .iter()
            .map(|value| (value - (value / step).round() * step).abs())
            .sum::<f64>()
            / told.len() as f64;
        if off < ROUNDING.min(step * 0.16) {
            best = step;
        }
    }
    if best > 1.0 {
        return best;
    }
    // Everything rounded to nothing: the step is at least twice the largest coefficient that could have been.
    let all_small = coefficients.iter().all(|value| value.abs() <= SMALL);
    if all_small {
        f64::from(MOST_STEP) / 2.0
    } else {
        best
    }
}
