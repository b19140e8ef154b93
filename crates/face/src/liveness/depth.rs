//! Does the nose stand out? The corners of eyes and mouth lie nearly in a plane. Under a turn or a nod a homography of that plane says where everything would be
//! on a picture, flat or tilted; the nose's points are left out of it, and what remains of them along the movement is their *residual*.
//!
//! Over the sine of the angle the residual rises by as much as the point stands out, in inter-eye distances. Three slopes are told apart, since each is imitated by
//! another way of bending paper: the ridge of the nose over the plane (any bend has some), over its own wings (a fold along the nose has little), and over its bridge
//! and the upper lip (an even curve has little). None of them supposes an average head.

use serde::{Deserialize, Serialize};

use super::relief::{Axis, Shape, solve};

/// Corners of eyes and mouth.
const PLANE: [usize; 6] = [36, 39, 42, 45, 48, 54];
/// The nose: its ridge and tip, what the ridge begins with, its lower edge, and the upper lip.
const RIDGE: [usize; 3] = [28, 29, 30];
const TIP: [usize; 2] = [29, 30];
const WINGS: [usize; 5] = [31, 32, 33, 34, 35];
const BRIDGE: [usize; 2] = [27, 28];
const LIP: [usize; 4] = [33, 50, 51, 52];
/// Frames of the trajectory that are kept; a longer one is thinned.
const KEPT: usize = 64;
/// Frames that a slope needs.
const FEWEST: u32 = 4;

/// One frame of a movement: what stands in the evidence, so that the slopes can be computed again.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Glimpse {
    /// Change of the angle's sine from looking ahead.
    pub sine: f32,
    /// Residual of the nose's ridge against the plane, in inter-eye distances along the movement.
    pub ridge: f32,
    /// Tip over wings.
    pub wings: f32,
    /// Tip over bridge and lip.
    pub bridge: f32,
}

/// How far the nose stands out, in inter-eye distances, and the movement that showed it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Depth {
    /// Slope of the ridge's residual against the plane of eyes and mouth.
    pub ridge: f64,
    /// Slope of the tip's over the wings'.
    pub wings: f64,
    /// Slope of the tip's over bridge's and lip's.
    pub bridge: f64,
    /// The frames, thinned.
    pub trajectory: Vec<Glimpse>,
}

/// A movement as it goes on.
#[derive(Debug, Clone, Default)]
pub(super) struct Trajectory {
    kept: Vec<Glimpse>,
    /// Every so manieth frame is kept: two to this power.
    thinned: u32,
    count: u32,
    sine: f64,
    sine_squared: f64,
    sums: [f64; 3],
    products: [f64; 3],
}

impl Trajectory {
    /// Takes a frame; one whose points make no plane says nothing.
    pub fn add(&mut self, ahead: &Shape, now: &Shape, axis: Axis, sine: f64) {
        let Some(glimpse) = glimpse(ahead, now, axis, sine) else {
            return;
        };
        if self.count.is_multiple_of(1 << self.thinned) {
            if self.kept.len() == KEPT {
                let mut nth = 0_u32;
                self.kept.retain(|_| {
                    nth += 1;
                    nth % 2 == 1
                });
                self.thinned += 1;
            }
            self.kept.push(glimpse);
        }
        self.count += 1;
        self.sine += sine;
        self.sine_squared += sine * sine;
        let values = [glimpse.ridge, glimpse.wings, glimpse.bridge].map(f64::from);
        for ((sum, product), value) in self.sums.iter_mut().zip(&mut self.products).zip(values) {
            *sum += value;
            *product += value * sine;
        }
    }

    /// The slopes; `None` where too few frames or too little movement determine them.
    pub fn depth(&self) -> Option<Depth> {
        let count = f64::from(self.count);
        let spread = self.sine_squared - self.sine * self.sine / count;
        if self.count < FEWEST || spread < 1e-3 {
            return None;
        }
        let slope = |nth: usize| (self.products[nth] - self.sine * self.sums[nth] / count) / spread;
        let (ridge, wings, bridge) = (slope(0), slope(1), slope(2));
        let finite = ridge.is_finite() && wings.is_finite() && bridge.is_finite();
        finite.then(|| Depth {
            ridge,
            wings,
            bridge,
            trajectory: self.kept.clone(),
        })
    }
}

fn glimpse(ahead: &Shape, now: &Shape, axis: Axis, sine: f64) -> Option<Glimpse> {
    let along = usize::from(axis == Axis::Down);
    let pair = |landmark| {
        let (from, to) = (
            ahead.place(landmark, ahead, axis)?,
            now.place(landmark, ahead, axis)?,
        );
        Some((from, to))
    };
    let plane = homography(&PLANE.map(pair))?;
    let residual = |landmark: usize| {
        let ([x, y], to) = pair(landmark)?;
        let [a, b, c, d, e, f, g, h] = plane;
        let far = g * x + h * y + 1.0;
        let flat = [(a * x + b * y + c) / far, (d * x + e * y + f) / far];
        Some(to[along] - flat[along])
    };
    let mean = |landmarks: &[usize]| -> Option<f64> {
        let sum: Option<f64> = landmarks.iter().map(|landmark| residual(*landmark)).sum();
        sum.map(|sum| sum / landmarks.len() as f64)
    };
    let tip = mean(&TIP)?;
    let found = Glimpse {
        sine: sine as f32,
        ridge: mean(&RIDGE)? as f32,
        wings: (tip - mean(&WINGS)?) as f32,
        bridge: (tip - f64::midpoint(mean(&BRIDGE)?, mean(&LIP)?)) as f32,
    };
    let sane = |value: f32| value.abs() < 10.0;
    (sane(found.ridge) && sane(found.wings) && sane(found.bridge) && found.sine.is_finite())
        .then_some(found)
}

