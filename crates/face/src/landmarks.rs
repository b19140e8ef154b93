//! The 68 landmarks of a face, in the order of iBUG 300-W.
//!
//! *Left* and *right* are the person's own: the right eye (36–41) is on the left of a picture that is not mirrored.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::geometry::{Bounds, Point};

/// How many landmarks a face has.
pub const LANDMARK_COUNT: usize = 68;

const CHIN: usize = 8;
const NOSE_TIP: usize = 30;
const RIGHT_EYE_CORNERS: (usize, usize) = (36, 39);
const LEFT_EYE_CORNERS: (usize, usize) = (42, 45);
const MOUTH_CORNERS: (usize, usize) = (48, 54);
const INNER_LIP_MIDDLES: (usize, usize) = (62, 66);

/// 68 points in the picture's pixels.
#[derive(Clone, Copy, PartialEq)]
pub struct Landmarks {
    points: [Point; LANDMARK_COUNT],
}

impl fmt::Debug for Landmarks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Landmarks(..)")
    }
}

impl Serialize for Landmarks {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.points.iter().map(|point| [point.x, point.y]))
    }
}

impl<'de> Deserialize<'de> for Landmarks {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let pairs = Vec::<[f32; 2]>::deserialize(deserializer)?;
        let points: Vec<Point> = pairs.into_iter().map(|[x, y]| Point::new(x, y)).collect();
        <[Point; LANDMARK_COUNT]>::try_from(points)
            .map(Self::from_points)
            .map_err(|found| serde::de::Error::invalid_length(found.len(), &"68 landmarks"))
    }
}

impl Landmarks {
    /// Landmarks from their points, in iBUG's order.
    pub fn from_points(points: [Point; LANDMARK_COUNT]) -> Self {
        Self { points }
    }

    /// The points, in iBUG's order.
    pub fn points(&self) -> &[Point; LANDMARK_COUNT] {
        &self.points
    }

    /// The smallest box around all points (brows to chin).
    pub fn bounds(&self) -> Bounds {
        Bounds::around(&self.points)
    }

    /// Centre of the person's right eye, half way between its corners.
    pub fn right_eye(&self) -> Point {
        self.middle(RIGHT_EYE_CORNERS)
    }

    /// Centre of the person's left eye.
    pub fn left_eye(&self) -> Point {
        self.middle(LEFT_EYE_CORNERS)
    }

    /// Half way between the eyes.
    pub fn between_eyes(&self) -> Point {
        self.right_eye().middle(self.left_eye())
    }

    /// The chin's lowest point.
    pub fn chin(&self) -> Point {
        self.points[CHIN]
    }

    /// The tip of the nose.
    pub fn nose_tip(&self) -> Point {
        self.points[NOSE_TIP]
    }

    /// Half way between the inner lips.
    pub fn mouth(&self) -> Point {
        self.middle(INNER_LIP_MIDDLES)
    }

    /// Pixels between the eyes' centres.
    pub fn inter_eye_distance(&self) -> f32 {
        self.right_eye().distance(self.left_eye())
    }

    /// T of the standard: pixels from between the eyes to the chin.
    pub fn eyes_to_chin(&self) -> f32 {
        self.between_eyes().distance(self.chin())
    }

    /// The turn of the line between the eyes, in radians, clockwise on the screen.
    pub fn tilt_rad(&self) -> f32 {
        let (right, left) = (self.right_eye(), self.left_eye());
        (left.y - right.y).atan2(left.x - right.x)
    }

    /// The five points that templates are aligned by: right eye, left eye, nose tip, right and left corner of the mouth.
    pub fn five(&self) -> [Point; 5] {
        [
            self.right_eye(),
            self.left_eye(),
            self.nose_tip(),
            self.points[MOUTH_CORNERS.0],
            self.points[MOUTH_CORNERS.1],
        ]
    }

    /// Corners of the person's right eye and of the left eye.
    pub(crate) fn eye_corners(&self) -> [(Point, Point); 2] {
        [RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS].map(|(a, b)| (self.points[a], self.points[b]))
    }

    /// The same landmarks after a change of every point.
    #[must_use]
    pub fn map(&self, change: impl Fn(Point) -> Point) -> Self {
        Self {
            points: self.points.map(change),
        }
    }

    /// The widest of some pairs' distances.
    pub(crate) fn widest(&self, pairs: &[(usize, usize)]) -> f32 {
        pairs
            .iter()
            .map(|&(a, b)| self.points[a].distance(self.points[b]))
            .fold(0.0, f32::max)
    }

    /// A length over T; `None` where T is nothing.
    pub(crate) fn over_eyes_to_chin(&self, length: f32) -> Option<f64> {
        let unit = self.eyes_to_chin();
        (unit > 1e-3).then(|| f64::from(length / unit))
    }

    fn middle(&self, (a, b): (usize, usize)) -> Point {
        self.points[a].middle(self.points[b])
    }
}
