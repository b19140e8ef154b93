//! Buttons: every action has a key, shown on its button.

use eframe::egui::response::Flags;
use eframe::egui::{
    Color32, Id, Key, Modifiers, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, WidgetInfo,
    pos2, vec2,
};
use text::{Direction, Limits, Weight, has_urdu};

use super::icon::{Icon, square};
use super::{Widgets, spoken};
use crate::theme::{size, space};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    Danger,
    Plain,
}

/// A button before it is shown.
#[derive(Clone)]
pub struct Button<'a> {
    text: &'a str,
    kind: Kind,
    key: Option<&'a str>,
    enabled: bool,
    min_width: f32,
    max_width: Option<f32>,
    chosen: bool,
    icon: Option<Icon>,
    id: Option<&'a str>,
}

impl<'a> Button<'a> {
    fn of(kind: Kind, text: &'a str) -> Self {
        Self {
            text,
            kind,
            key: None,
            enabled: true,
            min_width: 0.0,
            max_width: None,
            chosen: false,
            icon: None,
            id: None,
        }
    }

    /// The one thing to do next on this screen.
    pub fn primary(text: &'a str) -> Self {
        Self::of(Kind::Primary, text)
    }

    /// Any other action.
    pub fn secondary(text: &'a str) -> Self {
        Self::of(Kind::Secondary, text)
    }

    /// An action that ends or refuses something.
    pub fn danger(text: &'a str) -> Self {
        Self::of(Kind::Danger, text)
    }

    /// Without a border: a link, a step of a list.
    pub fn plain(text: &'a str) -> Self {
        Self::of(Kind::Plain, text)
    }

    /// The key that does the same: "A", "F2", "Enter", "Esc", "Ctrl+L". It is shown and it works: letters, digits and Space only
    /// while nobody types into a field, Enter unless another control has the keyboard.
    #[must_use]
    pub fn key(mut self, key: &'a str) -> Self {
        self.key = Some(key);
        self
    }

    /// Can it be used now?
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// At least this wide.
    #[must_use]
    pub fn min_width(mut self, points: f32) -> Self {
        self.min_width = points;
        self
    }

    /// At most this wide; a longer text is cut with "…".
    #[must_use]
    pub fn max_width(mut self, points: f32) -> Self {
        self.max_width = Some(points);
        self
    }

    /// Shown as the chosen one of several.
    #[must_use]
    pub fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    /// A sign before the word.
    #[must_use]
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// An id that stays when what stands before the button changes.
    #[must_use]
    pub fn id(mut self, id: &'a str) -> Self {
        self.id = Some(id);
        self
    }
}

