//! Texts on the screen: laid out once, kept while they are used, painted as one mesh each.

use std::cell::RefCell;
use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::rc::Rc;

use eframe::egui::{self, Color32, Mesh, Pos2, Rect, Vec2, pos2, vec2};
use text::{Align, Direction, Layout, Limits, Style, TextEngine, TextError, Weight, has_urdu};

use super::atlas::{Atlas, Slot};

/// Layouts that are kept. A full screen has about 150 texts; a screenful in the other language stays too.
const MAX_KEPT: usize = 1024;

/// Everything a layout depends on, but its text. Lengths in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Setting {
    pub size: f32,
    pub weight: Weight,
    pub limits: Limits,
    pub align: Align,
    pub direction: Direction,
}

/// A text laid out for this screen's scale. Lengths in points.
pub(super) struct Prepared {
    layout: Layout,
    pub size: Vec2,
    /// From the top to where the letters look centred.
    pub middle: f32,
    scale: f32,
    quads: RefCell<(u64, Vec<Quad>)>,
}

impl Prepared {
    pub fn truncated(&self) -> bool {
        self.layout.truncated()
    }
}

/// A glyph's rectangle in pixels from the text's origin, and its place in the texture.
struct Quad {
    x: f32,
    y: f32,
    slot: Slot,
}

struct Kept {
    text: String,
    setting: Setting,
    prepared: Rc<Prepared>,
    last_used: u64,
}

/// The text engine with its texture and its memory.
pub(super) struct Ink {
    pub engine: TextEngine,
    atlas: Atlas,
    kept: HashMap<u64, Kept>,
    hasher: RandomState,
    frame: u64,
    scale: f32,
}

impl Ink {
    pub fn new() -> Result<Self, TextError> {
        Ok(Self {
            engine: TextEngine::new()?,
            atlas: Atlas::new(),
            kept: HashMap::new(),
            hasher: RandomState::new(),
            frame: 0,
            scale: 1.0,
        })
    }

    /// Pixels a point.
    pub fn scale(&self) -> f32 {
        self.scale
    }

    /// A length as texts use it: cut to whole pixels.
    pub fn floor(&self, points: f32) -> f32 {
        (points * self.scale).floor() / self.scale
    }

    pub fn begin_frame(&mut self, ctx: &egui::Context) {
        self.frame += 1;
        self.atlas.begin_frame();
        let scale = ctx.pixels_per_point();
        if scale.to_bits() != self.scale.to_bits() {
            self.scale = scale;
            self.kept.clear();
        }
        if self.kept.len() > MAX_KEPT {
            let mut ages: Vec<u64> = self.kept.values().map(|k| k.last_used).collect();
            ages.sort_unstable();
            let oldest_to_stay = ages.get(ages.len() / 2).copied().unwrap_or(0);
            let frame = self.frame;
            self.kept
                .retain(|_, k| k.last_used > oldest_to_stay || k.last_used + 1 >= frame);
        }
    }

    /// Forgets every text that was shown. For the moment an application is finished or the screen is locked.
    pub fn forget(&mut self) {
        self.kept.clear();
    }

    /// How many layouts are kept.
    pub fn kept(&self) -> usize {
        self.kept.len()
    }

    /// Lays a text out, or finds it as it was laid out before.
    pub fn lay(&mut self, text: &str, setting: Setting) -> Rc<Prepared> {
        let key = self.key(text, setting);
        if let Some(kept) = self.kept.get_mut(&key)
            && kept.text == text
            && kept.setting == setting
        {
            kept.last_used = self.frame;
            return Rc::clone(&kept.prepared);
        }
        let scale = self.scale;
        let style = Style {
            size_px: setting.size * scale,
            weight: setting.weight,
        };
        let limits = match setting.limits {
            Limits::Line => Limits::Line,
            Limits::Ellipsis { max_width } => Limits::ellipsis((max_width * scale).floor()),
            Limits::Wrap { max_width } => Limits::wrap((max_width * scale).floor()),
        };
        let layout = self
            .engine
            .layout(text, style, limits, setting.align, setting.direction);
        let middle = optical_middle(&layout, style.size_px) / scale;
        let prepared = Rc::new(Prepared {
            size: vec2(layout.ink_width().ceil(), layout.height()) / scale,
            layout,
            middle,
            scale,
            quads: RefCell::new((0, Vec::new())),
        });
        let kept = Kept {
            text: text.to_owned(),
            setting,
            prepared: Rc::clone(&prepared),
            last_used: self.frame,
        };
        self.kept.insert(key, kept);
        prepared
    }

