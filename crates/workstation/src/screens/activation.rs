//! Activation: the centre's address and a one-time code.

use super::{Screen, parts};
use crate::theme::{Tone, space};
use crate::widgets::{Button, Field, Widgets};
use desk::{Command, StationAct};
use eframe::egui::Ui;

/// The body.
pub fn activation_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let body = parts::middle(ui.available_rect_before_wrap(), 1_000.0);
    parts::column_in(w, ui, body, "activation", |w, ui| {
        ui.add_space(space::WIDE);
        w.heading(ui, &s.t("activate-title"));
        w.note(ui, &s.t("activate-intro"));
        ui.add_space(space::LARGE);
        w.columns(ui, &[1.1, 0.9], |w, ui, column| {
            w.card(ui, |w, ui| {
                if column == 0 {
                    form_ui(w, ui, s);
                } else {
                    steps_ui(w, ui, s);
                }
            });
        });
    });
}

fn form_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (url, code, hint) = (
        s.t("activate-url"),
        s.t("activate-code"),
        s.t("activate-url-hint"),
    );
    let (busy, opened) = (s.state.activating, s.local.opened);
    w.field(
        ui,
        Field::latin("url", &url, &mut s.local.url)
            .hint(&hint)
            .max_chars(200)
            .enabled(!busy)
            .focus(opened),
    );
    w.field(
        ui,
        Field::latin("code", &code, &mut s.local.code)
            .max_chars(64)
            .enabled(!busy),
    );
    ui.add_space(space::SMALL);
    if busy {
        w.status(ui, Tone::Info, &s.t("activate-busy"));
        return;
    }
    let ready = !s.local.url.trim().is_empty() && !s.local.code.trim().is_empty();
    let go = s.t("activate-go");
    if parts::end_row(w, ui, "go", |w, ui| {
        w.button(ui, Button::primary(&go).key("Enter").enabled(ready))
    })
    .clicked()
    {
        s.send(Command::Station(StationAct::Activate {
            url: s.local.url.trim().to_owned(),
            code: s.local.code.trim().into(),
        }));
    }
}

fn steps_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    w.title(ui, &s.t("activate-what"));
    for (number, key) in ["activate-what-1", "activate-what-2", "activate-what-3"]
        .into_iter()
        .enumerate()
    {
        ui.add_space(space::SMALL);
        w.row(ui, |w, ui| {
            w.strong(ui, &(number + 1).to_string());
            ui.add_space(space::SMALL);
            w.label(ui, &s.t(key));
        });
    }
}
