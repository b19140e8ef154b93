//! `background_edges`, our stand-in for BackgroundUniformity: mean luminance gradient beside and above the head, in levels of 255 a
//! pixel of a 160-pixel-wide copy. Without parsing it cannot tell hair beyond the usual from background.

use super::sigmoid::sigmoid;
use crate::scene::Scene;

pub(super) fn native(scene: &Scene) -> Option<f64> {
    scene.background_gradient
}

/// 100 for a plain wall, 50 at a gradient of 6.9 levels.
pub(super) fn quality(native: f64) -> f64 {
    200.0 * (1.0 - sigmoid(native, 0.0, 6.3))
}
