//! Sign in, with the station's condition at a glance.

use super::{Screen, parts};
use crate::theme::{Tone, size, space};
use crate::times;
use crate::widgets::{Button, Field, Widgets};
use desk::{Command, SecretString, SessionAct, State};
use domain::{ClockConfidence, StaffId};
use eframe::egui::Ui;

/// The longest passphrase that is taken in, in characters.
const MAX_PASSPHRASE: usize = 128;

/// The body.
pub fn sign_in_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let body = parts::middle(ui.available_rect_before_wrap(), 1_000.0);
    parts::column_in(w, ui, body, "sign-in", |w, ui| {
        ui.add_space(space::WIDE);
        w.heading(ui, &s.t("signin-title"));
        w.note(ui, &s.t("signin-help"));
        ui.add_space(space::LARGE);
        w.columns(ui, &[1.0, 1.0], |w, ui, column| {
            w.card(ui, |w, ui| {
                if column == 0 {
                    form_ui(w, ui, s);
                } else {
                    glance_ui(w, ui, s);
                }
            });
        });
    });
}

fn form_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let view = &s.state.sign_in;
    let (staff, passphrase) = (s.t("signin-staff"), s.t("signin-passphrase"));
    let error = view.error.as_ref().map(|e| s.words.notice(e));
    let (busy, opened) = (view.busy, s.local.opened);
    let known = !s.local.staff.is_empty();
    w.field(
        ui,
        Field::latin("staff", &staff, &mut s.local.staff)
            .max_chars(32)
            .enabled(!busy)
            .focus(opened && !known),
    );
    ui.add_space(space::SMALL);
    let field =
        Field::secret("passphrase", &passphrase, &mut s.local.passphrase).max_chars(MAX_PASSPHRASE);
    w.field(
        ui,
        field
            .error(error.as_deref())
            .enabled(!busy)
            .focus(opened && known),
    );
    ui.add_space(space::MEDIUM);
    if busy {
        w.status(ui, Tone::Info, &s.t("signin-busy"));
        ui.add_space(size::BUTTON_HEIGHT);
        return;
    }
    let number = StaffId::parse(s.local.staff.trim()).ok();
    let ready = number.is_some() && !s.local.passphrase.is_empty();
    let go = s.t("signin-go");
    let clicked = parts::end_row(w, ui, "go", |w, ui| {
        w.button(ui, Button::primary(&go).key("Enter").enabled(ready))
    })
    .clicked();
    if let (true, Some(staff)) = (clicked && ready, number) {
        let passphrase = SecretString::from(std::mem::take(&mut s.local.passphrase));
        s.send(Command::Session(SessionAct::SignIn { staff, passphrase }));
    }
}

fn glance_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let state = s.state;
    w.title(ui, &s.t("signin-station"));
    ui.add_space(space::TINY);
    ui.spacing_mut().item_spacing.y = 0.0;
    if let Some(station) = &state.station {
        let office = if w.rtl() {
            &station.office_urdu
        } else {
            &station.office_latin
        };
        parts::fact_ui(w, ui, &s.t("status-station"), station.id.as_str());
        parts::fact_ui(w, ui, &s.t("signin-office"), office);
        let (tone, lease) = lease_word(s);
        parts::state_fact_ui(w, ui, &s.t("signin-lease"), tone, &lease);
    }
    let (tone, clock) = clock_word(s);
    parts::state_fact_ui(w, ui, &s.t("signin-clock"), tone, &clock);
    let (tone, camera) = camera_word(s);
    parts::state_fact_ui(w, ui, &s.t("signin-camera"), tone, &camera);
    let (tone, disk) = disk_word(s);
    parts::state_fact_ui(w, ui, &s.t("signin-disk"), tone, &disk);
    let (tone, link) = link_word(s);
    parts::state_fact_ui(w, ui, &s.t("signin-link"), tone, &link);
    let queue = s.n("signin-queue-waiting", state.queue.outbox);
    parts::fact_ui(w, ui, &s.t("signin-queue"), &queue);
}

/// The camera in one word: its condition, or that pictures come from a file.
pub fn camera_word(s: &Screen<'_>) -> (Tone, String) {
    let camera = &s.state.camera;
    if camera.live() && camera.replayed {
        return (Tone::Attention, s.t("status-camera-replayed"));
    }
    let tone = match camera.status_key {
        "camera-live" | "camera-ready" => Tone::Ok,
        "camera-starting" | "camera-off" | "" => Tone::Neutral,
        _ => Tone::Attention,
    };
    (tone, s.t(&format!("short-{}", camera_key(s))))
}

/// The camera's condition in a sentence: what is wrong and what to do.
pub fn camera_sentence(s: &Screen<'_>) -> String {
    let camera = &s.state.camera;
    if camera.live() && camera.replayed {
        s.t("photo-replayed")
    } else {
        s.t(camera_key(s))
    }
}

fn camera_key(s: &Screen<'_>) -> &'static str {
    match s.state.camera.status_key {
        "" => "camera-off",
        key => key,
    }
}

/// The link in one word.
pub fn link_word(s: &Screen<'_>) -> (Tone, String) {
    let link = &s.state.link;
    if link.paused {
        return (Tone::Attention, s.t("status-paused"));
    }
    if link.online {
        return (Tone::Ok, s.t("status-online"));
    }
    let word = match link.since {
        Some(since) => s.with(
            "status-offline-for",
            "time",
            times::since(s.words, s.state.now, since),
        ),
        None => s.t("status-offline"),
    };
    (Tone::Attention, word)
}

/// The lease in words.
pub fn lease_word(s: &Screen<'_>) -> (Tone, String) {
    let Some(station) = &s.state.station else {
        return (Tone::Neutral, s.t("status-not-activated"));
    };
    if !station.lease_open {
        return (Tone::Stop, s.t("signin-lease-over"));
    }
    let left = station.lease_expires.millis_since(s.state.now);
    let tone = if left < 86_400_000 {
        Tone::Attention
    } else {
        Tone::Ok
    };
    (
        tone,
        s.with("signin-lease-until", "span", times::span(s.words, left)),
    )
}

/// The clock in words.
pub fn clock_word(s: &Screen<'_>) -> (Tone, String) {
    let exact = times::exact(s.words, s.state.now);
    match s.state.clock {
        None | Some(ClockConfidence::Trusted) => (Tone::Ok, exact),
        Some(ClockConfidence::SetBack) => (Tone::Attention, s.t("signin-clock-set-back")),
        Some(ClockConfidence::SetForward) => (Tone::Attention, s.t("signin-clock-set-forward")),
    }
}

/// The disk in words; under one gigabyte somebody should look.
pub fn disk_word(s: &Screen<'_>) -> (Tone, String) {
    let State {
        disk_free_bytes, ..
    } = *s.state;
    let tone = match disk_free_bytes {
        0..100_000_000 => Tone::Stop,
        100_000_000..1_000_000_000 => Tone::Attention,
        _ => Tone::Ok,
    };
    (
        tone,
        s.with(
            "signin-disk-free",
            "size",
            times::size(s.words, disk_free_bytes),
        ),
    )
}
