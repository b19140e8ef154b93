//! UnifiedQualityScore: the norm of a quality network's embedding. No such network is shipped, so only the mapping is here.

use super::sigmoid::sigmoid;

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 23.0, 2.6)
}
