//! The last step: everything once more, to read to the applicant before signing.

use super::{Screen, parts};
use crate::theme::{Tone, space};
use crate::widgets::{Label, Widgets};
use desk::{Field, PhotoPhase, Shot, Work};
use domain::{ApplicationKind, Gender};
use eframe::egui::{Rect, Ui, vec2};

/// Width of the portrait; portraits are 35 × 45.
const PORTRAIT: f32 = 168.0;

/// The step.
pub fn check_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    w.title(ui, &s.t("check-title"));
    w.note(ui, &s.t("check-about"));
    if work.submitting {
        w.status(ui, Tone::Info, &s.t("check-signing"));
    }
    ui.add_space(space::SMALL);
    let rest = (ui.available_width() - PORTRAIT - space::LARGE).max(120.0);
    w.columns(ui, &[PORTRAIT, rest], |w, ui, column| {
        if column == 0 {
            portrait_ui(w, ui, s, work);
        } else {
            facts_ui(w, ui, s, work);
        }
    });
}

/// The photograph of an application, where there is one.
pub fn shot(work: &Work) -> Option<&Shot> {
    match &work.photo.phase {
        PhotoPhase::Captured(shot) | PhotoPhase::Kept(shot) => Some(shot),
        _ => None,
    }
}

fn portrait_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let height = (PORTRAIT * 45.0 / 35.0).round();
    let width = ui.available_width().min(PORTRAIT);
    let (_, rect) = ui.allocate_space(vec2(width, height));
    let Some(shot) = shot(work) else {
        ui.painter()
            .rect_filled(rect, w.theme().corner(), w.theme().background);
        let inner = Rect::from_center_size(rect.center(), vec2(width - space::LARGE, 60.0));
        parts::column_in(w, ui, inner, "none", |w, ui| {
            w.text(
                ui,
                Label::small(&s.t("check-photo-missing"))
                    .muted()
                    .centred()
                    .width(inner.width()),
            )
        });
        return;
    };
    let place = parts::contain(rect, &shot.portrait);
    let name = s.t("photo-portrait");
    parts::picture_ui(w, ui, s, "check", &shot.portrait, place, &name);
}

fn facts_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, work: &Work) {
    ui.spacing_mut().item_spacing.y = if w.rtl() { 0.0 } else { space::TINY };
    line_ui(
        w,
        ui,
        &s.t("step-kind"),
        &parts::kind_name(s, work.kind),
        Side::Screen,
    );
    let kind = work.kind.unwrap_or(ApplicationKind::New);
    for field in Field::ALL.into_iter().filter(|f| f.shown(kind)) {
        let text = work.form.get(field);
        if text.is_empty() && field.optional() {
            continue;
        }
        let name = s.t(field.key());
        if field == Field::Gender {
            let gender =
                Gender::from_key(text).map_or_else(String::new, |g| s.of("gender-", g.key()));
            line_ui(w, ui, &name, &gender, Side::Screen);
        } else {
            line_ui(
                w,
                ui,
                &name,
                text,
                if field.rtl() { Side::Rtl } else { Side::Ltr },
            );
        }
    }
    ui.add_space(space::TINY);
    let (tone, consent) = if work.consent {
        (Tone::Ok, s.t("check-consent-given"))
    } else {
        (Tone::Attention, s.t("check-consent-missing"))
    };
    parts::state_fact_ui(w, ui, &s.t("check-consent"), tone, &consent);
    let (tone, photo) = photo_word(s, work);
    parts::state_fact_ui(w, ui, &s.t("check-photo"), tone, &photo);
    if work.exceptions.is_empty() {
        parts::state_fact_ui(
            w,
            ui,
            &s.t("check-exceptions"),
            Tone::Neutral,
            &s.t("exceptions-none"),
        );
    }
    for exception in &work.exceptions {
        parts::state_fact_ui(
            w,
            ui,
            &s.t("check-exceptions"),
            Tone::Info,
            &s.of("exception-", exception.key()),
        );
    }
}

fn photo_word(s: &Screen<'_>, work: &Work) -> (Tone, String) {
    match &work.photo.phase {
        PhotoPhase::Kept(shot) => match shot.reason {
            Some(reason) => (
                Tone::Attention,
                s.with(
                    "check-photo-reason",
                    "reason",
                    s.of("reason-", reason.key()),
                ),
            ),
            None => (Tone::Ok, s.t("check-photo-good")),
        },
        _ => (Tone::Attention, s.t("check-photo-missing")),
    }
}

/// Which way a value is read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Screen,
    Ltr,
    Rtl,
}

/// A name and a value in two columns that start on one line each.
pub(super) fn line_ui(w: &mut Widgets, ui: &mut Ui, name: &str, value: &str, side: Side) {
    let names = (ui.available_width() * 0.36).floor();
    let values = (ui.available_width() - names - space::SMALL).max(1.0);
    w.row(ui, |w, ui| {
        w.text(ui, Label::small(name).muted().one_line().width(names));
        let mut label = Label::new(value).strong().one_line().width(values);
        label = match side {
            Side::Screen => label,
            Side::Ltr => label.ltr(),
            Side::Rtl => label.rtl(),
        };
        w.text(ui, label);
    });
}
