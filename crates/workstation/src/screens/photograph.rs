//! The photograph: the live picture as large as the screen allows, one instruction at a time in both languages.

use super::{Dialog, Screen, application, challenge, parts, sign_in};
use crate::theme::{Appearance, Theme, Tone, size, space};
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::{ChallengeView, Command, EnrolmentAct, Live, PhotoPhase, Picture, Shot, Step, Work};
use eframe::egui::epaint::{EllipseShape, PathShape};
use eframe::egui::{Color32, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Height of the band with the instruction.
const BAND: f32 = 128.0;
/// Of a picture's width or height, so much may be cut off to fill the room.
const CUT: f32 = 0.22;

/// The body.
pub fn photograph_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let room = ui.available_rect_before_wrap();
    let aside = if room.width() < parts::NARROW {
        276.0
    } else {
        372.0
    };
    let gap = space::WIDE;
    let picture_width = room.width() - aside - gap;
    let (picture, side) = if w.rtl() {
        (
            Rect::from_min_max(pos2(room.right() - picture_width, room.top()), room.max),
            Rect::from_min_size(room.min, vec2(aside, room.height())),
        )
    } else {
        (
            Rect::from_min_size(room.min, vec2(picture_width, room.height())),
            Rect::from_min_max(pos2(room.right() - aside, room.top()), room.max),
        )
    };
    parts::column_in(w, ui, picture, "picture", |w, ui| {
        picture_ui(w, ui, s, work, picture);
    });
    parts::column_in(w, ui, side, "aside", |w, ui| aside_ui(w, ui, s, work));
}

/// The colours of what stands on a picture: the same in every appearance, because the picture is.
fn on_picture() -> Theme {
    Theme::new(Appearance::Dark)
}

fn picture_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work, rect: Rect) {
    ui.painter()
        .rect_filled(rect, w.theme().corner(), on_picture().background);
    match &work.photo.phase {
        PhotoPhase::Captured(shot) | PhotoPhase::Kept(shot) => {
            let place = parts::contain(rect.shrink(space::SMALL), &shot.portrait);
            let name = s.t("photo-portrait");
            let slot = format!("shot-{}", work.photo.attempt);
            parts::picture_ui(w, ui, s, &slot, &shot.portrait, place, &name);
        }
        PhotoPhase::Live | PhotoPhase::Burst { .. } | PhotoPhase::Working => match s.live {
            Some(live) if s.state.camera.live() || live.sequence > 0 => {
                live_ui(w, ui, s, work, live, rect);
            }
            _ => waiting_ui(w, ui, s, rect),
        },
    }
}

fn live_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work, live: &Live, rect: Rect) {
    if work.photo.hidden {
        let middle = Rect::from_center_size(
            rect.center() - vec2(0.0, BAND * 0.5),
            vec2(rect.width() * 0.8, 80.0),
        );
        parts::column_in(w, ui, middle, "hidden", |w, ui| {
            w.text(
                ui,
                Label::new(&s.t("photo-hidden"))
                    .colour(on_picture().muted)
                    .centred()
                    .width(middle.width()),
            );
        });
    } else {
        let place = fill(rect, &live.picture);
        let response = ui.interact(rect, ui.scope_id().with("live"), Sense::hover());
        let name = s.t("photo-picture");
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name.clone()));
        if let Some(texture) = s
            .pictures
            .texture(ui.ctx(), "live", &live.picture, live.sequence)
        {
            let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
            painter.image(
                texture,
                place,
                Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)),
                Color32::WHITE,
            );
            oval_ui(&painter, live, place);
        }
    }
    band_ui(w, ui, s, work, live, rect);
}

/// Where the picture stands: filling the room when little is cut off, else whole.
fn fill(rect: Rect, picture: &Picture) -> Rect {
    let size = vec2(picture.width.max(1) as f32, picture.height.max(1) as f32);
    let (x, y) = (rect.width() / size.x, rect.height() / size.y);
    if x.min(y) >= x.max(y) * (1.0 - CUT) {
        Rect::from_center_size(rect.center(), size * x.max(y))
    } else {
        parts::contain(rect, picture)
    }
}

