//! Parts that several screens are made of.

use super::Screen;
use crate::theme::{Tone, size, space};
use crate::times;
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::{Check, Picture, Severity};
use domain::Timestamp;
use eframe::egui::{
    Align2, Id, Pos2, Rect, Response, Role, ScrollArea, Sense, StrokeKind, Ui, UiBuilder, Vec2,
    WidgetInfo, pos2, vec2,
};

/// Below this width (in points) the side columns become narrower.
pub const NARROW: f32 = 1_150.0;
/// Beside the bar of a column that can be scrolled.
const SCROLL_ROOM: f32 = 14.0;

/// The tone of a notice.
pub fn tone_of(severity: Severity) -> Tone {
    match severity {
        Severity::Ok => Tone::Ok,
        Severity::Info => Tone::Info,
        Severity::Attention => Tone::Attention,
        Severity::Stop => Tone::Stop,
    }
}

/// The word of a notice, so that its colour does not stand alone.
pub fn word_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "word-ok",
        Severity::Info => "word-info",
        Severity::Attention => "word-attention",
        Severity::Stop => "word-stop",
    }
}

/// A column in a rectangle.
pub fn column_in<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let layout = w.column_layout();
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect).layout(layout));
    content(w, &mut child)
}

/// A row in a rectangle, its controls centred on its middle line.
pub fn row_in<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    rect: Rect,
    name: &str,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let layout = w.row_layout();
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect).layout(layout));
    content(w, &mut child)
}

/// Controls that end where reading ends, added in reading order, so that Tab goes as the eye does. Their width is the one
/// they had in the last frame; when it changes the frame is laid out once more before it is shown.
pub fn at_end<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    name: &str,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let room = ui.available_rect_before_wrap();
    let id = ui.scope_id().with(name);
    let known: Option<f32> = ui.data(|d| d.get_temp(id));
    let width = known.unwrap_or(room.width());
    let wide = room.width().max(width);
    let rect = if w.rtl() {
        Rect::from_x_y_ranges(
            (room.left() + width - wide)..=(room.left() + width),
            room.y_range(),
        )
    } else {
        Rect::from_x_y_ranges(
            (room.right() - width)..=(room.right() - width + wide),
            room.y_range(),
        )
    };
    let layout = w.row_layout();
    let mut child = ui.new_child(UiBuilder::new().id_salt(name).max_rect(rect).layout(layout));
    let out = content(w, &mut child);
    let used = child.min_rect().width();
    if known.is_none_or(|k| (k - used).abs() > 0.5) {
        ui.data_mut(|d| d.insert_temp(id, used));
        draw_again(ui);
    }
    out
}

/// Height of a line with a fact.
fn fact_height(w: &Widgets) -> f32 {
    if w.rtl() { 38.0 } else { 34.0 }
}

/// Draws this frame once more before it is shown; but not in every frame, should something never come to rest.
fn draw_again(ui: &Ui) {
    let id = Id::unique("frames drawn twice");
    let now = ui.ctx().cumulative_frame_nr();
    let (last, row): (u64, u32) = ui.data(|d| d.get_temp(id)).unwrap_or_default();
    let row = match now.saturating_sub(last) {
        0 => row,
        1 => row + 1,
        _ => 1,
    };
    ui.data_mut(|d| d.insert_temp(id, (now, row)));
    if row <= 2 {
        ui.ctx()
            .request_discard("the width of the controls at the end");
    } else {
        ui.ctx().request_repaint();
    }
}

/// One fact: its name at the reading start, its value at the reading end.
pub fn fact_ui(w: &mut Widgets, ui: &mut Ui, name: &str, value: &str) {
    let height = fact_height(w);
    line_of(
        w,
        ui,
        height,
        |w, ui| w.text(ui, Label::new(name).muted().one_line()),
        |w, ui| w.text(ui, Label::new(value).strong().one_line()),
    );
}

/// One fact whose value is a state: icon and word.
pub fn state_fact_ui(w: &mut Widgets, ui: &mut Ui, name: &str, tone: Tone, value: &str) {
    let height = fact_height(w);
    line_of(
        w,
        ui,
        height,
        |w, ui| w.text(ui, Label::new(name).muted().one_line()),
        |w, ui| w.status(ui, tone, value),
    );
}

/// How long ago, with the exact time on hover.
pub fn ago_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, at: Timestamp) -> Response {
    let text = times::ago(s.words, s.state.now, at);
    let response = w.note(ui, &text);
    if response.hovered() {
        let exact = times::exact(s.words, at);
        let direction = w.direction();
        w.tip(&response, &exact, direction);
    }
    response
}

