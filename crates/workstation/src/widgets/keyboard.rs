//! The phonetic keyboard, drawn: for officers who do not know where ژ is, and for a mouse.

use eframe::egui::{Rect, Response, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use text::{Direction, KEYBOARD_ROWS, Limits, Weight};

use super::{Button, Widgets};
use crate::theme::{size, space};

const KEY_WIDTH: f32 = 52.0;
const KEY_HEIGHT: f32 = 50.0;

impl Widgets {
    /// The switch of the phonetic keyboard, with its key F11.
    pub fn keyboard_switch(&mut self, ui: &mut Ui, words: &str) -> Response {
        let response = self.button(
            ui,
            Button::plain(words)
                .key("F11")
                .chosen(self.phonetic)
                .id("phonetic"),
        );
        if response.clicked() {
            self.set_phonetic(!self.phonetic);
        }
        response
    }

    /// The keyboard itself, while it is switched on. A key writes into the field that was typed in last.
    pub fn keyboard(&mut self, ui: &mut Ui) {
        if !self.phonetic {
            return;
        }
        let shift = ui.input(|i| i.modifiers.shift);
        ui.vertical_centered(|ui| {
            for row in KEYBOARD_ROWS {
                let width = row.len() as f32 * (KEY_WIDTH + space::TINY);
                let (_, strip) = ui.allocate_space(vec2(width, KEY_HEIGHT));
                for (index, (key, plain, shifted)) in row.iter().copied().enumerate() {
                    let corner = pos2(
                        strip.left() + index as f32 * (KEY_WIDTH + space::TINY),
                        strip.top(),
                    );
                    let rect = Rect::from_min_size(corner, vec2(KEY_WIDTH, KEY_HEIGHT));
                    self.key_ui(ui, rect, key, if shift { shifted } else { plain });
                }
            }
        });
    }

    fn key_ui(&mut self, ui: &Ui, rect: Rect, key: char, letter: char) {
        // Not focusable: the field keeps the keyboard.
        let response = ui.interact(rect, ui.scope_id().with(("key", key)), Sense::CLICK);
        response
            .widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), letter.to_string()));
        if response.clicked()
            && let Some(field) = self.drawn_for
        {
            self.drawn_keys.push(letter);
            ui.memory_mut(|m| m.request_focus(field));
        }
        let t = self.theme;
        ui.painter().rect_filled(
            rect,
            t.corner(),
            if response.hovered() {
                t.selected
            } else {
                t.card
            },
        );
        ui.painter()
            .rect_stroke(rect, t.corner(), t.border(), StrokeKind::Inside);
        // A mark alone needs a letter to stand on.
        let shown = if is_mark(letter) {
            format!("ـ{letter}")
        } else {
            letter.to_string()
        };
        let urdu = self.lay(
            &shown,
            size::BODY,
            Weight::Regular,
            Limits::Line,
            Direction::Rtl,
        );
        self.paint_centred(
            ui.painter(),
            rect.right() - 8.0 - urdu.size.x,
            rect.center().y + 4.0,
            &urdu,
            t.ink,
        );
        let latin = self.lay(
            &key.to_ascii_uppercase().to_string(),
            size::KEY,
            Weight::SemiBold,
            Limits::Line,
            Direction::Ltr,
        );
        self.paint_centred(
            ui.painter(),
            rect.left() + 6.0,
            rect.top() + 11.0,
            &latin,
            t.muted,
        );
    }
}

fn is_mark(letter: char) -> bool {
    matches!(letter, '\u{0610}'..='\u{061A}' | '\u{064B}'..='\u{065F}' | '\u{0670}')
}