/// The plane's homography by least squares, its last figure 1.
fn homography(pairs: &[Option<([f64; 2], [f64; 2])>; 6]) -> Option<[f64; 8]> {
    let (mut matrix, mut right) = ([[0.0; 8]; 8], [0.0; 8]);
    for pair in pairs {
        let ([x, y], [u, v]) = (*pair)?;
        for (row, value) in [
            ([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u),
            ([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v),
        ] {
            for ((cells, total), a) in matrix.iter_mut().zip(&mut right).zip(row) {
                for (cell, b) in cells.iter_mut().zip(row) {
                    *cell += a * b;
                }
                *total += a * value;
            }
        }
    }
    solve(matrix, right)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{LANDMARK_COUNT, Landmarks, Point};

    /// Eyes, mouth, nose and lip of a face in a plane, with a tip that stands out by `tip` and all of it bent by `bend`, turned.
    fn seen(tip: f64, bend: impl Fn(f64) -> f64, yaw_deg: f64) -> Shape {
        let places: [(usize, f64, f64, f64); 18] = [
            (36, -0.7, 0.0, 0.0),
            (39, -0.3, 0.0, 0.0),
            (42, 0.3, 0.0, 0.0),
            (45, 0.7, 0.0, 0.0),
            (48, -0.4, 1.1, 0.0),
            (54, 0.4, 1.1, 0.0),
            (62, 0.0, 1.1, 0.0),
            (66, 0.0, 1.1, 0.0),
            (27, 0.0, 0.0, 0.0),
            (28, 0.0, 0.2, 0.4),
            (29, 0.0, 0.35, 1.0),
            (30, 0.0, 0.5, 1.0),
            (31, -0.2, 0.65, 0.0),
            (33, 0.0, 0.7, 0.0),
            (35, 0.2, 0.65, 0.0),
            (50, -0.1, 1.0, 0.0),
            (51, 0.0, 1.0, 0.0),
            (52, 0.1, 1.0, 0.0),
        ];
        let (sin, cos) = yaw_deg.to_radians().sin_cos();
        let mut points = [Point::default(); LANDMARK_COUNT];
        for (landmark, x, y, share) in places {
            let z = tip * share + bend(x);
            let (right, deep) = (x * cos + z * sin, z * cos - x * sin);
            let far = 9.0 - deep;
            points[landmark] = Point::new((right / far * 900.0) as f32, (y / far * 900.0) as f32);
        }
        points[32] = points[31].middle(points[33]);
        points[34] = points[35].middle(points[33]);
        Shape::of(&Landmarks::from_points(points))
    }

    fn turned(tip: f64, bend: impl Fn(f64) -> f64 + Copy) -> Depth {
        let ahead = seen(tip, bend, 0.0);
        let mut trajectory = Trajectory::default();
        for step in 0..200 {
            let deg = f64::from(step) * 0.15;
            let now = seen(tip, bend, deg);
            trajectory.add(&ahead, &now, Axis::Across, deg.to_radians().sin());
        }
        trajectory.depth().unwrap()
    }

    #[test]
    fn a_nose_stands_out_by_its_height_and_a_picture_by_nothing() {
        let nose = turned(0.4, |_| 0.0);
        assert!((0.3..0.5).contains(&nose.wings), "{nose:?}");
        assert!((0.2..0.5).contains(&nose.bridge), "{nose:?}");
        for bend in [0.0, 0.2, 0.5] {
            let sheet = turned(0.0, |x| -bend * x * x);
            assert!(sheet.wings.abs() < 0.08, "{bend}: {sheet:?}");
            assert!(sheet.bridge.abs() < 0.08, "{bend}: {sheet:?}");
        }
        let fold = turned(0.0, |x: f64| -0.5 * x.abs());
        assert!(fold.ridge > 0.15 && fold.bridge.abs() < 0.08, "{fold:?}");
    }

    #[test]
    fn the_trajectory_is_kept_thinned_and_two_frames_say_nothing() {
        let nose = turned(0.4, |_| 0.0);
        assert!((KEPT / 2..=KEPT).contains(&nose.trajectory.len()));
        let mut short = Trajectory::default();
        let ahead = seen(0.4, |_| 0.0, 0.0);
        short.add(&ahead, &seen(0.4, |_| 0.0, 20.0), Axis::Across, 0.34);
        assert_eq!(short.depth(), None);
    }
}
