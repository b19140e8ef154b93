//! Review: the riskiest first, the portrait large, the evidence beside it; three keys decide.

use super::{Dialog, Page, Screen, parts};
use crate::theme::{Tone, size, space};
use crate::times;
use crate::widgets::{Button, Icon, Label, Widgets};
use desk::{Command, OpenReview, Picture, ReviewAct, ReviewView};
use domain::{Application, ChallengeOutcome, ChallengeRecord, Role, Source};
use eframe::egui::{self, Rect, ScrollArea, Sense, StrokeKind, Ui, WidgetInfo, pos2, vec2};

/// Flags that a row of the list names one by one.
const MAX_FLAGS: usize = 2;
/// Width of the list beside an open review.
const LIST: f32 = 270.0;

/// The list, with nothing open.
pub fn review_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    if !supervisor(s) {
        w.card(ui, |w, ui| {
            parts::empty_ui(w, ui, &s.t("review-only-supervisors"));
        });
        return;
    }
    w.columns(ui, &[0.36, 0.64], |w, ui, column| {
        parts::tall_card(w, ui, |w, ui| {
            if column == 0 {
                list_ui(w, ui, s, None);
            } else {
                let key = if s.state.reviews.is_empty() {
                    "review-none"
                } else {
                    "review-choose"
                };
                parts::empty_ui(w, ui, &s.t(key));
            }
        });
    });
}

fn supervisor(s: &Screen<'_>) -> bool {
    s.state
        .session
        .as_ref()
        .is_some_and(|who| who.role == Role::Supervisor)
}

/// The line of keys, with nothing open.
pub fn review_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    parts::to_desk_ui(w, ui, s);
    let first = s.state.reviews.first().map(|r| r.packet);
    let word = s.t("review-open-first");
    let ready = supervisor(s) && first.is_some();
    let open = parts::at_end(w, ui, "end", |w, ui| {
        w.button(
            ui,
            Button::primary(&word)
                .key("Enter")
                .enabled(ready)
                .id("open-first"),
        )
        .clicked()
    });
    if let (true, Some(packet)) = (open, first) {
        s.send(Command::Review(ReviewAct::Open(packet)));
    }
}

/// An open review.
pub fn open_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, open: &OpenReview) {
    let room = ui.available_rect_before_wrap();
    if s.local.zoom {
        picture_ui(w, ui, s, open, room);
        return;
    }
    // The portrait is 35 × 45 and as tall as the room beside its keys.
    let tall = (room.height() - size::BUTTON_HEIGHT_URDU - space::MEDIUM).max(100.0);
    let portrait = (tall * 35.0 / 45.0).min(room.width() * 0.34).floor();
    let gap = space::LARGE;
    let rest = (room.width() - LIST - portrait - 2.0 * gap).max(100.0);
    w.columns(ui, &[LIST, portrait, rest], |w, ui, column| match column {
        0 => parts::tall_list_card(w, ui, |w, ui| list_ui(w, ui, s, Some(&open.row))),
        1 => portrait_ui(w, ui, s, open),
        _ => {
            details_ui(w, ui, s, open);
            ui.add_space(space::SMALL);
            parts::tall_card(w, ui, |w, ui| evidence_ui(w, ui, s, open));
        }
    });
}

fn list_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, open: Option<&ReviewView>) {
    let state = s.state;
    let height = ui.available_height();
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical()
        .id_salt("reviews")
        .max_height(height)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            if let Some(row) = open.filter(|o| !state.reviews.iter().any(|r| r.packet == o.packet))
            {
                row_ui(w, ui, s, row, true);
            }
            for row in state.reviews.iter() {
                let chosen = open.is_some_and(|o| o.packet == row.packet);
                if row_ui(w, ui, s, row, chosen) && !chosen {
                    s.send(Command::Review(ReviewAct::Open(row.packet)));
                }
            }
            if state.own_reviews > 0 {
                ui.add_space(space::MEDIUM);
                w.note(ui, &s.n("review-own", state.own_reviews as u64));
            }
        });
}