fn oval_ui(painter: &eframe::egui::Painter, live: &Live, place: Rect) {
    let [x, y, width, height] = live.oval;
    let oval = Rect::from_min_size(
        place.min + vec2(x, y) * place.size(),
        vec2(width, height) * place.size(),
    );
    let ready = live.hold > 0.0;
    let theme = on_picture();
    // Two lines, so that it is seen on light and on dark; a thicker one when the face is in place, so that colour does not stand alone.
    let (inner, line) = if ready {
        (theme.ok, 6.0)
    } else {
        (theme.ink, 3.0)
    };
    let ring = |stroke: Stroke| {
        Shape::Ellipse(EllipseShape::stroke(
            oval.center(),
            oval.size() * 0.5,
            stroke,
        ))
    };
    painter.add(ring(Stroke::new(
        line + 2.0,
        theme.background.gamma_multiply(0.5),
    )));
    painter.add(ring(Stroke::new(line, inner)));
    challenge::cue_ui(painter, live, oval, &theme);
}

fn band_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, work: &Work, live: &Live, rect: Rect) {
    let band = Rect::from_min_max(pos2(rect.left(), rect.bottom() - BAND), rect.max);
    let theme = on_picture();
    ui.painter().rect_filled(
        band,
        w.theme().corner(),
        theme.background.gamma_multiply(0.88),
    );
    let ring = 64.0;
    let (first, second) = match work.photo.phase {
        PhotoPhase::Burst { taken, of } => (
            s.n_of("photo-burst", taken, of),
            s.other.with(
                "photo-burst",
                &[
                    ("n", taken.to_string().into()),
                    ("of", of.to_string().into()),
                ],
            ),
        ),
        PhotoPhase::Working => (s.t("photo-working"), s.other.get("photo-working")),
        _ => (s.t(live.instruction), s.other.get(live.instruction)),
    };
    let inner = band.shrink2(vec2(space::WIDE, 0.0));
    let words = Rect::from_x_y_ranges(
        if w.rtl() {
            inner.left() + ring + space::LARGE..=inner.right()
        } else {
            inner.left()..=inner.right() - ring - space::LARGE
        },
        inner.y_range(),
    );
    let rtl = w.rtl();
    let (latin, urdu) = if rtl {
        (second, first)
    } else {
        (first, second)
    };
    let layout = |top: f32, bottom: f32| {
        Rect::from_x_y_ranges(words.x_range(), band.top() + top..=band.top() + bottom)
    };
    let large = size::DISPLAY;
    let latin_ui = |w: &mut Widgets, ui: &mut Ui, at: Rect| {
        parts::column_in(w, ui, at, "latin", |w, ui| {
            w.text(
                ui,
                Label::new(&latin)
                    .size(if rtl { 22.0 } else { large })
                    .strong()
                    .ltr()
                    .one_line()
                    .colour(theme.ink),
            )
        });
    };
    let urdu_ui = |w: &mut Widgets, ui: &mut Ui, at: Rect| {
        parts::column_in(w, ui, at, "urdu", |w, ui| {
            w.text(
                ui,
                Label::new(&urdu)
                    .size(if rtl { 26.0 } else { 24.0 })
                    .rtl()
                    .one_line()
                    .colour(theme.ink),
            )
        });
    };
    if rtl {
        urdu_ui(w, ui, layout(6.0, 70.0));
        latin_ui(w, ui, layout(78.0, BAND));
    } else {
        latin_ui(w, ui, layout(10.0, 52.0));
        urdu_ui(w, ui, layout(56.0, BAND));
    }
    let failed = [ChallengeView::Failed, ChallengeView::TriesOver].contains(&work.photo.challenge);
    if failed && challenge::moving(work) {
        return;
    }
    let centre = if rtl {
        pos2(inner.left() + ring * 0.5, band.center().y)
    } else {
        pos2(inner.right() - ring * 0.5, band.center().y)
    };
    hold_ui(
        w,
        ui,
        s,
        work,
        live,
        Rect::from_center_size(centre, vec2(ring, ring)),
    );
}

