//! States: always an icon and a word, never a colour alone.

use eframe::egui::{Response, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use text::Weight;

use super::icon::{Icon, square};
use super::{Widgets, spoken};
use crate::theme::{Tone, size, space};

const ICON: f32 = 13.0;

impl Widgets {
    /// A state in a border: "✓ all checks passed".
    pub fn chip(&mut self, ui: &mut Ui, tone: Tone, word: &str) -> Response {
        self.state_ui(ui, Icon::of(tone), tone, word, true)
    }

    /// A state without a border, for the line of status on top and for error lines.
    pub fn status(&mut self, ui: &mut Ui, tone: Tone, word: &str) -> Response {
        self.state_ui(ui, Icon::of(tone), tone, word, false)
    }

    /// A state with a sign of its own.
    pub fn status_with(&mut self, ui: &mut Ui, icon: Icon, tone: Tone, word: &str) -> Response {
        self.state_ui(ui, icon, tone, word, false)
    }

    /// A state's sign alone, beside a text that says the same.
    pub fn sign(&mut self, ui: &mut Ui, icon: Icon, tone: Tone) {
        let (rect, _) = ui.allocate_exact_size(vec2(ICON + 4.0, ICON), Sense::hover());
        icon.paint(
            ui.painter(),
            square(rect.center(), ICON),
            self.theme.tone(tone),
        );
    }

    fn state_ui(
        &mut self,
        ui: &mut Ui,
        icon: Icon,
        tone: Tone,
        word: &str,
        border: bool,
    ) -> Response {
        let text = self.line(word, size::SMALL, Weight::Regular);
        let margin = if border { space::SMALL } else { 0.0 };
        let width = 2.0 * margin + ICON + 6.0 + text.size.x;
        let height = text.size.y + if border { 4.0 } else { 0.0 };
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        if ui.is_rect_visible(rect) {
            let colour = self.theme.tone(tone);
            if border {
                ui.painter()
                    .rect_stroke(rect, 4.0, self.theme.border(), StrokeKind::Inside);
            }
            let rtl = self.rtl();
            let icon_x = if rtl {
                rect.right() - margin - ICON * 0.5
            } else {
                rect.left() + margin + ICON * 0.5
            };
            icon.paint(
                ui.painter(),
                square(pos2(icon_x, rect.center().y), ICON),
                colour,
            );
            let left = if rtl {
                rect.left() + margin
            } else {
                rect.left() + margin + ICON + 6.0
            };
            self.paint_centred(ui.painter(), left, rect.center().y, &text, colour);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, spoken(word)));
        response
    }

    /// How far something is, 0 to 1, with its word beside it for a screen reader.
    pub fn progress(&mut self, ui: &mut Ui, share: f32, word: &str) -> Response {
        let (rect, response) =
            ui.allocate_exact_size(vec2(ui.available_width(), 8.0), Sense::hover());
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        if ui.is_rect_visible(rect) {
            ui.painter().rect_filled(rect, 4.0, self.theme.selected);
            let mut done = rect;
            if self.rtl() {
                done.set_left(rect.right() - rect.width() * share);
            } else {
                done.set_right(rect.left() + rect.width() * share);
            }
            ui.painter().rect_filled(done, 4.0, self.theme.ok);
        }
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, spoken(word)));
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_numeric_value(f64::from(share)));
        response
    }
}
