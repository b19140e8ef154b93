//! Sharpness: the score of a forest over gradient features. The forest is not shipped, so only the mapping is here;
//! `sharpness_gradient` is our stand-in.

use super::sigmoid::sigmoid;

pub(super) fn quality(native: f64) -> f64 {
    -14.0 + 115.0 * sigmoid(native, -20.0, 15.0)
}
