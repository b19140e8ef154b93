//! HeadSize: T (eyes to chin) over the height of the portrait. It is measured on the portrait crop, not on the camera's frame, where
//! a good value contradicts the margins.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks, portrait_height: f32) -> Option<f64> {
    (portrait_height > 0.0).then(|| f64::from(landmarks.eyes_to_chin() / portrait_height))
}

pub(super) fn quality(native: f64) -> f64 {
    200.0 * (1.0 - sigmoid((native - 0.45).abs(), 0.0, 0.05))
}
