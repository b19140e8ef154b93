//! The screens: each draws a state and gives commands; none of them decides anything about registration.
//!
//! Every screen has a body, `…_ui`, and its line of keys, `…_keys_ui`. What a person is typing or choosing but has not yet
//! asked for stands in [`Local`]; everything else comes from the desk.

pub mod activation;
pub mod application;
pub mod challenge;
pub mod check;
pub mod consent;
pub mod desk_home;
pub mod details;
pub mod dialogs;
pub mod exceptions;
pub mod kind;
pub mod notice_line;
pub mod parts;
pub mod passphrase;
pub mod photograph;
pub mod queue;
pub mod review;
pub mod sign_in;
pub mod station;
pub mod status_line;
pub mod stopped;

use crate::look::Look;
use crate::pictures::Pictures;
use crate::widgets::Widgets;
use desk::{Command, Field, Lang, Live, State, Words};
use domain::PacketId;
use eframe::egui::Ui;
use std::borrow::Cow;
use std::collections::BTreeMap;
use zeroize::Zeroize;

/// Which page is open while no application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Page {
    /// The desk.
    #[default]
    Desk,
    /// Review (F5).
    Review,
    /// Queue (F6).
    Queue,
    /// Station (F8).
    Station,
}

/// A question that must be answered before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// Why the applicant refuses.
    Refuse,
    /// Whether to destroy the draft.
    Discard,
    /// To whom the draft is given.
    HandOver,
    /// To which medium what waits is written.
    WriteMedium,
    /// From which medium answers are read.
    ReadMedium,
    /// The code that extends the lease.
    ExtendLease,
    /// Where the second copy is kept, or whether it ends.
    SecondCopy,
    /// Why the photograph is taken although a check does not hold.
    TakeNow,
    /// What is to be corrected.
    Return,
    /// Why it is rejected.
    Reject,
    /// What the applicant cannot do of the liveness challenge.
    Vouch,
}

/// What is on the screen but not in the desk: the open page, an open question, what is being typed.
#[derive(Default)]
pub struct Local {
    /// The open page.
    pub page: Page,
    /// The open question, and whether it was opened in this frame.
    pub dialog: Option<Dialog>,
    /// The chosen answer of the open question.
    pub answer: Option<usize>,
    /// Staff number, while it is typed.
    pub staff: String,
    /// Passphrase, while it is typed.
    pub passphrase: String,
    /// The passphrase page, while it is typed.
    pub new_passphrase: passphrase::Typed,
    /// The centre's address, while it is typed.
    pub url: String,
    /// One-time code, while it is typed.
    pub code: String,
    /// What is typed into an open question.
    pub typed: String,
    /// The open application's fields, as they are typed.
    pub fields: BTreeMap<Field, String>,
    /// The application whose fields these are.
    pub fields_of: Option<PacketId>,
    /// The field that takes the keyboard in the next frame.
    pub focus: Option<Field>,
    /// The screen was opened in this frame: its first control takes the keyboard.
    pub opened: bool,
    /// Which missing item F9 goes to next.
    pub missing_at: usize,
    /// The picture of the burst that is shown instead of the portrait.
    pub burst_at: Option<usize>,
    /// The portrait fills the screen.
    pub zoom: bool,
    /// The queue shows what the centre answered instead of what waits.
    pub answers: bool,
    /// The chosen look.
    pub look: Look,
    /// The language of the screens.
    pub lang: Lang,
}

impl std::fmt::Debug for Local {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Local")
            .field("page", &self.page)
            .field("dialog", &self.dialog)
            .field("lang", &self.lang)
            .finish_non_exhaustive()
    }
}

impl Local {
    /// Wipes what was typed about a person.
    pub fn forget_fields(&mut self) {
        for text in self.fields.values_mut() {
            text.zeroize();
        }
        self.fields.clear();
        self.fields_of = None;
    }

    /// Another screen is open now.
    pub fn arrive(&mut self) {
        self.opened = true;
        self.dialog = None;
        self.answer = None;
        self.burst_at = None;
        self.zoom = false;
    }

    /// Somebody came or went: nothing of the last person stays on the screen.
    pub fn leave_person(&mut self) {
        self.page = Page::Desk;
        self.passphrase.zeroize();
        self.new_passphrase.forget();
        self.staff.clear();
        self.code.zeroize();
        self.typed.zeroize();
        self.dialog = None;
        self.forget_fields();
    }

    /// Opens a question.
    pub fn ask(&mut self, dialog: Dialog) {
        self.dialog = Some(dialog);
        self.answer = None;
        self.typed.zeroize();
    }
}

/// What a screen draws from, and where its commands go.
pub struct Screen<'a> {
    /// The desk's state.
    pub state: &'a State,
    /// The newest frame, on the photograph step.
    pub live: Option<&'a Live>,
    /// The words of the screens' language.
    pub words: &'a Words,
    /// The words of the other language: for what applicants read or hear.
    pub other: &'a Words,
    /// What is being typed and chosen.
    pub local: &'a mut Local,
    /// The pictures on the screen.
    pub pictures: &'a mut Pictures,
    /// What the person asked for in this frame.
    pub commands: Vec<Command>,
}

impl std::fmt::Debug for Screen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Screen(revision {})", self.state.revision)
    }
}

impl Screen<'_> {
    /// A message.
    pub fn t(&self, key: &str) -> String {
        self.words.get(key)
    }

    /// A message with one argument.
    pub fn with(&self, key: &str, name: &str, value: impl Into<String>) -> String {
        self.words.with(key, &[(name, Cow::Owned(value.into()))])
    }

    /// A message about a number of things.
    pub fn n(&self, key: &str, n: impl Into<u64>) -> String {
        self.words.count(key, n.into())
    }

    /// "n of m".
    pub fn n_of(&self, key: &str, n: impl std::fmt::Display, of: impl std::fmt::Display) -> String {
        self.words.with(
            key,
            &[("n", n.to_string().into()), ("of", of.to_string().into())],
        )
    }

    /// A message whose key has a stem: `kind-` and `renewal`.
    pub fn of(&self, stem: &str, key: &str) -> String {
        self.words.get(&format!("{stem}{key}"))
    }

    /// Asks the desk for an act.
    pub fn send(&mut self, command: Command) {
        self.commands.push(command);
    }
}

/// The line of keys of screens without acts of their own: which keys work everywhere.
pub fn hint_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    w.note(ui, &s.t("keys-hint"));
}