/// The ring that closes while all checks hold.
fn hold_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, work: &Work, live: &Live, rect: Rect) {
    let theme = on_picture();
    let share = match work.photo.phase {
        PhotoPhase::Burst { taken, of } => taken as f32 / of.max(1) as f32,
        PhotoPhase::Working => 1.0,
        _ => live.hold.clamp(0.0, 1.0),
    };
    let radius = rect.width() * 0.5 - 4.0;
    ui.painter()
        .circle_stroke(rect.center(), radius, Stroke::new(6.0, theme.line));
    if share > 0.0 {
        let steps = 48;
        let turn = if w.rtl() { -1.0 } else { 1.0 };
        let points = (0..=steps)
            .map(|i| {
                let angle = -std::f32::consts::FRAC_PI_2
                    + turn * share * std::f32::consts::TAU * i as f32 / steps as f32;
                rect.center() + radius * vec2(angle.cos(), angle.sin())
            })
            .collect();
        ui.painter().add(Shape::Path(PathShape::line(
            points,
            Stroke::new(6.0, theme.ok),
        )));
    }
    let text = if let ChallengeView::Running { done, of } = work.photo.challenge {
        format!("{done}/{of}")
    } else {
        let passed = live.checks.iter().filter(|c| c.holds()).count();
        format!("{passed}/{}", live.checks.len())
    };
    let inner = Rect::from_center_size(rect.center(), vec2(rect.width(), 24.0));
    parts::column_in(w, ui, inner, "hold", |w, ui| {
        w.text(
            ui,
            Label::small(&text)
                .strong()
                .ltr()
                .centred()
                .width(inner.width())
                .colour(theme.ink),
        )
    });
    let response = ui.interact(rect, ui.scope_id().with("hold-ring"), Sense::hover());
    let word = s.t(if share > 0.0 {
        "photo-oval-ready"
    } else {
        "photo-oval-wait"
    });
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, word.clone()));
    ui.ctx()
        .accesskit_node_builder(response.id, |node| node.set_numeric_value(f64::from(share)));
}

fn waiting_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, rect: Rect) {
    let middle =
        Rect::from_center_size(rect.center(), vec2((rect.width() * 0.8).min(560.0), 200.0));
    let condition = sign_in::camera_sentence(s);
    let theme = on_picture();
    parts::column_in(w, ui, middle, "waiting", |w, ui| {
        let width = middle.width();
        w.text(
            ui,
            Label::new(&condition)
                .size(size::TITLE)
                .strong()
                .colour(theme.ink)
                .centred()
                .width(width),
        );
        ui.add_space(space::SMALL);
        w.text(
            ui,
            Label::new(&s.t("photo-camera-help"))
                .colour(theme.muted)
                .centred()
                .width(width),
        );
    });
}

fn aside_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let attempt = s.n_of("photo-try", work.photo.attempt, work.photo.tries);
    match &work.photo.phase {
        PhotoPhase::Captured(shot) => shot_ui(
            w,
            ui,
            s,
            shot,
            "photo-captured",
            "photo-captured-about",
            &attempt,
            false,
        ),
        PhotoPhase::Kept(shot) => shot_ui(
            w,
            ui,
            s,
            shot,
            "photo-kept",
            "photo-kept-about",
            &attempt,
            true,
        ),
        _ => {
            challenge::card_ui(w, ui, s, work);
            if challenge::moving(work) {
                camera_ui(w, ui, s);
                return;
            }
            w.card(ui, |w, ui| {
                w.split(
                    ui,
                    |w, ui| w.title(ui, &s.t("photo-title")),
                    |w, ui| w.note(ui, &attempt),
                );
                ui.add_space(space::TINY);
                let checks = s.live.map(|l| l.checks.clone()).unwrap_or_default();
                parts::checks_ui(w, ui, s, &checks);
                if checks.is_empty() {
                    w.note(ui, &s.t("photo-waiting"));
                }
            });
            ui.add_space(space::SMALL);
            camera_ui(w, ui, s);
            w.note(ui, &s.t("photo-auto"));
        }
    }
}

