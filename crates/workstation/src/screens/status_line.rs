//! The line on top: the product, where the officer is, and the station's condition at a glance.

use super::{Page, Screen, parts, sign_in};
use crate::theme::{Tone, size, space};
use crate::times;
use crate::widgets::{Button, Icon, Label, Widgets};
use crate::window::Place;
use desk::Step;
use domain::Role;
use eframe::egui::Ui;

/// The line.
pub fn status_line_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, place: Place) {
    // In Nastaliq the name is set smaller, so that it stands whole in the line.
    let name = if w.rtl() { size::BODY } else { size::TITLE };
    w.text(ui, Label::title(&s.t("app-name")).size(name).accent());
    ui.add_space(space::MEDIUM);
    where_ui(w, ui, s, place);
    parts::at_end(w, ui, "condition", |w, ui| {
        ui.spacing_mut().item_spacing.x = space::LARGE + space::TINY;
        match place {
            Place::Starting | Place::Stopped | Place::Activation | Place::SignIn => {}
            Place::Work(..) => work_ui(w, ui, s),
            Place::Page(_) | Place::Review(_) | Place::Passphrase => condition_ui(w, ui, s),
        }
        language_ui(w, ui, s);
    });
}

fn where_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, place: Place) {
    let state = s.state;
    match (place, state.work(), &state.station) {
        (Place::Work(_, step), Some(work), _) => {
            let kind = work
                .kind
                .map_or_else(|| s.t("work-new"), |k| s.of("kind-", k.key()));
            let at = Step::ALL.iter().position(|x| *x == step).unwrap_or(0) + 1;
            let number = s.n_of("work-step", at, Step::ALL.len());
            w.note(ui, &format!("{kind} · {number} · {}", s.t(step.key())));
        }
        (Place::Review(_) | Place::Page(Page::Review), ..) => {
            let waiting = s.n("review-waiting", state.reviews.len() as u64);
            w.note(ui, &format!("{} · {waiting}", s.t("review-title")));
        }
        (_, _, Some(station)) => {
            let office = if w.rtl() {
                &station.office_urdu
            } else {
                &station.office_latin
            };
            w.note(ui, office);
            w.text(ui, Label::small(station.id.as_str()).strong().ltr());
        }
        _ => {}
    }
}

fn work_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    camera_ui(w, ui, s);
    let Some(work) = s.state.work() else { return };
    let saved = match work.saved_at {
        Some(at) => s.with("work-saved", "time", times::ago(s.words, s.state.now, at)),
        None => s.t("work-unsaved"),
    };
    w.note(ui, &saved);
    who_ui(w, ui, s);
}

fn condition_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    camera_ui(w, ui, s);
    let (tone, link) = sign_in::link_word(s);
    w.status(ui, tone, &link);
    pair_ui(
        w,
        ui,
        &s.t("status-queue"),
        &s.state.queue.outbox.to_string(),
    );
    if let Some(station) = &s.state.station {
        if station.lease_open {
            let left = times::span(s.words, station.lease_expires.millis_since(s.state.now));
            pair_ui(w, ui, &s.t("status-lease"), &left);
        } else {
            w.status(ui, Tone::Stop, &s.t("status-lease-over"));
        }
    }
    who_ui(w, ui, s);
}

fn camera_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let (tone, word) = sign_in::camera_word(s);
    match tone {
        Tone::Ok => w.status_with(ui, Icon::Dot, tone, &word),
        _ => w.status(ui, tone, &word),
    };
}

fn who_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let Some(who) = &s.state.session else { return };
    let name = if w.rtl() {
        &who.name_urdu
    } else {
        &who.name_latin
    };
    let role = s.t(match who.role {
        Role::Officer => "role-officer",
        Role::Supervisor => "role-supervisor",
    });
    pair_ui(w, ui, &role, name);
}

/// A quiet word and what matters, close together.
fn pair_ui(w: &mut Widgets, ui: &mut Ui, name: &str, value: &str) {
    let room = ui.spacing().item_spacing.x;
    ui.spacing_mut().item_spacing.x = 6.0;
    w.note(ui, name);
    ui.spacing_mut().item_spacing.x = room;
    w.text(ui, Label::small(value).strong());
}

fn language_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    // Named in the language that it changes to, so that whoever cannot read this one finds it. The key itself is taken
    // before the frame, so that it works on every screen.
    let word = s.t("app-language");
    if w.button(ui, Button::plain(&word).key("F12").id("language"))
        .clicked()
    {
        s.local.lang = s.local.lang.other();
    }
}
