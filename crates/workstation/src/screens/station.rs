//! The station: who it is, what it may do, its camera, its language and look, its audit log.

use super::{Dialog, Screen, parts, sign_in};
use crate::look::Look;
use crate::theme::{Tone, space};
use crate::times;
use crate::widgets::{Button, Label, Select, Widgets};
use desk::{Command, Lang, SecondCopyView, SessionAct, SourceChoice, StationAct};
use eframe::egui::{ScrollArea, Ui};

/// The body.
pub fn station_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    w.columns(ui, &[1.0, 1.0, 0.86], |w, ui, column| match column {
        0 => parts::tall_card(w, ui, |w, ui| this_ui(w, ui, s)),
        1 => parts::tall_card(w, ui, |w, ui| camera_ui(w, ui, s)),
        _ => {
            w.card(ui, |w, ui| look_ui(w, ui, s));
            ui.add_space(space::SMALL);
            if !s.state.locked.is_empty() {
                w.card(ui, |w, ui| locked_ui(w, ui, s));
                ui.add_space(space::SMALL);
            }
            parts::tall_card(w, ui, |w, ui| audit_ui(w, ui, s));
        }
    });
}

fn this_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    w.title(ui, &s.t("station-this"));
    let Some(station) = &s.state.station else {
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let office = if w.rtl() {
        &station.office_urdu
    } else {
        &station.office_latin
    };
    parts::fact_ui(w, ui, &s.t("station-office"), office);
    parts::fact_ltr_ui(w, ui, &s.t("station-id"), station.id.as_str());
    parts::state_fact_ui(
        w,
        ui,
        &s.t("station-activation"),
        Tone::Ok,
        &s.t("station-activated"),
    );
    parts::fact_ltr_ui(w, ui, &s.t("station-centre"), &station.centre_url);
    parts::fact_ltr_ui(
        w,
        ui,
        &s.t("station-policy"),
        &station.policy_version.to_string(),
    );
    let until = times::exact(s.words, station.lease_expires);
    let tone = if station.lease_open {
        Tone::Ok
    } else {
        Tone::Stop
    };
    parts::state_fact_ui(w, ui, &s.t("station-lease"), tone, &until);
    parts::fact_ltr_ui(
        w,
        ui,
        &s.t("station-lease-number"),
        &station.lease_serial.to_string(),
    );
    parts::fact_ltr_ui(
        w,
        ui,
        &s.t("station-packets"),
        &station.packets_left.to_string(),
    );
    let (tone, clock) = sign_in::clock_word(s);
    parts::state_fact_ui(w, ui, &s.t("station-clock"), tone, &clock);
    let (tone, disk) = sign_in::disk_word(s);
    parts::state_fact_ui(w, ui, &s.t("station-disk"), tone, &disk);
    let (tone, link) = sign_in::link_word(s);
    parts::state_fact_ui(w, ui, &s.t("signin-link"), tone, &link);
    let (tone, copy) = second_copy_word(s, station.second_copy.as_ref());
    parts::state_fact_ui(w, ui, &s.t("station-second-copy"), tone, &copy);
}

fn second_copy_word(s: &Screen<'_>, copy: Option<&SecondCopyView>) -> (Tone, String) {
    match copy {
        None => (Tone::Neutral, s.t("second-copy-none")),
        Some(copy) if copy.ending => (Tone::Attention, s.t("second-copy-ending")),
        Some(copy) if !copy.present => (Tone::Attention, s.t("second-copy-absent")),
        Some(copy) if copy.owed > 0 => (Tone::Info, s.n("second-copy-owed", copy.owed)),
        Some(_) => (Tone::Ok, s.t("second-copy-in-step")),
    }
}

fn camera_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let state = s.state;
    let camera = &state.camera;
    w.title(ui, &s.t("station-camera"));
    let (tone, _) = sign_in::camera_word(s);
    w.status(ui, tone, &sign_in::camera_sentence(s));
    if camera.live() {
        w.text(ui, Label::small(&parts::camera_line(s)).muted());
        if !camera.replayed {
            let (tone, key) = if camera.trusted {
                (Tone::Ok, "station-camera-trusted")
            } else {
                (Tone::Attention, "station-camera-untrusted")
            };
            w.status(ui, tone, &s.t(key));
        }
    }
    let replay = state.station.as_ref().is_some_and(|st| st.replay_allowed);
    w.note(
        ui,
        &s.t(if replay {
            "station-replay-allowed"
        } else {
            "station-replay-forbidden"
        }),
    );
    ui.add_space(space::MEDIUM);
    w.strong(ui, &s.t("station-cameras"));
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = (ui.available_height() - 64.0).max(60.0);
    ScrollArea::vertical()
        .id_salt("cameras")
        .max_height(height)
        .auto_shrink([false, true])
        .show(ui, |ui| {
            device_ui(
                w,
                ui,
                s,
                "any",
                &s.t("station-camera-any"),
                &SourceChoice::AnyCamera,
            );
            for (number, (name, choice)) in camera.devices.iter().enumerate() {
                device_ui(w, ui, s, &format!("camera-{number}"), name, choice);
            }
        });
    if camera.devices.is_empty() {
        w.note(ui, &s.t("station-camera-none"));
    }
    ui.add_space(space::MEDIUM);
    let again = s.t("station-camera-refresh");
    if w.button(ui, Button::secondary(&again).key("L").id("look-again"))
        .clicked()
    {
        s.send(Command::Station(StationAct::RefreshCameras));
    }
}

