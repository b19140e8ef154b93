//! The last step: everything once more, to read to the applicant before signing.

use super::{Screen, parts};
use crate::theme::{Tone, space};
use crate::widgets::{Label, Widgets};
use desk::{Field, PhotoPhase, Shot, Work};
use domain::{ApplicationKind, Gender};
use eframe::egui::{Rect, Ui, vec2};

/// Width of the portrait; portraits are 35 × 45.
const PORTRAIT: f32 = 140.0;

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
    ui.spacing_mut().item_spacing.y = 0.0;
    let kind = work.kind.unwrap_or(ApplicationKind::New);
    let name = parts::kind_name(s, work.kind);
    let (latin, urdu) = if w.rtl() {
        (None, Some(name.as_str()))
    } else {
        (Some(name.as_str()), None)
    };
    parts::bilingual_ui(w, ui, &s.t("step-kind"), latin, urdu);
    let form = &work.form;
    for (key, latin, urdu) in [
        ("review-name", Field::NameLatin, Field::NameUrdu),
        ("review-father", Field::FatherLatin, Field::FatherUrdu),
    ] {
        parts::bilingual_ui(
            w,
            ui,
            &s.t(key),
            Some(form.get(latin)),
            Some(form.get(urdu)),
        );
    }
    for (field, name) in [
        (Field::Cnic, "field-cnic"),
        (Field::Guardian, "review-guardian"),
        (Field::Phone, "review-phone"),
    ] {
        let text = form.get(field);
        if field.shown(kind) && !(text.is_empty() && field.optional()) {
            parts::bilingual_ui(w, ui, &s.t(name), Some(text), None);
        }
    }
    if let Some(gender) = Gender::from_key(form.get(Field::Gender)) {
        parts::born_ui(w, ui, s, form.get(Field::Born), gender);
    }
    parts::bilingual_ui(
        w,
        ui,
        &s.t("review-address"),
        None,
        Some(form.get(Field::Address)),
    );
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
