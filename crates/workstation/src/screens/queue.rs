//! The queue: what is sealed, what is on its way and why something waits.

use super::{Dialog, Screen, parts, sign_in};
use crate::theme::{Tone, space};
use crate::times;
use crate::widgets::{Button, Cell, Label, Widgets};
use desk::{Command, OutboxAct, QueueRow};
use domain::ItemKind;
use eframe::egui::{ScrollArea, Ui};

/// The body.
pub fn queue_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    w.columns(ui, &[0.74, 0.26], |w, ui, column| {
        if column == 0 {
            parts::tall_card(w, ui, |w, ui| {
                if shows_answers(s) {
                    answers_ui(w, ui, s);
                } else {
                    rows_ui(w, ui, s);
                }
            });
        } else {
            figures_ui(w, ui, s);
        }
    });
}

/// What the centre has and did not simply register: somebody may ask for it.
fn answers_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let answers = &s.state.queue.answers;
    w.title(ui, &s.n("answers-title", answers.len() as u64));
    w.note(ui, &s.t("answers-about"));
    ui.add_space(space::SMALL);
    let height = ui.available_height();
    parts::scroll_ui(w, ui, "answers", height, |w, ui| {
        for answer in answers {
            let at = times::exact(s.words, answer.at);
            let what = match answer.kind {
                Some(_) => parts::kind_name(s, answer.kind),
                None => s.t("queue-packet"),
            };
            let line = format!("{what} {} · {at}", answer.packet.short());
            w.status(ui, Tone::Attention, &line);
            w.note(ui, &s.t(answer.key));
            ui.add_space(space::MEDIUM);
        }
    });
}

fn shows_answers(s: &Screen<'_>) -> bool {
    s.local.answers && !s.state.queue.answers.is_empty()
}

fn rows_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let answers = s.state.queue.answers.len() as u64;
    w.split(
        ui,
        |w, ui| w.title(ui, &s.t("queue-title")),
        |w, ui| {
            if answers > 0 {
                w.status(ui, Tone::Attention, &s.n("answers-title", answers));
            }
        },
    );
    w.note(ui, &s.t("queue-about"));
    ui.add_space(space::SMALL);
    let rows = &s.state.queue.rows;
    if rows.is_empty() {
        parts::empty_ui(w, ui, &s.t("queue-none"));
        return;
    }
    let names: Vec<String> = [
        "queue-packet",
        "queue-kind",
        "queue-stage",
        "queue-progress",
        "queue-size",
        "queue-since",
        "queue-why",
    ]
    .into_iter()
    .map(|k| s.t(k))
    .collect();
    let name = |at: usize| names.get(at).map_or("", String::as_str);
    let head = [
        Cell::new(name(0), SHARES[0]),
        Cell::new(name(1), SHARES[1]),
        Cell::new(name(2), SHARES[2]),
        Cell::end(name(3), SHARES[3]),
        Cell::end(name(4), SHARES[4]),
        Cell::new("", GAP),
        Cell::new(name(5), SHARES[5]),
        Cell::new(name(6), SHARES[6]),
    ];
    ui.spacing_mut().item_spacing.y = 0.0;
    w.table_head(ui, &head);
    let height = ui.available_height();
    ScrollArea::vertical()
        .id_salt("queue")
        .max_height(height)
        .auto_shrink([false, false])
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in rows {
                row_ui(w, ui, s, row);
            }
        });
}

/// Shares of the columns: packet, kind, state, sent, size, since, why.
const SHARES: [f32; 7] = [1.2, 1.75, 1.75, 0.65, 0.85, 1.3, 2.0];
/// Between a column that ends at its edge and one that begins there.
const GAP: f32 = 0.2;

fn row_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, row: &QueueRow) {
    let (id, kind, stage) = (row.packet.short(), what(s, row), s.t(row.stage_key));
    let sending = row.sent > 0 && row.waits.is_none();
    let tone = match (row.stage_key, &row.waits) {
        ("stage-settled", _) => Tone::Ok,
        ("stage-outbox", Some(_)) => Tone::Attention,
        ("stage-outbox", None) => Tone::Info,
        _ => Tone::Neutral,
    };
    let sent = if row.stage_key == "stage-outbox" {
        format!("{} %", percent(row))
    } else {
        "–".to_owned()
    };
    let (length, since) = (
        times::size(s.words, row.length),
        times::since(s.words, s.state.now, row.since),
    );
    let why = match &row.waits {
        Some(reason) => why(s, reason),
        None if sending => s.t("queue-sending"),
        None => s.t("queue-next"),
    };
    let cells = [
        Cell::new(&id, SHARES[0]).ltr(),
        Cell::new(&kind, SHARES[1]).strong(),
        Cell::new(&stage, SHARES[2]).tone(tone),
        Cell::figure(&sent, SHARES[3]),
        Cell::end(&length, SHARES[4]).muted(),
        Cell::new("", GAP),
        Cell::new(&since, SHARES[5]).muted(),
        Cell::new(&why, SHARES[6]).muted(),
    ];
    w.table_row(ui, &format!("queue-{id}"), false, &cells);
}

