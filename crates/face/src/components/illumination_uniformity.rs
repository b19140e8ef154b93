//! IlluminationUniformity: how much the luminance histograms of the two cheeks share.

use super::luminance::Histogram;

pub(super) fn native(left_cheek: &Histogram, right_cheek: &Histogram) -> Option<f64> {
    left_cheek.intersection(right_cheek)
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * native.powf(0.3)
}
