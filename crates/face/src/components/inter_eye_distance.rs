//! InterEyeDistance: pixels between the eyes' centres, over the cosine of yaw.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;
use crate::pose::Pose;

pub(super) fn native(landmarks: &Landmarks, pose: Pose) -> Option<f64> {
    let cosine = f64::from(pose.yaw_deg).to_radians().cos();
    (cosine > 1e-6).then(|| f64::from(landmarks.inter_eye_distance()) / cosine)
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 70.0, 20.0)
}
