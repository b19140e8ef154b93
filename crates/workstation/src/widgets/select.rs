//! A drop-down: one of a list.

use eframe::egui::{
    EventFilter, Id, Key, Modifiers, Popup, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};
use text::{Limits, Weight};

use super::icon::{Icon, square};
use super::{Widgets, spoken};
use crate::theme::{size, space};

const INSIDE: f32 = 12.0;

/// A drop-down before it is shown.
pub struct Select<'a> {
    id: &'a str,
    label: &'a str,
    chosen: &'a mut Option<usize>,
    options: &'a [&'a str],
    hint: &'a str,
    width: Option<f32>,
    enabled: bool,
}

impl<'a> Select<'a> {
    /// One of `options`, in the screens' language; `chosen` is its place. `id` is its name within this screen.
    pub fn new(
        id: &'a str,
        label: &'a str,
        chosen: &'a mut Option<usize>,
        options: &'a [&'a str],
    ) -> Self {
        Self {
            id,
            label,
            chosen,
            options,
            hint: "",
            width: None,
            enabled: true,
        }
    }

    /// Shown while nothing is chosen.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// This wide instead of as wide as the room.
    #[must_use]
    pub fn width(mut self, points: f32) -> Self {
        self.width = Some(points);
        self
    }

    /// Can it be changed now?
    #[must_use]
    pub fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    fn shown(&self) -> &'a str {
        self.chosen
            .and_then(|c| self.options.get(c).copied())
            .unwrap_or("")
    }
}

