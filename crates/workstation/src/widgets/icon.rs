//! Small signs drawn with lines: no font has them in both weights, and they must mirror.

use eframe::egui::{Color32, Painter, Rect, Shape, Stroke, Vec2, pos2};

use crate::theme::Tone;

/// A sign beside a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Icon {
    /// A tick: done, good.
    Tick,
    /// A cross: wrong, stopped.
    Cross,
    /// An exclamation mark in a diamond: somebody should look.
    Bang,
    /// An i in a circle: good to know.
    Info,
    /// A full circle: here, on.
    Dot,
    /// An empty circle: not yet.
    Ring,
    /// An arrow down: opens a list.
    Down,
}

impl Icon {
    /// The icon that goes with a state.
    pub fn of(tone: Tone) -> Self {
        match tone {
            Tone::Neutral => Self::Ring,
            Tone::Ok => Self::Tick,
            Tone::Info => Self::Info,
            Tone::Attention => Self::Bang,
            Tone::Stop => Self::Cross,
        }
    }

    /// Draws it in the middle of a square of `size` points.
    pub(super) fn paint(self, painter: &Painter, square: Rect, colour: Color32) {
        let c = square.center();
        let r = square.width() * 0.5;
        let at = |x: f32, y: f32| pos2(c.x + x * r, c.y + y * r);
        let pen = Stroke::new((r * 0.3).max(1.5), colour);
        match self {
            Self::Tick => {
                painter.add(Shape::line(
                    vec![at(-0.7, 0.05), at(-0.2, 0.55), at(0.7, -0.55)],
                    pen,
                ));
            }
            Self::Cross => {
                painter.line_segment([at(-0.55, -0.55), at(0.55, 0.55)], pen);
                painter.line_segment([at(-0.55, 0.55), at(0.55, -0.55)], pen);
            }
            Self::Bang => {
                let diamond = vec![at(0.0, -1.0), at(1.0, 0.0), at(0.0, 1.0), at(-1.0, 0.0)];
                painter.add(Shape::closed_line(diamond, Stroke::new(1.5, colour)));
                painter.line_segment([at(0.0, -0.5), at(0.0, 0.12)], Stroke::new(1.8, colour));
                painter.circle_filled(at(0.0, 0.45), 1.1, colour);
            }
            Self::Info => {
                painter.circle_stroke(c, r * 0.9, Stroke::new(1.5, colour));
                painter.line_segment([at(0.0, -0.08), at(0.0, 0.5)], Stroke::new(1.8, colour));
                painter.circle_filled(at(0.0, -0.42), 1.1, colour);
            }
            Self::Dot => {
                painter.circle_filled(c, r * 0.7, colour);
            }
            Self::Ring => {
                painter.circle_stroke(c, r * 0.6, Stroke::new(1.5, colour));
            }
            Self::Down => {
                painter.add(Shape::line(
                    vec![at(-0.6, -0.25), at(0.0, 0.35), at(0.6, -0.25)],
                    pen,
                ));
            }
        }
    }
}

/// A square of a side around a point.
pub(super) fn square(centre: eframe::egui::Pos2, side: f32) -> Rect {
    Rect::from_center_size(centre, Vec2::splat(side))
}
