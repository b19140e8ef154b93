//! LuminanceVariance: variance of the face's luminance, 0..1 squared.

use std::f64::consts::PI;

use super::luminance::Histogram;

pub(super) fn native(face: &Histogram) -> Option<f64> {
    face.variance()
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * (60.0 * native / (60.0 * native + 1.0) * PI).sin()
}
