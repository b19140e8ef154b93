//! Closing the eyes of a picture: the skin between brow and lid is drawn down over the eye.

use std::borrow::Cow;

use face::{Landmarks, Picture, Point};

/// Outer corner, upper lid, inner corner, lower lid of both eyes, and the middle of the brow above.
const EYES: [[usize; 7]; 2] = [[36, 37, 38, 39, 40, 41, 19], [45, 44, 43, 42, 47, 46, 24]];
/// A brow reaches so far below its landmark, in widths of the eye.
const BROW: f32 = 0.22;
/// How dark the closed lid's edge is (0..1), and how thick in widths of the eye: what the eye network needs to call an eye closed in three of
/// five pictures; with the others it sees an open eye whatever is drawn.
const LASHES: f32 = 0.8;
const EDGE: f32 = 0.1;

/// Both eyes of a face, in pixels.
pub(crate) struct Lids([Eye; 2]);

struct Eye {
    corners: (Point, Point),
    /// Opening at its widest: upper and lower lid.
    upper: f32,
    lower: f32,
    brow: f32,
}

impl Lids {
    pub(crate) fn of(landmarks: &Landmarks) -> Self {
        let all = landmarks.points();
        Self(
            EYES.map(|[outer, upper_a, upper_b, inner, lower_a, lower_b, brow]| {
                let at = |place: usize| all.get(place).copied().unwrap_or_default();
                Eye {
                    corners: (at(outer), at(inner)),
                    upper: at(upper_a).y.min(at(upper_b).y),
                    lower: at(lower_a).y.max(at(lower_b).y),
                    brow: at(brow).y,
                }
            }),
        )
    }

    /// The picture with its eyes closed so far (0..1).
    pub(crate) fn closed<'p>(&self, picture: &'p Picture, share: f32) -> Cow<'p, Picture> {
        if share <= 0.01 {
            return Cow::Borrowed(picture);
        }
        let mut rgb = picture.as_rgb().to_vec();
        for eye in &self.0 {
            eye.close(picture, share.min(1.0), &mut rgb);
        }
        Picture::from_rgb(picture.width(), picture.height(), rgb)
            .map_or(Cow::Borrowed(picture), Cow::Owned)
    }
}

impl Eye {
    fn close(&self, picture: &Picture, share: f32, rgb: &mut [u8]) {
        let (left, right) = if self.corners.0.x < self.corners.1.x {
            (self.corners.0, self.corners.1)
        } else {
            (self.corners.1, self.corners.0)
        };
        let width = (right.x - left.x).max(1.0);
        let skin = (self.upper - self.brow - BROW * width).max(3.0);
        for column in left.x.floor() as i32..=right.x.ceil() as i32 {
            let along = ((column as f32 - left.x) / width).clamp(0.0, 1.0);
            // The opening is an arch over the line of the corners.
            let arch = (4.0 * along * (1.0 - along)).sqrt();
            let line = left.y + (right.y - left.y) * along;
            let upper = line + (self.upper - line) * arch - 0.06 * width * arch;
            let lower = line + (self.lower - line) * arch + 0.02 * width * arch;
            let lid = upper + (lower - upper) * share;
            let brow = upper - skin;
            for row in brow.ceil() as i32..=lower.ceil() as i32 {
                let y = row as f32;
                if y > lid || lid <= brow {
                    continue;
                }
                let from = brow + (y - brow) * (upper - brow) / (lid - brow);
                let colour = between_rows(picture, column, from);
                let place =
                    (row.max(0) as usize * picture.width() as usize + column.max(0) as usize) * 3;
                if let Some(pixel) = rgb.get_mut(place..place + 3) {
                    pixel.copy_from_slice(&colour);
                }
            }
            self.lashes(picture, column, lid, share * arch, rgb);
        }
    }

    /// The dark edge of the lid.
    fn lashes(&self, picture: &Picture, column: i32, lid: f32, strength: f32, rgb: &mut [u8]) {
        let thick = ((self.corners.0.x - self.corners.1.x).abs() * EDGE).max(1.0);
        for row in (lid - thick).round() as i32..=lid.round() as i32 {
            let place =
                (row.max(0) as usize * picture.width() as usize + column.max(0) as usize) * 3;
            if let Some(pixel) = rgb.get_mut(place..place + 3) {
                for value in pixel {
                    *value = (f32::from(*value) * (1.0 - LASHES * strength)) as u8;
                }
            }
        }
    }
}

fn between_rows(picture: &Picture, column: i32, y: f32) -> [u8; 3] {
    let (row, down) = (y.floor(), y - y.floor());
    let (above, below) = (
        picture.at(column, row as i32),
        picture.at(column, row as i32 + 1),
    );
    std::array::from_fn(|i| {
        (f32::from(above[i]) * (1.0 - down) + f32::from(below[i]) * down).round() as u8
    })
}
