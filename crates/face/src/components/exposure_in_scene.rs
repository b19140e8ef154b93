//! `exposure_in_scene`, our own: whether the face is lit and exposed well *for this scene*, in stops (0 is right, below it too dark,
//! above it too bright).
//!
//! LuminanceMean compares the face with a fixed range and so finds fault with dark skin in good light. Here the scene's own bright
//! parts say whether the picture is exposed; the face is too dark only where it is darker than the darkest skin would be in the
//! light of that scene (an albedo of about 0.03, diffuse, against bright parts of about 0.8), and too bright only where it clips.

use super::luminance::Histogram;
use crate::scene::Scene;

/// The scene's bright parts (95th percentile) reach this in a picture that is exposed well enough.
const BRIGHT_PARTS: f64 = 0.20;
/// The face's bright parts (90th percentile) over the scene's: the darkest skin's in even light stays above this.
const FACE_OVER_SCENE: f64 = 0.035;
/// A face's bright parts that show form in 8 bits whatever the scene: three levels above black.
const LEAST_FACE: f64 = 0.012;
/// Share of clipped skin that costs one stop.
const CLIPPED_A_STOP: f64 = 0.08;

pub(super) fn native(face: &Histogram, scene: &Scene) -> Option<f64> {
    let bright = scene.all.quantile(0.95)?;
    let face_bright = face.quantile(0.90)?;
    let clipped = face.share(247, 255)?;
    let lacking = |value: f64, wanted: f64| (wanted / value.max(1e-3)).log2().max(0.0);
    let dark = lacking(bright, BRIGHT_PARTS)
        .max(lacking(face_bright / bright.max(1e-3), FACE_OVER_SCENE))
        .max(lacking(face_bright, LEAST_FACE));
    let light = clipped / CLIPPED_A_STOP;
    Some(if dark > light { -dark } else { light })
}

/// 100 at 0 stops, 50 at one stop either way, 25 at two.
pub(super) fn quality(native: f64) -> f64 {
    100.0 * (-native.abs()).exp2()
}
