//! Yes or no, and one of a few.

use eframe::egui::{Response, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use text::{Limits, Weight};

use super::icon::{Icon, square};
use super::{Widgets, spoken};
use crate::theme::{size, space};

const BOX: f32 = 20.0;

impl Widgets {
    /// A box to tick, with its words. Space and Enter change it.
    pub fn checkbox(&mut self, ui: &mut Ui, on: &mut bool, words: &str) -> Response {
        let mut response = self.choice_ui(ui, *on, words, Role::CheckBox);
        if response.clicked() {
            *on = !*on;
            response.mark_changed();
        }
        response
    }

    /// One of a few that exclude each other: sets `value` to `this` when chosen.
    pub fn radio<T: PartialEq>(
        &mut self,
        ui: &mut Ui,
        value: &mut T,
        this: T,
        words: &str,
    ) -> Response {
        let mut response = self.choice_ui(ui, *value == this, words, Role::RadioButton);
        if response.clicked() && *value != this {
            *value = this;
            response.mark_changed();
        }
        response
    }

    fn choice_ui(&mut self, ui: &mut Ui, on: bool, words: &str, kind: Role) -> Response {
        let room = (ui.available_width() - BOX - space::SMALL - 2.0 * space::TINY).max(1.0);
        let text = self.lay(
            words,
            size::BODY,
            Weight::Regular,
            Limits::wrap(room),
            self.direction(),
        );
        let width = BOX + space::SMALL + text.size.x + 2.0 * space::TINY;
        let (rect, response) = ui.allocate_exact_size(
            vec2(width, text.size.y.max(BOX) + 2.0 * space::TINY),
            Sense::click(),
        );
        response.widget_info(|| WidgetInfo::selected(kind, ui.is_enabled(), on, spoken(words)));
        if ui.is_rect_visible(rect) {
            let rtl = self.rtl();
            let top = rect.top() + space::TINY;
            let middle = top + text.middle;
            let x = if rtl {
                rect.right() - space::TINY - BOX * 0.5
            } else {
                rect.left() + space::TINY + BOX * 0.5
            };
            let mark = square(pos2(x, middle), BOX);
            let painter = ui.painter();
            if response.has_focus() {
                painter.rect_stroke(
                    rect,
                    self.theme.corner(),
                    self.theme.focus(),
                    StrokeKind::Inside,
                );
            }
            let edge = eframe::egui::Stroke::new(
                1.5,
                if response.hovered() || on {
                    self.theme.accent
                } else {
                    self.theme.muted
                },
            );
            if kind == Role::CheckBox {
                if on {
                    painter.rect_filled(mark, 4.0, self.theme.accent);
                    Icon::Tick.paint(painter, mark.shrink(3.0), self.theme.on_accent);
                } else {
                    painter.rect_stroke(mark, 4.0, edge, StrokeKind::Inside);
                }
            } else {
                painter.circle_stroke(mark.center(), BOX * 0.5 - 1.0, edge);
                if on {
                    painter.circle_filled(mark.center(), BOX * 0.25, self.theme.accent);
                }
            }
            // The lines of the words are aligned in the room, which ends where they begin.
            let left = if rtl {
                mark.left() - space::SMALL - self.ink.floor(room)
            } else {
                mark.right() + space::SMALL
            };
            self.paint(painter, pos2(left, top), &text, self.theme.ink);
        }
        response
    }
}
