//! A line of text being edited: caret, selection, deletion, clipboard, composition.

use std::ops::Range;

use parley::editing::{Cursor, Selection};
use parley::layout::Affinity;
use zeroize::Zeroize as _;

use crate::engine::TextEngine;
use crate::input::{Filtered, Refusal, ascii_digits, filter};
use crate::layout::{Layout, Purpose};
use crate::style::{Align, Direction, Style};

/// What a character of a secret is shown as.
const BULLET: char = '•';

/// Steps that can be undone.
const MAX_UNDO: usize = 64;

/// Where a key moves the caret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Motion {
    /// One letter to the left on the screen.
    Left,
    /// One letter to the right on the screen.
    Right,
    /// One word to the left on the screen.
    WordLeft,
    /// One word to the right on the screen.
    WordRight,
    /// Before the first letter: the right end of an Urdu line.
    Start,
    /// After the last letter.
    End,
}

/// The caret, in pixels from the left and top of the editor's layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CaretRect {
    /// Where it stands.
    pub x: f32,
    /// Its top.
    pub top: f32,
    /// Its bottom.
    pub bottom: f32,
}

/// A selected (or composed) stretch of the line, in pixels from the left of the editor's layout. A selection over two
/// directions has more than one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SelectionRect {
    /// Left edge.
    pub left: f32,
    /// Right edge.
    pub right: f32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Text,
    Digits,
    Secret,
}

struct Composition {
    text: String,
    /// Where it stands in the editor's text, in bytes. The caret itself may be moved to the letter that a composed mark joins.
    at: usize,
    /// Caret within it, in bytes.
    caret: usize,
}

/// One line of text with a caret. Bidirectional movement, word limits and hit tests are parley's; what is here is the line's
/// rules: length, direction, what may enter, and that a secret is shown as bullets.
///
/// parley's own `PlainEditor` sets a whole text in one font and size; a mixed line needs two.
pub struct Editor {
    text: String,
    style: Style,
    direction: Direction,
    content: Content,
    max_chars: usize,
    selection: Selection,
    composition: Option<Composition>,
    undo: Vec<(String, usize)>,
    laid: Option<(parley::Layout<()>, Layout)>,
}

/// The text is personal: lengths only.
impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Editor")
            .field("chars", &self.text.chars().count())
            .field("direction", &self.direction)
            .finish_non_exhaustive()
    }
}

/// A passphrase does not stay in memory after its field.
impl Drop for Editor {
    fn drop(&mut self) {
        if self.content == Content::Secret {
            self.text.zeroize();
        }
    }
}

impl Editor {
    /// An empty line of a direction that takes at most `max_chars` characters.
    pub fn new(style: Style, direction: Direction, max_chars: usize) -> Self {
        Self {
            text: String::new(),
            style,
            direction,
            content: Content::Text,
            max_chars,
            selection: Selection::default(),
            composition: None,
            undo: Vec::new(),
            laid: None,
        }
    }

    /// Urdu digits that are typed or pasted become 0 … 9: for a CNIC, a date, a number.
    #[must_use]
    pub fn digits(mut self) -> Self {
        self.content = Content::Digits;
        self
    }

    /// Shown as bullets, never copied: for a passphrase.
    #[must_use]
    pub fn secret(mut self) -> Self {
        self.content = Content::Secret;
        self
    }

    /// The text, without what is still being composed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Replaces the text from outside (a draft was loaded); the caret goes to its end. What may not enter is left out.
    pub fn set_text(&mut self, engine: &mut TextEngine, text: &str) {
        self.composition = None;
        self.undo.clear();
        self.text = self.admitted(text, self.max_chars).text;
        self.laid = None;
        self.place_caret(engine, self.text.len(), self.text.len());
    }

    /// Changes size or weight, for instance when the window moves to a screen with another scale.
    pub fn set_style(&mut self, style: Style) {
        if self.style != style {
            self.style = style;
            self.laid = None;
        }
    }

    /// The line's direction.
    pub fn direction(&self) -> Direction {
        self.direction
    }

    /// The caret's place in the text, in bytes.
    pub fn caret(&self) -> usize {
        self.text_index(self.selection.focus().index())
    }

    /// The other end of the selection, in bytes; the caret's place when nothing is selected.
    pub fn anchor(&self) -> usize {
        self.text_index(self.selection.anchor().index())
    }

    /// Selected bytes of the text.
    pub fn selected_range(&self) -> Range<usize> {
        let (a, b) = (self.anchor(), self.caret());
        a.min(b)..a.max(b)
    }

