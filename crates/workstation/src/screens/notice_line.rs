//! The message under the line of status: what happened, what was kept, what to do.

use super::{Screen, parts};
use crate::theme::space;
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::Command;
use eframe::egui::{Rect, Ui, accesskit, vec2};

/// What stands beside the words: the sign, its word, the key that dismisses them.
const BESIDE: f32 = 290.0;

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
    let inner = room.width() - 2.0 * space::WIDE;
    let width = (inner - BESIDE).max(100.0);
    let least = if w.rtl() { 46.0 } else { 44.0 };
    let height = (w.small_height(&words, width) + space::SMALL).max(least);
    let strip = Rect::from_min_size(room.min, vec2(room.width(), height));
    let theme = w.theme();
    ui.painter().rect_filled(strip, 0.0, theme.selected);
    ui.painter()
        .hline(strip.x_range(), strip.bottom(), theme.border());
    let mut gone = false;
    parts::row_in(
        w,
        ui,
        strip.shrink2(vec2(space::WIDE, 0.0)),
        "words",
        |w, ui| {
            w.sign(ui, Icon::of(tone), tone);
            let head = w.text(ui, Label::small(&word).strong().tone(tone));
            ui.ctx()
                .accesskit_node_builder(head.id, |node| node.set_live(accesskit::Live::Polite));
            w.text(ui, Label::small(&words).width(width));
            if blocked.is_none() {
                parts::at_end(w, ui, "dismiss", |w, ui| {
                    gone = w
                        .button(ui, Button::plain(&dismiss).key("Ctrl+D").id("dismiss"))
                        .clicked();
                });
            }
        },
    );
    if gone {
        s.send(Command::DismissNotice);
    }
    height
}
