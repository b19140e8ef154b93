//! The third step: consent, read aloud in the applicant's language.

use super::{Screen, parts};
use crate::theme::{Tone, size, space};
use crate::widgets::{Button, Label, Widgets};
use desk::{Command, EnrolmentAct, Lang, Words, Work};
use domain::ApplicationKind;
use eframe::egui::{Frame, Margin, Ui, vec2};

const TEXT: [&str; 4] = [
    "consent-text-1",
    "consent-text-2",
    "consent-text-3",
    "consent-text-4",
];

/// Height of what records the consent, at the foot of the card.
const FOOT: f32 = 60.0;

/// The step.
pub fn consent_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let child = work.kind == Some(ApplicationKind::Child);
    w.title(ui, &s.t("consent-title"));
    w.note(ui, &s.t("consent-read"));
    let (words, other) = (s.words, s.other);
    let height = ui.available_height() - FOOT;
    parts::scroll_ui(w, ui, "consent", height, |w, ui| {
        w.columns(ui, &[1.0, 1.0], |w, ui, column| {
            text_ui(w, ui, if column == 0 { words } else { other }, child);
        });
    });
    let give = s.t(if child {
        "consent-give-guardian"
    } else {
        "consent-give"
    });
    let word = s.t("consent-record");
    let mut given = work.consent;
    let (mut changed, mut recorded) = (false, false);
    let (_, foot) = ui.allocate_space(vec2(ui.available_width(), FOOT - space::SMALL));
    parts::row_in(w, ui, foot, "record", |w, ui| {
        changed = w.checkbox(ui, &mut given, &give).changed();
        ui.add_space(space::LARGE);
        parts::at_end(w, ui, "record", |w, ui| {
            if work.consent {
                w.status(ui, Tone::Ok, &s.t("consent-given"));
            } else {
                recorded = w
                    .button(ui, Button::secondary(&word).key("Space").id("record"))
                    .clicked();
            }
        });
    });
    if changed {
        s.send(Command::Enrolment(EnrolmentAct::SetConsent(given)));
    } else if recorded {
        s.send(Command::Enrolment(EnrolmentAct::SetConsent(true)));
    }
}

fn text_ui(w: &mut Widgets, ui: &mut Ui, words: &Words, child: bool) {
    let frame = Frame::new()
        .fill(w.theme().background)
        .corner_radius(w.theme().corner())
        .inner_margin(Margin::same(space::LARGE as i8));
    let layout = w.column_layout();
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.with_layout(layout, |ui| {
            let width = ui.available_width();
            let rtl = words.lang() == Lang::Ur;
            for key in TEXT
                .into_iter()
                .chain(child.then_some("consent-text-guardian"))
            {
                let text = words.get(key);
                let size = if rtl { size::SMALL + 1.0 } else { size::BODY };
                let mut label = Label::new(&text).size(size).width(width);
                label = if rtl { label.rtl() } else { label.ltr() };
                if key == "consent-text-4" {
                    label = label.strong();
                }
                // Each language is aligned at its own side: it is read as a page, not as part of the screen.
                w.text(ui, label.own_side());
                ui.add_space(space::TINY);
            }
        });
    });
}
