//! A sheet of paper: laid-out text, lines and codes drawn with krilla, each tagged for a reader.

use crate::DocumentError;
use krilla::color::rgb;
use krilla::configure::{Accessibility, ConfigurationBuilder};
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule};
use krilla::surface::Surface;
use krilla::tagging::{Artifact, ArtifactType, ContentTag, Identifier, SpanTag};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use krilla::{SerializeSettings, tagging};
use qrcode::{Color, EcLevel, QrCode};
use text::{Face, Glyph, Layout, Line, Run};

/// Light modules around a QR code (ISO/IEC 18004, 9.1).
const QUIET_MODULES: f32 = 4.0;

/// What is printed in black, grey or the accent.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ink {
    Black,
    Grey,
    Green,
}

impl Ink {
    fn fill(self) -> Fill {
        let colour = match self {
            Self::Black => rgb::Color::new(0, 0, 0),
            // 7.5 : 1 on white: small labels stay readable on a tired printer.
            Self::Grey => rgb::Color::new(82, 82, 82),
            Self::Green => rgb::Color::new(0, 92, 62),
        };
        Fill {
            paint: colour.into(),
            opacity: NormalizedF32::ONE,
            rule: FillRule::NonZero,
        }
    }
}

/// PDF/UA-1: krilla refuses what a screen reader could not read.
pub(crate) fn settings() -> Result<SerializeSettings, DocumentError> {
    let configuration = ConfigurationBuilder::new()
        .with_accessibility_validator(Accessibility::UA1)
        .finish()
        .map_err(|_| DocumentError::Pdf)?;
    Ok(SerializeSettings {
        configuration,
        enable_tagging: true,
        ..SerializeSettings::default()
    })
}

/// The fonts of the text engine, as krilla embeds them.
pub(crate) struct Fonts([(Face, Font); 4]);

impl Fonts {
    pub(crate) fn load() -> Result<Self, DocumentError> {
        let load = |face: Face| {
            let font = Font::new(face.data().into(), 0);
            font.map(|font| (face, font))
                .ok_or(DocumentError::Text(text::TextError::Font(face)))
        };
        let [a, b, c, d] = Face::ALL;
        Ok(Self([load(a)?, load(b)?, load(c)?, load(d)?]))
    }

    fn of(&self, face: Face) -> Option<Font> {
        let (_, font) = self.0.iter().find(|(f, _)| *f == face)?;
        Some(font.clone())
    }
}

/// The surface of a page while it is drawn; distances are points from the top left corner.
pub(crate) struct Sheet<'a> {
    surface: Surface<'a>,
    fonts: &'a Fonts,
}

impl<'a> Sheet<'a> {
    pub(crate) fn new(surface: Surface<'a>, fonts: &'a Fonts) -> Self {
        Self { surface, fonts }
    }

    pub(crate) fn finish(self) {
        self.surface.finish();
    }

    /// Draws a text with its top left corner at a place, and returns what the tag tree names.
    pub(crate) fn text(
        &mut self,
        (x, y): (f32, f32),
        layout: &Layout,
        language: &str,
        ink: Ink,
    ) -> Identifier {
        let span = SpanTag::empty().with_lang(Some(language));
        let id = self.surface.start_tagged(ContentTag::Span(span));
        self.surface.set_fill(Some(ink.fill()));
        for line in layout.lines() {
            let mut runs: Vec<(&Run, &[Glyph])> = layout
                .runs()
                .get(line.runs.clone())
                .unwrap_or_default()
                .iter()
                .filter_map(|run| Some((run, layout.glyphs().get(run.first..run.end)?)))
                .collect();
            // In the order in which they are read, not in which they stand.
            runs.sort_by_key(|(_, glyphs)| glyphs.iter().map(|g| g.text_start).min());
            for (run, glyphs) in runs {
                self.run((x, y), line, run, glyphs, layout.text());
            }
        }
        self.surface.end_tagged();
        id
    }

    fn run(&mut self, (x, y): (f32, f32), line: &Line, run: &Run, glyphs: &[Glyph], words: &str) {
        let (Some(font), Some(first)) = (self.fonts.of(run.face), glyphs.first()) else {
            return;
        };
        let size = run.size_px;
        let mut pen = first.x;
        let drawn: Vec<KrillaGlyph> = glyphs
            .iter()
            .filter(|glyph| !is_mark(glyph, words))
            .map(|glyph| {
                let placed = KrillaGlyph::new(
                    GlyphId::new(u32::from(glyph.id)),
                    glyph.advance / size,
                    (glyph.x - pen) / size,
                    // The layout's y grows downwards, krilla's upwards: with the wrong sign the
                    // dots of Nastaliq stand under the wrong letters.
                    (line.baseline - glyph.y) / size,
                    0.0,
                    letters(run, glyph, glyphs, words),
                    None,
                );
                pen += glyph.advance;
                placed
            })
            .collect();
        let start = Point::from_xy(x + first.x, y + line.baseline);
        self.surface
            .draw_glyphs(start, &drawn, font, words, size, false);
    }

