//! The scene about the face, at a small size: how bright it is and how busy the background.

use opencv::prelude::*;

use crate::components::luminance::{Histogram, LuminanceTable};
use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::Bounds;
use crate::landmarks::Landmarks;

/// Columns of the small copy.
pub(crate) const SCENE_WIDTH: usize = 160;
/// The most rows of the small copy.
const MOST_ROWS: usize = 320;

/// What was seen about the face.
#[derive(Clone)]
pub(crate) struct Scene {
    /// Luminance of the whole picture.
    pub all: Histogram,
    /// Mean strength of edges beside and above the head, in luminance levels (of 255) a pixel of the small copy.
    pub background_gradient: Option<f64>,
}

/// The small copy's buffers.
pub(crate) struct SceneReader {
    crop: Crop,
    luminance: Vec<u8>,
}

impl SceneReader {
    pub(crate) fn new() -> Self {
        Self {
            crop: Crop::new(),
            luminance: Vec::with_capacity(SCENE_WIDTH * MOST_ROWS),
        }
    }

    pub(crate) fn read(
        &mut self,
        picture: &Frame<'_>,
        landmarks: &Landmarks,
        table: &LuminanceTable,
    ) -> Result<Scene, FaceError> {
        let (columns, rows) = (picture.cols() as f32, picture.rows() as f32);
        let shrink = columns / SCENE_WIDTH as f32;
        let height = ((rows / shrink).round() as usize).clamp(1, MOST_ROWS);
        let whole = Bounds::between(0.0, 0.0, columns, rows);
        let rgb = self
            .crop
            .take(picture, whole, SCENE_WIDTH as u32, height as u32)?;
        let mut all = Histogram::new();
        self.luminance.clear();
        for pixel in rgb.chunks_exact(3) {
            let luminance = table.of([pixel[0], pixel[1], pixel[2]]);
            all.add(luminance);
            self.luminance.push(luminance);
        }
        let head = head_of(landmarks);
        let small = |value: f32, most: f32| value / most;
        let head = Bounds::between(
            small(head.x, shrink),
            small(head.y, rows / height as f32),
            small(head.right(), shrink),
            small(head.bottom(), rows / height as f32),
        );
        Ok(Scene {
            all,
            background_gradient: self.gradient_beside(head, height),
        })
    }

    /// Beside and above the head, down to the chin; below it are shoulders, which are no background.
    fn gradient_beside(&self, head: Bounds, height: usize) -> Option<f64> {
        let at = |x: usize, y: usize| f64::from(self.luminance[y * SCENE_WIDTH + x]);
        let bottom = (head.bottom().max(0.0) as usize).min(height.saturating_sub(1));
        let (mut sum, mut count) = (0.0, 0_u32);
        for y in 1..bottom {
            let in_rows = (head.y..head.bottom()).contains(&(y as f32));
            for x in 1..SCENE_WIDTH - 1 {
                if in_rows && (head.x..head.right()).contains(&(x as f32)) {
                    continue;
                }
                let across = at(x + 1, y) - at(x - 1, y);
                let down = at(x, y + 1) - at(x, y - 1);
                sum += across.hypot(down) / 2.0;
                count += 1;
            }
        }
        (count >= 64).then(|| sum / f64::from(count))
    }
}

/// The head with hair and ears, from the landmarks: T to each side, 1.3 T above the eyes, down to the chin.
fn head_of(landmarks: &Landmarks) -> Bounds {
    let eyes = landmarks.between_eyes();
    let unit = landmarks.eyes_to_chin();
    Bounds::between(
        eyes.x - unit,
        eyes.y - 1.3 * unit,
        eyes.x + unit,
        eyes.y + unit,
    )
}
