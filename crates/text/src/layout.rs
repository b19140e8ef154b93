//! A text laid out: lines of glyphs with their places.

use std::borrow::Cow;
use std::ops::Range;

use parley::{BaseDirection, OverflowWrap, StyleProperty, TextWrapMode, WhiteSpaceCollapse};

use crate::engine::{Face, TextEngine, families, parley_weight};
use crate::script::{Script, has_urdu, stretches};
use crate::style::{Align, Direction, Limits, NASTALIQ_SCALE, Style, line_box};

/// Longer texts are cut here before layout. No screen or page shows as much, and a hostile name must not stop the window.
pub const MAX_LAID_OUT_CHARS: usize = 4_000;

const ELLIPSIS: char = '…';

/// What a text is shaped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Wrap,
    Line,
    Edit,
}

/// One glyph in its place; y grows downwards.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// The font it is in.
    pub face: Face,
    /// Its number in that font.
    pub id: u16,
    /// Size of the font in pixels.
    pub size_px: f32,
    /// Left-to-right position of its origin.
    pub x: f32,
    /// Position of its origin from the top: the baseline, or off it for stacked Nastaliq.
    pub y: f32,
    /// How far the next glyph's origin is to the right.
    pub advance: f32,
    /// First byte of the letters it stands for, in [`Layout::text`].
    pub text_start: u32,
    /// The byte after them.
    pub text_end: u32,
}

/// Glyphs of one face, size and direction that stand together on a line, in visual order.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// The font.
    pub face: Face,
    /// Its size in pixels.
    pub size_px: f32,
    /// Do its letters read right to left?
    pub rtl: bool,
    /// First glyph in [`Layout::glyphs`].
    pub first: usize,
    /// The glyph after its last.
    pub end: usize,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Top of its box.
    pub top: f32,
    /// Where its letters stand, from the top of the layout; a whole pixel.
    pub baseline: f32,
    /// Height of its box.
    pub height: f32,
    /// Left edge of its ink's advance.
    pub x: f32,
    /// Width without trailing spaces.
    pub width: f32,
    /// Bytes of [`Layout::text`] on it.
    pub text: Range<usize>,
    /// Its runs, in visual order, as places in [`Layout::runs`].
    pub runs: Range<usize>,
}

/// A text laid out, ready for a painter.
#[derive(Clone, PartialEq)]
pub struct Layout {
    text: String,
    glyphs: Vec<Glyph>,
    runs: Vec<Run>,
    lines: Vec<Line>,
    width: f32,
    height: f32,
    truncated: bool,
}

/// Names, addresses and card numbers are laid out: sizes only.
impl std::fmt::Debug for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Layout")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("lines", &self.lines.len())
            .field("glyphs", &self.glyphs.len())
            .finish_non_exhaustive()
    }
}

impl Layout {
    /// The text that was laid out: the caller's, or its beginning and "…".
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every glyph, line by line from left to right.
    pub fn glyphs(&self) -> &[Glyph] {
        &self.glyphs
    }

    /// Stretches of glyphs of one font and direction.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The lines from top to bottom.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// Width of the widest line, or the width it was aligned in.
    pub fn width(&self) -> f32 {
        self.width
    }

    /// Width of the widest line without the room left by alignment.
    pub fn ink_width(&self) -> f32 {
        self.lines.iter().map(|l| l.width).fold(0.0, f32::max)
    }

    /// Height of all lines.
    pub fn height(&self) -> f32 {
        self.height
    }

    /// The first line's baseline, from the top.
    pub fn baseline(&self) -> f32 {
        self.lines.first().map_or(0.0, |l| l.baseline)
    }

    /// Was it cut?
    pub fn truncated(&self) -> bool {
        self.truncated
    }
}

impl TextEngine {
    /// Lays out a text: right-to-left and left-to-right runs in order, lines broken or cut at the limit.
    ///
    /// A text of more than [`MAX_LAID_OUT_CHARS`] is cut there. With [`Limits::Line`] and [`Limits::Ellipsis`] line breaks in
    /// the text count as spaces.
    pub fn layout(
        &mut self,
        text: &str,
        style: Style,
        limits: Limits,
        align: Align,
        direction: Direction,
    ) -> Layout {
        let (shown, truncated) = bounded(text, limits);
        let whole = self.layout_whole(&shown, style, limits, align, direction);
        match limits {
            Limits::Ellipsis { max_width } if whole.ink_width() > max_width => {
                self.layout_cut(&shown, &whole, style, max_width, align, direction)
            }
            _ => Layout { truncated, ..whole },
        }
    }

