//! RightwardCropOfTheFaceImage: room from the eye nearer to the picture's right edge to that edge, over the inter-eye distance.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks, width: f32) -> f64 {
    f64::from((width - landmarks.left_eye().x) / landmarks.inter_eye_distance())
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.9, 0.1)
}
