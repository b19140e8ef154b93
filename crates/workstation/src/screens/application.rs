//! An open application: its steps at one side, what is missing at the other, the open step between.

use super::{Dialog, Screen, check, consent, details, exceptions, kind, parts};
use crate::theme::{Tone, space};
use crate::times;
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::{Command, EnrolmentAct, Field, Step, Work};
use domain::Gap;
use eframe::egui::{Key, Modifiers, Ui};

/// Fields with mistakes that are named one by one in the list of what is missing.
const MAX_NAMED: usize = 4;

/// Width of the list of steps.
const STEPS: f32 = 248.0;
/// Width of what is missing.
const ASIDE: f32 = 264.0;

/// The body.
pub fn application_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let width = ui.available_width();
    if work.step == Step::Consent {
        // What is read aloud gets the room: nothing else matters on this step.
        let middle = (width - STEPS - space::LARGE).max(200.0);
        w.columns(ui, &[STEPS, middle], |w, ui, column| match column {
            0 => steps_ui(w, ui, s, work),
            _ => parts::tall_card(w, ui, |w, ui| consent::consent_ui(w, ui, s, work)),
        });
        return;
    }
    let middle = (width - STEPS - ASIDE - 2.0 * space::LARGE).max(200.0);
    w.columns(ui, &[STEPS, middle, ASIDE], |w, ui, column| match column {
        0 => steps_ui(w, ui, s, work),
        1 => parts::tall_card(w, ui, |w, ui| {
            let height = ui.available_height();
            parts::scroll_ui(w, ui, work.step.key(), height, |w, ui| {
                step_ui(w, ui, s, work);
            });
        }),
        _ => aside_ui(w, ui, s, work),
    });
}

fn step_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    match work.step {
        Step::Kind => kind::kind_ui(w, ui, s, work),
        Step::Details => details::details_ui(w, ui, s, work),
        Step::Consent => consent::consent_ui(w, ui, s, work),
        Step::Exceptions => exceptions::exceptions_ui(w, ui, s, work),
        Step::Photograph | Step::Check => check::check_ui(w, ui, s, work),
    }
}

fn steps_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    parts::tall_list_card(w, ui, |w, ui| {
        ui.spacing_mut().item_spacing.y = space::TINY;
        for (at, step) in Step::ALL.into_iter().enumerate() {
            let name = s.t(step.key());
            let here = work.step == step;
            let icon = match (here, work.complete(step)) {
                (true, _) => Icon::Dot,
                (false, true) => Icon::Tick,
                (false, false) => Icon::Ring,
            };
            let key = format!("Ctrl+{}", at + 1);
            let button = parts::list_button(ui, &name)
                .key(&key)
                .icon(icon)
                .chosen(here);
            let response = w.button(ui, button);
            if response.clicked() && !here {
                s.send(Command::Enrolment(EnrolmentAct::Goto(step)));
            }
        }
    });
}

/// The keys of the steps, on a screen that has no room for their list.
pub fn step_keys(ui: &Ui, s: &mut Screen<'_>, work: &Work) {
    if !ui.is_enabled() {
        return;
    }
    let keys = [
        Key::Num1,
        Key::Num2,
        Key::Num3,
        Key::Num4,
        Key::Num5,
        Key::Num6,
    ];
    for (step, key) in Step::ALL.into_iter().zip(keys) {
        if ui.input_mut(|i| i.consume_key(Modifiers::CTRL, key)) && step != work.step {
            s.send(Command::Enrolment(EnrolmentAct::Goto(step)));
        }
    }
}

/// One thing that is missing and where it is.
struct Missing {
    words: String,
    step: Step,
    field: Option<Field>,
}

fn missing(s: &Screen<'_>, work: &Work) -> Vec<Missing> {
    let mut list = Vec::new();
    let mut add = |words: String, step, field| list.push(Missing { words, step, field });
    if work.kind.is_none() {
        add(s.t("step-kind"), Step::Kind, None);
    }
    if let Some(checked) = &work.checked {
        for (field, _) in checked.errors.iter().take(MAX_NAMED) {
            add(
                s.with("work-correct-field", "field", s.t(field.key())),
                Step::Details,
                Some(*field),
            );
        }
        match checked.empty.as_slice() {
            [] => {}
            [only] => add(s.t(only.key()), Step::Details, Some(*only)),
            [first, ..] => add(
                s.n("work-empty-fields", checked.empty.len() as u64),
                Step::Details,
                Some(*first),
            ),
        }
    }
    for gap in &work.gaps {
        let key = s.of("gap-", gap.key());
        match gap {
            Gap::Details => {}
            Gap::Cnic => add(key, Step::Details, Some(Field::Cnic)),
            Gap::GenderDigit => add(key, Step::Details, Some(Field::Gender)),
            Gap::Guardian => add(key, Step::Details, Some(Field::Guardian)),
            Gap::TooYoung | Gap::TooOld => add(key, Step::Details, Some(Field::Born)),
            Gap::Consent => add(key, Step::Consent, None),
            Gap::Photograph => add(key, Step::Photograph, None),
        }
    }
    list
}