impl Widgets {
    /// Shows a drop-down. Enter, Space or a click opens its list; arrows, Home and End move in it or change a closed one.
    #[allow(
        clippy::needless_pass_by_value,
        reason = "built in place at the call, and gone after it"
    )]
    pub fn select(&mut self, ui: &mut Ui, select: Select<'_>) -> Response {
        let id = ui.make_persistent_id(select.id);
        let width = select
            .width
            .unwrap_or_else(|| ui.available_width())
            .max(4.0 * INSIDE);
        let label = self.lay(
            select.label,
            size::SMALL,
            Weight::Regular,
            Limits::ellipsis(width),
            self.direction(),
        );
        let label_height = if select.label.is_empty() {
            0.0
        } else {
            label.size.y + 2.0
        };
        let (_, whole) = ui.allocate_space(vec2(width, label_height + size::FIELD_HEIGHT));
        let frame = Rect::from_min_size(
            pos2(whole.left(), whole.top() + label_height),
            vec2(width, size::FIELD_HEIGHT),
        );
        let before = *select.chosen;

        let popup = id.with("list");
        let usable = select.enabled && ui.is_enabled();
        let open = usable && Popup::is_id_open(ui.ctx(), popup);
        // Who goes on to the next field has chosen.
        if open && ui.input(|i| i.key_pressed(Key::Tab)) {
            Popup::close_id(ui.ctx(), popup);
        }
        let cursor_id = id.with("cursor");
        let mut cursor: usize = ui.data(|d| d.get_temp(cursor_id)).unwrap_or(0);
        if usable && ui.memory(|m| m.has_focus(id)) {
            let filter = EventFilter {
                vertical_arrows: true,
                escape: open,
                ..EventFilter::default()
            };
            ui.memory_mut(|m| m.set_focus_lock_filter(id, filter));
            select_keys(
                ui,
                &mut cursor,
                open,
                popup,
                select.chosen,
                select.options.len(),
            );
        }
        let sense = if usable {
            Sense::click()
        } else {
            Sense::hover()
        };
        let mut response = ui.interact(frame, id, sense);
        if response.clicked() {
            cursor = select.chosen.unwrap_or(0);
            response.request_focus();
            Popup::toggle_id(ui.ctx(), popup);
        }
        if Popup::is_id_open(ui.ctx(), popup) && usable {
            self.list_open_now = true;
            self.list_ui(
                ui,
                &response,
                popup,
                width,
                &mut cursor,
                select.chosen,
                select.options,
            );
        }
        ui.data_mut(|d| d.insert_temp(cursor_id, cursor));
        if *select.chosen != before {
            response.mark_changed();
        }
        if ui.is_rect_visible(whole) {
            let left = if self.rtl() {
                whole.right() - self.ink.floor(width)
            } else {
                whole.left()
            };
            self.paint(
                ui.painter(),
                pos2(left, whole.top()),
                &label,
                self.theme.muted,
            );
            self.paint_select(ui, &select, frame, &response);
        }
        let value = spoken(select.shown());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ComboBox, usable, spoken(select.label));
            info.current_text_value = Some(value.clone());
            info
        });
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_label(spoken(select.label));
            node.set_value(value);
            node.set_expanded(open);
        });
        response
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one drop-down")]
    fn list_ui(
        &mut self,
        ui: &Ui,
        anchor: &Response,
        popup: Id,
        width: f32,
        cursor: &mut usize,
        chosen: &mut Option<usize>,
        options: &[&str],
    ) {
        let row_height = if self.rtl() {
            size::BUTTON_HEIGHT_URDU
        } else {
            size::BUTTON_HEIGHT
        };
        Popup::from_response(anchor)
            .id(popup)
            .open_memory(None)
            .width(width)
            .show(|list| {
                list.spacing_mut().item_spacing.y = 0.0;
                eframe::egui::ScrollArea::vertical()
                    .max_height(8.0 * row_height)
                    .show(list, |list| {
                        for (index, option) in options.iter().enumerate() {
                            let (rect, row) = list.allocate_exact_size(
                                vec2(list.available_width(), row_height),
                                Sense::CLICK,
                            );
                            row.widget_info(|| {
                                WidgetInfo::selected(
                                    Role::ListBoxOption,
                                    true,
                                    *chosen == Some(index),
                                    spoken(option),
                                )
                            });
                            list.ctx().accesskit_node_builder(row.id, |node| {
                                node.set_role(Role::ListBoxOption);
                            });
                            if row.hovered() && list.input(|i| i.pointer.is_moving()) {
                                *cursor = index;
                            }
                            if row.clicked() {
                                *chosen = Some(index);
                                Popup::close_id(ui.ctx(), popup);
                            }
                            if *cursor == index {
                                list.painter().rect_filled(
                                    rect,
                                    self.theme.corner(),
                                    self.theme.selected,
                                );
                                row.scroll_to_me(None);
                            }
                            self.paint_option(list, rect, option, *chosen == Some(index));
                        }
                    });
            });
    }

    fn paint_option(&mut self, ui: &Ui, rect: Rect, option: &str, chosen: bool) {
        let rtl = self.rtl();
        let text = self.lay(
            option,
            size::BODY,
            Weight::Regular,
            Limits::Line,
            self.direction(),
        );
        let indent = INSIDE + size::SMALL;
        if chosen {
            let x = if rtl {
                rect.right() - INSIDE
            } else {
                rect.left() + INSIDE
            };
            Icon::Tick.paint(
                ui.painter(),
                square(pos2(x, rect.center().y), 12.0),
                self.theme.accent,
            );
        }
        let left = if rtl {
            rect.right() - indent - text.size.x
        } else {
            rect.left() + indent
        };
        self.paint_centred(ui.painter(), left, rect.center().y, &text, self.theme.ink);
    }

    fn paint_select(&mut self, ui: &Ui, select: &Select<'_>, frame: Rect, response: &Response) {
        let t = self.theme;
        let painter = ui.painter();
        painter.rect_filled(
            frame,
            t.corner(),
            if select.enabled { t.card } else { t.background },
        );
        let stroke = if response.has_focus() {
            t.focus()
        } else {
            Stroke::new(
                t.border().width,
                if response.hovered() { t.muted } else { t.line },
            )
        };
        painter.rect_stroke(frame, t.corner(), stroke, StrokeKind::Inside);
        let room = frame.width() - 3.0 * INSIDE - size::SMALL;
        let (words, colour) = match select.shown() {
            "" => (select.hint, t.muted),
            words => (words, if select.enabled { t.ink } else { t.muted }),
        };
        let text = self.lay(
            words,
            size::BODY,
            Weight::Regular,
            Limits::ellipsis(room),
            self.direction(),
        );
        let rtl = self.rtl();
        let left = if rtl {
            frame.right() - INSIDE - self.ink.floor(room)
        } else {
            frame.left() + INSIDE
        };
        self.paint_centred(ui.painter(), left, frame.center().y, &text, colour);
        let x = if rtl {
            frame.left() + INSIDE + space::TINY
        } else {
            frame.right() - INSIDE - space::TINY
        };
        Icon::Down.paint(
            ui.painter(),
            square(pos2(x, frame.center().y), 12.0),
            t.muted,
        );
    }
}

/// Arrows, Home and End choose; Enter and Space take; Escape closes.
fn select_keys(
    ui: &Ui,
    cursor: &mut usize,
    open: bool,
    popup: Id,
    chosen: &mut Option<usize>,
    count: usize,
) {
    let last = count.saturating_sub(1);
    let pressed = |key| ui.input_mut(|i| i.consume_key(Modifiers::NONE, key));
    let at = if open { *cursor } else { chosen.unwrap_or(0) };
    let moved = if pressed(Key::ArrowDown) {
        Some(if !open && chosen.is_none() {
            0
        } else {
            (at + 1).min(last)
        })
    } else if pressed(Key::ArrowUp) {
        Some(at.saturating_sub(1))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    };
    if let Some(to) = moved.filter(|_| count > 0) {
        if open {
            *cursor = to;
        } else {
            *chosen = Some(to);
        }
    }
    if open && (pressed(Key::Enter) || pressed(Key::Space)) && count > 0 {
        *chosen = Some((*cursor).min(last));
        Popup::close_id(ui.ctx(), popup);
    }
    if open && pressed(Key::Escape) {
        Popup::close_id(ui.ctx(), popup);
    }
}
