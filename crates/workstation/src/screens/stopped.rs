//! The store cannot be opened: what that means and whom to call. A damaged one can be read into a new one; nothing is ever deleted.

use super::{Screen, parts};
use crate::theme::space;
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::{Command, StationAct};
use eframe::egui::Ui;

/// The body.
pub fn stopped_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let Some(notice) = &s.state.blocked else {
        return;
    };
    let body = parts::middle(ui.available_rect_before_wrap(), 760.0);
    let tone = parts::tone_of(notice.severity);
    parts::column_in(w, ui, body, "stopped", |w, ui| {
        ui.add_space(space::HUGE * 2.0);
        w.heading(ui, &s.t("stopped-title"));
        ui.add_space(space::LARGE);
        w.card(ui, |w, ui| {
            w.row(ui, |w, ui| {
                w.sign(ui, Icon::of(tone), tone);
                w.text(
                    ui,
                    Label::new(&s.t(parts::word_of(notice.severity)))
                        .strong()
                        .tone(tone),
                );
            });
            ui.add_space(space::SMALL);
            w.label(ui, &s.words.notice(notice));
        });
        if notice.key == "notice-store-damaged" {
            rescue_ui(w, ui, s);
        }
    });
}

fn rescue_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    ui.add_space(space::LARGE);
    w.note(ui, &s.t("stopped-rescue-note"));
    let go = s.t("stopped-rescue");
    if parts::end_row(w, ui, "rescue", |w, ui| {
        w.button(ui, Button::primary(&go).key("F9"))
    })
    .clicked()
    {
        s.send(Command::Station(StationAct::RescueStore));
    }
}
