//! `sharpness_gradient`, our stand-in for Sharpness: how much of the face's local contrast lies in its finest detail.
//!
//! Mean absolute Laplacian over mean absolute difference from a wider mean, on the aligned face, so that neither skin tone nor light
//! matters: both scale the two alike.

use super::sigmoid::sigmoid;
use crate::face_pixels::FacePixels;

/// The measure looks at the face at this side, whatever the side of the aligned picture.
const SIDE: usize = 154;

pub(super) fn native(pixels: &mut FacePixels) -> Option<f64> {
    let step = pixels.side() / SIDE;
    // The grid's memory is kept with the pixels, so that a frame allocates nothing.
    let mut grid = pixels.take_scratch();
    grid.clear();
    for row in 0..SIDE {
        for column in 0..SIDE {
            grid.push(cell_mean(pixels, column * step, row * step, step));
        }
    }
    let share = fine_share(pixels, &grid, step);
    pixels.give_scratch(grid);
    share
}

fn fine_share(pixels: &FacePixels, grid: &[f32], step: usize) -> Option<f64> {
    let inside = pixels.region_test().ok()?;
    let at = |x: usize, y: usize| grid[y * SIDE + x];
    let (mut fine, mut coarse) = (0.0_f64, 0.0_f64);
    for y in 3..SIDE - 3 {
        for x in 3..SIDE - 3 {
            if !inside(x * step, y * step) {
                continue;
            }
            let centre = at(x, y);
            let near = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1);
            let far = at(x - 3, y) + at(x + 3, y) + at(x, y - 3) + at(x, y + 3);
            fine += f64::from((4.0 * centre - near).abs());
            coarse += f64::from((4.0 * centre - far).abs());
        }
    }
    // A face without any contrast (a painted disc) has no sharpness to speak of.
    (coarse > 1.0).then(|| fine / coarse)
}

fn cell_mean(pixels: &FacePixels, x: usize, y: usize, step: usize) -> f32 {
    let mut sum = 0_u32;
    for row in y..y + step {
        let start = (row * pixels.side() + x) * 3;
        let line = pixels
            .rgb()
            .get(start..start + step * 3)
            .unwrap_or_default();
        for pixel in line.chunks_exact(3) {
            sum += 2 * u32::from(pixel[0]) + 5 * u32::from(pixel[1]) + u32::from(pixel[2]);
        }
    }
    sum as f32 / (8 * step * step) as f32
}

/// 50 at a share of 0.25.
pub(super) fn quality(native: f64) -> f64 {
    100.0 * sigmoid(native, 0.25, 0.05)
}
