//! A line that is typed into, with its label above and what is wrong with it below.

use std::ops::Deref;

use eframe::egui::accesskit::{
    Action, ActionData, Invalid, Role, TextDirection, TextPosition, TextSelection,
};
use eframe::egui::{
    Event, EventFilter, Id, ImeEvent, Key, Modifiers, Rect, Response, Sense, Stroke, StrokeKind,
    Ui, UiBuilder, WidgetInfo, pos2, vec2,
};
use text::{Direction, Editor, Limits, Motion, Refusal, Style, Weight, urdu_for_key};

use super::icon::{Icon, square};
use super::{KeptEditor, Widgets, spoken};
use crate::theme::{Tone, size, space};

/// Characters a field takes when nothing else is said.
const MAX_CHARS: usize = 120;

/// Room between the border and the text.
const INSIDE: f32 = 12.0;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Content {
    Urdu,
    Latin,
    Number,
    Secret,
}

/// A field before it is shown. Its direction is its own, whatever the screens' language is.
pub struct Field<'a> {
    id: &'a str,
    label: &'a str,
    value: &'a mut String,
    content: Content,
    max_chars: usize,
    error: Option<&'a str>,
    note: Option<(Tone, &'a str)>,
    hint: &'a str,
    width: Option<f32>,
    enabled: bool,
    focus: bool,
}

impl<'a> Field<'a> {
    fn of(content: Content, id: &'a str, label: &'a str, value: &'a mut String) -> Self {
        Self {
            id,
            label,
            value,
            content,
            max_chars: MAX_CHARS,
            error: None,
            note: None,
            hint: "",
            width: None,
            enabled: true,
            focus: false,
        }
    }

    /// An Urdu name or address: right to left; the phonetic keyboard works in it. `id` is its name within this screen.
    pub fn urdu(id: &'a str, label: &'a str, value: &'a mut String) -> Self {
        Self::of(Content::Urdu, id, label, value)
    }

    /// Latin text: left to right.
    pub fn latin(id: &'a str, label: &'a str, value: &'a mut String) -> Self {
        Self::of(Content::Latin, id, label, value)
    }

    /// A CNIC, date, phone number: left to right; Urdu digits become 0 … 9.
    pub fn number(id: &'a str, label: &'a str, value: &'a mut String) -> Self {
        Self::of(Content::Number, id, label, value)
    }

    /// A passphrase: shown as bullets, never copied.
    pub fn secret(id: &'a str, label: &'a str, value: &'a mut String) -> Self {
        Self::of(Content::Secret, id, label, value)
    }

    /// Takes at most this many characters.
    #[must_use]
    pub fn max_chars(mut self, chars: usize) -> Self {
        self.max_chars = chars;
        self
    }

    /// What is wrong, shown below with a cross.
    #[must_use]
    pub fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Something to say below, when nothing is wrong.
    #[must_use]
    pub fn note(mut self, tone: Tone, words: &'a str) -> Self {
        self.note = Some((tone, words));
        self
    }

    /// An example, shown while the field is empty.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// This wide instead of as wide as the room.
    #[must_use]
    pub fn width(mut self, points: f32) -> Self {
        self.width = Some(points);
        self
    }

    /// Can it be changed now?
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Takes the keyboard in this frame (when a screen is opened).
    #[must_use]
    pub fn focus(mut self, now: bool) -> Self {
        self.focus = now;
        self
    }

    fn direction(&self) -> Direction {
        if self.content == Content::Urdu {
            Direction::Rtl
        } else {
            Direction::Ltr
        }
    }

    fn editor(&self, style: Style) -> Editor {
        let editor = Editor::new(style, self.direction(), self.max_chars);
        match self.content {
            Content::Urdu | Content::Latin => editor,
            Content::Number => editor.digits(),
            Content::Secret => editor.secret(),
        }
    }
}

/// What happened in a field; also egui's response (`changed()`, `has_focus()` …).
#[derive(Debug)]
pub struct FieldResponse {
    response: Response,
    /// Enter was pressed in it.
    pub submitted: bool,
    /// Something that was typed or pasted in this frame was not taken, and why.
    pub refusal: Option<Refusal>,
}

impl Deref for FieldResponse {
    type Target = Response;

    fn deref(&self) -> &Response {
        &self.response
    }
}