/// What leaves: an application by its kind, anything else by its own word.
fn what(s: &Screen<'_>, row: &QueueRow) -> String {
    match row.item {
        ItemKind::Enrolment => parts::kind_name(s, row.kind),
        ItemKind::Unreviewed => s.t("item-unreviewed"),
        ItemKind::KeyFile => s.t("item-key-file"),
        ItemKind::Void => s.t("item-void"),
    }
}

fn percent(row: &QueueRow) -> u64 {
    row.sent.saturating_mul(100) / row.length.max(1)
}

/// Why a packet waits, in words; a reason that this build does not know is shown as it is.
fn why(s: &Screen<'_>, reason: &str) -> String {
    let key = format!("wait-{reason}");
    match (s.words.has(&key), s.words.has(reason)) {
        (true, _) => s.t(&key),
        (false, true) => s.t(reason),
        _ => reason.to_owned(),
    }
}

fn figures_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>) {
    let queue = &s.state.queue;
    w.card(ui, |w, ui| {
        w.title(ui, &s.t("queue-link"));
        let (tone, link) = sign_in::link_word(s);
        w.status(ui, tone, &link);
        if let Some(error) = &s.state.link.error {
            w.note(ui, &why(s, error));
        }
        if let Some(row) = queue.rows.iter().find(|r| r.sent > 0 && r.waits.is_none()) {
            sending_ui(w, ui, s, row);
        }
    });
    ui.add_space(space::SMALL);
    w.card(ui, |w, ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (key, value) in [
            ("queue-drafts", queue.drafts),
            ("queue-in-review", queue.in_review),
            ("queue-outbox", queue.outbox),
            ("queue-settled", queue.settled),
            ("queue-closed", queue.closed),
        ] {
            parts::figure_ui(w, ui, &s.t(key), &value.to_string());
        }
        if queue.carried > 0 {
            parts::figure_ui(w, ui, &s.t("queue-carried"), &queue.carried.to_string());
        }
        if let Some(oldest) = queue.oldest {
            ui.add_space(space::SMALL);
            w.note(
                ui,
                &s.with(
                    "queue-oldest",
                    "span",
                    times::since(s.words, s.state.now, oldest),
                ),
            );
        }
    });
}

fn sending_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, row: &QueueRow) {
    ui.add_space(space::SMALL);
    let word = format!(
        "{} {}: {} %",
        s.t("queue-sending"),
        row.packet.short(),
        percent(row)
    );
    w.text(ui, Label::small(&word));
    w.progress(ui, row.sent as f32 / row.length.max(1) as f32, &word);
    let Some(rate) = s.state.link.rate_bytes.filter(|r| *r > 0) else {
        return;
    };
    let left = i64::try_from(row.length.saturating_sub(row.sent) * 1000 / rate).unwrap_or(i64::MAX);
    let rate = s.with("queue-rate", "rate", times::size(s.words, rate));
    let left = s.with("queue-remaining", "span", times::span(s.words, left));
    w.note(ui, &format!("{rate} · {left}"));
}

/// The line of keys.
pub fn queue_keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>) {
    parts::to_desk_ui(w, ui, s);
    if !s.state.queue.answers.is_empty() {
        let name = s.t(if shows_answers(s) {
            "queue-title"
        } else {
            "answers-show"
        });
        if w.button(ui, Button::secondary(&name).key("A").id("answers"))
            .clicked()
        {
            s.local.answers = !s.local.answers;
        }
    }
    for (word, key, dialog) in [
        ("queue-write-medium", "W", Dialog::WriteMedium),
        ("queue-read-medium", "E", Dialog::ReadMedium),
    ] {
        let name = s.t(word);
        if w.button(ui, Button::secondary(&name).key(key).id(word))
            .clicked()
        {
            s.local.ask(dialog);
        }
    }
    let paused = s.state.link.paused;
    let (pause, retry) = (
        s.t(if paused {
            "queue-resume"
        } else {
            "queue-pause"
        }),
        s.t("queue-retry"),
    );
    parts::at_end(w, ui, "end", |w, ui| {
        if w.button(ui, Button::secondary(&pause).key("P").id("pause"))
            .clicked()
        {
            s.send(Command::Outbox(OutboxAct::Pause(!paused)));
        }
        if w.button(
            ui,
            Button::primary(&retry)
                .key("T")
                .enabled(!paused)
                .id("retry"),
        )
        .clicked()
        {
            s.send(Command::Outbox(OutboxAct::TryNow));
        }
    });
}
