//! The face's pixels, aligned, and the tones of its skin: one warp and one luminance pass that all pixel components share.
//!
//! Alignment, hull and cheeks follow the reference implementation of ISO/IEC 29794-5, so that native values can be compared with it.

use opencv::core::{CV_8UC1, Mat, Point as CvPoint, Scalar};
use opencv::imgproc;
use opencv::prelude::*;

use crate::components::luminance::{Histogram, LuminanceTable};
use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::{Point, Similarity};
use crate::landmarks::{LANDMARK_COUNT, Landmarks};

/// Side of the aligned picture in the reference implementation.
pub(crate) const FULL_SIDE: usize = 616;
/// Side that the preview uses: half, a quarter of the pixels.
pub(crate) const PREVIEW_SIDE: usize = 308;

/// Where the five points lie in the 616 × 616 picture.
const ALIGNED_POINTS: [Point; 5] = [
    Point::new(251.0, 272.0),
    Point::new(364.0, 272.0),
    Point::new(308.0, 336.0),
    Point::new(262.0, 402.0),
    Point::new(355.0, 402.0),
];

/// Side of the mask that the hull is drawn into.
const MASK_SIDE: usize = 224;

/// The aligned face and the region of its landmarks' hull.
pub(crate) struct FacePixels {
    side: usize,
    crop: Crop,
    rgb: Vec<u8>,
    landmarks: [Point; LANDMARK_COUNT],
    region: Region,
    scratch: Vec<f32>,
}

/// What the pixel components need of the face's tones.
pub(crate) struct FaceTones {
    pub face: Histogram,
    pub left_cheek: Histogram,
    pub right_cheek: Histogram,
    /// Mean colour of the two cheeks, 0..255.
    pub cheek_rgb: Option<[f64; 3]>,
}

impl FacePixels {
    pub(crate) fn new(side: usize) -> Result<Self, opencv::Error> {
        Ok(Self {
            side,
            crop: Crop::new(),
            rgb: vec![0; side * side * 3],
            landmarks: [Point::default(); LANDMARK_COUNT],
            region: Region::new()?,
            scratch: Vec::new(),
        })
    }

    /// Memory for a component's figures; [`Self::give_scratch`] keeps it for the next frame.
    pub(crate) fn take_scratch(&mut self) -> Vec<f32> {
        std::mem::take(&mut self.scratch)
    }

    pub(crate) fn give_scratch(&mut self, scratch: Vec<f32>) {
        self.scratch = scratch;
    }

    /// Aligns the face of a picture.
    pub(crate) fn align(
        &mut self,
        picture: &Frame<'_>,
        landmarks: &Landmarks,
    ) -> Result<(), FaceError> {
        let scale = self.side as f32 / FULL_SIDE as f32;
        let wanted = ALIGNED_POINTS.map(|point| Point::new(point.x * scale, point.y * scale));
        let similarity =
            Similarity::fit(&landmarks.five(), &wanted).ok_or(FaceError::UnusableLandmarks)?;
        self.rgb
            .copy_from_slice(self.crop.warp(picture, similarity, self.side)?);
        let moved = landmarks.points().map(|point| {
            let place = similarity.apply(point);
            Point::new(place.x.round(), place.y.round())
        });
        self.set_landmarks(&moved)
    }

    fn set_landmarks(&mut self, landmarks: &[Point; LANDMARK_COUNT]) -> Result<(), FaceError> {
        self.landmarks = *landmarks;
        self.region.draw(landmarks)
    }

    pub(crate) fn side(&self) -> usize {
        self.side
    }

    pub(crate) fn landmarks(&self) -> &[Point; LANDMARK_COUNT] {
        &self.landmarks
    }

    /// A pixel of the aligned face.
    pub(crate) fn at(&self, x: i32, y: i32) -> Option<[u8; 3]> {
        let (x, y) = (usize::try_from(x).ok()?, usize::try_from(y).ok()?);
        if x >= self.side || y >= self.side {
            return None;
        }
        let start = (y * self.side + x) * 3;
        self.rgb.get(start..).and_then(<[u8]>::first_chunk).copied()
    }

    /// Mean colour of a square about a place; `half` its side in pixels of the preview's size.
    pub(crate) fn mean_rgb(&self, middle: Point, half: usize) -> Option<[f64; 3]> {
        let half = (half * self.side / PREVIEW_SIDE) as i32;
        let (mut sums, mut count) = ([0.0; 3], 0_u32);
        for y in middle.y as i32 - half..=middle.y as i32 + half {
            for x in middle.x as i32 - half..=middle.x as i32 + half {
                if let Some(rgb) = self.at(x, y) {
                    for (sum, value) in sums.iter_mut().zip(rgb) {
                        *sum += f64::from(value);
                    }
                    count += 1;
                }
            }
        }
        (count > 0).then(|| sums.map(|sum| sum / f64::from(count)))
    }

