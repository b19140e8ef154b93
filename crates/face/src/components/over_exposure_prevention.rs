//! OverExposurePrevention: share of the face with a luminance of 247..255.

use super::luminance::Histogram;

pub(super) fn native(face: &Histogram) -> Option<f64> {
    face.share(247, 255)
}

pub(super) fn quality(native: f64) -> f64 {
    1.0 / (native + 0.01)
}