    /// Selected text; none of a secret, ever.
    pub fn selected_text(&self) -> Option<&str> {
        let range = self.selected_range();
        if self.content == Content::Secret || range.is_empty() {
            None
        } else {
            self.text.get(range)
        }
    }

    // Entering.

    /// Types or pastes at the caret, over the selection. Gives the reason when not all of it entered.
    pub fn insert(&mut self, engine: &mut TextEngine, text: &str) -> Option<Refusal> {
        self.end_composition(engine);
        let range = self.selected_range();
        let kept = self.text.chars().count()
            - self
                .text
                .get(range.clone())
                .map_or(0, |t| t.chars().count());
        let Filtered { text, refusal } = self.admitted(text, self.max_chars.saturating_sub(kept));
        if !text.is_empty() || (refusal.is_none() && !range.is_empty()) {
            self.replace(engine, range, &text);
        }
        refusal
    }

    /// Takes the selection out and gives it, for the clipboard. A secret is not given.
    pub fn cut(&mut self, engine: &mut TextEngine) -> Option<String> {
        let taken = self.selected_text().map(str::to_owned)?;
        self.replace(engine, self.selected_range(), "");
        Some(taken)
    }

    /// Deletes the selection, or the character before the caret: a vowel mark before its letter.
    pub fn backspace(&mut self, engine: &mut TextEngine) {
        self.end_composition(engine);
        let range = self.selected_range();
        if range.is_empty() {
            let before = self
                .text
                .get(..range.start)
                .and_then(|t| t.char_indices().next_back());
            if let Some((start, _)) = before {
                self.replace(engine, start..range.end, "");
            }
        } else {
            self.replace(engine, range, "");
        }
    }

    /// Deletes the selection, or the letter after the caret with its marks.
    pub fn delete(&mut self, engine: &mut TextEngine) {
        self.end_composition(engine);
        let range = self.selected_range();
        if !range.is_empty() {
            return self.replace(engine, range, "");
        }
        let focus = self.selection.focus();
        let shown = self.shaped(engine);
        let after = focus.downstream_cluster(shown).map(|c| c.text_range().end);
        if let Some(end) = after {
            let end = self.text_index(end);
            self.replace(engine, range.start..end, "");
        }
    }

    /// Deletes the selection, or back to the beginning of the word.
    pub fn backspace_word(&mut self, engine: &mut TextEngine) {
        self.end_composition(engine);
        let range = self.selected_range();
        if !range.is_empty() {
            return self.replace(engine, range, "");
        }
        let focus = self.selection.focus();
        let start = focus.previous_logical_word(self.shaped(engine)).index();
        let start = if self.content == Content::Secret {
            0
        } else {
            self.text_index(start)
        };
        self.replace(engine, start..range.end, "");
    }

    /// Deletes the selection, or on to the end of the word.
    pub fn delete_word(&mut self, engine: &mut TextEngine) {
        self.end_composition(engine);
        let range = self.selected_range();
        if !range.is_empty() {
            return self.replace(engine, range, "");
        }
        let focus = self.selection.focus();
        let end = focus.next_logical_word(self.shaped(engine)).index();
        let end = if self.content == Content::Secret {
            self.text.len()
        } else {
            self.text_index(end)
        };
        self.replace(engine, range.start..end.max(range.start), "");
    }

    /// Goes back one step. `false` when there is none.
    pub fn undo(&mut self, engine: &mut TextEngine) -> bool {
        self.end_composition(engine);
        let Some((text, caret)) = self.undo.pop() else {
            return false;
        };
        self.text = text;
        self.laid = None;
        self.place_caret(engine, caret, caret);
        true
    }

    // Composing (input methods).

    /// Shows what an input method is composing at the caret; an empty text ends it. `caret` is in characters of it.
    pub fn compose(&mut self, engine: &mut TextEngine, text: &str, caret: usize) {
        let Filtered { text, .. } = filter(text, self.max_chars);
        if self.composition.is_none() && text.is_empty() {
            return;
        }
        if self.composition.is_none() && !self.selected_range().is_empty() {
            self.replace(engine, self.selected_range(), "");
        }
        let at = self
            .composition
            .as_ref()
            .map_or_else(|| self.caret(), |c| c.at);
        let caret = text
            .char_indices()
            .nth(caret)
            .map_or(text.len(), |(byte, _)| byte);
        self.composition = (!text.is_empty()).then_some(Composition { text, at, caret });
        self.laid = None;
        self.place_caret(engine, at, at);
    }