/// A row of the list; true when it is clicked.
fn row_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, row: &ReviewView, chosen: bool) -> bool {
    let rtl = w.rtl();
    let (line, flag) = if rtl { (44.0, 38.0) } else { (32.0, 26.0) };
    let flags = row.flags.len().clamp(1, MAX_FLAGS + 1) as f32;
    let (_, rect) = ui.allocate_space(vec2(
        ui.available_width(),
        line + flags * flag + space::MEDIUM,
    ));
    let id = ui.make_persistent_id(("review", row.packet.short()));
    let response = ui.interact(rect, id, Sense::click());
    let kind = parts::kind_name(s, row.kind);
    let age = times::since(s.words, s.state.now, row.since);
    let mut words: Vec<String> = row.flags.iter().take(MAX_FLAGS).map(|f| s.t(f)).collect();
    if let Some(station) = &row.station {
        words.insert(0, s.with("review-at-station", "station", station.as_str()));
    }
    if row.flags.len() > MAX_FLAGS {
        words.push(s.n("review-more-flags", (row.flags.len() - MAX_FLAGS) as u64));
    }
    let spoken = format!(
        "{kind}, {age}, {}",
        if words.is_empty() {
            s.t("review-all-good")
        } else {
            words.join(", ")
        }
    );
    response
        .widget_info(|| WidgetInfo::labeled(egui::Role::Button, ui.is_enabled(), spoken.clone()));
    if chosen {
        ui.ctx()
            .accesskit_node_builder(response.id, |node| node.set_selected(true));
    }
    let theme = *w.theme();
    if chosen || response.hovered() {
        ui.painter()
            .rect_filled(rect, theme.corner(), theme.selected);
    }
    if response.has_focus() {
        ui.painter()
            .rect_stroke(rect, theme.corner(), theme.focus(), StrokeKind::Inside);
    }
    ui.painter()
        .hline(rect.x_range(), rect.bottom(), theme.border());
    parts::column_in(
        w,
        ui,
        rect.shrink2(vec2(space::SMALL, space::TINY)),
        &row.packet.short(),
        |w, ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            parts::line_of(
                w,
                ui,
                line,
                |w, ui| {
                    let age = if w.rtl() { 118.0 } else { 80.0 };
                    let width = (ui.available_width() - age).max(40.0);
                    w.text(ui, Label::new(&kind).strong().one_line().width(width))
                },
                |w, ui| w.text(ui, Label::small(&age).muted().one_line()),
            );
            if words.is_empty() {
                w.status(ui, Tone::Ok, &s.t("review-all-good"));
            }
            for word in &words {
                w.status(ui, Tone::Attention, word);
            }
        },
    );
    response.clicked()
}

fn portrait_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, open: &OpenReview) {
    let room = ui.available_rect_before_wrap();
    let height =
        (room.width() * 45.0 / 35.0).min(room.height() - size::BUTTON_HEIGHT_URDU - space::MEDIUM);
    let rect = Rect::from_min_size(room.min, vec2(room.width(), height));
    picture_ui(w, ui, s, open, rect);
    ui.advance_cursor_after_rect(rect);
    ui.add_space(space::TINY);
    let (burst, zoom) = (s.t("review-burst"), s.t("review-zoom"));
    let shown = match s.local.burst_at {
        Some(at) => s.n_of("review-burst-of", at + 1, open.burst.len()),
        None => s.t("review-portrait"),
    };
    w.row(ui, |w, ui| {
        let more = !open.burst.is_empty();
        if w.button(
            ui,
            Button::secondary(&burst).key("B").enabled(more).id("burst"),
        )
        .clicked()
        {
            s.local.burst_at = match s.local.burst_at {
                None => Some(0),
                Some(at) if at + 1 < open.burst.len() => Some(at + 1),
                Some(_) => None,
            };
        }
        if w.button(ui, Button::secondary(&zoom).key("Z").id("zoom"))
            .clicked()
        {
            s.local.zoom = true;
        }
        ui.add_space(space::TINY);
        w.note(ui, &shown);
    });
}

fn picture_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, open: &OpenReview, rect: Rect) {
    let (picture, place): (&Picture, String) = match s
        .local
        .burst_at
        .and_then(|at| open.burst.get(at).map(|p| (p, at)))
    {
        Some((picture, at)) => (picture, format!("burst-{at}")),
        None => (&open.portrait, "review".to_owned()),
    };
    let at = parts::contain(rect, picture);
    // A picture wider than its room stands at the top, beside the first line of the details.
    let at = if s.local.zoom {
        at
    } else {
        Rect::from_min_size(pos2(at.left(), rect.top()), at.size())
    };
    let name = s.t(if s.local.burst_at.is_some() {
        "review-burst"
    } else {
        "review-portrait"
    });
    parts::picture_ui(w, ui, s, &place, picture, at, &name);
}

