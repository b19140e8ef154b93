//! The first step: what is asked for.

use super::{Screen, parts};
use crate::theme::space;
use crate::widgets::Widgets;
use desk::{Command, EnrolmentAct, Work};
use domain::ApplicationKind;
use eframe::egui::{Rect, Ui, vec2};
use parts::Tile;

const HEIGHT: f32 = 68.0;
const HEIGHT_URDU: f32 = 74.0;

/// The step.
pub fn kind_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    w.title(ui, &s.t("kinds-title"));
    ui.add_space(space::SMALL);
    let height = if w.rtl() { HEIGHT_URDU } else { HEIGHT };
    for (at, kind) in ApplicationKind::ALL.iter().copied().enumerate() {
        let (title, about) = (
            s.of("kind-", kind.key()),
            s.t(&format!("kinds-{}-about", kind.key())),
        );
        let key = (at + 1).to_string();
        let chosen = work.kind == Some(kind);
        let tile = Tile {
            title: &title,
            key: &key,
            about: "",
            foot: &about,
            primary: false,
            chosen,
            enabled: true,
        };
        let room = ui.available_rect_before_wrap();
        let rect =
            Rect::from_min_size(room.min, vec2(room.width(), height)).shrink2(vec2(3.0, 0.0));
        if parts::tile_ui(w, ui, kind.key(), rect, &tile) {
            s.send(Command::Enrolment(EnrolmentAct::SetKind(kind)));
        }
        ui.advance_cursor_after_rect(rect);
    }
}