/// The checks as a list: sign, name, value.
pub fn checks_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, checks: &[Check]) {
    ui.spacing_mut().item_spacing.y = 0.0;
    for check in checks {
        let name = s.t(check.key);
        let value = check
            .value
            .map_or_else(|| "–".to_owned(), |v| v.to_string());
        let (icon, tone) = match (check.value, check.holds()) {
            (None, _) => (Icon::Ring, Tone::Neutral),
            (_, true) => (Icon::Tick, Tone::Ok),
            (_, false) => (Icon::Bang, Tone::Attention),
        };
        w.line_across(ui);
        let height = fact_height(w);
        line_of(
            w,
            ui,
            height,
            |w, ui| {
                w.sign(ui, icon, tone);
                let said = format!("{name}: {}", s.t(check_word(check)));
                let response = w.text(ui, Label::new(&name).one_line());
                ui.ctx()
                    .accesskit_node_builder(response.id, |node| node.set_description(said));
            },
            |w, ui| w.text(ui, Label::small(&value).muted().ltr()),
        );
    }
}

/// Why a check does or does not hold, in words for a screen reader and the tests.
pub fn check_word(check: &Check) -> &'static str {
    match (check.value, check.holds()) {
        (None, _) => "photo-not-assessed",
        (_, true) => "photo-holds",
        (_, false) => "photo-fails",
    }
}

/// Where a picture of this size stands in a rectangle: as large as fits, in the middle.
pub fn contain(rect: Rect, picture: &Picture) -> Rect {
    let size = vec2(picture.width.max(1) as f32, picture.height.max(1) as f32);
    let scale = (rect.width() / size.x).min(rect.height() / size.y);
    Align2::CENTER_CENTER.align_size_within_rect(size * scale, rect)
}

/// Draws a picture with a name; false when there was nothing to draw.
pub fn picture_ui(
    w: &mut Widgets,
    ui: &mut Ui,
    s: &mut Screen<'_>,
    place: &str,
    picture: &Picture,
    rect: Rect,
    name: &str,
) -> Response {
    let id = ui.scope_id().with(("picture", place));
    let response = ui.interact(rect, id, Sense::hover());
    let words = name.to_owned();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, words.clone()));
    if let Some(texture) = s.pictures.still(ui.ctx(), place, picture) {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        ui.painter()
            .image(texture, rect, whole, eframe::egui::Color32::WHITE);
        ui.painter().rect_stroke(
            rect,
            w.theme().corner(),
            w.theme().border(),
            StrokeKind::Outside,
        );
    }
    response
}

/// A large button with a few words about what it does: the choices of the desk and of the first step.
#[derive(Debug, Clone, Copy)]
pub struct Tile<'a> {
    /// Its name.
    pub title: &'a str,
    /// The key that does the same.
    pub key: &'a str,
    /// What it is for.
    pub about: &'a str,
    /// Its condition.
    pub foot: &'a str,
    /// The one thing to do next.
    pub primary: bool,
    /// Chosen among several.
    pub chosen: bool,
    /// Can it be used now?
    pub enabled: bool,
}

/// Shows a tile that fills a rectangle; true when it is clicked or its key is pressed.
pub fn tile_ui(w: &mut Widgets, ui: &mut Ui, id: &str, rect: Rect, tile: &Tile<'_>) -> bool {
    let theme = *w.theme();
    let enabled = tile.enabled && ui.is_enabled();
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let id: Id = ui.make_persistent_id(id);
    let response = ui.interact(rect, id, sense);
    let name = if tile.about.is_empty() {
        tile.title.to_owned()
    } else {
        format!("{}: {}", tile.title, tile.about)
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name.clone()));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Button);
        node.set_keyboard_shortcut(tile.key);
        if tile.chosen {
            node.set_selected(true);
        }
    });
    let strong = tile.primary && tile.enabled;
    let fill = match (strong, response.hovered() && enabled || tile.chosen) {
        (true, _) => theme.accent,
        (false, true) => theme.selected,
        (false, false) => theme.card,
    };
    let painter = ui.painter();
    painter.rect_filled(rect, theme.corner(), fill);
    if !strong {
        let mut border = theme.border();
        if tile.chosen {
            border = theme.focus();
        }
        painter.rect_stroke(rect, theme.corner(), border, StrokeKind::Inside);
    }
    if response.has_focus() {
        painter.rect_stroke(
            rect.expand(3.0),
            theme.corner(),
            theme.focus(),
            StrokeKind::Inside,
        );
    }
    let (ink, quiet) = match (strong, tile.enabled) {
        (true, _) => (theme.on_accent, theme.on_accent),
        (false, true) => (theme.ink, theme.muted),
        (false, false) => (theme.muted, theme.muted),
    };
    let inner = rect.shrink2(vec2(space::LARGE + 4.0, 0.0));
    let head = if w.rtl() { 46.0 } else { 30.0 };
    let title = Label::new(tile.title)
        .size(size::TITLE)
        .strong()
        .colour(ink)
        .one_line();
    if tile.about.is_empty() {
        // One line: what it is, when it is right, its key.
        row_in(w, ui, inner, "tile", |w, ui| {
            let width = (inner.width() * 0.36).floor();
            w.text(ui, title.width(width));
            let width = (ui.available_width() - 48.0).max(40.0);
            w.text(
                ui,
                Label::small(tile.foot)
                    .colour(quiet)
                    .one_line()
                    .width(width),
            );
            at_end(w, ui, "key", |w, ui| tile_key_ui(w, ui, tile.key, quiet));
        });
        return response.clicked() || enabled && pressed(w, ui, tile.key);
    }
    column_in(
        w,
        ui,
        inner.shrink2(vec2(0.0, space::MEDIUM)),
        "tile",
        |w, ui| {
            ui.spacing_mut().item_spacing =
                vec2(space::SMALL, if w.rtl() { 0.0 } else { space::TINY });
            line_of(
                w,
                ui,
                head,
                |w, ui| w.text(ui, title),
                |w, ui| tile_key_ui(w, ui, tile.key, quiet),
            );
            w.text(ui, Label::new(tile.about).colour(ink));
            if !tile.foot.is_empty() {
                w.text(ui, Label::small(tile.foot).colour(quiet));
            }
        },
    );
    response.clicked() || enabled && pressed(w, ui, tile.key)
}

