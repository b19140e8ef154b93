//! MarginBelowOfTheFaceImage: room from the eyes to the bottom edge, over T (eyes to chin).

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks, height: f32) -> f64 {
    f64::from((height - landmarks.between_eyes().y) / landmarks.eyes_to_chin())
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 1.8, 0.1)
}
