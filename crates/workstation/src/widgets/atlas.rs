//! Glyph bitmaps in one texture: white, premultiplied, so that one mesh tints them with any colour.

use std::collections::HashMap;

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};
use text::{Face, Glyph, TextEngine, subpixel};

/// Width and height of the texture in pixels. A screen in Urdu and its fields use about a tenth of it at 150 %.
const SIDE: usize = 1024;

/// Empty pixels around a glyph, so that rounding never shows a neighbour.
const GAP: usize = 1;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key {
    face: Face,
    id: u16,
    size_bits: u32,
    step: u8,
}

/// Where a glyph is in the texture and where its bitmap stands beside its origin; all in pixels.
#[derive(Clone, Copy)]
pub(super) struct Slot {
    pub x: u16,
    pub y: u16,
    pub width: u16,
    pub height: u16,
    pub left: i32,
    pub top: i32,
}

/// The texture, filled shelf by shelf. When it is full it starts again at the next frame; what was laid out keeps its places
/// and asks for its glyphs anew.
pub(super) struct Atlas {
    texture: Option<TextureHandle>,
    slots: HashMap<Key, Slot>,
    shelf: (usize, usize, usize),
    full: bool,
    generation: u64,
}

impl Atlas {
    pub fn new() -> Self {
        Self {
            texture: None,
            slots: HashMap::new(),
            shelf: (0, 0, 0),
            full: false,
            generation: 1,
        }
    }

    pub const fn side() -> f32 {
        SIDE as f32
    }

    /// Changes when places in the texture have become worthless.
    pub fn generation(&self) -> u64 {
        self.generation
    }

    /// Starts again if the last frame did not find room.
    pub fn begin_frame(&mut self) {
        if self.full {
            self.full = false;
            self.slots.clear();
            self.shelf = (0, 0, 0);
            self.generation += 1;
        }
    }

    pub fn texture(&mut self, ctx: &Context) -> TextureId {
        self.handle(ctx).id()
    }

    fn handle(&mut self, ctx: &Context) -> &mut TextureHandle {
        self.texture.get_or_insert_with(|| {
            let empty = ColorImage::filled([SIDE, SIDE], Color32::TRANSPARENT);
            ctx.load_texture("glyphs", empty, TextureOptions::NEAREST)
        })
    }

    /// The place of a glyph; none when it has no ink, or no room until the next frame.
    pub fn slot(&mut self, ctx: &Context, engine: &mut TextEngine, glyph: &Glyph) -> Option<Slot> {
        let step = subpixel(glyph.x);
        let key = Key {
            face: glyph.face,
            id: glyph.id,
            size_bits: glyph.size_px.to_bits(),
            step,
        };
        if let Some(slot) = self.slots.get(&key) {
            return (slot.width > 0).then_some(*slot);
        }
        let mask = engine.rasterise(glyph.face, glyph.id, glyph.size_px, step);
        let (width, height) = (mask.width as usize, mask.height as usize);
        let Some((x, y)) = self.room(width, height) else {
            self.full = true;
            ctx.request_repaint();
            return None;
        };
        if width > 0 && height > 0 {
            let pixels = mask
                .coverage
                .iter()
                .map(|a| Color32::from_rgba_premultiplied(*a, *a, *a, *a))
                .collect();
            let image = ColorImage::new([width, height], pixels);
            self.handle(ctx)
                .set_partial([x, y], image, TextureOptions::NEAREST);
        }
        let slot = Slot {
            x: x as u16,
            y: y as u16,
            width: width as u16,
            height: height as u16,
            left: mask.left,
            top: mask.top,
        };
        self.slots.insert(key, slot);
        (width > 0).then_some(slot)
    }

    fn room(&mut self, width: usize, height: usize) -> Option<(usize, usize)> {
        if width + GAP > SIDE {
            return Some((0, 0)).filter(|_| width == 0);
        }
        let (mut x, mut y, mut tallest) = self.shelf;
        if x + width + GAP > SIDE {
            (x, y, tallest) = (0, y + tallest, 0);
        }
        if y + height + GAP > SIDE {
            return None;
        }
        self.shelf = (x + width + GAP, y, tallest.max(height + GAP));
        Some((x, y))
    }
}
