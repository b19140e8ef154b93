//! HeadPoseRoll: degrees about the axis of view.

use crate::pose::Pose;

pub(super) fn native(pose: Pose) -> f64 {
    f64::from(pose.roll_deg)
}

pub(super) fn quality(native: f64) -> f64 {
    super::cosine_squared(native)
}
