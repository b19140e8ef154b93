//! Text that is read: labels, headings, notes.

use eframe::egui::accesskit::TextDirection;
use eframe::egui::{Color32, Pos2, Response, Role, Sense, Ui, WidgetInfo, vec2};
use text::{Align, Direction, Limits, Weight};

use super::ink::Setting;
use super::{Widgets, spoken};
use crate::theme::{Tone, size};

#[derive(Clone, Copy)]
enum Ink {
    Normal,
    Muted,
    Accent,
    Tone(Tone),
    Colour(Color32),
}

/// A text and how it is shown. It wraps at the width that is there.
#[derive(Clone)]
pub struct Label<'a> {
    text: &'a str,
    size: f32,
    weight: Weight,
    ink: Ink,
    direction: Option<Direction>,
    align: Align,
    width: Option<f32>,
    one_line: bool,
    heading: bool,
    own_side: bool,
}

impl<'a> Label<'a> {
    /// Running text.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            size: size::BODY,
            weight: Weight::Regular,
            ink: Ink::Normal,
            direction: None,
            align: Align::Start,
            width: None,
            one_line: false,
            heading: false,
            own_side: false,
        }
    }

    /// The head of a screen.
    pub fn display(text: &'a str) -> Self {
        Self {
            size: size::DISPLAY,
            weight: Weight::SemiBold,
            heading: true,
            ..Self::new(text)
        }
    }

    /// The head of a card.
    pub fn title(text: &'a str) -> Self {
        Self {
            size: size::TITLE,
            weight: Weight::SemiBold,
            heading: true,
            ..Self::new(text)
        }
    }

    /// A note in small letters.
    pub fn small(text: &'a str) -> Self {
        Self {
            size: size::SMALL,
            ..Self::new(text)
        }
    }

    /// In another size (of [`size`]).
    #[must_use]
    pub fn size(mut self, size: f32) -> Self {
        self.size = size;
        self
    }

    /// Heavier.
    #[must_use]
    pub fn strong(mut self) -> Self {
        self.weight = Weight::SemiBold;
        self
    }

    /// In the colour of what matters less.
    #[must_use]
    pub fn muted(mut self) -> Self {
        self.ink = Ink::Muted;
        self
    }

    /// In the accent colour.
    #[must_use]
    pub fn accent(mut self) -> Self {
        self.ink = Ink::Accent;
        self
    }

    /// In the colour of a state. The word must say the state too.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.ink = Ink::Tone(tone);
        self
    }

    /// In a colour of the theme: for text on the accent or on a picture.
    #[must_use]
    pub fn colour(mut self, colour: Color32) -> Self {
        self.ink = Ink::Colour(colour);
        self
    }

    /// Left to right whatever the language: a CNIC, a date, a Latin name.
    #[must_use]
    pub fn ltr(mut self) -> Self {
        self.direction = Some(Direction::Ltr);
        self
    }

    /// Right to left whatever the language: an Urdu name.
    #[must_use]
    pub fn rtl(mut self) -> Self {
        self.direction = Some(Direction::Rtl);
        self
    }

    /// In the middle of its width.
    #[must_use]
    pub fn centred(mut self) -> Self {
        self.align = Align::Centre;
        self
    }

    /// Takes this width, whatever the text needs, and wraps in it.
    #[must_use]
    pub fn width(mut self, points: f32) -> Self {
        self.width = Some(points);
        self
    }

    /// At the side where its own reading starts, whatever the language: a page of the other language.
    #[must_use]
    pub fn own_side(mut self) -> Self {
        self.own_side = true;
        self
    }

    /// Cut with "…" instead of wrapped; the whole text is shown on hover.
    #[must_use]
    pub fn one_line(mut self) -> Self {
        self.one_line = true;
        self
    }
}

impl Widgets {
    /// Running text.
    pub fn label(&mut self, ui: &mut Ui, text: &str) -> Response {
        self.text(ui, Label::new(text))
    }

    /// Running text that matters.
    pub fn strong(&mut self, ui: &mut Ui, text: &str) -> Response {
        self.text(ui, Label::new(text).strong())
    }

