//! UnderExposurePrevention: share of the face with a luminance of 0..25.

use super::luminance::Histogram;
use super::sigmoid::sigmoid;

pub(super) fn native(face: &Histogram) -> Option<f64> {
    face.share(0, 25)
}

pub(super) fn quality(native: f64) -> f64 {
    120.0 * (0.832 - sigmoid(native, 0.92, 0.05))
}
