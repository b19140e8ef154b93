//! Draws layouts into grey pictures and compares them with the ones that were looked at.

use image::{GrayImage, Luma};
use text::{Layout, TextEngine, subpixel};

/// Blends a layout's ink (white on black) into a picture.
pub fn draw(engine: &mut TextEngine, layout: &Layout, into: &mut GrayImage, left: i64, top: i64) {
    for glyph in layout.glyphs() {
        let mask = engine.rasterise(glyph.face, glyph.id, glyph.size_px, subpixel(glyph.x));
        let x0 = left + glyph.x.floor() as i64 + i64::from(mask.left);
        let y0 = top + glyph.y.round() as i64 - i64::from(mask.top);
        for row in 0..mask.height {
            for column in 0..mask.width {
                let coverage = mask.coverage[(row * mask.width + column) as usize];
                let (x, y) = (x0 + i64::from(column), y0 + i64::from(row));
                if let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y))
                    && x < into.width()
                    && y < into.height()
                {
                    let old = into.get_pixel(x, y).0[0];
                    into.put_pixel(x, y, Luma([old.max(coverage)]));
                }
            }
        }
    }
}

/// First and last rows that hold ink.
pub fn ink_rows(picture: &GrayImage) -> Option<(u32, u32)> {
    let inked = |y: &u32| (0..picture.width()).any(|x| picture.get_pixel(x, *y).0[0] > 40);
    let first = (0..picture.height()).find(inked)?;
    let last = (0..picture.height()).rev().find(inked)?;
    Some((first, last))
}

/// Share of the pixels that differ by more than rounding can make.
pub fn differing_share(a: &GrayImage, b: &GrayImage) -> f32 {
    if a.dimensions() != b.dimensions() {
        return 1.0;
    }
    let differing = a
        .pixels()
        .zip(b.pixels())
        .filter(|(p, q)| p.0[0].abs_diff(q.0[0]) > 24)
        .count();
    differing as f32 / (a.width() * a.height()) as f32
}
