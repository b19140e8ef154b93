//! Rows, columns and cards that mirror with the language.

use eframe::egui::{self, Align, Layout, Margin, Rect, Ui, UiBuilder, pos2, vec2};

use super::Widgets;
use crate::theme::{size, space};

/// Height of a row before its content is known.
const ROW_HEIGHT: f32 = 24.0;

impl Widgets {
    /// Layout of a column: everything starts at the side where reading starts.
    pub fn column_layout(&self) -> Layout {
        Layout::top_down(if self.rtl() { Align::Max } else { Align::Min })
    }

    /// Layout of a row in reading order.
    pub fn row_layout(&self) -> Layout {
        if self.rtl() {
            Layout::right_to_left(Align::Center)
        } else {
            Layout::left_to_right(Align::Center)
        }
    }

    /// Layout of a row that stands at the reading end: its first control is the outermost.
    pub fn row_end_layout(&self) -> Layout {
        if self.rtl() {
            Layout::left_to_right(Align::Center)
        } else {
            Layout::right_to_left(Align::Center)
        }
    }

    /// A column.
    pub fn column<R>(&mut self, ui: &mut Ui, content: impl FnOnce(&mut Self, &mut Ui) -> R) -> R {
        let layout = self.column_layout();
        let size = vec2(ui.available_width(), 0.0);
        ui.allocate_ui_with_layout(size, layout, |ui| content(self, ui))
            .inner
    }

    /// A row in reading order, as wide as the room.
    pub fn row<R>(&mut self, ui: &mut Ui, content: impl FnOnce(&mut Self, &mut Ui) -> R) -> R {
        let layout = self.row_layout();
        let size = vec2(ui.available_width(), ROW_HEIGHT);
        ui.allocate_ui_with_layout(size, layout, |ui| content(self, ui))
            .inner
    }

    /// A row at the reading end. The control that is added first stands outermost, where the primary action belongs.
    pub fn row_end<R>(&mut self, ui: &mut Ui, content: impl FnOnce(&mut Self, &mut Ui) -> R) -> R {
        let layout = self.row_end_layout();
        let size = vec2(ui.available_width(), ROW_HEIGHT);
        ui.allocate_ui_with_layout(size, layout, |ui| content(self, ui))
            .inner
    }

    /// One row with a part at the reading start and a part at the reading end (whose first control is outermost).
    pub fn split<A, B>(
        &mut self,
        ui: &mut Ui,
        start: impl FnOnce(&mut Self, &mut Ui) -> A,
        end: impl FnOnce(&mut Self, &mut Ui) -> B,
    ) -> (A, B) {
        let layout = self.row_layout();
        let height = if self.rtl() {
            size::BUTTON_HEIGHT_URDU
        } else {
            size::BUTTON_HEIGHT
        };
        let room = vec2(ui.available_width(), height);
        ui.allocate_ui_with_layout(room, layout, |ui| {
            let w = self;
            let first = start(w, ui);
            let layout = w.row_end_layout();
            let second = ui.with_layout(layout, |ui| end(w, ui)).inner;
            (first, second)
        })
        .inner
    }

    /// Columns beside each other, mirrored in Urdu: `weights` share the width; `content` is called for each in reading order.
    pub fn columns(
        &mut self,
        ui: &mut Ui,
        weights: &[f32],
        mut content: impl FnMut(&mut Self, &mut Ui, usize),
    ) {
        let gap = space::LARGE;
        let room = ui.available_rect_before_wrap();
        let total: f32 = weights.iter().sum::<f32>().max(f32::EPSILON);
        let shared = (room.width() - gap * weights.len().saturating_sub(1) as f32).max(0.0);
        let layout = self.column_layout();
        let mut at = 0.0;
        let mut used = Rect::from_min_size(room.min, vec2(room.width(), 0.0));
        for (index, weight) in weights.iter().enumerate() {
            let width = (shared * weight / total).floor();
            let left = if self.rtl() {
                room.right() - at - width
            } else {
                room.left() + at
            };
            let place =
                Rect::from_min_max(pos2(left, room.top()), pos2(left + width, room.bottom()));
            let mut column = ui.new_child(
                UiBuilder::new()
                    .id_salt(("column", index))
                    .max_rect(place)
                    .layout(layout),
            );
            content(self, &mut column, index);
            used = used.union(Rect::from_min_max(
                place.min,
                pos2(place.right(), column.min_rect().bottom()),
            ));
            at += width + gap;
        }
        ui.allocate_rect(used, egui::Sense::hover());
    }

    /// A card: a surface with a border and a margin; its content is a column.
    pub fn card<R>(&mut self, ui: &mut Ui, content: impl FnOnce(&mut Self, &mut Ui) -> R) -> R {
        let frame = self.card_frame();
        let layout = self.column_layout();
        frame
            .show(ui, |ui| {
                ui.set_min_width(ui.available_width());
                ui.with_layout(layout, |ui| content(self, ui)).inner
            })
            .inner
    }

    /// The frame of a card, for panels.
    pub fn card_frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.theme.card)
            .stroke(self.theme.border())
            .corner_radius(self.theme.corner())
            .inner_margin(Margin::same(space::LARGE as i8 + 4))
    }

    /// A thin line across the room.
    pub fn line_across(&mut self, ui: &mut Ui) {
        let (rect, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), 1.0), egui::Sense::hover());
        ui.painter()
            .hline(rect.x_range(), rect.center().y, self.theme.border());
    }
}
