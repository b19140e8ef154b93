//! MouthClosed: the widest gap of the inner lips, over T (eyes to chin).

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

const INNER_LIPS: [(usize, usize); 3] = [(61, 67), (62, 66), (63, 65)];

pub(super) fn native(landmarks: &Landmarks) -> Option<f64> {
    landmarks.over_eyes_to_chin(landmarks.widest(&INNER_LIPS))
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * (1.0 - sigmoid(native, 0.2, 0.06))
}