    /// What the input method has composed enters the text.
    pub fn commit(&mut self, engine: &mut TextEngine, text: &str) -> Option<Refusal> {
        self.insert(engine, text)
    }

    /// Is something being composed?
    pub fn composing(&self) -> bool {
        self.composition.is_some()
    }

    // Moving.

    /// Moves the caret; with `select` the selection's other end stays.
    pub fn move_caret(&mut self, engine: &mut TextEngine, motion: Motion, select: bool) {
        self.end_composition(engine);
        match motion {
            Motion::Start => {
                let anchor = if select { self.anchor() } else { 0 };
                return self.place_caret(engine, anchor, 0);
            }
            Motion::End => {
                let end = self.text.len();
                let anchor = if select { self.anchor() } else { end };
                return self.place_caret(engine, anchor, end);
            }
            _ => {}
        }
        let selection = self.selection;
        let shaped = self.shaped(engine);
        self.selection = match motion {
            Motion::Left => selection.previous_visual(shaped, select),
            Motion::Right => selection.next_visual(shaped, select),
            Motion::WordLeft => selection.previous_visual_word(shaped, select),
            Motion::WordRight => selection.next_visual_word(shaped, select),
            Motion::Start | Motion::End => selection,
        };
    }

    /// Selects everything; the caret is at the end.
    pub fn select_all(&mut self, engine: &mut TextEngine) {
        self.end_composition(engine);
        self.place_caret(engine, 0, self.text.len());
    }

    /// Selects bytes of the text (an assistive technology asks for it); indices inside a character are moved to its start.
    pub fn select(&mut self, engine: &mut TextEngine, anchor: usize, caret: usize) {
        self.end_composition(engine);
        let (anchor, caret) = (boundary(&self.text, anchor), boundary(&self.text, caret));
        self.place_caret(engine, anchor, caret);
    }

    /// The caret goes to a point of the layout; with `select` the selection grows to it.
    pub fn point(&mut self, engine: &mut TextEngine, x: f32, select: bool) {
        self.end_composition(engine);
        let selection = self.selection;
        let (shaped, y) = self.shaped_with_middle(engine);
        self.selection = if select {
            selection.extend_to_point(shaped, x, y)
        } else {
            Selection::from_point(shaped, x, y)
        };
    }

    /// Selects the word at a point of the layout.
    pub fn point_word(&mut self, engine: &mut TextEngine, x: f32) {
        if self.content == Content::Secret {
            return self.select_all(engine);
        }
        self.end_composition(engine);
        let (shaped, y) = self.shaped_with_middle(engine);
        self.selection = Selection::word_from_point(shaped, x, y);
    }

    // Showing.

    /// The line as it is shown: with the composition, a secret as bullets. Its left edge is at 0.
    pub fn layout(&mut self, engine: &mut TextEngine) -> &Layout {
        &self.laid(engine).1
    }

    /// Where the caret stands.
    pub fn caret_rect(&mut self, engine: &mut TextEngine) -> CaretRect {
        let composed = self
            .composition
            .as_ref()
            .map(|c| self.shown_index(c.at) + self.composed_index(c.caret));
        let focus = self.selection.focus();
        let (shaped, layout) = self.laid(engine);
        let cursor = match composed {
            Some(at) => Cursor::from_byte_index(shaped, at, Affinity::Upstream),
            None => focus,
        };
        let x = cursor.geometry(shaped, 0.0).x0 as f32;
        let (top, bottom) = layout
            .lines()
            .first()
            .map_or((0.0, 0.0), |l| (l.top, l.top + l.height));
        CaretRect { x, top, bottom }
    }

    /// Stretches of the line that are selected.
    pub fn selection_rects(&mut self, engine: &mut TextEngine) -> Vec<SelectionRect> {
        let selection = self.selection;
        rects(selection, self.shaped(engine))
    }

    /// Stretches of the line that are being composed (to be underlined).
    pub fn composition_rects(&mut self, engine: &mut TextEngine) -> Vec<SelectionRect> {
        let Some((at, len)) = self
            .composition
            .as_ref()
            .map(|c| (self.shown_index(c.at), self.composed_index(c.text.len())))
        else {
            return Vec::new();
        };
        let shaped = self.shaped(engine);
        let from = Cursor::from_byte_index(shaped, at, Affinity::Downstream);
        let to = Cursor::from_byte_index(shaped, at + len, Affinity::Upstream);
        rects(Selection::new(from, to), shaped)
    }

    // How the text is kept and shown.