/// What the keyboard did to a field in a frame.
#[derive(Default)]
struct Typed {
    submitted: bool,
    refusal: Option<Refusal>,
}

impl Widgets {
    /// Shows a field and edits its value.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "built in place at the call, and gone after it"
    )]
    pub fn field(&mut self, ui: &mut Ui, field: Field<'_>) -> FieldResponse {
        let id = ui.make_persistent_id(field.id);
        let width = field
            .width
            .unwrap_or_else(|| ui.available_width())
            .max(2.0 * INSIDE);
        let label = self.lay(
            field.label,
            size::SMALL,
            Weight::Regular,
            Limits::ellipsis(width),
            self.direction(),
        );
        let below = field.error.map(|e| (Tone::Stop, e)).or(field.note);
        let below_room = (width - size::SMALL - space::SMALL).max(1.0);
        let below = below.map(|(tone, t)| {
            (
                tone,
                t,
                self.lay(
                    t,
                    size::SMALL,
                    Weight::Regular,
                    Limits::wrap(below_room),
                    self.direction(),
                ),
            )
        });
        let label_height = if field.label.is_empty() {
            0.0
        } else {
            label.size.y + 2.0
        };
        let below_height = below.as_ref().map_or(0.0, |(_, _, b)| b.size.y + 2.0);
        let (_, whole) = ui.allocate_space(vec2(
            width,
            label_height + size::FIELD_HEIGHT + below_height,
        ));
        let frame = Rect::from_min_size(
            pos2(whole.left(), whole.top() + label_height),
            vec2(width, size::FIELD_HEIGHT),
        );

        let sense = if field.enabled {
            Sense::click_and_drag()
        } else {
            Sense::hover()
        };
        let mut response = ui.interact(frame, id, sense);
        if field.focus && field.enabled {
            response.request_focus();
        }
        let style = Style::regular(size::BODY * self.ink.scale());
        let mut kept = self.editors.remove(&id).unwrap_or_else(|| KeptEditor {
            editor: field.editor(style),
            last_used: 0,
            scroll: 0.0,
        });
        kept.last_used = self.frame;
        kept.editor.set_style(style);
        let mut typed = Typed::default();
        if kept.editor.text() != field.value.as_str() {
            kept.editor.set_text(&mut self.ink.engine, field.value);
        }
        if field.enabled && ui.is_enabled() {
            self.assistive_value(ui, id, &mut kept.editor, &mut typed);
            self.point_ui(ui, &response, frame, &mut kept);
            self.type_ui(ui, id, field.content, &mut kept.editor, &mut typed);
        }
        if kept.editor.text() != field.value.as_str() {
            kept.editor.text().clone_into(field.value);
            response.mark_changed();
        }
        if ui.is_rect_visible(whole) {
            let left = if self.rtl() {
                whole.right() - self.ink.floor(width)
            } else {
                whole.left()
            };
            self.paint(
                ui.painter(),
                pos2(left, whole.top()),
                &label,
                self.theme.muted,
            );
            self.paint_frame(ui, &field, frame, &response);
            self.paint_line(ui, &field, frame, &mut kept, response.has_focus());
            if let Some((tone, _, words)) = &below {
                self.paint_below(ui, frame, below_room, *tone, words);
            }
        }
        self.describe_field(
            ui,
            &field,
            &response,
            frame,
            &mut kept,
            below.as_ref().map(|(_, t, _)| *t),
        );
        self.editors.insert(id, kept);
        FieldResponse {
            response,
            submitted: typed.submitted,
            refusal: typed.refusal,
        }
    }

    /// A screen reader or a test sets the whole value.
    fn assistive_value(&mut self, ui: &Ui, id: Id, editor: &mut Editor, typed: &mut Typed) {
        let wanted = ui.input(|i| {
            i.accesskit_action_requests(id, Action::SetValue)
                .filter_map(|request| match &request.data {
                    Some(ActionData::Value(value)) => Some(value.to_string()),
                    _ => None,
                })
                .last()
        });
        if let Some(value) = wanted {
            editor.select_all(&mut self.ink.engine);
            typed.refusal = editor.insert(&mut self.ink.engine, &value);
        }
    }

    /// Caret and selection with the pointer.
    fn point_ui(&mut self, ui: &Ui, response: &Response, frame: Rect, kept: &mut KeptEditor) {
        if response.hovered() {
            ui.ctx().set_cursor_icon(eframe::egui::CursorIcon::Text);
        }
        let Some(pointer) = response.interact_pointer_pos() else {
            return;
        };
        let left = self.line_left(frame, kept);
        let x = (pointer.x - left) * self.ink.scale();
        let engine = &mut self.ink.engine;
        if response.triple_clicked() {
            kept.editor.select_all(engine);
        } else if response.double_clicked() {
            kept.editor.point_word(engine, x);
        } else if ui.input(|i| i.pointer.primary_pressed()) {
            response.request_focus();
            kept.editor
                .point(engine, x, ui.input(|i| i.modifiers.shift));
        } else if response.dragged() {
            kept.editor.point(engine, x, true);
        } else if response.clicked() {
            response.request_focus();
        }
    }

    /// Keys, text, clipboard and input method.
    fn type_ui(
        &mut self,
        ui: &Ui,
        id: Id,
        content: Content,
        editor: &mut Editor,
        typed: &mut Typed,
    ) {
        if self.drawn_for == Some(id) && !self.drawn_keys.is_empty() {
            let keys = std::mem::take(&mut self.drawn_keys);
            for key in keys.chars() {
                if key == '\u{8}' {
                    editor.backspace(&mut self.ink.engine);
                } else {
                    typed.refusal =
                        editor.insert(&mut self.ink.engine, key.encode_utf8(&mut [0; 4]));
                }
            }
        }
        if !ui.memory(|m| m.has_focus(id)) {
            return;
        }
        let filter = EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            ..EventFilter::default()
        };
        ui.memory_mut(|m| m.set_focus_lock_filter(id, filter));
        self.typing_now = Some((id, content == Content::Urdu));
        self.drawn_for = Some(id);
        for event in ui.input(|i| i.filtered_events(&filter)) {
            match event {
                Event::Text(t) => {
                    let t = if content == Content::Urdu && self.phonetic {
                        t.chars().map(urdu_for_key).collect()
                    } else {
                        t
                    };
                    if !t.chars().all(char::is_control) {
                        typed.refusal = editor.insert(&mut self.ink.engine, &t).or(typed.refusal);
                    }
                }
                Event::Paste(t) => {
                    typed.refusal = editor.insert(&mut self.ink.engine, &t).or(typed.refusal);
                }
                Event::Copy => {
                    if let Some(t) = editor.selected_text() {
                        ui.ctx().copy_text(t.to_owned());
                        self.copied = true;
                    }
                }
                Event::Cut => {
                    if let Some(t) = editor.cut(&mut self.ink.engine) {
                        ui.ctx().copy_text(t);
                        self.copied = true;
                    }
                }
                Event::Ime(ime) => self.compose(&ime, editor, typed),
                Event::Key {
                    key,
                    pressed: true,
                    modifiers,
                    ..
                } => {
                    if key == Key::Enter && !editor.composing() {
                        typed.submitted = true;
                    }
                    self.press(key, modifiers, editor);
                }
                _ => {}
            }
        }
    }

    fn compose(&mut self, ime: &ImeEvent, editor: &mut Editor, typed: &mut Typed) {
        let engine = &mut self.ink.engine;
        match ime {
            ImeEvent::Preedit {
                text,
                active_range_chars,
            } => {
                let caret = active_range_chars.as_ref().map_or(usize::MAX, |r| r.end);
                editor.compose(engine, text, caret);
            }
            ImeEvent::Commit(text) if !text.is_empty() && text != "\n" && text != "\r" => {
                typed.refusal = editor.commit(engine, text).or(typed.refusal);
            }
            ImeEvent::Commit(_) => editor.compose(engine, "", 0),
            ImeEvent::DeleteSurrounding {
                before_chars,
                after_chars,
            } => {
                for _ in 0..*before_chars {
                    editor.backspace(engine);
                }
                for _ in 0..*after_chars {
                    editor.delete(engine);
                }
            }
            #[expect(deprecated)]
            ImeEvent::Enabled | ImeEvent::Disabled => {}
        }
    }

    fn press(&mut self, key: Key, modifiers: Modifiers, editor: &mut Editor) {
        let engine = &mut self.ink.engine;
        let (word, select) = (modifiers.ctrl || modifiers.alt, modifiers.shift);
        match key {
            Key::ArrowLeft => editor.move_caret(
                engine,
                if word { Motion::WordLeft } else { Motion::Left },
                select,
            ),
            Key::ArrowRight => editor.move_caret(
                engine,
                if word {
                    Motion::WordRight
                } else {
                    Motion::Right
                },
                select,
            ),
            Key::Home | Key::ArrowUp => editor.move_caret(engine, Motion::Start, select),
            Key::End | Key::ArrowDown => editor.move_caret(engine, Motion::End, select),
            Key::Backspace if word => editor.backspace_word(engine),
            Key::Backspace => editor.backspace(engine),
            Key::Delete if word => editor.delete_word(engine),
            Key::Delete => editor.delete(engine),
            Key::A if modifiers.command => editor.select_all(engine),
            Key::Z if modifiers.command => {
                editor.undo(engine);
            }
            _ => {}
        }
    }

    /// Where the line's left edge is on the screen, moved so that the caret is seen.
    fn line_left(&mut self, frame: Rect, kept: &mut KeptEditor) -> f32 {
        let scale = self.ink.scale();
        let room = frame.width() - 2.0 * INSIDE;
        let caret = kept.editor.caret_rect(&mut self.ink.engine).x / scale;
        let width = kept.editor.layout(&mut self.ink.engine).width() / scale;
        let rtl = kept.editor.direction() == Direction::Rtl;
        let from_start = if rtl { width - caret } else { caret };
        kept.scroll = kept
            .scroll
            .clamp((from_start - room).max(0.0), from_start.max(0.0))
            .min((width - room).max(0.0));
        if rtl {
            frame.right() - INSIDE - width + kept.scroll
        } else {
            frame.left() + INSIDE - kept.scroll
        }
    }

    fn paint_frame(&self, ui: &Ui, field: &Field<'_>, frame: Rect, response: &Response) {
        let t = &self.theme;
        let painter = ui.painter();
        painter.rect_filled(
            frame,
            t.corner(),
            if field.enabled { t.card } else { t.background },
        );
        let stroke = match (response.has_focus(), field.error.is_some()) {
            (_, true) => Stroke::new(2.0, t.stop),
            (true, false) => t.focus(),
            (false, false) => Stroke::new(
                t.border().width,
                if response.hovered() { t.muted } else { t.line },
            ),
        };
        painter.rect_stroke(frame, t.corner(), stroke, StrokeKind::Inside);
        if response.has_focus() && field.error.is_some() {
            painter.rect_stroke(frame.expand(3.0), t.corner(), t.focus(), StrokeKind::Inside);
        }
    }

    fn paint_line(
        &mut self,
        ui: &Ui,
        field: &Field<'_>,
        frame: Rect,
        kept: &mut KeptEditor,
        focused: bool,
    ) {
        let left = self.line_left(frame, kept);
        let scale = self.ink.scale();
        // The highest stacks of Nastaliq may stand a little out of the frame, but not into what is beside it.
        let clip = Rect::from_x_y_ranges(
            frame.shrink2(vec2(INSIDE - 4.0, 0.0)).x_range(),
            frame.expand(4.0).y_range(),
        );
        let painter = ui.painter().with_clip_rect(clip.intersect(ui.clip_rect()));
        let nastaliq = field.content == Content::Urdu;
        let baseline_at = frame.center().y + if nastaliq { 0.5 } else { 0.36 } * size::BODY;
        let top = baseline_at - kept.editor.layout(&mut self.ink.engine).baseline() / scale;
        let (caret_top, caret_bottom) = (frame.top() + 8.0, frame.bottom() - 8.0);
        if focused {
            for r in kept.editor.selection_rects(&mut self.ink.engine) {
                let (l, r) = (left + r.left / scale, left + r.right / scale);
                painter.rect_filled(
                    Rect::from_min_max(pos2(l, caret_top), pos2(r, caret_bottom)),
                    0.0,
                    self.theme.selected,
                );
            }
        }
        let colour = if field.enabled {
            self.theme.ink
        } else {
            self.theme.muted
        };
        let layout = kept.editor.layout(&mut self.ink.engine).clone();
        self.ink
            .paint_layout(&painter, pos2(left, top), &layout, colour);
        if field.value.is_empty() && !kept.editor.composing() && !field.hint.is_empty() {
            let hint = self.lay(
                field.hint,
                size::BODY,
                Weight::Regular,
                Limits::Line,
                field.direction(),
            );
            let x = if nastaliq {
                frame.right() - INSIDE - hint.size.x
            } else {
                frame.left() + INSIDE
            };
            self.paint_centred(&painter, x, frame.center().y, &hint, self.theme.muted);
        }
        if focused {
            for r in kept.editor.composition_rects(&mut self.ink.engine) {
                let y = caret_bottom - 2.0;
                painter.hline(
                    left + r.left / scale..=left + r.right / scale,
                    y,
                    Stroke::new(1.0, self.theme.ink),
                );
            }
            let x = left + kept.editor.caret_rect(&mut self.ink.engine).x / scale;
            let x = (x * scale).round() / scale;
            painter.vline(
                x,
                caret_top..=caret_bottom,
                Stroke::new(1.5, self.theme.accent),
            );
            let cursor_rect = Rect::from_min_max(pos2(x, caret_top), pos2(x + 1.0, caret_bottom));
            let purpose = if field.content == Content::Secret {
                eframe::egui::IMEPurpose::Password
            } else {
                eframe::egui::IMEPurpose::Normal
            };
            ui.output_mut(|o| {
                o.ime = Some(eframe::egui::output::IMEOutput {
                    purpose,
                    rect: frame,
                    cursor_rect,
                    should_interrupt_composition: false,
                });
            });
        }
    }

    fn paint_below(
        &mut self,
        ui: &Ui,
        frame: Rect,
        room: f32,
        tone: Tone,
        words: &super::Prepared,
    ) {
        let colour = self.theme.tone(tone);
        let top = frame.bottom() + 2.0;
        let rtl = self.rtl();
        let icon_x = if rtl {
            frame.right() - 7.0
        } else {
            frame.left() + 7.0
        };
        Icon::of(tone).paint(
            ui.painter(),
            square(pos2(icon_x, top + words.middle), 12.0),
            colour,
        );
        let left = if rtl {
            frame.right() - size::SMALL - space::SMALL - self.ink.floor(room)
        } else {
            frame.left() + size::SMALL + space::SMALL
        };
        self.paint(ui.painter(), pos2(left, top), words, colour);
    }

    /// Name, value, error and selection for assistive technologies.
    fn describe_field(
        &mut self,
        ui: &mut Ui,
        field: &Field<'_>,
        response: &Response,
        frame: Rect,
        kept: &mut KeptEditor,
        below: Option<&str>,
    ) {
        let secret = field.content == Content::Secret;
        let shown = kept.editor.layout(&mut self.ink.engine).text().to_owned();
        response.widget_info(|| {
            WidgetInfo::text_edit(
                field.enabled && ui.is_enabled(),
                "",
                shown.as_str(),
                field.hint,
            )
        });
        let id = response.id;
        let run = id.with("run");
        let direction = if field.direction() == Direction::Rtl {
            TextDirection::RightToLeft
        } else {
            TextDirection::LeftToRight
        };
        let node_made = ui.ctx().accesskit_node_builder(id, |node| {
            if secret {
                node.set_role(Role::PasswordInput);
            }
            node.set_label(spoken(field.label));
            node.set_value(shown.clone());
            node.set_text_direction(direction);
            if let Some(words) = below {
                node.set_description(spoken(words));
            }
            if field.error.is_some() {
                node.set_invalid(Invalid::True);
            }
            let at = |byte: usize| TextPosition {
                node: run.accesskit_id(),
                character_index: kept
                    .editor
                    .text()
                    .get(..byte)
                    .map_or(0, |t| t.chars().count()),
            };
            node.set_text_selection(TextSelection {
                anchor: at(kept.editor.anchor()),
                focus: at(kept.editor.caret()),
            });
        });
        if node_made.is_none() {
            return;
        }
        let builder = UiBuilder::new()
            .scope_id(run)
            .max_rect(frame)
            .accessibility_parent(id)
            .accessibility_role(Role::TextRun);
        drop(ui.new_child(builder));
        ui.ctx().accesskit_node_builder(run, |node| {
            node.set_text_direction(direction);
            node.set_character_lengths(
                shown
                    .chars()
                    .map(|c| c.len_utf8() as u8)
                    .collect::<Vec<u8>>(),
            );
            node.set_value(shown.clone());
        });
    }
}
