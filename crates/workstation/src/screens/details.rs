//! The second step: the applicant's details, checked while they are typed.

use super::Screen;
use crate::theme::{Tone, space};
use crate::widgets::{Field as Line, Select, Widgets};
use desk::{Command, EnrolmentAct, Field, Typed, Work};
use domain::{ApplicationKind, Gender};
use eframe::egui::Ui;

/// The rows of the form for a kind of application: what stands beside each other, and how wide.
fn rows(kind: ApplicationKind) -> Vec<Vec<(Field, f32)>> {
    let mut third = Vec::new();
    if Field::Cnic.shown(kind) {
        third.push((Field::Cnic, 1.0));
    }
    third.extend([(Field::Born, 1.0), (Field::Gender, 1.0)]);
    if Field::Guardian.shown(kind) {
        third.push((Field::Guardian, 1.0));
    }
    vec![
        vec![(Field::NameUrdu, 1.0), (Field::NameLatin, 1.0)],
        vec![(Field::FatherUrdu, 1.0), (Field::FatherLatin, 1.0)],
        third,
        vec![(Field::Phone, 1.0), (Field::Address, 2.0)],
    ]
}

/// Errors that only say that a field is not finished: they wait until the person leaves it.
const UNFINISHED: [&str; 4] = [
    "error-empty",
    "error-cnic-length",
    "error-date-form",
    "error-phone",
];

/// The step.
pub fn details_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let Some(kind) = work.kind else {
        w.title(ui, &s.t("details-title"));
        w.status(ui, Tone::Attention, &s.of("gap-", "kind"));
        return;
    };
    w.split(
        ui,
        |w, ui| w.title(ui, &s.t("details-title")),
        |w, ui| w.keyboard_switch(ui, &s.t("details-keyboard")),
    );
    ui.add_space(space::TINY);
    take_over_fields(s, work);
    let focus = s
        .local
        .focus
        .take()
        .or_else(|| s.local.opened.then(|| first_open(work, kind)).flatten());
    for row in rows(kind) {
        let weights: Vec<f32> = row.iter().map(|(_, weight)| *weight).collect();
        w.columns(ui, &weights, |w, ui, column| {
            if let Some((field, _)) = row.get(column) {
                field_ui(w, ui, s, work, *field, focus == Some(*field));
            }
        });
    }
    if w.phonetic() {
        ui.add_space(space::SMALL);
        w.keyboard(ui);
    }
}

/// What stood in the draft is what stands in the fields, once for each application.
fn take_over_fields(s: &mut Screen<'_>, work: &Work) {
    if s.local.fields_of == Some(work.packet) {
        return;
    }
    s.local.forget_fields();
    s.local.fields_of = Some(work.packet);
    for field in Field::ALL {
        s.local
            .fields
            .insert(field, work.form.get(field).to_owned());
    }
}

fn first_open(work: &Work, kind: ApplicationKind) -> Option<Field> {
    let checked = work.checked.as_ref()?;
    let open = |field: &Field| {
        checked.empty.contains(field) || checked.errors.iter().any(|(f, _)| f == field)
    };
    Field::ALL.into_iter().filter(|f| f.shown(kind)).find(open)
}

fn field_ui(
    w: &mut Widgets,
    ui: &mut Ui,
    s: &mut Screen<'_>,
    work: &Work,
    field: Field,
    focus: bool,
) {
    if field == Field::Gender {
        gender_ui(w, ui, s, work);
        return;
    }
    let label = s.t(field.key());
    let here = ui.memory(|m| m.has_focus(ui.make_persistent_id(field.key())));
    let error = work
        .checked
        .as_ref()
        .and_then(|c| {
            c.errors
                .iter()
                .find(|(f, key)| *f == field && !(here && UNFINISHED.contains(key)))
        })
        .map(|(_, key)| s.t(key));
    let hint = match field {
        Field::Cnic | Field::Guardian => s.t("details-hint-cnic"),
        Field::Born => s.t("details-hint-born"),
        Field::Phone => s.t("details-hint-phone"),
        _ => String::new(),
    };
    let value = s.local.fields.entry(field).or_default();
    let line = match field {
        Field::NameUrdu | Field::FatherUrdu => Line::urdu(field.key(), &label, value).max_chars(64),
        Field::Address => Line::urdu(field.key(), &label, value).max_chars(200),
        Field::NameLatin | Field::FatherLatin => {
            Line::latin(field.key(), &label, value).max_chars(64)
        }
        Field::Cnic | Field::Guardian => Line::number(field.key(), &label, value).max_chars(15),
        Field::Born | Field::Gender => Line::number(field.key(), &label, value).max_chars(10),
        Field::Phone => Line::number(field.key(), &label, value).max_chars(20),
    };
    let changed = w
        .field(ui, line.hint(&hint).error(error.as_deref()).focus(focus))
        .changed();
    if changed {
        let typed = Typed::new(s.local.fields.get(&field).map_or("", String::as_str));
        s.send(Command::Enrolment(EnrolmentAct::SetField(field, typed)));
    }
}

fn gender_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let names: Vec<String> = Gender::ALL
        .iter()
        .map(|g| s.of("gender-", g.key()))
        .collect();
    let options: Vec<&str> = names.iter().map(String::as_str).collect();
    let current = Gender::from_key(work.form.get(Field::Gender));
    let mut chosen = current.and_then(|g| Gender::ALL.iter().position(|x| *x == g));
    let (label, hint) = (s.t(Field::Gender.key()), s.t("details-choose"));
    let before = chosen;
    w.select(
        ui,
        Select::new(Field::Gender.key(), &label, &mut chosen, &options).hint(&hint),
    );
    if chosen != before
        && let Some(gender) = chosen.and_then(|at| Gender::ALL.get(at))
    {
        s.send(Command::Enrolment(EnrolmentAct::SetField(
            Field::Gender,
            Typed::new(gender.key()),
        )));
    }
}