    fn admitted(&self, text: &str, room: usize) -> Filtered {
        let Filtered { text, refusal } = filter(text, room);
        let text = if self.content == Content::Digits {
            ascii_digits(&text)
        } else {
            text
        };
        Filtered { text, refusal }
    }

    fn replace(&mut self, engine: &mut TextEngine, range: Range<usize>, with: &str) {
        if self.text.get(range.clone()).is_none() || (range.is_empty() && with.is_empty()) {
            return;
        }
        if self.content != Content::Secret {
            if self.undo.len() == MAX_UNDO {
                self.undo.remove(0);
            }
            self.undo.push((self.text.clone(), self.caret()));
        }
        let start = range.start;
        self.text.replace_range(range, with);
        self.laid = None;
        let at = start + with.len();
        self.place_caret(engine, at, at);
    }

    fn end_composition(&mut self, engine: &mut TextEngine) {
        if let Some(composition) = self.composition.take() {
            self.laid = None;
            self.place_caret(engine, composition.at, composition.at);
        }
    }

    /// Puts caret and anchor at bytes of the text. At the end of what stands before it, so that typing on looks right where
    /// two directions meet.
    fn place_caret(&mut self, engine: &mut TextEngine, anchor: usize, caret: usize) {
        let (anchor, caret) = (self.shown_index(anchor), self.shown_index(caret));
        let shaped = self.shaped(engine);
        self.selection = Selection::new(
            Cursor::from_byte_index(shaped, anchor, Affinity::Upstream),
            Cursor::from_byte_index(shaped, caret, Affinity::Upstream),
        );
    }

    fn shown_index(&self, text_index: usize) -> usize {
        if self.content == Content::Secret {
            self.text.get(..text_index).map_or(0, |t| t.chars().count()) * BULLET.len_utf8()
        } else {
            text_index
        }
    }

    /// A byte of the composition as it is shown.
    fn composed_index(&self, index: usize) -> usize {
        match (&self.composition, self.content) {
            (Some(c), Content::Secret) => {
                c.text.get(..index).map_or(0, |t| t.chars().count()) * BULLET.len_utf8()
            }
            _ => index,
        }
    }

    fn text_index(&self, shown_index: usize) -> usize {
        if self.content == Content::Secret {
            let chars = shown_index / BULLET.len_utf8();
            self.text
                .char_indices()
                .nth(chars)
                .map_or(self.text.len(), |(at, _)| at)
        } else {
            boundary(&self.text, shown_index)
        }
    }

    fn shown(&self) -> String {
        let mut shown = match self.content {
            Content::Secret => self.text.chars().map(|_| BULLET).collect(),
            Content::Text | Content::Digits => self.text.clone(),
        };
        if let Some(composition) = &self.composition {
            let at = boundary(&shown, self.shown_index(composition.at));
            match self.content {
                Content::Secret => shown.insert_str(
                    at,
                    &composition.text.chars().map(|_| BULLET).collect::<String>(),
                ),
                Content::Text | Content::Digits => shown.insert_str(at, &composition.text),
            }
        }
        shown
    }

    fn laid(&mut self, engine: &mut TextEngine) -> &mut (parley::Layout<()>, Layout) {
        let laid = self.laid.take().unwrap_or_else(|| {
            let shown = self.shown();
            let mut shaped = engine.shape(&shown, self.style, self.direction, Purpose::Edit);
            shaped.break_all_lines(None);
            let layout = engine.placed(
                &shown,
                &shaped,
                self.style,
                None,
                Align::Start,
                self.direction,
            );
            (shaped, layout)
        });
        self.laid.insert(laid)
    }

    fn shaped(&mut self, engine: &mut TextEngine) -> &parley::Layout<()> {
        &self.laid(engine).0
    }

    fn shaped_with_middle(&mut self, engine: &mut TextEngine) -> (&parley::Layout<()>, f32) {
        let shaped = self.shaped(engine);
        let middle = shaped
            .lines()
            .next()
            .map_or(0.0, |l| l.metrics().baseline - 1.0);
        (shaped, middle)
    }
}

fn rects(selection: Selection, shaped: &parley::Layout<()>) -> Vec<SelectionRect> {
    let mut out = Vec::new();
    selection.geometry_with(shaped, |r, _| {
        out.push(SelectionRect {
            left: r.x0 as f32,
            right: r.x1 as f32,
        });
    });
    out
}

fn boundary(text: &str, index: usize) -> usize {
    let mut index = index.min(text.len());
    while !text.is_char_boundary(index) {
        index -= 1;
    }
    index
}
