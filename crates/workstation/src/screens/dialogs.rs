//! Questions that are answered before anything else: a reason, or "are you sure".

use super::{Dialog, Screen, parts};
use crate::theme::space;
use crate::widgets::{Button, Widgets};
use desk::{Command, EnrolmentAct, OutboxAct, REJECT_REASONS, RETURN_REASONS, ReviewAct, State};
use domain::{CaptureReason, Refusal, VouchReason};
use eframe::egui::{CornerRadius, Rect, Ui, accesskit, vec2};

const WIDTH: f32 = 560.0;

/// What a question says and offers.
struct Question {
    title: &'static str,
    about: &'static str,
    go: &'static str,
    /// Keys of the answers.
    reasons: Vec<String>,
    /// Answers that are people's names, instead.
    names: Vec<String>,
    danger: bool,
}

impl Question {
    fn answers(&self) -> usize {
        self.reasons.len() + self.names.len()
    }
}

fn question(dialog: Dialog, state: &State, rtl: bool) -> Question {
    let keys =
        |stem: &str, list: Vec<&'static str>| list.iter().map(|k| format!("{stem}{k}")).collect();
    match dialog {
        Dialog::Refuse => Question {
            title: "dialog-refuse-title",
            about: "dialog-refuse-about",
            go: "dialog-refuse-go",
            reasons: keys("refusal-", Refusal::ALL.iter().map(|r| r.key()).collect()),
            names: Vec::new(),
            danger: true,
        },
        Dialog::Discard => Question {
            title: "dialog-discard-title",
            about: "dialog-discard-about",
            go: "dialog-discard-go",
            reasons: Vec::new(),
            names: Vec::new(),
            danger: true,
        },
        Dialog::HandOver => Question {
            title: "dialog-hand-over-title",
            about: "dialog-hand-over-about",
            go: "dialog-hand-over-go",
            reasons: Vec::new(),
            names: state
                .colleagues
                .iter()
                .map(|p| if rtl { &p.name_urdu } else { &p.name_latin }.clone())
                .collect(),
            danger: false,
        },
        Dialog::WriteMedium => Question {
            title: "dialog-write-medium-title",
            about: if state.media.is_empty() {
                "dialog-medium-none"
            } else {
                "dialog-write-medium-about"
            },
            go: "dialog-write-medium-go",
            reasons: Vec::new(),
            names: media(state),
            danger: false,
        },
        Dialog::ReadMedium => Question {
            title: "dialog-read-medium-title",
            about: if state.media.is_empty() {
                "dialog-medium-none"
            } else {
                "dialog-read-medium-about"
            },
            go: "dialog-read-medium-go",
            reasons: Vec::new(),
            names: media(state),
            danger: false,
        },
        Dialog::TakeNow => Question {
            title: "photo-reason-title",
            about: "photo-reason-about",
            go: "photo-reason-go",
            reasons: keys(
                "reason-",
                CaptureReason::ALL.iter().map(|r| r.key()).collect(),
            ),
            names: Vec::new(),
            danger: false,
        },
        Dialog::Return => Question {
            title: "dialog-return-title",
            about: "dialog-return-about",
            go: "dialog-return-go",
            reasons: keys("", RETURN_REASONS.to_vec()),
            names: Vec::new(),
            danger: false,
        },
        Dialog::Reject => Question {
            title: "dialog-reject-title",
            about: "dialog-reject-about",
            go: "dialog-reject-go",
            reasons: keys("", REJECT_REASONS.to_vec()),
            names: Vec::new(),
            danger: true,
        },
        Dialog::Vouch => Question {
            title: "vouch-title",
            about: "vouch-about",
            go: "vouch-go",
            reasons: keys("vouch-", VouchReason::ALL.iter().map(|r| r.key()).collect()),
            names: Vec::new(),
            danger: false,
        },
    }
}