impl Widgets {
    /// Shows a button. `clicked()` of what it gives is also true for its key, Enter, Space and assistive technologies.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "built in place at the call, and gone after it"
    )]
    pub fn button(&mut self, ui: &mut Ui, button: Button<'_>) -> Response {
        let weight = if button.kind == Kind::Primary {
            Weight::SemiBold
        } else {
            Weight::Regular
        };
        let cap = button
            .key
            .map(|k| self.lay(k, size::KEY, Weight::SemiBold, Limits::Line, Direction::Ltr));
        let cap_width = cap.as_ref().map_or(0.0, |c| (c.size.x + 12.0).max(20.0));
        let icon_width = if button.icon.is_some() {
            size::SMALL + space::SMALL
        } else {
            0.0
        };
        let gap = if cap.is_some() { 10.0 } else { 0.0 };
        let beside = 2.0 * space::LARGE + icon_width + gap + cap_width;
        let room = button.max_width.map(|most| (most - beside).max(1.0));
        let limits = room.map_or(Limits::Line, Limits::ellipsis);
        let word = self.lay(button.text, size::BODY, weight, limits, self.direction());
        let content = icon_width + word.size.x + gap + cap_width;
        let tall = self.rtl() || has_urdu(button.text);
        let height = if tall {
            size::BUTTON_HEIGHT_URDU
        } else {
            size::BUTTON_HEIGHT
        };
        let wanted = vec2((content + 2.0 * space::LARGE).max(button.min_width), height);

        let sense = if button.enabled {
            Sense::click()
        } else {
            Sense::hover()
        };
        let id = button
            .id
            .map_or_else(|| ui.next_auto_id(), |id| ui.make_persistent_id(id));
        let (auto_id, rect) = ui.allocate_space(wanted);
        let id = if button.id.is_some() { id } else { auto_id };
        let mut response = ui.interact(rect, id, sense);
        if button.enabled && button.key.is_some_and(|key| self.key_pressed(ui, id, key)) {
            response.flags.insert(Flags::FAKE_PRIMARY_CLICKED);
        }
        response.widget_info(|| {
            WidgetInfo::labeled(
                Role::Button,
                button.enabled && ui.is_enabled(),
                spoken(button.text),
            )
        });
        if let Some(key) = button.key {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_keyboard_shortcut(key));
        }
        if button.chosen {
            ui.ctx()
                .accesskit_node_builder(response.id, |node| node.set_selected(true));
        }
        if ui.is_rect_visible(rect) {
            let colours = self.button_colours(&button, &response);
            self.paint_button_box(ui, rect, &button, colours, &response);
            // Icon, word, key cap from where reading starts; what is left over goes around them.
            let rtl = self.rtl();
            let plain = button.kind == Kind::Plain;
            let mut at = if plain {
                space::LARGE
            } else {
                (rect.width() - content) * 0.5
            };
            let mut take = |width: f32| {
                let left = if rtl {
                    rect.right() - at - width
                } else {
                    rect.left() + at
                };
                at += width;
                left
            };
            if let Some(icon) = button.icon {
                let left = take(size::SMALL);
                take(space::SMALL);
                icon.paint(
                    ui.painter(),
                    square(pos2(left + size::SMALL * 0.5, rect.center().y), size::SMALL),
                    colours.text,
                );
            }
            let mut left = take(word.size.x);
            if let Some(room) = room.filter(|_| rtl) {
                // A line that may be cut stands at the right of its room.
                left += word.size.x - self.ink.floor(room);
            }
            self.paint_centred(ui.painter(), left, rect.center().y, &word, colours.text);
            if let Some(cap) = cap {
                take(gap);
                let left = take(cap_width);
                let key_rect = Rect::from_center_size(
                    pos2(left + cap_width * 0.5, rect.center().y),
                    vec2(cap_width, 20.0),
                );
                ui.painter().rect_stroke(
                    key_rect,
                    3.0,
                    Stroke::new(1.0, colours.cap_line),
                    StrokeKind::Inside,
                );
                self.paint_centred(
                    ui.painter(),
                    key_rect.center().x - cap.size.x * 0.5,
                    key_rect.center().y,
                    &cap,
                    colours.cap,
                );
            }
        }
        response
    }

    /// The key of an action alone, as on a button.
    pub fn key_cap(&mut self, ui: &mut Ui, key: &str, colour: Color32) {
        let cap = self.lay(
            key,
            size::KEY,
            Weight::SemiBold,
            Limits::Line,
            Direction::Ltr,
        );
        let width = (cap.size.x + 12.0).max(20.0);
        let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
        ui.painter()
            .rect_stroke(rect, 3.0, Stroke::new(1.0, colour), StrokeKind::Inside);
        let left = rect.center().x - cap.size.x * 0.5;
        self.paint_centred(ui.painter(), left, rect.center().y, &cap, colour);
    }

    fn paint_button_box(
        &self,
        ui: &Ui,
        rect: Rect,
        button: &Button<'_>,
        colours: Colours,
        response: &Response,
    ) {
        let painter = ui.painter();
        painter.rect_filled(rect, self.theme.corner(), colours.fill);
        if !matches!(button.kind, Kind::Primary | Kind::Plain) {
            painter.rect_stroke(
                rect,
                self.theme.corner(),
                Stroke::new(self.theme.border().width, colours.line),
                StrokeKind::Inside,
            );
        }
        if response.has_focus() {
            painter.rect_stroke(
                rect.expand(3.0),
                self.theme.corner(),
                self.theme.focus(),
                StrokeKind::Inside,
            );
        }
    }

    fn button_colours(&self, button: &Button<'_>, response: &Response) -> Colours {
        let t = &self.theme;
        let touched = response.hovered() || response.is_pointer_button_down_on();
        if !button.enabled {
            let fill = if button.kind == Kind::Plain {
                Color32::TRANSPARENT
            } else {
                t.background
            };
            return Colours {
                fill,
                line: t.line,
                text: t.muted,
                cap: t.muted,
                cap_line: t.line,
            };
        }
        let quiet = |text| Colours {
            fill: if touched || button.chosen {
                t.selected
            } else {
                t.card
            },
            line: if touched { t.accent } else { t.line },
            text,
            cap: t.muted,
            cap_line: t.line,
        };
        match button.kind {
            Kind::Primary => Colours {
                fill: t.accent,
                line: t.accent,
                text: t.on_accent,
                cap: t.on_accent,
                cap_line: t.on_accent,
            },
            Kind::Secondary => quiet(t.ink),
            Kind::Danger => quiet(t.stop),
            Kind::Plain => Colours {
                fill: if touched || button.chosen {
                    t.selected
                } else {
                    Color32::TRANSPARENT
                },
                ..quiet(if button.chosen { t.accent } else { t.ink })
            },
        }
    }

    /// Was the key of a button pressed for it? Takes the key, so that nothing else acts on it.
    fn key_pressed(&self, ui: &Ui, button: Id, name: &str) -> bool {
        if !ui.is_enabled() || self.list_open {
            return false;
        }
        let Some((modifiers, key)) = parse_key(name) else {
            return false;
        };
        let focused = ui.ctx().memory(egui::Memory::focused);
        let elsewhere =
            focused.is_some_and(|f| f != button && self.typing.is_none_or(|(field, _)| field != f));
        let allowed = match key {
            Key::Enter => !elsewhere && focused != Some(button),
            _ if modifiers.is_none() && is_text(key) => !self.typing(),
            _ => true,
        };
        allowed && ui.input_mut(|i| i.consume_key(modifiers, key))
    }
}

