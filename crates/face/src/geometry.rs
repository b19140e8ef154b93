//! Points, boxes and similarities in a picture's pixels: x to the right, y down.

use serde::{Deserialize, Serialize};

/// A place in a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Point {
    /// To the right.
    pub x: f32,
    /// Down.
    pub y: f32,
}

impl Point {
    /// A point.
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// The distance to another point.
    pub fn distance(self, other: Self) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    /// The point half way to another.
    #[must_use]
    pub fn middle(self, other: Self) -> Self {
        Self::new(
            f32::midpoint(self.x, other.x),
            f32::midpoint(self.y, other.y),
        )
    }
}

/// An upright box, in pixels; it may reach past the picture's edges.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Bounds {
    /// Left edge.
    pub x: f32,
    /// Top edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

impl Bounds {
    /// The box between two corners.
    pub fn between(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self {
            x: left,
            y: top,
            width: right - left,
            height: bottom - top,
        }
    }

    /// The smallest box around points.
    pub fn around(points: &[Point]) -> Self {
        let mut low = Point::new(f32::MAX, f32::MAX);
        let mut high = Point::new(f32::MIN, f32::MIN);
        for point in points {
            low = Point::new(low.x.min(point.x), low.y.min(point.y));
            high = Point::new(high.x.max(point.x), high.y.max(point.y));
        }
        if points.is_empty() {
            return Self::default();
        }
        Self::between(low.x, low.y, high.x, high.y)
    }

    /// A square box around a centre.
    pub fn square(centre: Point, side: f32) -> Self {
        Self {
            x: centre.x - side / 2.0,
            y: centre.y - side / 2.0,
            width: side,
            height: side,
        }
    }

    /// The right edge.
    pub fn right(self) -> f32 {
        self.x + self.width
    }

    /// The bottom edge.
    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    /// The middle.
    pub fn centre(self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// The area in square pixels, 0 for an empty box.
    pub fn area(self) -> f32 {
        self.width.max(0.0) * self.height.max(0.0)
    }

    /// Intersection over union with another box, 0..1.
    pub fn overlap(self, other: Self) -> f32 {
        let width = (self.right().min(other.right()) - self.x.max(other.x)).max(0.0);
        let height = (self.bottom().min(other.bottom()) - self.y.max(other.y)).max(0.0);
        let shared = width * height;
        let whole = self.area() + other.area() - shared;
        if whole > 0.0 { shared / whole } else { 0.0 }
    }
}

/// A turn, a uniform scale and a shift: x' = a·x − b·y + tx, y' = b·x + a·y + ty.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    a: f32,
    b: f32,
    tx: f32,
    ty: f32,
}

impl Similarity {
    /// The similarity of a turn (radians, clockwise on the screen) and scale that carries `from` to `to`.
    pub fn about(from: Point, to: Point, scale: f32, turn_rad: f32) -> Self {
        let (a, b) = (scale * turn_rad.cos(), scale * turn_rad.sin());
        Self {
            a,
            b,
            tx: to.x - (a * from.x - b * from.y),
            ty: to.y - (b * from.x + a * from.y),
        }
    }

    /// The least-squares similarity from one set of points to another (Umeyama 1991, closed form in the plane).
    ///
    /// `None` where the points coincide or the sets differ in length.
    pub fn fit(from: &[Point], to: &[Point]) -> Option<Self> {
        if from.len() != to.len() || from.len() < 2 {
            return None;
        }
        let count = from.len() as f64;
        let (mut fx, mut fy, mut gx, mut gy) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0_f64);
        for (p, q) in from.iter().zip(to) {
            fx += f64::from(p.x) / count;
            fy += f64::from(p.y) / count;
            gx += f64::from(q.x) / count;
            gy += f64::from(q.y) / count;
        }
        let (mut along, mut across, mut spread) = (0.0, 0.0, 0.0);
        for (p, q) in from.iter().zip(to) {
            let (px, py) = (f64::from(p.x) - fx, f64::from(p.y) - fy);
            let (qx, qy) = (f64::from(q.x) - gx, f64::from(q.y) - gy);
            along += px * qx + py * qy;
            across += px * qy - py * qx;
            spread += px * px + py * py;
        }
        if spread <= f64::EPSILON {
            return None;
        }
        let (a, b) = (along / spread, across / spread);
        let tx = gx - (a * fx - b * fy);
        let ty = gy - (b * fx + a * fy);
        let fitted = Self {
            a: a as f32,
            b: b as f32,
            tx: tx as f32,
            ty: ty as f32,
        };
        (fitted.scale() > 0.0 && fitted.scale().is_finite()).then_some(fitted)
    }

    /// Where a point goes.
    pub fn apply(self, point: Point) -> Point {
        Point::new(
            self.a * point.x - self.b * point.y + self.tx,
            self.b * point.x + self.a * point.y + self.ty,
        )
    }

    /// How much it enlarges.
    pub fn scale(self) -> f32 {
        self.a.hypot(self.b)
    }

    /// The way back. The scale is never 0 for a fitted one.
    #[must_use]
    pub fn inverse(self) -> Self {
        let square = (self.a * self.a + self.b * self.b).max(f32::MIN_POSITIVE);
        let (a, b) = (self.a / square, -self.b / square);
        Self {
            a,
            b,
            tx: -(a * self.tx - b * self.ty),
            ty: -(b * self.tx + a * self.ty),
        }
    }

    /// The two rows of the matrix [a −b tx; b a ty].
    pub fn rows(self) -> [[f64; 3]; 2] {
        let (a, b) = (f64::from(self.a), f64::from(self.b));
        [[a, -b, f64::from(self.tx)], [b, a, f64::from(self.ty)]]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fitted_similarity_recovers_the_one_that_made_the_points() {
        let made = Similarity::about(Point::new(3.0, 4.0), Point::new(50.0, 60.0), 2.5, 0.3);
        let from = [
            Point::new(0.0, 0.0),
            Point::new(10.0, 1.0),
            Point::new(4.0, 9.0),
        ];
        let to = from.map(|point| made.apply(point));
        let fitted = Similarity::fit(&from, &to);
        let worst = from
            .iter()
            .zip(to)
            .filter_map(|(p, q)| fitted.map(|fitted| fitted.apply(*p).distance(q)))
            .fold(0.0, f32::max);
        assert!(fitted.is_some() && worst < 1e-3, "worst {worst}");
        let back = made.inverse().apply(made.apply(from[1]));
        assert!(back.distance(from[1]) < 1e-4);
    }

    #[test]
    fn coinciding_points_fit_no_similarity() {
        let same = [Point::new(1.0, 1.0); 5];
        assert!(Similarity::fit(&same, &same).is_none());
    }
}
