//! MarginAboveOfTheFaceImage: room from the top edge to the eyes, over T (eyes to chin).

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks) -> f64 {
    f64::from(landmarks.between_eyes().y / landmarks.eyes_to_chin())
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 1.4, 0.1)
}
