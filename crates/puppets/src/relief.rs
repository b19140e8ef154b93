//! A head's depth under the picture of a face.

use face::Landmarks;

use crate::head::Head;

/// How far a point's depth reaches, in inter-eye distances.
const REACH: f32 = 0.14;
/// The head's middle and half axes, in inter-eye distances: inside it follows the head, beyond the second it is the room.
const MIDDLE: (f32, f32) = (0.0, 0.1);
const INNER: (f32, f32) = (1.45, 2.0);
const OUTER: (f32, f32) = (2.3, 2.9);

/// The depth of one face.
pub(crate) struct Relief(Vec<([f32; 2], f32)>);

impl Relief {
    pub(crate) fn of(head: &Head, landmarks: &Landmarks) -> Self {
        Self(head.under(landmarks))
    }

    /// Depth at a place, by the weight of near points; both in inter-eye distances.
    pub(crate) fn depth(&self, x: f32, y: f32) -> f32 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for ([point_x, point_y], depth) in &self.0 {
            let distance = ((x - point_x).powi(2) + (y - point_y).powi(2)) / (REACH * REACH);
            // Near points decide; far ones still say something where there is none.
            let weight = (-distance).exp() + 1e-3 / (1.0 + distance).powi(2);
            sum += depth * weight;
            weights += weight;
        }
        sum / weights
    }

    /// How much a place follows the head, 0..1.
    pub(crate) fn follows(x: f32, y: f32) -> f32 {
        let radius = |axes: (f32, f32)| ((x - MIDDLE.0) / axes.0).hypot((y - MIDDLE.1) / axes.1);
        let (inner, outer) = (radius(INNER), radius(OUTER));
        if inner <= 1.0 {
            return 1.0;
        }
        if outer >= 1.0 {
            return 0.0;
        }
        let share = (1.0 - outer) / (1.0 - outer + (inner - 1.0));
        share * share * (3.0 - 2.0 * share)
    }
}
