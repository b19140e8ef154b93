//! Is it solid? Under a turn or a nod the tip of a nose moves before the eyes; on a picture, flat, tilted or bent, it does not.
//!
//! From two shapes, looking ahead and turned, the displacement of every point along the turn is, for a solid head, what a plane would do plus sin(angle) times the
//! point's relief. Whatever a plane or a smoothly bent sheet can do is a polynomial of second degree in the point's place; it is taken out by least squares. What
//! remains is compared with the remainder of an average head's relief: its gain (1 for an average head at the stated angle, 0 for a picture) and its correlation.

use serde::{Deserialize, Serialize};

use crate::Landmarks;

/// Solidity of one movement.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Relief {
    /// Relief seen over that of an average head for the stated angle.
    pub gain: f64,
    /// Correlation of the pattern with an average head's.
    pub correlation: f64,
}

/// The direction in which a movement displaces near points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Turns.
    Across,
    /// Nods.
    Down,
}

/// Terms of the polynomial that a plane or a bent sheet can follow.
const TERMS: usize = 6;

/// Points used and an average adult's relief there, in millimetres before the plane of the eyes, rounded to what heads have in common. Left out: the outline (another
/// place of the skin with every turn), the lids and the inner lips (they move by themselves).
const RELIEF_MM: [(usize, f64); 35] = [
    (17, -2.0),
    (18, 5.0),
    (19, 11.0),
    (20, 15.0),
    (21, 18.0),
    (22, 18.0),
    (23, 15.0),
    (24, 11.0),
    (25, 5.0),
    (26, -2.0),
    (27, 18.0),
    (28, 26.0),
    (29, 34.0),
    (30, 42.0),
    (31, 22.0),
    (32, 27.0),
    (33, 30.0),
    (34, 27.0),
    (35, 22.0),
    (36, -2.0),
    (39, 3.0),
    (42, 3.0),
    (45, -2.0),
    (48, 10.0),
    (49, 20.0),
    (50, 25.0),
    (51, 26.0),
    (52, 25.0),
    (53, 20.0),
    (54, 10.0),
    (55, 18.0),
    (56, 21.0),
    (57, 22.0),
    (58, 21.0),
    (59, 18.0),
];
/// Millimetres between an average adult's eyes.
const INTER_EYE_MM: f64 = 63.0;

/// Points of a face without its place, size and tilt: origin between the eyes, level eye line, unit the inter-eye distance while looking ahead.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    points: [[f64; 2]; RELIEF_MM.len()],
    eye_distance: f64,
    eyes_to_mouth: f64,
}

impl Shape {
    /// In pixels still; [`mean`](Self::mean) and [`relief`] bring shapes to one unit.
    pub fn of(landmarks: &Landmarks) -> Self {
        let origin = landmarks.between_eyes();
        let (sin, cos) = landmarks.tilt_rad().sin_cos();
        let level = |p: crate::Point| {
            let (x, y) = (p.x - origin.x, p.y - origin.y);
            [f64::from(x * cos + y * sin), f64::from(y * cos - x * sin)]
        };
        let all = landmarks.points();
        let points = std::array::from_fn(|i| {
            RELIEF_MM
                .get(i)
                .and_then(|(place, _)| all.get(*place))
                .map_or([0.0; 2], |p| level(*p))
        });
        Self {
            points,
            eye_distance: f64::from(landmarks.inter_eye_distance()).max(1e-6),
            eyes_to_mouth: level(landmarks.mouth())[1].max(1e-6),
        }
    }

    /// The mean of shapes, each scaled by the length that the movement leaves alone. `None` without any.
    pub fn mean(shapes: &[Self], axis: Axis) -> Option<Self> {
        let first = shapes.first()?;
        let mut sum = Self {
            points: [[0.0; 2]; RELIEF_MM.len()],
            eye_distance: 0.0,
            eyes_to_mouth: 0.0,
        };
        for shape in shapes {
            let scale = first.steady_length(axis) / shape.steady_length(axis) / shapes.len() as f64;
            for (total, point) in sum.points.iter_mut().zip(&shape.points) {
                total[0] += point[0] * scale;
                total[1] += point[1] * scale;
            }
            sum.eye_distance += shape.eye_distance * scale;
            sum.eyes_to_mouth += shape.eyes_to_mouth * scale;
        }
        Some(sum)
    }

