//! DynamicRange: entropy of the face's luminance, in bits.

use super::luminance::Histogram;

pub(super) fn native(face: &Histogram) -> Option<f64> {
    face.entropy()
}

pub(super) fn quality(native: f64) -> f64 {
    12.5 * native
}