    fn layout_whole(
        &mut self,
        text: &str,
        style: Style,
        limits: Limits,
        align: Align,
        direction: Direction,
    ) -> Layout {
        let purpose = if matches!(limits, Limits::Wrap { .. }) {
            Purpose::Wrap
        } else {
            Purpose::Line
        };
        let mut shaped = self.shape(text, style, direction, purpose);
        shaped.break_all_lines(match limits {
            Limits::Wrap { max_width } => Some(max_width.max(style.size_px)),
            Limits::Line | Limits::Ellipsis { .. } => None,
        });
        self.placed(text, &shaped, style, limits.max_width(), align, direction)
    }

    /// The longest beginning that fits with "…" after it.
    fn layout_cut(
        &mut self,
        text: &str,
        whole: &Layout,
        style: Style,
        max_width: f32,
        align: Align,
        direction: Direction,
    ) -> Layout {
        let mut keep = prefix_of_width(whole, max_width - style.size_px);
        loop {
            let mut cut = text.get(..keep).unwrap_or_default().trim_end().to_owned();
            close_isolates(&mut cut);
            cut.push(ELLIPSIS);
            let laid = self.layout_whole(
                &cut,
                style,
                Limits::Ellipsis { max_width },
                align,
                direction,
            );
            if laid.ink_width() <= max_width || keep == 0 {
                return Layout {
                    truncated: true,
                    ..laid
                };
            }
            keep = text
                .get(..keep)
                .and_then(|t| t.char_indices().next_back())
                .map_or(0, |(at, _)| at);
        }
    }

    /// Shapes without breaking lines: fonts by script, both directions.
    pub(crate) fn shape(
        &mut self,
        text: &str,
        style: Style,
        direction: Direction,
        purpose: Purpose,
    ) -> parley::Layout<()> {
        let mut builder = self
            .layouts
            .ranged_builder(&mut self.fonts, text, 1.0, false);
        builder.set_base_direction(match direction {
            Direction::Ltr => BaseDirection::Ltr,
            Direction::Rtl => BaseDirection::Rtl,
        });
        builder.push_default(StyleProperty::FontFamily(families(Script::Latin)));
        builder.push_default(StyleProperty::FontSize(style.size_px));
        builder.push_default(StyleProperty::FontWeight(parley_weight(style.weight)));
        match purpose {
            Purpose::Wrap => {
                builder.push_default(StyleProperty::OverflowWrap(OverflowWrap::Anywhere));
            }
            Purpose::Line => {
                builder.push_default(StyleProperty::TextWrapMode(TextWrapMode::NoWrap));
            }
            Purpose::Edit => {
                builder.push_default(StyleProperty::TextWrapMode(TextWrapMode::NoWrap));
                // A space just typed has a width, else the caret would stand still.
                builder.push_default(StyleProperty::WhiteSpaceCollapse(
                    WhiteSpaceCollapse::BreakSpaces,
                ));
            }
        }
        for (range, script) in stretches(text, direction) {
            if script == Script::Nastaliq {
                builder.push(StyleProperty::FontFamily(families(script)), range.clone());
                builder.push(
                    StyleProperty::FontSize(style.size_px * NASTALIQ_SCALE),
                    range,
                );
            }
        }
        builder.build(text)
    }

