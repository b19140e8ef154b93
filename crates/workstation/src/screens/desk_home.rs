//! The desk: what can be begun, what waits, how the day goes.

use super::{Page, Screen, parts};
use crate::theme::{Tone, size, space};
use crate::times;
use crate::widgets::{Button, Label, Widgets};
use desk::{Command, DraftView, EnrolmentAct, SessionAct};
use domain::Role;
use eframe::egui::{Rect, Ui, pos2, vec2};
use parts::Tile;

const TILE_HEIGHT: f32 = 148.0;
const TILE_HEIGHT_URDU: f32 = 148.0;

/// The body.
pub fn desk_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let line = match (s.state.link.online, s.state.queue.outbox) {
        (true, _) => s.t("home-online"),
        (false, 0) => s.t("home-offline"),
        (false, n) => s.n("home-offline-waiting", n),
    };
    if w.rtl() {
        // Nastaliq is tall: both on one line leave room for the day's figures.
        parts::line_of(
            w,
            ui,
            58.0,
            |w, ui| w.heading(ui, &s.t("home-title")),
            |w, ui| w.note(ui, &line),
        );
        ui.add_space(space::TINY);
    } else {
        w.heading(ui, &s.t("home-title"));
        w.note(ui, &line);
        ui.add_space(space::MEDIUM);
    }
    tiles_ui(w, ui, s);
    ui.add_space(space::LARGE);
    w.columns(ui, &[2.0, 1.0], |w, ui, column| {
        parts::tall_card(w, ui, |w, ui| {
            if column == 0 {
                drafts_ui(w, ui, s);
            } else {
                today_ui(w, ui, s);
            }
        });
    });
}

fn tiles_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let room = ui.available_rect_before_wrap();
    let height = if w.rtl() {
        TILE_HEIGHT_URDU
    } else {
        TILE_HEIGHT
    };
    let gap = space::LARGE + space::TINY;
    let width = ((room.width() - 2.0 * gap) / 3.0).floor();
    let place = |w: &Widgets, at: usize| {
        let offset = at as f32 * (width + gap);
        let left = if w.rtl() {
            room.right() - offset - width
        } else {
            room.left() + offset
        };
        Rect::from_min_size(pos2(left, room.top()), vec2(width, height))
    };
    let open =
        s.state.station.as_ref().is_some_and(|st| st.lease_open) && s.state.blocked.is_none();
    let supervisor = s
        .state
        .session
        .as_ref()
        .is_some_and(|who| who.role == Role::Supervisor);

    let foot = if open {
        s.t("home-new-time")
    } else {
        s.t("home-new-closed")
    };
    let (title, about) = (
        s.t("home-new"),
        if open {
            s.t("home-new-about")
        } else {
            String::new()
        },
    );
    let tile = Tile {
        title: &title,
        key: "F2",
        about: &about,
        foot: &foot,
        primary: true,
        chosen: false,
        enabled: open,
    };
    let rect = place(w, 0);
    if parts::tile_ui(w, ui, "new", rect, &tile) {
        s.send(Command::Enrolment(EnrolmentAct::New));
    }

    let (title, about) = (s.t("home-review"), s.t("home-review-about"));
    let foot = if supervisor {
        s.n("home-review-waiting", s.state.reviews.len() as u64)
    } else {
        s.t("home-review-supervisors")
    };
    let tile = Tile {
        title: &title,
        key: "F5",
        about: &about,
        foot: &foot,
        primary: false,
        chosen: false,
        enabled: true,
    };
    let rect = place(w, 1);
    if parts::tile_ui(w, ui, "review", rect, &tile) {
        s.local.page = Page::Review;
    }

    let (title, about) = (s.t("home-queue"), s.t("home-queue-about"));
    let foot = queue_foot(s);
    let tile = Tile {
        title: &title,
        key: "F6",
        about: &about,
        foot: &foot,
        primary: false,
        chosen: false,
        enabled: true,
    };
    let rect = place(w, 2);
    if parts::tile_ui(w, ui, "queue", rect, &tile) {
        s.local.page = Page::Queue;
    }
    ui.advance_cursor_after_rect(Rect::from_min_size(room.min, vec2(room.width(), height)));
}

