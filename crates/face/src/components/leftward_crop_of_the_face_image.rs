//! LeftwardCropOfTheFaceImage: room from the picture's left edge to the eye nearer to it, over the inter-eye distance.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

pub(super) fn native(landmarks: &Landmarks) -> f64 {
    f64::from(landmarks.right_eye().x / landmarks.inter_eye_distance())
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.9, 0.1)
}