fn details_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, open: &OpenReview) {
    let application = &open.application;
    let d = &application.details;
    w.card(ui, |w, ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        parts::bilingual_ui(
            w,
            ui,
            &s.t("review-name"),
            Some(d.name.latin.expose()),
            Some(d.name.urdu.expose()),
        );
        parts::bilingual_ui(
            w,
            ui,
            &s.t("review-father"),
            Some(d.father.latin.expose()),
            Some(d.father.urdu.expose()),
        );
        if let Some(cnic) = d.cnic {
            parts::bilingual_ui(w, ui, &s.t("field-cnic"), Some(&cnic.expose()), None);
        }
        if let Some(guardian) = d.guardian {
            parts::bilingual_ui(
                w,
                ui,
                &s.t("review-guardian"),
                Some(&guardian.expose()),
                None,
            );
        }
        parts::born_ui(w, ui, s, &d.born.expose(), d.gender);
        parts::bilingual_ui(
            w,
            ui,
            &s.t("review-address"),
            None,
            Some(d.address.expose()),
        );
        let officer = format!(
            "{} · {}",
            open.row.officer.as_str(),
            times::clock(application.photo.at)
        );
        parts::bilingual_ui(w, ui, &s.t("review-officer"), Some(&officer), None);
    });
}

/// A line of the evidence.
struct Evidence {
    tone: Tone,
    words: String,
    value: String,
}

fn evidence_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, open: &OpenReview) {
    w.title(ui, &s.t("review-evidence"));
    ui.add_space(space::TINY);
    let height = ui.available_height();
    ScrollArea::vertical()
        .id_salt("evidence")
        .max_height(height)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for line in evidence(s, open) {
                w.line_across(ui);
                let tall = if w.rtl() { 37.0 } else { 36.0 };
                parts::line_of(
                    w,
                    ui,
                    tall,
                    |w, ui| {
                        w.sign(ui, Icon::of(line.tone), line.tone);
                        let room = (ui.available_width()
                            - if line.value.is_empty() { 0.0 } else { 96.0 })
                        .max(60.0);
                        w.text(ui, Label::new(&line.words).one_line().width(room))
                    },
                    |w, ui| w.text(ui, Label::small(&line.value).muted()),
                );
            }
        });
}

fn evidence(s: &Screen<'_>, open: &OpenReview) -> Vec<Evidence> {
    let application: &Application = &open.application;
    let photo = &application.photo;
    let mut lines = Vec::new();
    let mut add = |tone, words: String, value: String| lines.push(Evidence { tone, words, value });
    let short = open.shortfalls.len();
    let (tone, value) = match (open.assessed, short) {
        (0, _) => (Tone::Stop, String::new()),
        (_, 0) => (Tone::Ok, s.t("review-quality-good")),
        (_, n) => (Tone::Attention, s.n("review-quality-short", n as u64)),
    };
    let words = if open.assessed == 0 {
        s.t("clause-no-face")
    } else {
        s.n("review-quality", open.assessed as u64)
    };
    add(tone, words, value);
    for (name, value, least) in &open.shortfalls {
        let key = format!("component-{name}");
        let words = if s.words.has(&key) {
            s.t(&key)
        } else {
            name.clone()
        };
        let of = s.words.with(
            "review-least",
            &[
                ("value", value.to_string().into()),
                ("least", least.to_string().into()),
            ],
        );
        add(Tone::Attention, words, of);
    }
    let (tone, key) = if photo.liveness.flagged {
        (Tone::Attention, "review-living-flagged")
    } else {
        (Tone::Ok, "review-living")
    };
    let median = photo
        .liveness
        .passive_median
        .map_or_else(|| "–".to_owned(), |m| format!("{m:.2}"));
    add(tone, s.t(key), median);
    let (tone, words, steps) = challenge_line(s, photo.liveness.challenge.as_ref());
    add(tone, words, steps);
    match &photo.source {
        Source::Replayed => add(Tone::Attention, s.t("review-replayed"), String::new()),
        Source::Camera {
            name,
            trusted: true,
            ..
        } => add(
            Tone::Ok,
            s.with("review-camera", "name", name.clone()),
            String::new(),
        ),
        Source::Camera { name, .. } => add(
            Tone::Attention,
            s.with("review-camera-unknown", "name", name.clone()),
            String::new(),
        ),
    }
    if let Some(reason) = photo.reason {
        add(
            Tone::Attention,
            s.with(
                "review-with-reason",
                "reason",
                s.of("reason-", reason.key()),
            ),
            String::new(),
        );
    }
    let tone = if photo.attempt == 1 {
        Tone::Ok
    } else {
        Tone::Info
    };
    add(tone, s.n("review-attempt", photo.attempt), String::new());
    let key = if application.consent.by_guardian {
        "review-consent-guardian"
    } else {
        "review-consent"
    };
    add(
        Tone::Ok,
        s.n(key, application.consent.text_version),
        times::clock(application.consent.at),
    );
    for exception in &application.exceptions {
        add(
            Tone::Info,
            s.with(
                "review-exception",
                "name",
                s.of("exception-", exception.key()),
            ),
            String::new(),
        );
    }
    lines
}

