//! BackgroundUniformity: mean Sobel gradient of the luminance on the background. It needs face parsing, which is not shipped, so
//! only the mapping is here; `background_edges` is our stand-in.

use super::sigmoid::sigmoid;

pub(super) fn quality(native: f64) -> f64 {
    190.0 * (1.0 - sigmoid(native, 10.0, 100.0))
}