fn camera_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let camera = &s.state.camera;
    if camera.replayed {
        w.status(ui, Tone::Attention, &s.t("photo-replayed"));
    }
    if camera.live() && camera.size.is_some() {
        w.note(ui, &parts::camera_line(s));
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "two captions and the flags of one card"
)]
fn shot_ui(
    w: &mut Widgets,
    ui: &mut Ui,
    s: &Screen<'_>,
    shot: &Shot,
    title: &str,
    about: &str,
    attempt: &str,
    kept: bool,
) {
    w.card(ui, |w, ui| {
        w.split(
            ui,
            |w, ui| w.title(ui, &s.t(title)),
            |w, ui| w.note(ui, attempt),
        );
        if kept {
            w.status(ui, Tone::Ok, &s.t(about));
        } else {
            w.status(ui, Tone::Info, &s.t(about));
        }
        if let Some(reason) = shot.reason {
            w.status(
                ui,
                Tone::Attention,
                &s.with("photo-reason", "reason", s.of("reason-", reason.key())),
            );
        }
        ui.add_space(space::TINY);
        parts::checks_ui(w, ui, s, &shot.checks);
        w.line_across(ui);
        if shot.clauses.is_empty() {
            w.row(ui, |w, ui| {
                w.sign(ui, Icon::Tick, Tone::Ok);
                w.label(ui, &s.t("photo-clauses-none"));
            });
            return;
        }
        w.text(ui, Label::new(&s.t("photo-clauses")).strong());
        for clause in &shot.clauses {
            w.row(ui, |w, ui| {
                w.sign(ui, Icon::Bang, Tone::Attention);
                w.label(ui, &s.t(clause));
            });
        }
    });
}

/// The line of keys.
pub fn photograph_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let (back, hide) = (
        s.t("work-previous"),
        s.t(if work.photo.hidden {
            "photo-show"
        } else {
            "photo-hide"
        }),
    );
    let moving = challenge::moving(work);
    if !moving
        && w.button(ui, Button::secondary(&back).key("PageUp").id("previous"))
            .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Goto(work.step.previous())));
    }
    let captured = application_shot(work);
    if !captured
        && !moving
        && w.button(ui, Button::secondary(&hide).key("H").id("hide"))
            .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::HidePicture(
            !work.photo.hidden,
        )));
    }
    application::leave_keys_short_ui(w, ui, s);
    application::step_keys(ui, s, work);
    parts::at_end(w, ui, "end", |w, ui| match &work.photo.phase {
        PhotoPhase::Captured(_) => captured_keys_ui(w, ui, s),
        PhotoPhase::Kept(_) => kept_keys_ui(w, ui, s),
        PhotoPhase::Live => live_keys_ui(w, ui, s, work),
        PhotoPhase::Burst { .. } | PhotoPhase::Working => {
            w.status(ui, Tone::Info, &s.t("photo-working"));
        }
    });
}

fn application_shot(work: &Work) -> bool {
    matches!(
        work.photo.phase,
        PhotoPhase::Captured(_) | PhotoPhase::Kept(_)
    )
}

fn live_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let moving = challenge::moving(work);
    let ready = !moving
        && s.live
            .is_some_and(|l| !l.checks.is_empty() && l.checks.iter().all(desk::Check::holds));
    let (take, next) = (
        s.t(if ready {
            "photo-take"
        } else {
            "photo-take-reason"
        }),
        s.t("photo-later"),
    );
    if !moving
        && w.button(ui, Button::secondary(&next).key("PageDown").id("next"))
            .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Goto(
            Step::Photograph.next(),
        )));
    }
    let enabled = s.live.is_some();
    let button = if ready {
        Button::primary(&take)
    } else {
        Button::secondary(&take)
    };
    if w.button(ui, button.key("Ctrl+Enter").enabled(enabled).id("take"))
        .clicked()
    {
        if ready {
            s.send(Command::Enrolment(EnrolmentAct::TakeNow(None)));
        } else {
            s.local.ask(Dialog::TakeNow);
        }
    }
    challenge::keys_ui(w, ui, s, work);
}

fn captured_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (retake, keep) = (s.t("photo-retake"), s.t("photo-keep"));
    if w.button(ui, Button::secondary(&retake).key("R").id("retake"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Retake));
    }
    if w.button(ui, Button::primary(&keep).key("Enter").id("keep"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::KeepPhoto));
    }
}

fn kept_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let next_step = s.t(Step::Photograph.next().key());
    let (retake, next) = (s.t("photo-retake"), s.with("work-next", "step", next_step));
    if w.button(ui, Button::secondary(&retake).key("R").id("retake"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Retake));
    }
    if w.button(ui, Button::primary(&next).key("Enter").id("next"))
        .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::Goto(
            Step::Photograph.next(),
        )));
    }
}