/// The line of keys of an open review.
pub fn open_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, open: &OpenReview) {
    let (close, next) = (s.t("review-close"), s.t("review-next"));
    if w.button(ui, Button::secondary(&close).key("Esc").id("close"))
        .clicked()
    {
        if s.local.zoom {
            s.local.zoom = false;
        } else {
            s.local.page = Page::Review;
            s.send(Command::Review(ReviewAct::Close));
        }
    }
    if let Some(packet) = after(s, open)
        && w.button(ui, Button::secondary(&next).key("Down").id("next-review"))
            .clicked()
    {
        s.send(Command::Review(ReviewAct::Open(packet)));
    }
    let (reject, back, approve) = (
        s.t("review-reject"),
        s.t("review-return"),
        s.t("review-approve"),
    );
    let ready = !open.deciding;
    parts::at_end(w, ui, "end", |w, ui| {
        if w.button(
            ui,
            Button::danger(&reject).key("X").enabled(ready).id("reject"),
        )
        .clicked()
        {
            s.local.ask(Dialog::Reject);
        }
        if w.button(
            ui,
            Button::secondary(&back)
                .key("R")
                .enabled(ready)
                .id("return"),
        )
        .clicked()
        {
            s.local.ask(Dialog::Return);
        }
        if w.button(
            ui,
            Button::primary(&approve)
                .key("A")
                .enabled(ready)
                .id("approve"),
        )
        .clicked()
        {
            s.send(Command::Review(ReviewAct::Approve));
        }
    });
    if s.local.zoom && parts::pressed(w, ui, "Z") {
        s.local.zoom = false;
    }
}

/// The review after this one in the list, around its end.
fn after(s: &Screen<'_>, open: &OpenReview) -> Option<domain::PacketId> {
    let list = &s.state.reviews;
    let at = list.iter().position(|r| r.packet == open.row.packet)?;
    let next = list.get((at + 1) % list.len())?;
    (next.packet != open.row.packet).then_some(next.packet)
}

/// What the liveness challenge came to, and how many of its movements were done.
fn challenge_line(s: &Screen<'_>, challenge: Option<&ChallengeRecord>) -> (Tone, String, String) {
    let Some(challenge) = challenge else {
        return (Tone::Info, s.t("review-challenge-none"), String::new());
    };
    let steps = s.n_of(
        "review-challenge-steps",
        challenge.done,
        challenge.asked.len() as u32,
    );
    match challenge.outcome {
        ChallengeOutcome::Live => (Tone::Ok, s.t("review-challenge-live"), steps),
        ChallengeOutcome::Alternative => {
            let why = challenge.why.as_deref().unwrap_or("cannot-other");
            let words = s.with(
                "review-challenge-alternative",
                "reason",
                s.of("vouch-", why),
            );
            (Tone::Attention, words, String::new())
        }
        other => (
            Tone::Attention,
            s.of("review-challenge-", other.key()),
            steps,
        ),
    }
}
