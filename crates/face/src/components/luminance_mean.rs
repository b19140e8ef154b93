//! LuminanceMean: mean luminance of the face, 0..1.
//!
//! Its mapping gives very dark skin in good light 13 of 100 and so must not decide alone; `exposure_in_scene` is what guidance uses.

use super::luminance::Histogram;
use super::sigmoid::sigmoid;

pub(super) fn native(face: &Histogram) -> Option<f64> {
    face.mean()
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.2, 0.05) * (1.0 - sigmoid(native, 0.8, 0.05))
}