    /// A rule across, for the eye only.
    pub(crate) fn rule(&mut self, x: f32, y: f32, width: f32, ink: Ink) {
        self.surface
            .start_tagged(ContentTag::Artifact(Artifact::with_kind(
                ArtifactType::Layout,
            )));
        self.surface.set_fill(Some(ink.fill()));
        if let Some(path) = rectangles([(x, y, width, 0.75)]) {
            self.surface.draw_path(&path);
        }
        self.surface.end_tagged();
    }

    /// A QR code in a square of `size` points, its quiet zone included.
    pub(crate) fn code(
        &mut self,
        (x, y): (f32, f32),
        size: f32,
        content: &str,
    ) -> Result<Identifier, DocumentError> {
        let code = QrCode::with_error_correction_level(content, EcLevel::M)
            .map_err(|_| DocumentError::Code)?;
        let modules = code.width();
        let side = size / (modules as f32 + 2.0 * QUIET_MODULES);
        let colours = code.to_colors();
        let mut dark = Vec::new();
        for (row, colours) in colours.chunks(modules).enumerate() {
            let top = y + (row as f32 + QUIET_MODULES) * side;
            let mut column = 0;
            for stretch in colours.chunk_by(|a, b| a == b) {
                if stretch.first() == Some(&Color::Dark) {
                    let left = x + (column as f32 + QUIET_MODULES) * side;
                    dark.push((left, top, stretch.len() as f32 * side, side));
                }
                column += stretch.len();
            }
        }
        let id = self.surface.start_tagged(ContentTag::Other);
        self.surface.set_fill(Some(Ink::Black.fill()));
        if let Some(path) = rectangles(dark) {
            self.surface.draw_path(&path);
        }
        self.surface.end_tagged();
        Ok(id)
    }
}

/// A mark of direction: nothing to see, and readers stumble over it.
fn is_mark(glyph: &Glyph, words: &str) -> bool {
    words
        .get(glyph.text_start as usize..glyph.text_end as usize)
        .is_some_and(|t| text::without_isolates(t).is_empty())
}

/// The letters that a glyph stands for. In a joined right-to-left word glyphs and letters do not
/// match one to one: there the word as a whole stands for its text, so that it is copied and read
/// aloud in its own order.
fn letters(run: &Run, glyph: &Glyph, glyphs: &[Glyph], text: &str) -> std::ops::Range<usize> {
    let (start, end) = (glyph.text_start as usize, glyph.text_end as usize);
    if !run.rtl {
        // A ligature ("ffi") stands for everything up to the next glyph.
        let next = glyphs.iter().map(|g| g.text_start as usize);
        let last = glyphs.iter().map(|g| g.text_end as usize).max();
        let next = next.filter(|at| *at > start).min();
        return start..next.or(last).unwrap_or(end).max(end);
    }
    let first = glyphs.iter().map(|g| g.text_start as usize).min();
    let last = glyphs.iter().map(|g| g.text_end as usize).max();
    let (first, last) = (first.unwrap_or(start), last.unwrap_or(end));
    if text.get(start..end) == Some(" ") {
        return start..end;
    }
    let before = text.get(first..start).and_then(|t| t.rfind(' '));
    let after = text.get(end..last).and_then(|t| t.find(' '));
    before.map_or(first, |at| first + at + 1)..after.map_or(last, |at| end + at)
}

fn rectangles(all: impl IntoIterator<Item = (f32, f32, f32, f32)>) -> Option<krilla::geom::Path> {
    let mut path = PathBuilder::new();
    for (x, y, width, height) in all {
        path.push_rect(Rect::from_xywh(x, y, width, height)?);
    }
    path.finish()
}

/// A group of the tag tree with these parts in it.
pub(crate) fn group(
    tag: impl Into<tagging::TagKind>,
    parts: impl IntoIterator<Item = tagging::Node>,
) -> tagging::Node {
    let mut group = tagging::TagGroup::new(tag);
    for part in parts {
        group.push(part);
    }
    group.into()
}