fn tile_key_ui(w: &mut Widgets, ui: &mut Ui, key: &str, colour: eframe::egui::Color32) {
    if !key.is_empty() {
        w.key_cap(ui, key, colour);
    }
}

/// Was this key pressed, while nobody types and no list is open? Digits and letters without modifiers, and function keys.
pub fn pressed(w: &Widgets, ui: &Ui, key: &str) -> bool {
    use eframe::egui::{Key, Modifiers};
    if !ui.is_enabled() {
        return false;
    }
    let Some(key) = Key::from_name(key) else {
        return false;
    };
    if w.typing() && key.name().chars().count() == 1 {
        return false;
    }
    ui.input_mut(|i| i.consume_key(Modifiers::NONE, key))
}

/// Makes a card as tall as the room, so that columns end on one line.
pub fn tall_card<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let height = ui.available_height();
    let frame = w.card_frame();
    let margins = frame.total_margin().sum().y;
    w.card(ui, |w, ui| {
        ui.set_min_height((height - margins).max(0.0));
        content(w, ui)
    })
}

/// A tall card of buttons: they bring a margin of their own.
pub fn tall_list_card<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let frame = w.card_frame().inner_margin(space::SMALL);
    let layout = w.column_layout();
    let height = ui.available_height() - 2.0 * space::SMALL;
    frame
        .show(ui, |ui| {
            ui.set_min_size(vec2(ui.available_width(), height.max(0.0)));
            ui.with_layout(layout, |ui| content(w, ui)).inner
        })
        .inner
}

/// A column that can be scrolled. Beside its bar there is room, so that no letter stands under it or is cut at its edge.
pub fn scroll_ui<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    name: &str,
    height: f32,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let layout = w.column_layout();
    ScrollArea::vertical()
        .id_salt(name)
        .max_height(height)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            // The stroke of a kaf in the first line stands above it: into the card's margin it may.
            let clip = ui.clip_rect();
            ui.set_clip_rect(clip.expand2(vec2(0.0, space::LARGE)));
            let mut rect = ui.available_rect_before_wrap();
            rect.set_right(rect.right() - SCROLL_ROOM);
            rect.set_left(rect.left() + if w.rtl() { SCROLL_ROOM } else { 0.0 });
            let mut child = ui.new_child(
                UiBuilder::new()
                    .id_salt("scrolled")
                    .max_rect(rect)
                    .layout(layout),
            );
            let out = content(w, &mut child);
            let used = child.min_rect();
            ui.advance_cursor_after_rect(used);
            out
        })
        .inner
}

/// One line of details: its name, its value in Latin letters, and in Urdu where there is one.
pub fn bilingual_ui(
    w: &mut Widgets,
    ui: &mut Ui,
    name: &str,
    latin: Option<&str>,
    urdu: Option<&str>,
) {
    let height = match (w.rtl(), urdu) {
        (false, None) => 28.0,
        _ => 37.0,
    };
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let names = (rect.width() * 0.22).floor().max(104.0);
    let rest = rect.width() - names - 2.0 * space::SMALL;
    let share = if latin.is_some() && urdu.is_some() {
        0.5
    } else {
        1.0
    };
    let rtl = w.rtl();
    // Where both are, the one of the other language ends the line.
    let value =
        |text: &str, other: bool| (text.to_owned(), other && latin.is_some() && urdu.is_some());
    let latin = latin.map(|t| (value(t, rtl), false));
    let urdu = urdu.map(|t| (value(t, !rtl), true));
    let mut values = [latin, urdu];
    if rtl {
        values.reverse();
    }
    row_in(w, ui, rect, name, |w, ui| {
        ui.spacing_mut().item_spacing.x = space::SMALL;
        w.text(ui, Label::small(name).muted().one_line().width(names));
        for ((text, at_own_side), in_urdu) in values.into_iter().flatten() {
            let label = Label::new(&text).one_line().width((rest * share).floor());
            let label = if in_urdu { label.rtl() } else { label.ltr() };
            w.text(ui, if at_own_side { label.own_side() } else { label });
        }
    });
}

