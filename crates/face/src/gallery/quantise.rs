//! A template as integers: a coarse int8 code with one scale a vector, and the int8 remainder that brings it to 16 bits.

use super::segment::{LINE_VALUES, RowRef};

/// Largest coarse code.
const COARSE_MAX: f32 = 127.0;
/// The remainder is counted in 1/254 of a coarse step, so that half a step either way is ±127.
const FINE_STEPS: f32 = 254.0;
/// Largest value of a probe: 2048 × 127 × 4095 stays inside 32 bits, and the probe's rounding is negligible against the code's.
const PROBE_MAX: f32 = 4095.0;

/// A stored template.
#[derive(Clone, PartialEq)]
pub(super) struct Quantised {
    /// One code a value, and noughts up to a whole line.
    pub coarse: Vec<i8>,
    pub fine: Vec<i8>,
    /// One coarse step.
    pub scale: f32,
}

impl Quantised {
    pub fn of(vector: &[f32]) -> Self {
        let room = vector.len().next_multiple_of(LINE_VALUES);
        let largest = vector.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        let scale = largest / COARSE_MAX;
        let mut quantised = Self {
            coarse: vec![0; room],
            fine: vec![0; room],
            scale,
        };
        for ((coarse, fine), value) in quantised
            .coarse
            .iter_mut()
            .zip(&mut quantised.fine)
            .zip(vector)
        {
            let steps = value / scale;
            let whole = steps.round().clamp(-COARSE_MAX, COARSE_MAX);
            *coarse = whole as i8;
            *fine = ((steps - whole) * FINE_STEPS)
                .round()
                .clamp(-COARSE_MAX, COARSE_MAX) as i8;
        }
        quantised
    }
}

/// A template that is searched for: 8-bit and 16-bit integers for the scan, floats for the last word.
pub(super) struct Probe {
    pub narrow: Rounded<i8>,
    pub wide: Rounded<i16>,
    pub exact: Vec<f32>,
}

impl Probe {
    pub fn of(vector: &[f32]) -> Self {
        Self {
            narrow: Rounded::of(vector, COARSE_MAX, |v| v as i8),
            wide: Rounded::of(vector, PROBE_MAX, |v| v as i16),
            exact: vector.to_vec(),
        }
    }

    /// The score with the remainder taken in, as good as a 32-bit dot product to about 1e-5.
    pub fn exact_score(&self, row: &RowRef<'_>) -> f32 {
        let mut sum = 0.0_f32;
        for ((value, whole), &part) in self.exact.iter().zip(row.coarse()).zip(row.fine) {
            sum += value * (f32::from(whole) + f32::from(part) / FINE_STEPS);
        }
        sum * row.scale
    }
}

/// A template in whole steps, and noughts up to a whole line.
pub(super) struct Rounded<T> {
    pub values: Vec<T>,
    /// The sum of the values.
    pub sum: i32,
    /// One step.
    pub scale: f32,
}

impl<T: Copy + Into<i32>> Rounded<T> {
    fn of(vector: &[f32], most: f32, whole: impl Fn(f32) -> T) -> Self {
        let scale = vector.iter().fold(0.0_f32, |m, v| m.max(v.abs())) / most;
        let mut values: Vec<T> = vector.iter().map(|v| whole((v / scale).round())).collect();
        values.resize(vector.len().next_multiple_of(LINE_VALUES), whole(0.0));
        Self {
            sum: values.iter().map(|&v| v.into()).sum(),
            values,
            scale,
        }
    }
}
