//! HeadPoseYaw: degrees about the vertical axis.

use crate::pose::Pose;

pub(super) fn native(pose: Pose) -> f64 {
    f64::from(pose.yaw_deg)
}

pub(super) fn quality(native: f64) -> f64 {
    super::cosine_squared(native)
}
