//! EyesOpen: the wider lid gap of the more closed eye, over T (eyes to chin).

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

const RIGHT_LIDS: [(usize, usize); 2] = [(37, 41), (38, 40)];
const LEFT_LIDS: [(usize, usize); 2] = [(43, 47), (44, 46)];

pub(super) fn native(landmarks: &Landmarks) -> Option<f64> {
    let right = landmarks.widest(&RIGHT_LIDS);
    let left = landmarks.widest(&LEFT_LIDS);
    landmarks.over_eyes_to_chin(right.min(left))
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.02, 0.01)
}