    /// A landmark's place, where the shape has it, scaled as [`relief`] scales it against a shape of looking ahead.
    pub fn place(&self, landmark: usize, ahead: &Self, axis: Axis) -> Option<[f64; 2]> {
        let at = RELIEF_MM.iter().position(|(place, _)| *place == landmark)?;
        let scale = ahead.steady_length(axis) / self.steady_length(axis) / ahead.eye_distance;
        self.points.get(at).map(|[x, y]| [x * scale, y * scale])
    }

    /// A turn shortens the eye line but not the height of the face; a nod the other way round.
    fn steady_length(&self, axis: Axis) -> f64 {
        match axis {
            Axis::Across => self.eyes_to_mouth,
            Axis::Down => self.eye_distance,
        }
    }
}

/// Solidity between looking ahead and turned, for a change of `sine_change` in the sine of the angle (positive to the person's left, or down). `None` where the
/// shapes give no answer.
pub(super) fn relief(
    ahead: &Shape,
    turned: &Shape,
    axis: Axis,
    sine_change: f64,
) -> Option<Relief> {
    let unit = ahead.eye_distance;
    let turned_scale = ahead.steady_length(axis) / turned.steady_length(axis) / unit;
    let along = usize::from(axis == Axis::Down);
    let places = ahead.points.map(|p| [p[0] / unit, p[1] / unit]);
    let moved: [f64; RELIEF_MM.len()] =
        std::array::from_fn(|i| turned.points[i][along] * turned_scale - places[i][along]);
    let average = RELIEF_MM.map(|(_, mm)| mm / INTER_EYE_MM);
    let seen = beyond_a_sheet(&places, moved)?;
    let expected = beyond_a_sheet(&places, average)?;
    let (own, norm) = (dot(&expected, &expected), dot(&seen, &seen));
    let shared = dot(&seen, &expected);
    let relief = Relief {
        gain: shared / own / sine_change,
        correlation: shared / (own * norm).sqrt() * sine_change.signum(),
    };
    (relief.gain.is_finite() && relief.correlation.is_finite()).then_some(relief)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// What is left of `values` after the best polynomial of second degree in the places.
fn beyond_a_sheet<const N: usize>(places: &[[f64; 2]; N], values: [f64; N]) -> Option<[f64; N]> {
    let terms = places.map(|[x, y]| [1.0, x, y, x * x, x * y, y * y]);
    let (mut matrix, mut right) = ([[0.0; TERMS]; TERMS], [0.0; TERMS]);
    for (term, value) in terms.iter().zip(&values) {
        for ((row, total), a) in matrix.iter_mut().zip(&mut right).zip(term) {
            for (cell, b) in row.iter_mut().zip(term) {
                *cell += a * b;
            }
            *total += a * value;
        }
    }
    let weights = solve(matrix, right)?;
    Some(std::array::from_fn(|i| {
        values[i] - dot(&terms[i], &weights)
    }))
}

/// Gauss with row exchange. `None` where the equations do not determine the unknowns.
pub(super) fn solve<const N: usize>(
    mut matrix: [[f64; N]; N],
    mut right: [f64; N],
) -> Option<[f64; N]> {
    for column in 0..N {
        let pivot = (column..N)
            .max_by(|&a, &b| matrix[a][column].abs().total_cmp(&matrix[b][column].abs()))?;
        if matrix[pivot][column].abs() < 1e-12 {
            return None;
        }
        matrix.swap(column, pivot);
        right.swap(column, pivot);
        let (pivot_row, pivot_right) = (matrix[column], right[column]);
        for (nth, (row, value)) in matrix.iter_mut().zip(&mut right).enumerate() {
            if nth != column {
                let factor = row[column] / pivot_row[column];
                for (cell, pivot_cell) in row.iter_mut().zip(pivot_row) {
                    *cell -= factor * pivot_cell;
                }
                *value -= factor * pivot_right;
            }
        }
    }
    Some(std::array::from_fn(|i| right[i] / matrix[i][i]))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The table's own head: its relief at 68 places made for this test, seen from a distance of eight eye distances.
    fn head(bend: impl Fn(f64, f64, f64) -> f64, yaw_deg: f64, pitch_deg: f64) -> Shape {
        let places: [[f64; 2]; RELIEF_MM.len()] = std::array::from_fn(|i| {
            let (x, y) = (
                (i * 37 % 35) as f64 / 17.0 - 1.0,
                (i * 11 % 35) as f64 / 20.0 - 0.3,
            );
            [x * 0.8, y]
        });
        let (yaw, pitch) = (yaw_deg.to_radians(), pitch_deg.to_radians());
        let points = std::array::from_fn(|i| {
            let [x, y] = places[i];
            let z = bend(x, y, RELIEF_MM[i].1 / INTER_EYE_MM);
            let (y, z) = (
                y * pitch.cos() + z * pitch.sin(),
                z * pitch.cos() - y * pitch.sin(),
            );
            let (x, z) = (x * yaw.cos() + z * yaw.sin(), z * yaw.cos() - x * yaw.sin());
            let near = 8.0 / (8.0 - z);
            [x * near * 100.0, y * near * 100.0]
        });
        Shape {
            points,
            eye_distance: 100.0 * yaw.cos(),
            eyes_to_mouth: 110.0 * pitch.cos(),
        }
    }

    fn sine(deg: f64) -> f64 {
        deg.to_radians().sin()
    }

    #[test]
    fn a_solid_head_has_relief_in_both_directions() {
        for deg in [-35.0, -20.0, 20.0, 35.0] {
            let seen = relief(
                &head(|_, _, z| z, 0.0, 0.0),
                &head(|_, _, z| z, deg, 0.0),
                Axis::Across,
                sine(deg),
            )
            .unwrap();
            assert!(
                (0.8..1.3).contains(&seen.gain) && seen.correlation > 0.95,
                "{deg}: {seen:?}"
            );
            let nod = relief(
                &head(|_, _, z| z, 0.0, 0.0),
                &head(|_, _, z| z, 0.0, deg),
                Axis::Down,
                sine(deg),
            )
            .unwrap();
            assert!(
                (0.7..1.4).contains(&nod.gain) && nod.correlation > 0.9,
                "{deg}: {nod:?}"
            );
        }
    }

    #[test]
    fn a_flat_or_bent_picture_has_none() {
        let flat = |_: f64, _: f64, _: f64| 0.0;
        let round = |x: f64, _: f64, _: f64| -0.5 * x * x;
        let wave = |x: f64, y: f64, _: f64| -0.4 * (0.6 * x + 0.8 * y).powi(2);
        for deg in [-30.0, 25.0, 40.0] {
            for seen in [
                relief(
                    &head(flat, 0.0, 0.0),
                    &head(flat, deg, 0.0),
                    Axis::Across,
                    sine(deg),
                ),
                relief(
                    &head(round, 0.0, 0.0),
                    &head(round, deg, 0.0),
                    Axis::Across,
                    sine(deg),
                ),
                relief(
                    &head(wave, 0.0, 0.0),
                    &head(wave, 0.0, deg),
                    Axis::Down,
                    sine(deg),
                ),
                // Bent only once it is turned.
                relief(
                    &head(flat, 0.0, 0.0),
                    &head(round, deg, 0.0),
                    Axis::Across,
                    sine(deg),
                ),
            ] {
                assert!(
                    seen.is_none_or(|relief| relief.gain.abs() < 0.15),
                    "{deg}: {seen:?}"
                );
            }
        }
    }

    #[test]
    fn a_hollow_mask_and_a_turn_the_other_way_are_negative() {
        let hollow = relief(
            &head(|_, _, z| -z, 0.0, 0.0),
            &head(|_, _, z| -z, 25.0, 0.0),
            Axis::Across,
            sine(25.0),
        )
        .unwrap();
        let other_way = relief(
            &head(|_, _, z| z, 0.0, 0.0),
            &head(|_, _, z| z, -25.0, 0.0),
            Axis::Across,
            sine(25.0),
        )
        .unwrap();
        assert!(
            hollow.gain < -0.5 && other_way.gain < -0.5,
            "{hollow:?} {other_way:?}"
        );
    }

    #[test]
    fn points_in_one_place_give_no_answer() {
        let nothing = Shape {
            points: [[0.0; 2]; RELIEF_MM.len()],
            eye_distance: 1.0,
            eyes_to_mouth: 1.0,
        };
        assert_eq!(relief(&nothing, &nothing, Axis::Across, 0.5), None);
    }
}