/// The media as people know them: by the folder's name.
fn media(state: &State) -> Vec<String> {
    let names = state.media.iter().filter_map(|path| path.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

/// Whether an answer must be picked, although there may be none to pick.
fn picks(dialog: Dialog) -> bool {
    matches!(
        dialog,
        Dialog::HandOver | Dialog::WriteMedium | Dialog::ReadMedium
    )
}

/// The act that answers a question.
fn command(dialog: Dialog, answer: usize, state: &State) -> Option<Command> {
    match dialog {
        Dialog::Refuse => Refusal::ALL
            .get(answer)
            .map(|r| Command::Enrolment(EnrolmentAct::Refuse(*r))),
        Dialog::Discard => Some(Command::Enrolment(EnrolmentAct::Discard)),
        Dialog::HandOver => state
            .colleagues
            .get(answer)
            .map(|p| Command::Enrolment(EnrolmentAct::HandOver(p.staff.clone()))),
        Dialog::WriteMedium => state
            .media
            .get(answer)
            .cloned()
            .map(|medium| Command::Outbox(OutboxAct::WriteMedium(medium))),
        Dialog::ReadMedium => state
            .media
            .get(answer)
            .cloned()
            .map(|medium| Command::Outbox(OutboxAct::ReadMedium(medium))),
        Dialog::TakeNow => CaptureReason::ALL
            .get(answer)
            .map(|r| Command::Enrolment(EnrolmentAct::TakeNow(Some(*r)))),
        Dialog::Return => RETURN_REASONS
            .get(answer)
            .map(|r| Command::Review(ReviewAct::Return((*r).to_owned()))),
        Dialog::Reject => REJECT_REASONS
            .get(answer)
            .map(|r| Command::Review(ReviewAct::Reject((*r).to_owned()))),
        Dialog::Vouch => VouchReason::ALL
            .get(answer)
            .map(|r| Command::Enrolment(EnrolmentAct::Vouch(*r))),
    }
}

/// Shows the open question over the screen.
pub fn dialog_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, dialog: Dialog) {
    let screen = ui.max_rect();
    ui.painter()
        .rect_filled(screen, CornerRadius::ZERO, w.theme().veil);
    let question = question(dialog, s.state, w.rtl());
    let row = if w.rtl() { 52.0 } else { 44.0 };
    let height = (if w.rtl() { 250.0 } else { 200.0 }) + question.answers() as f32 * row;
    let rect = Rect::from_center_size(
        screen.center(),
        vec2(
            WIDTH.min(screen.width() - 2.0 * space::LARGE),
            height.min(screen.height()),
        ),
    );
    parts::column_in(w, ui, rect, "dialog", |w, ui| {
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
            node.set_role(accesskit::Role::Dialog);
            node.set_label(s.t(question.title));
        });
        w.card(ui, |w, ui| {
            w.title(ui, &s.t(question.title));
            w.note(ui, &s.t(question.about));
            ui.add_space(space::SMALL);
            answers_ui(w, ui, s, &question);
            ui.add_space(space::MEDIUM);
            end_ui(w, ui, s, dialog, &question);
        });
    });
}

fn answers_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, question: &Question) {
    ui.spacing_mut().item_spacing.y = 2.0;
    let keyed = question.reasons.iter().map(|key| (s.t(key), key.clone()));
    let named = question
        .names
        .iter()
        .map(|name| (name.clone(), name.clone()));
    let answers: Vec<_> = keyed.chain(named).collect();
    for (at, (word, id)) in answers.into_iter().enumerate() {
        // Nine digits; whoever comes after them is reached by Tab.
        let digit = (at < 9).then(|| (at + 1).to_string());
        let chosen = s.local.answer == Some(at);
        let icon = if chosen {
            crate::widgets::Icon::Dot
        } else {
            crate::widgets::Icon::Ring
        };
        let button = parts::list_button(ui, &word)
            .icon(icon)
            .chosen(chosen)
            .id(&id);
        let button = match &digit {
            Some(digit) => button.key(digit),
            None => button,
        };
        if w.button(ui, button).clicked() {
            s.local.answer = Some(at);
        }
    }
}

fn end_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, dialog: Dialog, question: &Question) {
    let (keep, go) = (
        s.t(if question.danger && question.answers() == 0 {
            "dialog-keep"
        } else {
            "word-cancel"
        }),
        s.t(question.go),
    );
    let answer = if question.answers() == 0 && !picks(dialog) {
        Some(0)
    } else {
        s.local.answer
    };
    let (mut cancelled, mut gone) = (false, false);
    parts::end_row(w, ui, "dialog-end", |w, ui| {
        cancelled = w
            .button(ui, Button::secondary(&keep).key("Esc").id("dialog-cancel"))
            .clicked();
        let button = if question.danger {
            Button::danger(&go)
        } else {
            Button::primary(&go)
        };
        // Destroying a draft without a reason takes two keys, so that Enter Enter destroys nothing.
        let key = if question.answers() == 0 {
            "Ctrl+Enter"
        } else {
            "Enter"
        };
        gone = w
            .button(
                ui,
                button.key(key).enabled(answer.is_some()).id("dialog-go"),
            )
            .clicked();
    });
    if cancelled {
        s.local.dialog = None;
    }
    if let (true, Some(command)) = (gone, answer.and_then(|a| command(dialog, a, s.state))) {
        s.local.dialog = None;
        s.send(command);
    }
}
