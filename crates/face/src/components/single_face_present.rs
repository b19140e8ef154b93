//! SingleFacePresent: area of the second largest face over that of the largest.

use crate::face::FaceList;

pub(super) fn native(faces: &FaceList) -> Option<f64> {
    let mut largest = 0.0_f32;
    let mut second = 0.0_f32;
    for face in faces {
        let area = face.bounds.area();
        if area > largest {
            second = largest;
            largest = area;
        } else {
            second = second.max(area);
        }
    }
    (largest > 0.0).then(|| f64::from(second / largest))
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * (1.0 - native)
}
