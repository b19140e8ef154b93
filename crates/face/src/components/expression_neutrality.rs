//! ExpressionNeutrality: a classifier's sum over two networks' features. They are not shipped, so only the mapping is here.

use super::sigmoid::sigmoid;

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, -5000.0, 5000.0)
}