/// Date of birth and gender on one line.
pub fn born_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, born: &str, gender: domain::Gender) {
    let gender = s.of("gender-", gender.key());
    let name = s.t("field-born");
    if w.rtl() {
        let line = format!("\u{2066}{born}\u{2069} · {gender}");
        bilingual_ui(w, ui, &name, None, Some(&line));
    } else {
        bilingual_ui(w, ui, &name, Some(&format!("{born} · {gender}")), None);
    }
}

/// A card without text in the middle of which something is said: honest empty space.
pub fn empty_ui(w: &mut Widgets, ui: &mut Ui, words: &str) {
    ui.add_space(space::LARGE);
    w.text(ui, Label::new(words).muted());
    ui.add_space(space::LARGE);
}

/// The name of an application kind.
pub fn kind_name(s: &Screen<'_>, kind: Option<domain::ApplicationKind>) -> String {
    kind.map_or_else(|| s.t("home-no-kind"), |k| s.of("kind-", k.key()))
}

/// A button that stands in a list and is as wide as the room.
pub fn list_button<'a>(ui: &Ui, text: &'a str) -> Button<'a> {
    let room = ui.available_width();
    Button::plain(text).min_width(room).max_width(room)
}

/// The size of a body that holds a column of at most this width in the middle.
pub fn middle(body: Rect, width: f32) -> Rect {
    Rect::from_center_size(
        body.center(),
        Vec2::new(width.min(body.width()), body.height()),
    )
}

/// One figure of a list: left to right, at the reading end.
pub fn figure_ui(w: &mut Widgets, ui: &mut Ui, name: &str, value: &str) {
    let height = fact_height(w);
    line_of(
        w,
        ui,
        height,
        |w, ui| w.text(ui, Label::new(name).one_line()),
        |w, ui| w.text(ui, Label::new(value).strong().ltr().one_line()),
    );
}

/// A row of its own whose controls stand where reading ends.
pub fn end_row<R>(
    w: &mut Widgets,
    ui: &mut Ui,
    name: &str,
    content: impl FnOnce(&mut Widgets, &mut Ui) -> R,
) -> R {
    let height = if w.rtl() {
        size::BUTTON_HEIGHT_URDU
    } else {
        size::BUTTON_HEIGHT
    };
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    row_in(w, ui, rect, name, |w, ui| at_end(w, ui, name, content))
}

/// One line of a given height: a part at the reading start, a part at the reading end.
pub fn line_of<A, B>(
    w: &mut Widgets,
    ui: &mut Ui,
    height: f32,
    start: impl FnOnce(&mut Widgets, &mut Ui) -> A,
    end: impl FnOnce(&mut Widgets, &mut Ui) -> B,
) {
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), height));
    let mut row = ui.new_child(
        UiBuilder::new()
            .id_salt(("line", rect.top() as i32))
            .max_rect(rect)
            .layout(w.row_layout()),
    );
    start(w, &mut row);
    let layout = w.row_end_layout();
    row.with_layout(layout, |ui| end(w, ui));
}

/// One fact whose value is read from left to right: a number, an address, an id.
pub fn fact_ltr_ui(w: &mut Widgets, ui: &mut Ui, name: &str, value: &str) {
    let height = fact_height(w);
    line_of(
        w,
        ui,
        height,
        |w, ui| w.text(ui, Label::new(name).muted().one_line()),
        |w, ui| w.text(ui, Label::new(value).strong().ltr().one_line()),
    );
}

/// The way back to the desk.
pub fn to_desk_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let desk = s.t("nav-desk");
    if w.button(ui, Button::secondary(&desk).key("Esc").id("to-desk"))
        .clicked()
    {
        s.local.page = super::Page::Desk;
    }
}

/// The live camera in one line: its name, its size and its rate.
pub fn camera_line(s: &Screen<'_>) -> String {
    let camera = &s.state.camera;
    let (width, height) = camera.size.unwrap_or_default();
    s.words.with(
        "photo-camera",
        &[
            ("name", camera.name.clone().into()),
            ("width", width.to_string().into()),
            ("height", height.to_string().into()),
            ("rate", format!("{:.0}", camera.rate).into()),
        ],
    )
}
