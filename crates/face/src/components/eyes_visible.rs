//! EyesVisible: occluded share of the eye boxes. It needs a segmentation of what covers the face, which is not shipped, so only the mapping is here.

pub(super) fn quality(native: f64) -> f64 {
    100.0 * (1.0 - native)
}
