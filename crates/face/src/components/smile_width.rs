//! `smile_width`, our own: the mouth's width over the distance of the eyes' outer corners. A smile draws the corners of the mouth apart,
//! whether teeth show or not; MouthClosed, by the standard, sees only an opening between the lips. A turned head narrows both alike.
//!
//! Chosen on the 67 people of the Face Research Lab London Set, neutral and smiling: see the model card for what it refuses there.

use super::sigmoid::sigmoid;
use crate::landmarks::Landmarks;

const MOUTH_CORNERS: [(usize, usize); 1] = [(48, 54)];
const OUTER_EYE_CORNERS: [(usize, usize); 1] = [(36, 45)];
/// Between the widest neutral mouths and the narrowest smiles that show teeth.
const WIDE: f64 = 0.617;

pub(super) fn native(landmarks: &Landmarks) -> Option<f64> {
    let eyes = landmarks.widest(&OUTER_EYE_CORNERS);
    (eyes > 1e-3).then(|| f64::from(landmarks.widest(&MOUTH_CORNERS) / eyes))
}

pub(super) fn quality(native: f64) -> f64 {
    100.0 * (1.0 - sigmoid(native, WIDE, 0.02))
}
