//! The message under the line of status: what happened, what was kept, what to do.

use super::{Screen, parts};
use crate::theme::{size, space};
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::Command;
use eframe::egui::{Rect, Shape, Ui, accesskit, pos2, vec2};

/// The message, where there is one; gives its height.
pub fn notice_line_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) -> f32 {
    let state = s.state;
    let blocked = state.station.as_ref().and(state.blocked.as_ref());
    let Some(notice) = blocked.or(state.notice.as_ref()) else {
        return 0.0;
    };
    let tone = parts::tone_of(notice.severity);
    let words = s.words.notice(notice);
    let word = s.t(parts::word_of(notice.severity));
    let dismiss = s.t("word-dismiss");
    let room = ui.max_rect();
    // Behind the words, whose height is known after them.
    let behind = ui.painter().add(Shape::Noop);
    let mut gone = false;
    let inner = Rect::from_min_max(
        pos2(room.left() + space::WIDE, room.top()),
        pos2(room.right() - space::WIDE, room.bottom()),
    );
    let used = parts::column_in(w, ui, inner, "words", |w, ui| {
        // As tall as its button, so that words and button stand on one line.
        let height = if w.rtl() {
            size::BUTTON_HEIGHT_URDU
        } else {
            size::BUTTON_HEIGHT
        };
        let row = vec2(ui.available_width(), height);
        let layout = w.row_layout();
        ui.allocate_ui_with_layout(row, layout, |ui| {
            w.sign(ui, Icon::of(tone), tone);
            let head = w.text(ui, Label::small(&word).strong().tone(tone));
            ui.ctx()
                .accesskit_node_builder(head.id, |node| node.set_live(accesskit::Live::Polite));
            let width = (ui.available_width() - 170.0).max(100.0);
            w.text(ui, Label::small(&words).width(width));
            if blocked.is_none() {
                parts::at_end(w, ui, "dismiss", |w, ui| {
                    gone = w
                        .button(ui, Button::plain(&dismiss).key("Ctrl+D").id("dismiss"))
                        .clicked();
                });
            }
        });
        ui.min_rect().height()
    });
    let height = used.max(36.0);
    let strip = Rect::from_min_size(room.min, vec2(room.width(), height));
    let theme = w.theme();
    ui.painter()
        .set(behind, Shape::rect_filled(strip, 0.0, theme.selected));
    ui.painter()
        .hline(strip.x_range(), strip.bottom(), theme.border());
    if gone {
        s.send(Command::DismissNotice);
    }
    height
}
