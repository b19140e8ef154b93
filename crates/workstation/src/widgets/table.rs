//! Rows of a table: cells that stand in mirrored columns, figures at the reading end.

use eframe::egui::{Response, Role, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};
use text::{Align, Direction, Limits, Weight, has_urdu};

use super::icon::{Icon, square};
use super::ink::Setting;
use super::{Widgets, spoken};
use crate::theme::{Tone, size, space};

/// One cell. Text that is too wide is cut with "…".
#[derive(Clone)]
pub struct Cell<'a> {
    text: &'a str,
    share: f32,
    align: Align,
    direction: Option<Direction>,
    tone: Option<Tone>,
    strong: bool,
    muted: bool,
}

impl<'a> Cell<'a> {
    /// A text that takes a share of the row's width.
    pub fn new(text: &'a str, share: f32) -> Self {
        Self {
            text,
            share,
            align: Align::Start,
            direction: None,
            tone: None,
            strong: false,
            muted: false,
        }
    }

    /// A number: left to right, at the reading end of its column.
    pub fn figure(text: &'a str, share: f32) -> Self {
        Self {
            align: Align::End,
            direction: Some(Direction::Ltr),
            ..Self::new(text, share)
        }
    }

    /// A text at the reading end of its column: a size, a span.
    pub fn end(text: &'a str, share: f32) -> Self {
        Self {
            align: Align::End,
            ..Self::new(text, share)
        }
    }

    /// Left to right whatever the language.
    #[must_use]
    pub fn ltr(mut self) -> Self {
        self.direction = Some(Direction::Ltr);
        self
    }

    /// Right to left whatever the language.
    #[must_use]
    pub fn rtl(mut self) -> Self {
        self.direction = Some(Direction::Rtl);
        self
    }

    /// With a state's icon and colour.
    #[must_use]
    pub fn tone(mut self, tone: Tone) -> Self {
        self.tone = Some(tone);
        self
    }

    /// Heavier.
    #[must_use]
    pub fn strong(mut self) -> Self {
        self.strong = true;
        self
    }

    /// Matters less.
    #[must_use]
    pub fn muted(mut self) -> Self {
        self.muted = true;
        self
    }
}

impl Widgets {
    /// A row that can be chosen with the pointer, Enter or Space. `id` tells it from the other rows.
    pub fn table_row(
        &mut self,
        ui: &mut Ui,
        id: &str,
        chosen: bool,
        cells: &[Cell<'_>],
    ) -> Response {
        self.row_ui(ui, Some(id), chosen, cells)
    }

    /// The names of the columns.
    pub fn table_head(&mut self, ui: &mut Ui, cells: &[Cell<'_>]) -> Response {
        let muted: Vec<Cell<'_>> = cells.iter().cloned().map(Cell::muted).collect();
        self.row_ui(ui, None, false, &muted)
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        id: Option<&str>,
        chosen: bool,
        cells: &[Cell<'_>],
    ) -> Response {
        let tall = self.rtl() || cells.iter().any(|c| has_urdu(c.text));
        let height = if tall {
            size::BUTTON_HEIGHT_URDU
        } else {
            size::BUTTON_HEIGHT
        };
        let (auto_id, rect) = ui.allocate_space(vec2(ui.available_width(), height));
        let response = match id {
            Some(id) => ui.interact(rect, ui.make_persistent_id(id), Sense::click()),
            None => ui.interact(rect, auto_id, Sense::hover()),
        };
        let words = cells
            .iter()
            .map(|c| spoken(c.text))
            .filter(|t| !t.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let kind = if id.is_some() {
            Role::Button
        } else {
            Role::Label
        };
        response.widget_info(|| WidgetInfo::labeled(kind, true, words.clone()));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let painter = ui.painter();
        if chosen || (id.is_some() && response.hovered()) {
            painter.rect_filled(rect, self.theme.corner(), self.theme.selected);
        }
        painter.hline(rect.x_range(), rect.bottom(), self.theme.border());
        if response.has_focus() {
            painter.rect_stroke(
                rect,
                self.theme.corner(),
                self.theme.focus(),
                StrokeKind::Inside,
            );
        }
        let total: f32 = cells.iter().map(|c| c.share).sum::<f32>().max(f32::EPSILON);
        let room = rect.width() - 2.0 * space::SMALL;
        let mut at = space::SMALL;
        for cell in cells {
            let width = room * cell.share / total;
            let left = if self.rtl() {
                rect.right() - at - width
            } else {
                rect.left() + at
            };
            self.cell_ui(
                ui,
                cell,
                left,
                width - space::SMALL,
                rect.center().y,
                id.is_none(),
            );
            at += width;
        }
        response
    }

    fn cell_ui(
        &mut self,
        ui: &Ui,
        cell: &Cell<'_>,
        left: f32,
        width: f32,
        middle: f32,
        head: bool,
    ) {
        let rtl = self.rtl();
        let icon_width = if cell.tone.is_some() {
            size::SMALL + space::SMALL
        } else {
            0.0
        };
        let room = (width - icon_width).max(1.0);
        let direction = cell.direction.unwrap_or_else(|| self.direction());
        // Start and end are the screen's; the engine's are the text's.
        let align = match (cell.align, direction == self.direction()) {
            (Align::Start, false) => Align::End,
            (Align::End, false) => Align::Start,
            (align, _) => align,
        };
        let setting = Setting {
            size: if head { size::SMALL } else { size::BODY },
            weight: if cell.strong {
                Weight::SemiBold
            } else {
                Weight::Regular
            },
            limits: Limits::ellipsis(room),
            align,
            direction,
        };
        let text = self.ink.lay(cell.text, setting);
        let colour = match (cell.tone, cell.muted) {
            (Some(tone), _) => self.theme.tone(tone),
            (None, true) => self.theme.muted,
            (None, false) => self.theme.ink,
        };
        // In Urdu a column's gap is at its left.
        let left = if rtl { left + space::SMALL } else { left };
        if let Some(tone) = cell.tone {
            let x = if rtl {
                left + width - size::SMALL * 0.5
            } else {
                left + size::SMALL * 0.5
            };
            Icon::of(tone).paint(ui.painter(), square(pos2(x, middle), size::SMALL), colour);
        }
        let left = if rtl { left } else { left + icon_width };
        self.paint_centred(ui.painter(), left, middle, &text, colour);
    }
}
