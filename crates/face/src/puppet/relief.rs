//! An average head's depth under the picture of a face.

use crate::landmarks::Landmarks;

/// Depth at landmarks in millimetres before the plane of the eyes (half a face; the other half mirrors it), as in the tests' generated head.
const DEPTH_MM: [(usize, usize, f32); 31] = [
    (0, 16, -55.0),
    (1, 15, -52.0),
    (2, 14, -48.0),
    (3, 13, -42.0),
    (4, 12, -33.0),
    (5, 11, -20.0),
    (6, 10, -6.0),
    (7, 9, 4.0),
    (8, 8, 8.0),
    (17, 26, -2.0),
    (18, 25, 5.0),
    (19, 24, 11.0),
    (20, 23, 15.0),
    (21, 22, 18.0),
    (27, 27, 18.0),
    (28, 28, 26.0),
    (29, 29, 34.0),
    (30, 30, 42.0),
    (31, 35, 22.0),
    (32, 34, 27.0),
    (33, 33, 30.0),
    (36, 45, -2.0),
    (37, 44, 4.0),
    (39, 42, 3.0),
    (41, 46, 3.0),
    (48, 54, 10.0),
    (49, 53, 20.0),
    (51, 51, 26.0),
    (57, 57, 22.0),
    (59, 55, 18.0),
    (62, 62, 23.0),
];
/// Places without a landmark, in inter-eye distances from the eyes' middle, with their depth: cheeks, forehead, crown, sides.
const OTHERS: [([f32; 2], f32); 11] = [
    ([-0.72, 0.55], 0.02),
    ([0.72, 0.55], 0.02),
    ([0.0, -0.85], 0.16),
    ([-0.6, -0.8], 0.0),
    ([0.6, -0.8], 0.0),
    ([0.0, -1.35], -0.15),
    ([-0.8, -1.2], -0.6),
    ([0.8, -1.2], -0.6),
    ([0.0, -1.8], -0.75),
    ([-1.3, -0.4], -0.95),
    ([1.3, -0.4], -0.95),
];
/// Millimetres between an average adult's eyes.
const INTER_EYE_MM: f32 = 63.0;
/// How far a point's depth reaches, in inter-eye distances.
const REACH: f32 = 0.14;
/// The head's middle and half axes, in inter-eye distances: inside it follows the head, beyond the second it is the room.
const MIDDLE: (f32, f32) = (0.0, 0.1);
const INNER: (f32, f32) = (1.45, 2.0);
const OUTER: (f32, f32) = (2.3, 2.9);

/// The depth of one face.
pub(super) struct Relief(Vec<([f32; 2], f32)>);

impl Relief {
    pub(super) fn of(landmarks: &Landmarks) -> Self {
        let (unit, eyes) = (
            landmarks.inter_eye_distance().max(1.0),
            landmarks.between_eyes(),
        );
        let at = |place: usize| {
            landmarks
                .points()
                .get(place)
                .map(|p| [(p.x - eyes.x) / unit, (p.y - eyes.y) / unit])
        };
        let mut points = OTHERS.to_vec();
        for (left, right, mm) in DEPTH_MM {
            let depth = mm / INTER_EYE_MM;
            points.extend(at(left).map(|place| (place, depth)));
            if right != left {
                points.extend(at(right).map(|place| (place, depth)));
            }
        }
        Self(points)
    }

    /// Depth at a place, by the weight of near points; both in inter-eye distances.
    pub(super) fn depth(&self, x: f32, y: f32) -> f32 {
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
    pub(super) fn follows(x: f32, y: f32) -> f32 {
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