    pub(crate) fn rgb(&self) -> &[u8] {
        &self.rgb
    }

    /// The luminance pass: the face's histogram, the cheeks' histograms and mean colour.
    pub(crate) fn tones(&self, table: &LuminanceTable) -> Result<FaceTones, FaceError> {
        let mask = self.region.mask.data_bytes()?;
        let mut face = Histogram::new();
        let columns = self.region.columns(self.side);
        for y in self.region.rows(self.side) {
            let line =
                &self.rgb[(y * self.side + columns.start) * 3..(y * self.side + columns.end) * 3];
            let start = self.region.row_of(y) * MASK_SIDE;
            let inside = mask.get(start..start + MASK_SIDE).unwrap_or_default();
            for (x, pixel) in columns.clone().zip(line.chunks_exact(3)) {
                if inside
                    .get(self.region.column_of(x))
                    .is_some_and(|v| *v != 0)
                {
                    face.add(table.of([pixel[0], pixel[1], pixel[2]]));
                }
            }
        }
        let (left, right) = self.cheeks();
        let mut sums = [0.0; 3];
        let left_cheek = self.cheek(left, mask, table, &mut sums);
        let right_cheek = self.cheek(right, mask, table, &mut sums);
        let count = (left_cheek.total() + right_cheek.total()) as f64;
        Ok(FaceTones {
            face,
            left_cheek,
            right_cheek,
            cheek_rgb: (count > 0.0).then(|| sums.map(|sum| sum / count)),
        })
    }

    /// Two squares of 0.3 eye distances, half way from eyes to mouth, inwards of neither eye: x, y, side. Left and right on the
    /// picture.
    fn cheeks(&self) -> ([i32; 3], [i32; 3]) {
        let whole = |a: Point, b: Point| {
            (
                f32::midpoint(a.x, b.x).round(),
                f32::midpoint(a.y, b.y).round(),
            )
        };
        let left = whole(self.landmarks[36], self.landmarks[39]);
        let right = whole(self.landmarks[42], self.landmarks[45]);
        let between = (
            f32::midpoint(left.0, right.0).round(),
            f32::midpoint(left.1, right.1).round(),
        );
        let mouth = whole(self.landmarks[62], self.landmarks[66]);
        let eyes = (left.0 - right.0).hypot(left.1 - right.1);
        let zone = (f64::from(eyes) * 0.3) as i32;
        let down = ((between.0 - mouth.0).hypot(between.1 - mouth.1) / 2.0) as i32;
        (
            [left.0 as i32, left.1 as i32 + down, zone],
            [right.0 as i32 - zone, right.1 as i32 + down, zone],
        )
    }

    /// What is outside the hull counts as black, as in the reference implementation.
    fn cheek(
        &self,
        [x, y, zone]: [i32; 3],
        mask: &[u8],
        table: &LuminanceTable,
        sums: &mut [f64; 3],
    ) -> Histogram {
        let mut histogram = Histogram::new();
        let side = self.side as i32;
        for row in y.max(0)..(y + zone).min(side) {
            for column in x.max(0)..(x + zone).min(side) {
                let (row, column) = (row as usize, column as usize);
                let start = (row * self.side + column) * 3;
                let inside = self.region.holds(mask, column, row);
                let pixel = match self.rgb.get(start..start + 3) {
                    Some(&[r, g, b]) if inside => [r, g, b],
                    _ => [0; 3],
                };
                histogram.add(table.of(pixel));
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    *sum += f64::from(value);
                }
            }
        }
        histogram
    }

    /// Whether a place of the aligned picture lies in the hull of the landmarks; asks the mask once for all.
    pub(crate) fn region_test(&self) -> Result<impl Fn(usize, usize) -> bool + '_, FaceError> {
        let mask = self.region.mask.data_bytes()?;
        Ok(move |x, y| self.region.covers(x, y) && self.region.holds(mask, x, y))
    }
}

/// The hull of the landmarks, drawn small and stretched over its square (the reference implementation's own way, whose steps show
/// at the edge).
struct Region {
    mask: Mat,
    left: i32,
    top: i32,
    width: i32,
    height: i32,
}

impl Region {
    fn new() -> Result<Self, opencv::Error> {
        let side = MASK_SIDE as i32;
        Ok(Self {
            mask: Mat::new_rows_cols_with_default(side, side, CV_8UC1, Scalar::all(0.0))?,
            left: 0,
            top: 0,
            width: 0,
            height: 0,
        })
    }

