//! HeadSize: T (eyes to chin) over the height of the picture that is assessed, whatever that is: of a camera's frame it is small.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks, height: f32) -> f64 {
    f64::from(landmarks.eyes_to_chin() / height)
}

pub(super) fn quality(native: f64) -> f64 {
    200.0 * (1.0 - sigmoid((native - 0.45).abs(), 0.0, 0.05))
}