fn device_ui(
    w: &mut Widgets,
    ui: &mut Ui,
    s: &mut Screen<'_>,
    id: &str,
    name: &str,
    choice: &SourceChoice,
) {
    let word = s.t("station-camera-choose");
    w.line_across(ui);
    let tall = if w.rtl() { 56.0 } else { 50.0 };
    let mut used = false;
    parts::line_of(
        w,
        ui,
        tall,
        |w, ui| {
            let room = (ui.available_width() - 130.0).max(60.0);
            w.text(ui, Label::new(name).one_line().width(room))
        },
        |w, ui| used = w.button(ui, Button::secondary(&word).id(id)).clicked(),
    );
    if used {
        s.send(Command::Station(StationAct::ChooseCamera(choice.clone())));
    }
}

fn look_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    w.title(ui, &s.t("station-look"));
    ui.add_space(space::TINY);
    // Each language is named in itself.
    let languages = ["English", "اردو"];
    let mut lang = Some(usize::from(s.local.lang == Lang::Ur));
    let looks: Vec<String> = Look::ALL.iter().map(|l| s.t(l.key())).collect();
    let looks: Vec<&str> = looks.iter().map(String::as_str).collect();
    let mut look = Look::ALL.iter().position(|l| *l == s.local.look);
    let (language, theme) = (s.t("station-language"), s.t("station-theme"));
    w.columns(ui, &[1.0, 1.4], |w, ui, column| {
        if column == 0 {
            w.select(ui, Select::new("lang", &language, &mut lang, &languages));
        } else {
            w.select(ui, Select::new("look", &theme, &mut look, &looks));
        }
    });
    s.local.lang = if lang == Some(1) { Lang::Ur } else { Lang::En };
    if let Some(look) = look.and_then(|at| Look::ALL.get(at)) {
        s.local.look = *look;
    }
}

/// Colleagues who cannot sign in any more; the first has a key.
fn locked_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (state, word) = (s.state, s.t("station-unlock"));
    for (number, locked) in state.locked.iter().enumerate() {
        let name = if w.rtl() {
            &locked.name_urdu
        } else {
            &locked.name_latin
        };
        let line = s.with("station-locked", "name", name.clone());
        let id = format!("unlock-{number}");
        let button = Button::secondary(&word).id(&id);
        let button = if number == 0 { button.key("U") } else { button };
        let mut unlock = false;
        w.split(
            ui,
            |w, ui| w.status(ui, Tone::Attention, &line),
            |w, ui| unlock = w.button(ui, button).clicked(),
        );
        if unlock {
            s.send(Command::Session(SessionAct::Unlock(locked.staff.clone())));
        }
    }
}

fn audit_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    w.title(ui, &s.t("station-audit"));
    if s.state.locked.is_empty() {
        w.note(ui, &s.t("station-audit-about"));
    }
    ui.add_space(space::TINY);
    if let Some(audit) = &s.state.audit {
        match audit.fault {
            None => {
                w.status(ui, Tone::Ok, &s.n("station-audit-holds", audit.rows));
                let line = s.words.with(
                    "station-audit-head",
                    &[
                        ("head", audit.head.clone().into()),
                        ("time", times::ago(s.words, s.state.now, audit.at).into()),
                    ],
                );
                w.note(ui, &line);
            }
            Some(fault) => {
                w.status(ui, Tone::Stop, &s.t("station-audit-fault"));
                w.label(ui, &s.n(fault, audit.rows));
            }
        }
        ui.add_space(space::TINY);
    }
    let check = s.t("station-audit-check");
    if w.button(ui, Button::secondary(&check).key("C").id("check-audit"))
        .clicked()
    {
        s.send(Command::Station(StationAct::CheckAudit));
    }
}

/// The line of keys.
pub fn station_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    parts::to_desk_ui(w, ui, s);
    let word = s.t("station-passphrase");
    if w.button(ui, Button::secondary(&word).key("P").id("passphrase"))
        .clicked()
    {
        s.send(Command::Session(SessionAct::BeginPassphrase));
    }
    let Some(station) = &s.state.station else {
        return;
    };
    // Whoever could answer them: a supervisor for what lies on other disks.
    let supervisor = s
        .state
        .session
        .as_ref()
        .is_some_and(|session| session.role == domain::Role::Supervisor);
    let copies = supervisor && (station.second_copy_allowed || station.second_copy.is_some());
    for (word, key, dialog, shown) in [
        ("station-lease-extend", "X", Dialog::ExtendLease, true),
        ("station-second-copy", "D", Dialog::SecondCopy, copies),
    ] {
        let name = s.t(word);
        if shown
            && w.button(ui, Button::secondary(&name).key(key).id(word))
                .clicked()
        {
            s.local.ask(dialog);
        }
    }
}