fn queue_foot(s: &Screen<'_>) -> String {
    let waiting = s.n("home-queue-waiting", s.state.queue.outbox);
    let answers = s.state.queue.answers.len() as u64;
    if answers > 0 {
        return format!("{waiting} · {}", s.n("answers-title", answers));
    }
    match s.state.queue.oldest {
        Some(oldest) if s.state.queue.outbox > 0 => {
            let oldest = s.with(
                "home-oldest",
                "span",
                times::since(s.words, s.state.now, oldest),
            );
            format!("{waiting} · {oldest}")
        }
        _ => waiting,
    }
}

fn drafts_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let count = s.state.drafts.len();
    w.split(
        ui,
        |w, ui| w.title(ui, &s.t("home-drafts")),
        |w, ui| {
            if count > 0 {
                w.note(ui, &s.n("home-drafts-count", count as u64));
            }
        },
    );
    if count == 0 {
        parts::empty_ui(w, ui, &s.t("home-drafts-none"));
        return;
    }
    let state = s.state;
    let height = ui.available_height();
    parts::scroll_ui(w, ui, "drafts", height, |w, ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (number, draft) in state.drafts.iter().enumerate() {
            w.line_across(ui);
            draft_ui(w, ui, s, number, draft);
        }
    });
}

fn draft_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, number: usize, draft: &DraftView) {
    let (kind, step) = (parts::kind_name(s, draft.kind), s.t(draft.step.key()));
    let word = if draft.returned.is_some() {
        s.t("home-correct")
    } else {
        s.t("home-resume")
    };
    let width = ui.available_width();
    let (_, rect) = ui.allocate_space(vec2(width, size::BUTTON_HEIGHT_URDU + space::SMALL));
    let mut open = false;
    let name = draft.packet.short();
    parts::row_in(w, ui, rect, &name, |w, ui| {
        let label = Label::new(&kind).strong().one_line();
        w.text(ui, label.width((width * 0.22).floor()));
        if let Some(reason) = &draft.returned {
            let reason = s.t(reason);
            w.status(ui, Tone::Attention, &reason);
        } else {
            let at = s.with("home-at-step", "step", step);
            w.text(ui, Label::new(&at).one_line());
        }
        parts::at_end(w, ui, "draft-end", |w, ui| {
            parts::ago_ui(w, ui, s, draft.saved_at);
            ui.add_space(space::SMALL);
            // The first nine drafts have a digit of their own.
            let key = (number + 1).to_string();
            let id = format!("draft-{name}");
            let mut button = Button::secondary(&word).id(&id);
            if number < 9 {
                button = button.key(&key);
            }
            open = w.button(ui, button).clicked();
        });
    });
    if open {
        s.send(Command::Enrolment(EnrolmentAct::Open(draft.packet)));
    }
}

fn today_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let today = s.state.today;
    w.title(ui, &s.t("home-today"));
    ui.spacing_mut().item_spacing.y = 0.0;
    let first = match today.photos {
        0 => "–".to_owned(),
        n => format!("{} %", (today.first_photo_good * 100 + n / 2) / n),
    };
    for (key, value) in [
        ("home-today-enrolled", today.enrolled.to_string()),
        ("home-today-first", first),
        ("home-today-refused", today.refused.to_string()),
        ("home-today-approved", today.approved.to_string()),
        ("home-today-settled", today.settled.to_string()),
    ] {
        parts::figure_ui(w, ui, &s.t(key), &value);
    }
}

/// The line of keys.
pub fn desk_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    let (station, lock) = (s.t("nav-station"), s.t("nav-lock"));
    if w.button(ui, Button::secondary(&station).key("F8"))
        .clicked()
    {
        s.local.page = Page::Station;
    }
    if s.state.slip.is_some() {
        let print = s.t("nav-print-slip");
        if w.button(ui, Button::secondary(&print).key("Ctrl+P"))
            .clicked()
        {
            s.send(Command::Enrolment(EnrolmentAct::PrintSlip));
        }
    }
    let locked = parts::at_end(w, ui, "end", |w, ui| {
        w.button(ui, Button::secondary(&lock).key("Ctrl+L"))
            .clicked()
    });
    if locked {
        s.send(Command::Session(SessionAct::SignOut));
    }
}