fn goto_missing(s: &mut Screen<'_>, work: &Work, step: Step, field: Option<Field>) {
    s.local.focus = field;
    if work.step != step {
        s.send(Command::Enrolment(EnrolmentAct::Goto(step)));
    }
}

fn aside_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let list = missing(s, work);
    if let Some(reason) = &work.returned {
        let reason = s.t(reason);
        w.card(ui, |w, ui| {
            w.status(ui, Tone::Attention, &s.t("work-returned"));
            w.text(ui, Label::new(&reason).strong());
        });
        ui.add_space(space::TINY);
    }
    w.card(ui, |w, ui| {
        w.title(ui, &s.t("work-missing"));
        if list.is_empty() {
            w.text(ui, Label::new(&s.t("work-missing-none")).tone(Tone::Ok));
            return;
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        for item in &list {
            let button = parts::list_button(ui, &item.words).icon(Icon::Ring);
            if w.button(ui, button).clicked() {
                goto_missing(s, work, item.step, item.field);
            }
        }
        ui.add_space(space::SMALL);
        let next = s.t("work-next-missing");
        let width = ui.available_width();
        if w.button(ui, Button::secondary(&next).key("F9").min_width(width))
            .clicked()
        {
            let at = s.local.missing_at % list.len();
            s.local.missing_at = at + 1;
            if let Some(item) = list.get(at) {
                goto_missing(s, work, item.step, item.field);
            }
        }
    });
    ui.add_space(space::TINY);
    w.card(ui, |w, ui| {
        let saved = match work.saved_at {
            Some(at) => s.with("work-saved", "time", times::ago(s.words, s.state.now, at)),
            None => s.t("work-unsaved"),
        };
        let tone = if work.saved_at.is_some() {
            Tone::Ok
        } else {
            Tone::Neutral
        };
        w.status(ui, tone, &saved);
        w.note(ui, &s.t("work-kept-text"));
        let give = s.t("work-hand-over");
        let button = parts::list_button(ui, &give).key("Ctrl+G").id("hand-over");
        if w.button(ui, button).clicked() {
            s.local.ask(Dialog::HandOver);
        }
    });
}

/// The line of keys.
pub fn application_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    leave_keys_ui(w, ui, s);
    let next_step = s.t(work.step.next().key());
    let (previous, next, sign) = (
        s.t("work-previous"),
        s.with("work-next", "step", next_step),
        s.t("check-sign"),
    );
    let last = work.step == Step::Check;
    let (mut back, mut forward, mut submit) = (false, false, false);
    parts::at_end(w, ui, "end", |w, ui| {
        if work.step != Step::Kind {
            back = w
                .button(
                    ui,
                    Button::secondary(&previous).key("PageUp").id("previous"),
                )
                .clicked();
        }
        if last {
            let ready = work.gaps.is_empty() && !work.submitting;
            submit = w
                .button(
                    ui,
                    Button::primary(&sign)
                        .key("Ctrl+Enter")
                        .enabled(ready)
                        .id("sign"),
                )
                .clicked();
        } else {
            forward = w
                .button(ui, Button::primary(&next).key("Enter").id("next"))
                .clicked();
        }
    });
    if back {
        s.send(Command::Enrolment(EnrolmentAct::Goto(work.step.previous())));
    }
    if forward {
        s.send(Command::Enrolment(EnrolmentAct::Goto(work.step.next())));
    }
    if submit {
        s.send(Command::Enrolment(EnrolmentAct::Submit));
    }
}

/// The ways out of an application: to the desk, refusal, discarding.
pub fn leave_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (desk, refuses, discard) = (
        s.t("work-to-desk"),
        s.t("work-refuses"),
        s.t("work-discard"),
    );
    if w.button(ui, Button::secondary(&desk).key("Esc").id("to-desk"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Close));
    }
    if w.button(ui, Button::secondary(&refuses).key("Ctrl+R").id("refuses"))
        .clicked()
    {
        s.local.ask(Dialog::Refuse);
    }
    if w.button(ui, Button::danger(&discard).key("Ctrl+Del").id("discard"))
        .clicked()
    {
        s.local.ask(Dialog::Discard);
    }
}

/// The ways out that fit beside the keys of the photograph.
pub fn leave_keys_short_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (desk, refuses) = (s.t("work-to-desk"), s.t("work-refuses"));
    if w.button(ui, Button::secondary(&desk).key("Esc").id("to-desk"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Close));
    }
    if w.button(ui, Button::secondary(&refuses).key("Ctrl+R").id("refuses"))
        .clicked()
    {
        s.local.ask(Dialog::Refuse);
    }
}
