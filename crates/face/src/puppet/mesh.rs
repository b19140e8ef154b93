//! A textured mesh drawn with a depth buffer.

use crate::geometry::Point;
use crate::picture::Picture;

/// A corner of the mesh as the camera sees it.
#[derive(Clone, Copy)]
pub(super) struct Corner {
    /// Where, in pixels of the frame.
    pub at: Point,
    /// Nearness to the camera; the nearer hides the farther.
    pub near: f32,
    /// Where in the picture.
    pub texture: Point,
}

/// The frame while it is drawn.
pub(super) struct Canvas {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    near: Vec<f32>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32, grey: u8) -> Self {
        let pixels = width as usize * height as usize;
        Self {
            width,
            height,
            rgb: vec![grey; pixels * 3],
            near: vec![f32::MIN; pixels],
        }
    }

    pub(super) fn into_parts(self) -> (u32, u32, Vec<u8>) {
        (self.width, self.height, self.rgb)
    }

    /// Draws the squares between rows of so many corners.
    pub(super) fn draw(&mut self, corners: &[Corner], columns: usize, texture: &Picture) {
        let mut rows = corners.chunks_exact(columns).peekable();
        while let (Some(above), Some(below)) = (rows.next(), rows.peek()) {
            for ((a, b), (c, d)) in above
                .iter()
                .zip(above.iter().skip(1))
                .zip(below.iter().zip(below.iter().skip(1)))
            {
                self.triangle([a, b, c], texture);
                self.triangle([b, d, c], texture);
            }
        }
    }

    fn triangle(&mut self, [a, b, c]: [&Corner; 3], texture: &Picture) {
        let area = cross(a.at, b.at, c.at);
        if area.abs() < 1e-6 {
            return;
        }
        let (left, right) = extent([a.at.x, b.at.x, c.at.x], self.width);
        let (top, bottom) = extent([a.at.y, b.at.y, c.at.y], self.height);
        for row in top..bottom {
            for column in left..right {
                let at = Point::new(column as f32, row as f32);
                let (u, v) = (cross(b.at, c.at, at) / area, cross(c.at, a.at, at) / area);
                let w = 1.0 - u - v;
                if u < 0.0 || v < 0.0 || w < 0.0 {
                    continue;
                }
                let place = row as usize * self.width as usize + column as usize;
                let near = u * a.near + v * b.near + w * c.near;
                let Some(before) = self.near.get_mut(place) else {
                    continue;
                };
                if near <= *before {
                    continue;
                }
                *before = near;
                let from = Point::new(
                    u * a.texture.x + v * b.texture.x + w * c.texture.x,
                    u * a.texture.y + v * b.texture.y + w * c.texture.y,
                );
                if let Some(pixel) = self.rgb.get_mut(place * 3..place * 3 + 3) {
                    pixel.copy_from_slice(&bilinear(texture, from));
                }
            }
        }
    }

    /// A sensor's grain: no two frames are equal.
    pub(super) fn grain(&mut self, seed: u64) {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        for eight in self.rgb.chunks_mut(8) {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            for (value, noise) in eight.iter_mut().zip(state.to_le_bytes()) {
                *value = value.saturating_add(noise % 5).saturating_sub(2);
            }
        }
    }
}

/// Twice the area of a triangle, with its sense of turning.
fn cross(a: Point, b: Point, c: Point) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

fn extent(values: [f32; 3], limit: u32) -> (u32, u32) {
    let low = values.iter().copied().fold(f32::MAX, f32::min).ceil();
    let high = values.iter().copied().fold(f32::MIN, f32::max).floor();
    (
        low.clamp(0.0, limit as f32) as u32,
        (high + 1.0).clamp(0.0, limit as f32) as u32,
    )
}

fn bilinear(picture: &Picture, at: Point) -> [u8; 3] {
    let (column, row) = (at.x.floor(), at.y.floor());
    let (right, down) = (at.x - column, at.y - row);
    let (column, row) = (column as i32, row as i32);
    let corners = [
        picture.at(column, row),
        picture.at(column + 1, row),
        picture.at(column, row + 1),
        picture.at(column + 1, row + 1),
    ];
    let weights = [
        (1.0 - right) * (1.0 - down),
        right * (1.0 - down),
        (1.0 - right) * down,
        right * down,
    ];
    std::array::from_fn(|channel| {
        corners
            .iter()
            .zip(weights)
            .map(|(corner, weight)| f32::from(corner[channel]) * weight)
            .sum::<f32>()
            .round() as u8
    })
}