    /// Gives every glyph its place. Line boxes are ours, not the fonts': Nastaliq's own metrics waste a third of a line above
    /// the letters.
    pub(crate) fn placed(
        &self,
        text: &str,
        shaped: &parley::Layout<()>,
        style: Style,
        max_width: Option<f32>,
        align: Align,
        direction: Direction,
    ) -> Layout {
        // parley gives an empty text the width of a space.
        let visible_width = |m: &parley::LineMetrics| {
            if text.is_empty() {
                0.0
            } else {
                visible_width(m)
            }
        };
        let widest = shaped
            .lines()
            .map(|l| visible_width(l.metrics()))
            .fold(0.0, f32::max);
        let width = max_width.map_or(widest, |w| w.max(widest));
        let mut out = Layout {
            text: text.to_owned(),
            glyphs: Vec::new(),
            runs: Vec::new(),
            lines: Vec::with_capacity(shaped.len()),
            width,
            height: 0.0,
            truncated: false,
        };
        for line in shaped.lines() {
            let metrics = line.metrics();
            let visible = visible_width(metrics);
            let x = aligned(width - visible, align, direction);
            let range = line.text_range();
            let nastaliq =
                direction == Direction::Rtl || text.get(range.clone()).is_some_and(has_urdu);
            let (above, below) = line_box(style.size_px, nastaliq);
            let baseline = out.height + above;
            // Trailing spaces of a right-to-left line stand at its left, outside the width.
            let hanging = if direction == Direction::Rtl {
                metrics.hanging_advance
            } else {
                0.0
            };
            let first_run = out.runs.len();
            self.place_line(&mut out, &line, x - hanging, baseline);
            out.lines.push(Line {
                top: out.height,
                baseline,
                height: above + below,
                x,
                width: visible,
                text: range,
                runs: first_run..out.runs.len(),
            });
            out.height += above + below;
        }
        out
    }

    fn place_line(&self, out: &mut Layout, line: &parley::Line<'_, ()>, mut x: f32, baseline: f32) {
        for run in line.runs() {
            let (face, size_px) = (self.face(run.font()), run.font_size());
            let first = out.glyphs.len();
            for cluster in run.visual_clusters() {
                let letters = cluster.text_range();
                for glyph in cluster.glyphs() {
                    out.glyphs.push(Glyph {
                        face,
                        id: u16::try_from(glyph.id).unwrap_or(0),
                        size_px,
                        x: x + glyph.x,
                        y: baseline + glyph.y,
                        advance: glyph.advance,
                        text_start: letters.start as u32,
                        text_end: letters.end as u32,
                    });
                    x += glyph.advance;
                }
            }
            out.runs.push(Run {
                face,
                size_px,
                rtl: run.is_rtl(),
                first,
                end: out.glyphs.len(),
            });
        }
    }
}

fn visible_width(metrics: &parley::LineMetrics) -> f32 {
    (metrics.advance - metrics.hanging_advance).max(0.0)
}

fn aligned(room: f32, align: Align, direction: Direction) -> f32 {
    let room = room.max(0.0);
    match (align, direction) {
        (Align::Start, Direction::Ltr) | (Align::End, Direction::Rtl) => 0.0,
        (Align::Centre, _) => (room * 0.5).floor(),
        (Align::Start, Direction::Rtl) | (Align::End, Direction::Ltr) => room,
    }
}

/// The text as it is laid out: not longer than the limit, on one line unless it may wrap.
fn bounded(text: &str, limits: Limits) -> (Cow<'_, str>, bool) {
    let cut = text
        .char_indices()
        .nth(MAX_LAID_OUT_CHARS)
        .and_then(|(at, _)| text.get(..at));
    let mut shown: Cow<'_, str> = cut.map_or(Cow::Borrowed(text), |t| {
        let mut t = t.to_owned();
        close_isolates(&mut t);
        t.push(ELLIPSIS);
        Cow::Owned(t)
    });
    if !matches!(limits, Limits::Wrap { .. })
        && shown.contains([
            '\n', '\r', '\u{2028}', '\u{2029}', '\u{0085}', '\u{000B}', '\u{000C}',
        ])
    {
        shown = Cow::Owned(shown.replace(
            [
                '\n', '\r', '\u{2028}', '\u{2029}', '\u{0085}', '\u{000B}', '\u{000C}',
            ],
            " ",
        ));
    }
    (shown, cut.is_some())
}

/// An isolate cut in the middle must not swallow the "…" after it.
fn close_isolates(cut: &mut String) {
    let mut open = 0_usize;
    for c in cut.chars() {
        match c {
            '\u{2066}'..='\u{2068}' => open += 1,
            '\u{2069}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    cut.extend(std::iter::repeat_n('\u{2069}', open));
}

/// Bytes of the longest beginning (in reading order) whose glyphs are not wider than this.
fn prefix_of_width(layout: &Layout, max_width: f32) -> usize {
    let mut widths: Vec<(u32, f32)> = layout
        .glyphs
        .iter()
        .map(|g| (g.text_end, g.advance))
        .collect();
    widths.sort_by_key(|(end, _)| *end);
    let mut width = 0.0;
    let mut keep = 0;
    for (end, advance) in widths {
        width += advance;
        if width > max_width {
            break;
        }
        keep = end as usize;
    }
    keep
}
