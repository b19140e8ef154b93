//! CompressionArtifacts: a network's estimate of the structural similarity to the picture before compression. The network is not
//! shipped, so only the mapping is here; `jpeg_quantisation` is our stand-in.

use super::sigmoid::sigmoid;

pub(super) fn quality(native: f64) -> f64 {
    -0.0278 + 103.0 * sigmoid(native, 0.3308, 0.092)
}
