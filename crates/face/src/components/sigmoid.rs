//! The standard's sigmoid and its rounding.

/// 1 / (1 + exp((x0 − x) / w)).
pub(crate) fn sigmoid(x: f64, x0: f64, w: f64) -> f64 {
    1.0 / (1.0 + ((x0 - x) / w).exp())
}

/// Half away from zero, then 0..100: as the published scalars were rounded.
pub(crate) fn rounded(quality: f64) -> Option<u8> {
    quality
        .is_finite()
        .then(|| quality.round().clamp(0.0, 100.0) as u8)
}