    fn draw(&mut self, landmarks: &[Point; LANDMARK_COUNT]) -> Result<(), FaceError> {
        let mut corners = landmarks.map(|point| (point.x as i32, point.y as i32));
        let (hull, count) = convex_hull(&mut corners);
        let hull = &hull[..count];
        let low_x = hull.iter().map(|p| p.0).min().unwrap_or(0);
        let high_x = hull.iter().map(|p| p.0).max().unwrap_or(0);
        let low_y = hull.iter().map(|p| p.1).min().unwrap_or(0);
        let high_y = hull.iter().map(|p| p.1).max().unwrap_or(0);
        let (width, height) = (f64::from(high_x - low_x + 1), f64::from(high_y - low_y + 1));
        let top = (f64::from(low_y) - height * 0.05) as i32;
        let bottom = (f64::from(low_y) + height * 1.05) as i32;
        let half = f64::from(bottom - top) / 2.0;
        let middle = f64::from(low_x) + width / 2.0;
        self.left = (middle - half) as i32;
        self.width = (middle + half) as i32 - self.left;
        self.top = top;
        self.height = bottom - top;
        if self.width < 1 || self.height < 1 {
            return Err(FaceError::UnusableLandmarks);
        }
        let scale = |value: i32, from: i32| {
            (f64::from(value - from) / f64::from(self.height) * MASK_SIDE as f64) as i32
        };
        let mut small = [CvPoint::default(); LANDMARK_COUNT];
        for (out, (x, y)) in small.iter_mut().zip(hull) {
            *out = CvPoint::new(scale(*x, self.left), scale(*y, self.top));
        }
        let polygon = Mat::from_slice(&small[..count])?;
        self.mask
            .set_to(&Scalar::all(0.0), &opencv::core::no_array())?;
        imgproc::fill_convex_poly(
            &mut self.mask,
            &polygon,
            Scalar::all(1.0),
            imgproc::LINE_8,
            0,
        )?;
        Ok(())
    }

    fn rows(&self, side: usize) -> std::ops::Range<usize> {
        self.top.max(0) as usize..((self.top + self.height).max(0) as usize).min(side)
    }

    fn columns(&self, side: usize) -> std::ops::Range<usize> {
        self.left.max(0) as usize..((self.left + self.width).max(0) as usize).min(side)
    }

    fn covers(&self, x: usize, y: usize) -> bool {
        let (x, y) = (x as i32 - self.left, y as i32 - self.top);
        (0..self.width).contains(&x) && (0..self.height).contains(&y)
    }

    fn holds(&self, mask: &[u8], x: usize, y: usize) -> bool {
        mask.get(self.row_of(y) * MASK_SIDE + self.column_of(x))
            .is_some_and(|value| *value != 0)
    }

    fn row_of(&self, y: usize) -> usize {
        step(y as i32 - self.top, self.height)
    }

    fn column_of(&self, x: usize) -> usize {
        step(x as i32 - self.left, self.width)
    }
}

/// Nearest neighbour as OpenCV rounds it.
fn step(at: i32, length: i32) -> usize {
    let ratio = 1.0 / (f64::from(length) / MASK_SIDE as f64);
    ((f64::from(at) * ratio).floor() as usize).min(MASK_SIDE - 1)
}

/// Andrew's monotone chain over whole pixels: the corners in order, and how many there are.
fn convex_hull(points: &mut [(i32, i32); LANDMARK_COUNT]) -> ([(i32, i32); LANDMARK_COUNT], usize) {
    points.sort_unstable();
    let mut hull = [(0, 0); LANDMARK_COUNT * 2];
    let mut count = 0;
    let turn = |o: (i32, i32), a: (i32, i32), b: (i32, i32)| {
        i64::from(a.0 - o.0) * i64::from(b.1 - o.1) - i64::from(a.1 - o.1) * i64::from(b.0 - o.0)
    };
    let forth = points.iter();
    for point in forth {
        while count >= 2 && turn(hull[count - 2], hull[count - 1], *point) <= 0 {
            count -= 1;
        }
        hull[count] = *point;
        count += 1;
    }
    let lower = count + 1;
    for point in points.iter().rev().skip(1) {
        while count >= lower && turn(hull[count - 2], hull[count - 1], *point) <= 0 {
            count -= 1;
        }
        hull[count] = *point;
        count += 1;
    }
    let count = count.saturating_sub(1).clamp(1, LANDMARK_COUNT);
    let mut corners = [(0, 0); LANDMARK_COUNT];
    corners[..count].copy_from_slice(&hull[..count]);
    (corners, count)
}
