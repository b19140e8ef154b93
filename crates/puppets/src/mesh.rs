//! A textured mesh drawn with a depth buffer.

use face::{Picture, Point};

/// A corner of the mesh as the camera sees it.
#[derive(Clone, Copy)]
pub(crate) struct Corner {
    /// Where, in pixels of the frame.
    pub at: Point,
    /// Nearness to the camera; the nearer hides the farther.
    pub near: f32,
    /// Where in the picture.
    pub texture: Point,
}

/// The frame while it is drawn.
pub(crate) struct Canvas {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    near: Vec<f32>,
}

impl Canvas {
    pub(crate) fn new(width: u32, height: u32, grey: u8) -> Self {
        let pixels = width as usize * height as usize;
        Self {
            width,
            height,
            rgb: vec![grey; pixels * 3],
            near: vec![f32::MIN; pixels],
        }
    }

    pub(crate) fn into_parts(self) -> (u32, u32, Vec<u8>) {
        (self.width, self.height, self.rgb)
    }

    /// Draws the squares between rows of so many corners.
    pub(crate) fn draw(&mut self, corners: &[Corner], columns: usize, picture: &Picture) {
        let texture = &Texture::of(picture);
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

    fn triangle(&mut self, [a, b, c]: [&Corner; 3], texture: &Texture<'_>) {
        let area = cross(a.at, b.at, c.at);
        if area.abs() < 1e-6 {
            return;
        }
        let (left, right) = extent([a.at.x, b.at.x, c.at.x], self.width);
        let (top, bottom) = extent([a.at.y, b.at.y, c.at.y], self.height);
        // Shares of two corners change evenly from pixel to pixel, and with them all that is between the corners.
        let (u_step, v_step) = ((c.at.y - b.at.y) / -area, (a.at.y - c.at.y) / -area);
        for row in top..bottom {
            let first = Point::new(left as f32, row as f32);
            let (u, v) = (
                cross(b.at, c.at, first) / area,
                cross(c.at, a.at, first) / area,
            );
            let start = row as usize * self.width as usize + left as usize;
            let pixels = start..start + (right - left) as usize;
            let (Some(depths), Some(colours)) = (
                self.near.get_mut(pixels.clone()),
                self.rgb.get_mut(pixels.start * 3..pixels.end * 3),
            ) else {
                continue;
            };
            let colours = colours.as_chunks_mut::<3>().0;
            for ((along, depth), colour) in (0_u16..).zip(depths).zip(colours) {
                let along = f32::from(along);
                let (u, v) = (u + along * u_step, v + along * v_step);
                let w = 1.0 - u - v;
                let near = u * a.near + v * b.near + w * c.near;
                if u < 0.0 || v < 0.0 || w < 0.0 || near <= *depth {
                    continue;
                }
                *depth = near;
                *colour = texture.between(Point::new(
                    u * a.texture.x + v * b.texture.x + w * c.texture.x,
                    u * a.texture.y + v * b.texture.y + w * c.texture.y,
                ));
            }
        }
    }

    /// A sensor's grain: no two frames are equal.
    pub(crate) fn grain(&mut self, seed: u64) {
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

/// A picture's pixels, to be read between them.
struct Texture<'a> {
    rgb: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Texture<'a> {
    fn of(picture: &'a Picture) -> Self {
        Self {
            rgb: picture.as_rgb(),
            width: picture.width() as usize,
            height: picture.height() as usize,
        }
    }

    /// The colour at a place, of the four pixels around it. Whole numbers: most of a frame's time is spent here.
    fn between(&self, at: Point) -> [u8; 3] {
        let (x, y) = (
            (at.x.max(0.0) * 256.0) as usize,
            (at.y.max(0.0) * 256.0) as usize,
        );
        let (right, down) = ((x & 255) as u32, (y & 255) as u32);
        let column = (x >> 8).min(self.width.saturating_sub(2));
        let row = (y >> 8).min(self.height.saturating_sub(2));
        let start = (row * self.width + column) * 3;
        let pair = |start: usize| self.rgb.get(start..).and_then(<[u8]>::first_chunk::<6>);
        let (Some(above), Some(below)) = (pair(start), pair(start + self.width * 3)) else {
            return [0; 3];
        };
        std::array::from_fn(|i| {
            let mix =
                |two: &[u8; 6]| u32::from(two[i]) * (256 - right) + u32::from(two[i + 3]) * right;
            ((mix(above) * (256 - down) + mix(below) * down + 0x8000) >> 16) as u8
        })
    }
}