#[derive(Clone, Copy)]
struct Colours {
    fill: Color32,
    line: Color32,
    text: Color32,
    cap: Color32,
    cap_line: Color32,
}

/// Does the key write a character?
fn is_text(key: Key) -> bool {
    key == Key::Space
        || key.name().chars().count() == 1
        || key.symbol_or_name().chars().count() == 1 && !is_moving(key)
}

fn is_moving(key: Key) -> bool {
    matches!(
        key,
        Key::ArrowUp
            | Key::ArrowDown
            | Key::ArrowLeft
            | Key::ArrowRight
            | Key::Enter
            | Key::Tab
            | Key::Backspace
    )
}

/// "Ctrl+L" and its like.
fn parse_key(name: &str) -> Option<(Modifiers, Key)> {
    let mut modifiers = Modifiers::NONE;
    let mut key = None;
    for part in name.split(['+', ' ']).filter(|p| !p.is_empty()) {
        match part {
            "Ctrl" => modifiers |= Modifiers::CTRL,
            "Shift" => modifiers |= Modifiers::SHIFT,
            "Alt" => modifiers |= Modifiers::ALT,
            "Esc" => key = Some(Key::Escape),
            "Del" => key = Some(Key::Delete),
            other => key = Key::from_name(other),
        }
    }
    key.map(|key| (modifiers, key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_understood_as_they_are_shown() {
        assert_eq!(parse_key("F2"), Some((Modifiers::NONE, Key::F2)));
        assert_eq!(parse_key("Esc"), Some((Modifiers::NONE, Key::Escape)));
        assert_eq!(parse_key("Ctrl+L"), Some((Modifiers::CTRL, Key::L)));
        assert_eq!(parse_key("A"), Some((Modifiers::NONE, Key::A)));
        assert_eq!(parse_key(""), None);
    }

    #[test]
    fn letters_and_digits_are_text_but_function_keys_are_not() {
        assert!(is_text(Key::A) && is_text(Key::Num3) && is_text(Key::Space));
        assert!(
            !is_text(Key::F2)
                && !is_text(Key::Escape)
                && !is_text(Key::ArrowUp)
                && !is_text(Key::Enter)
        );
    }
}