    /// A small note in muted colour.
    pub fn note(&mut self, ui: &mut Ui, text: &str) -> Response {
        self.text(ui, Label::small(text).muted())
    }

    /// The head of a card.
    pub fn title(&mut self, ui: &mut Ui, text: &str) -> Response {
        self.text(ui, Label::title(text))
    }

    /// The head of a screen.
    pub fn heading(&mut self, ui: &mut Ui, text: &str) -> Response {
        self.text(ui, Label::display(text))
    }

    /// A text with all its settings.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "built in place at the call, and gone after it"
    )]
    pub fn text(&mut self, ui: &mut Ui, label: Label<'_>) -> Response {
        let room = label.width.unwrap_or_else(|| ui.available_width()).max(1.0);
        let limits = if label.one_line {
            Limits::ellipsis(room)
        } else {
            Limits::wrap(room)
        };
        let direction = label.direction.unwrap_or_else(|| self.direction());
        let align = self.screen_align(&label, direction);
        let setting = Setting {
            size: label.size,
            weight: label.weight,
            limits,
            align,
            direction,
        };
        let prepared = self.ink.lay(label.text, setting);
        let width = label.width.unwrap_or(prepared.size.x);
        let (rect, response) = ui.allocate_exact_size(vec2(width, prepared.size.y), Sense::hover());
        if ui.is_rect_visible(rect) {
            // The lines are aligned in the room; the rectangle is only as wide as they are.
            let left = match (align, direction) {
                (Align::Start, Direction::Ltr) | (Align::End, Direction::Rtl) => rect.left(),
                (Align::Start, Direction::Rtl) | (Align::End, Direction::Ltr) => {
                    rect.right() - self.ink.floor(room)
                }
                (Align::Centre, _) => rect.center().x - self.ink.floor(room) * 0.5,
            };
            let colour = self.ink_colour(&label);
            self.paint(ui.painter(), Pos2::new(left, rect.top()), &prepared, colour);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken(label.text)));
        if label.heading {
            ui.ctx().accesskit_node_builder(response.id, |node| {
                node.set_role(Role::Heading);
                node.set_label(spoken(label.text));
                node.clear_value();
            });
        }
        ui.ctx().accesskit_node_builder(response.id, |node| {
            node.set_text_direction(reading(direction));
        });
        if prepared.truncated() && response.hovered() {
            self.tip(&response, label.text, direction);
        }
        response
    }

    /// How high a small text is in this width.
    pub fn small_height(&mut self, text: &str, width: f32) -> f32 {
        let limits = Limits::wrap(width.max(1.0));
        let direction = self.direction();
        self.lay(text, size::SMALL, Weight::Regular, limits, direction)
            .size
            .y
    }

    /// A text of the other direction still stands at the side where this screen's reading starts.
    fn screen_align(&self, label: &Label<'_>, direction: Direction) -> Align {
        match label.align {
            align if label.own_side => align,
            Align::Start if direction != self.direction() => Align::End,
            Align::End if direction != self.direction() => Align::Start,
            align => align,
        }
    }

    fn ink_colour(&self, label: &Label<'_>) -> Color32 {
        match label.ink {
            Ink::Normal => self.theme.ink,
            Ink::Muted => self.theme.muted,
            Ink::Accent => self.theme.accent,
            Ink::Tone(tone) => self.theme.tone(tone),
            Ink::Colour(colour) => colour,
        }
    }

    /// Shows a text beside the pointer: the exact time, the whole of a cut text.
    pub fn tip(&mut self, response: &Response, text: &str, direction: Direction) {
        let prepared = self.lay(
            text,
            size::SMALL,
            Weight::Regular,
            Limits::wrap(320.0),
            direction,
        );
        let colour = self.theme.ink;
        response.clone().on_hover_ui(|ui| {
            let (rect, _) = ui.allocate_exact_size(prepared.size, Sense::hover());
            self.paint(ui.painter(), rect.min, &prepared, colour);
        });
    }
}

fn reading(direction: Direction) -> TextDirection {
    match direction {
        Direction::Ltr => TextDirection::LeftToRight,
        Direction::Rtl => TextDirection::RightToLeft,
    }
}
