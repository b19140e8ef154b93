//! A new passphrase: the one that opens the key now, and the new one twice.

use super::{Screen, parts};
use crate::theme::{Tone, space};
use crate::widgets::{Button, Field, Widgets};
use desk::{Command, PassphraseView, SessionAct};
use eframe::egui::Ui;
use zeroize::Zeroize;

/// The longest passphrase that is taken in, in characters.
const MAX_PASSPHRASE: usize = 128;

/// What is typed; wiped when the page is left.
#[derive(Default)]
pub struct Typed {
    old: String,
    new: String,
    again: String,
}

impl Typed {
    /// Nothing of it stays in memory.
    pub fn forget(&mut self) {
        for text in [&mut self.old, &mut self.new, &mut self.again] {
            text.zeroize();
        }
    }
}

/// The body.
pub fn passphrase_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, view: &PassphraseView) {
    let body = parts::middle(ui.available_rect_before_wrap(), 900.0);
    parts::column_in(w, ui, body, "passphrase", |w, ui| {
        w.heading(ui, &s.t("passphrase-title"));
        w.note(ui, &s.t("passphrase-help"));
        ui.add_space(space::LARGE);
        w.card(ui, |w, ui| form_ui(w, ui, s, view));
    });
}

fn form_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, view: &PassphraseView) {
    let (old, new, again) = (
        s.t("passphrase-old"),
        s.t("passphrase-new"),
        s.t("passphrase-again"),
    );
    let refused = view.error.as_ref().map(|e| s.words.notice(e));
    let of_old = view.error.as_ref().is_some_and(|e| {
        ["notice-wrong-passphrase", "notice-wait", "notice-locked"].contains(&e.key)
    });
    let (old_error, new_error) = if of_old {
        (refused, None)
    } else {
        (None, refused)
    };
    let typed = &mut s.local.new_passphrase;
    let differs = !typed.again.is_empty() && !typed.new.starts_with(&typed.again);
    let (busy, opened) = (view.busy, s.local.opened);
    w.field(
        ui,
        Field::secret("old", &old, &mut typed.old)
            .max_chars(MAX_PASSPHRASE)
            .error(old_error.as_deref())
            .enabled(!busy)
            .focus(opened),
    );
    ui.add_space(space::SMALL);
    let other = s.words.get("passphrase-differs");
    let other = differs.then_some(other.as_str());
    w.columns(ui, &[1.0, 1.0], |w, ui, column| {
        let field = if column == 0 {
            Field::secret("new", &new, &mut typed.new).error(new_error.as_deref())
        } else {
            Field::secret("again", &again, &mut typed.again).error(other)
        };
        w.field(ui, field.max_chars(MAX_PASSPHRASE).enabled(!busy));
    });
    ui.add_space(space::MEDIUM);
    if busy {
        w.status(ui, Tone::Info, &s.t("passphrase-busy"));
        return;
    }
    let typed = &s.local.new_passphrase;
    let ready = !typed.old.is_empty() && !typed.new.is_empty() && typed.new == typed.again;
    let go = s.t("passphrase-go");
    let button = Button::primary(&go).key("Enter").enabled(ready);
    let clicked = parts::end_row(w, ui, "go", |w, ui| w.button(ui, button)).clicked();
    if clicked && ready {
        let typed = &s.local.new_passphrase;
        let (old, new) = (typed.old.as_str().into(), typed.new.as_str().into());
        s.send(Command::Session(SessionAct::ChangePassphrase { old, new }));
    }
}

/// The line of keys.
pub fn passphrase_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, view: &PassphraseView) {
    let back = s.t("passphrase-keep");
    let button = Button::secondary(&back).key("Esc").enabled(!view.busy);
    if w.button(ui, button).clicked() {
        s.send(Command::Session(SessionAct::ClosePassphrase));
    }
}
