//! Questions that are answered before anything else: a reason, or "are you sure".

use super::{Dialog, Screen, parts};
use crate::theme::space;
use crate::widgets::{Button, Field, Widgets};
use desk::{
    Command, EnrolmentAct, OutboxAct, REJECT_REASONS, RETURN_REASONS, ReviewAct, State, StationAct,
};
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
    /// The label of what is typed, instead.
    field: Option<&'static str>,
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
            field: None,
            danger: true,
        },
        Dialog::Discard => Question {
            title: "dialog-discard-title",
            about: "dialog-discard-about",
            go: "dialog-discard-go",
            reasons: Vec::new(),
            names: Vec::new(),
            field: None,
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
            field: None,
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
            field: None,
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
            field: None,
            danger: false,
        },
        Dialog::ExtendLease => Question {
            title: "dialog-extend-title",
            about: if extended(state) {
                "dialog-extend-used-about"
            } else {
                "dialog-extend-about"
            },
            go: "dialog-extend-go",
            reasons: Vec::new(),
            names: Vec::new(),
            field: (!extended(state)).then_some("dialog-extend-field"),
            danger: false,
        },
        Dialog::SecondCopy if keeps_copy(state) => Question {
            title: "dialog-second-copy-end-title",
            about: "dialog-second-copy-end-about",
            go: "dialog-second-copy-end-go",
            reasons: Vec::new(),
            names: Vec::new(),
            field: None,
            danger: true,
        },
        Dialog::SecondCopy => Question {
            title: "dialog-second-copy-title",
            about: "dialog-second-copy-about",
            go: "dialog-second-copy-go",
            reasons: Vec::new(),
            names: Vec::new(),
            field: Some("dialog-second-copy-field"),
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
            field: None,
            danger: false,
        },
        Dialog::Return => Question {
            title: "dialog-return-title",
            about: "dialog-return-about",
            go: "dialog-return-go",
            reasons: keys("", RETURN_REASONS.to_vec()),
            names: Vec::new(),
            field: None,
            danger: false,
        },
        Dialog::Reject => Question {
            title: "dialog-reject-title",
            about: "dialog-reject-about",
            go: "dialog-reject-go",
            reasons: keys("", REJECT_REASONS.to_vec()),
            names: Vec::new(),
            field: None,
            danger: true,
        },
        Dialog::Vouch => Question {
            title: "vouch-title",
            about: "vouch-about",
            go: "vouch-go",
            reasons: keys("vouch-", VouchReason::ALL.iter().map(|r| r.key()).collect()),
            names: Vec::new(),
            field: None,
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

/// Whether the lease was extended already: there is nothing to type.
fn extended(state: &State) -> bool {
    state.station.as_ref().is_some_and(|st| st.lease_extended)
}

fn keeps_copy(state: &State) -> bool {
    let copy = state
        .station
        .as_ref()
        .and_then(|st| st.second_copy.as_ref());
    copy.is_some()
}

/// Whether an answer must be picked, although there may be none to pick.
fn picks(dialog: Dialog) -> bool {
    matches!(
        dialog,
        Dialog::HandOver | Dialog::WriteMedium | Dialog::ReadMedium | Dialog::ExtendLease
    )
}

/// The act that answers a question.
fn command(dialog: Dialog, answer: usize, state: &State, typed: &str) -> Option<Command> {
    match dialog {
        Dialog::ExtendLease => Some(Command::Station(StationAct::ExtendLease(typed.to_owned()))),
        Dialog::SecondCopy if keeps_copy(state) => {
            Some(Command::Station(StationAct::EndSecondCopy))
        }
        Dialog::SecondCopy => {
            let folder = typed.trim().into();
            Some(Command::Station(StationAct::KeepSecondCopy(folder)))
        }
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
    let rows = question.answers() + if question.field.is_some() { 2 } else { 0 };
    let height = (if w.rtl() { 250.0 } else { 200.0 }) + rows as f32 * row;
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
            w.note(ui, &about(s, &question));
            ui.add_space(space::SMALL);
            answers_ui(w, ui, s, &question);
            field_ui(w, ui, s, &question);
            ui.add_space(space::MEDIUM);
            end_ui(w, ui, s, dialog, &question);
        });
    });
}

/// What is read out to the centre stands in the sentence itself.
fn about(s: &Screen<'_>, question: &Question) -> String {
    match &s.state.station {
        Some(station) if question.about == "dialog-extend-about" => s.words.with(
            question.about,
            &[
                ("station", station.id.to_string().into()),
                ("number", station.lease_serial.to_string().into()),
            ],
        ),
        _ => s.t(question.about),
    }
}

/// What is typed, pasted or scanned: a hand scanner types.
fn field_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, question: &Question) {
    let Some(label) = question.field else {
        return;
    };
    let label = s.t(label);
    // The first time that it is drawn it takes the keyboard.
    let opened = s.local.answer.replace(0).is_none();
    w.field(
        ui,
        Field::latin("typed", &label, &mut s.local.typed)
            .max_chars(200)
            .focus(opened),
    );
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
    let answer = if question.field.is_some() {
        (!s.local.typed.trim().is_empty()).then_some(0)
    } else if question.answers() == 0 && !picks(dialog) {
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
        let key = if question.answers() == 0 && question.field.is_none() {
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
    let asked = answer.and_then(|a| command(dialog, a, s.state, &s.local.typed));
    if let (true, Some(command)) = (gone, asked) {
        s.local.dialog = None;
        s.send(command);
    }
}
