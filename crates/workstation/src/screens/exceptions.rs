//! What the capture has to allow for, so that nobody is turned away without a route.

use super::Screen;
use crate::theme::space;
use crate::widgets::Widgets;
use desk::{Command, EnrolmentAct, Work};
use domain::Exception;
use eframe::egui::Ui;

/// The step.
pub fn exceptions_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    w.title(ui, &s.t("exceptions-title"));
    w.note(ui, &s.t("exceptions-about"));
    ui.add_space(space::SMALL);
    for exception in Exception::ALL.iter().copied() {
        let mut on = work.exceptions.contains(&exception);
        let name = s.of("exception-", exception.key());
        ui.add_space(space::TINY);
        if w.checkbox(ui, &mut on, &name).changed() {
            s.send(Command::Enrolment(EnrolmentAct::SetException(
                exception, on,
            )));
        }
    }
}