    fn key(&self, text: &str, setting: Setting) -> u64 {
        let (kind, width) = match setting.limits {
            Limits::Line => (0_u8, 0.0_f32),
            Limits::Ellipsis { max_width } => (1, max_width),
            Limits::Wrap { max_width } => (2, max_width),
        };
        self.hasher.hash_one((
            text,
            setting.size.to_bits(),
            setting.weight,
            (kind, width.to_bits()),
            setting.align,
            setting.direction,
        ))
    }

    /// Paints with the layout's left top corner at a point. For texts aligned in a width, that is the width's left edge.
    pub fn paint(
        &mut self,
        painter: &egui::Painter,
        at: Pos2,
        prepared: &Prepared,
        colour: Color32,
    ) {
        let generation = self.atlas.generation();
        {
            let mut quads = prepared.quads.borrow_mut();
            if quads.0 != generation {
                let made = self.quads(painter.ctx(), &prepared.layout);
                // A glyph without room this frame gets another chance in the next.
                *quads = (generation, made);
            }
        }
        let quads = prepared.quads.borrow();
        self.paint_quads(painter, at, &quads.1, prepared.scale, colour);
    }

    /// Paints a layout that is not kept: the line of an editor.
    pub fn paint_layout(
        &mut self,
        painter: &egui::Painter,
        at: Pos2,
        layout: &Layout,
        colour: Color32,
    ) {
        let quads = self.quads(painter.ctx(), layout);
        self.paint_quads(painter, at, &quads, self.scale, colour);
    }

    fn quads(&mut self, ctx: &egui::Context, layout: &Layout) -> Vec<Quad> {
        let mut quads = Vec::with_capacity(layout.glyphs().len());
        for glyph in layout.glyphs() {
            if let Some(slot) = self.atlas.slot(ctx, &mut self.engine, glyph) {
                let x = glyph.x.floor() + slot.left as f32;
                let y = glyph.y.round() - slot.top as f32;
                quads.push(Quad { x, y, slot });
            }
        }
        quads
    }

    fn paint_quads(
        &mut self,
        painter: &egui::Painter,
        at: Pos2,
        quads: &[Quad],
        scale: f32,
        colour: Color32,
    ) {
        if quads.is_empty() || colour == Color32::TRANSPARENT {
            return;
        }
        let origin = vec2((at.x * scale).round(), (at.y * scale).round());
        let mut mesh = Mesh::with_texture(self.atlas.texture(painter.ctx()));
        mesh.reserve_vertices(quads.len() * 4);
        mesh.reserve_triangles(quads.len() * 2);
        for quad in quads {
            let size = vec2(f32::from(quad.slot.width), f32::from(quad.slot.height));
            let corner = origin + vec2(quad.x, quad.y);
            let place = Rect::from_min_size(pos2(corner.x / scale, corner.y / scale), size / scale);
            let from = pos2(f32::from(quad.slot.x), f32::from(quad.slot.y));
            let side = Atlas::side();
            let uv = Rect::from_min_max(
                pos2(from.x / side, from.y / side),
                pos2((from.x + size.x) / side, (from.y + size.y) / side),
            );
            mesh.add_rect_with_uv(place, uv, colour);
        }
        painter.add(mesh);
    }
}

/// Where the first line's letters look centred: half the height of small Latin letters above the baseline, or half the height
/// of a Nastaliq word, which stands higher.
fn optical_middle(layout: &Layout, size_px: f32) -> f32 {
    let above = if has_urdu(layout.text()) { 0.46 } else { 0.36 };
    layout.baseline() - above * size_px
}
