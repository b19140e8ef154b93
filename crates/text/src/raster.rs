//! A glyph as a bitmap of coverage.

use swash::FontRef;
use swash::scale::{Render, Source};
use swash::zeno::{Format, Vector};

use crate::engine::{Face, TextEngine};

/// A glyph is drawn at this many horizontal positions between two pixels, so that spacing looks even.
pub const SUBPIXEL_STEPS: u8 = 4;

/// A glyph larger than this is not drawn: no text of the product is, so it would be a broken size.
const MAX_SIZE_PX: f32 = 512.0;

/// Coverage of one glyph, one byte a pixel, rows from the top.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask {
    /// Pixels from the glyph's origin to the left edge of the mask.
    pub left: i32,
    /// Pixels from the baseline up to the top edge of the mask.
    pub top: i32,
    /// Width in pixels; 0 for a glyph without ink.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height` bytes, 0 empty, 255 full.
    pub coverage: Vec<u8>,
}

/// The horizontal step (0 … 3) for a glyph at `x`, to be drawn at `x.floor()`.
pub fn subpixel(x: f32) -> u8 {
    let steps = f32::from(SUBPIXEL_STEPS);
    ((x - x.floor()) * steps) as u8 % SUBPIXEL_STEPS
}

impl TextEngine {
    /// Draws a glyph of a face at a size, `step` quarters of a pixel to the right of its origin.
    pub fn rasterise(&mut self, face: Face, glyph: u16, size_px: f32, step: u8) -> Mask {
        if !(size_px > 0.0 && size_px <= MAX_SIZE_PX) {
            return Mask::default();
        }
        let Some(font) = FontRef::from_index(face.data(), 0) else {
            return Mask::default();
        };
        let mut scaler = self.scaler.builder(font).size(size_px).hint(false).build();
        let x = f32::from(step % SUBPIXEL_STEPS) / f32::from(SUBPIXEL_STEPS);
        let image = Render::new(&[Source::Outline])
            .format(Format::Alpha)
            .offset(Vector::new(x, 0.0))
            .render(&mut scaler, glyph);
        let Some(image) = image else {
            return Mask::default();
        };
        Mask {
            left: image.placement.left,
            top: image.placement.top,
            width: image.placement.width,
            height: image.placement.height,
            coverage: image.data,
        }
    }
}
