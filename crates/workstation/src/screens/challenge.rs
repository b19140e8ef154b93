//! The liveness challenge on the photograph screen: which way to move, how far it is, and the ways on when it failed.

use super::{Dialog, Screen};
use crate::theme::{Theme, Tone, space};
use crate::widgets::{Button, Widgets};
use desk::{ChallengeView, Command, EnrolmentAct, Live, PhotoPhase, Work};
use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, Ui, Vec2, pos2, vec2};

/// Length of an arrow's head.
const HEAD: f32 = 26.0;

/// Which way to move, drawn beside the oval: whoever does not read follows the arrow. The picture is not mirrored, so the applicant's left
/// is on its right.
pub fn cue_ui(painter: &Painter, live: &Live, oval: Rect, theme: &Theme) {
    let side = oval.width() * 0.5 + HEAD;
    let rise = oval.height() * 0.5 + HEAD * 0.6;
    let arrows: &[(Vec2, Vec2)] = match live.instruction {
        "challenge-turn-left" => &[(vec2(side, 0.0), vec2(1.0, 0.0))],
        "challenge-turn-right" => &[(vec2(-side, 0.0), vec2(-1.0, 0.0))],
        "challenge-nod" => &[(vec2(0.0, rise * 0.55), vec2(0.0, 1.0))],
        "challenge-come-closer" => &[
            (vec2(side, 0.0), vec2(1.0, 0.0)),
            (vec2(-side, 0.0), vec2(-1.0, 0.0)),
            (vec2(0.0, -rise * 0.7), vec2(0.0, -1.0)),
        ],
        "challenge-blink" => return eyes_ui(painter, oval, theme),
        _ => return,
    };
    for (at, way) in arrows {
        arrow(painter, oval.center() + *at, *way, theme);
    }
}

fn arrow(painter: &Painter, from: Pos2, way: Vec2, theme: &Theme) {
    let (tip, across) = (from + way * HEAD * 2.2, way.rot90());
    for (colour, width) in [(theme.background, 14.0), (theme.accent, 8.0)] {
        let pen = Stroke::new(width, colour);
        painter.line_segment([from, tip], pen);
        painter.add(Shape::line(
            vec![
                tip - way * HEAD + across * HEAD,
                tip,
                tip - way * HEAD - across * HEAD,
            ],
            pen,
        ));
    }
}

/// Two closed lids.
fn eyes_ui(painter: &Painter, oval: Rect, theme: &Theme) {
    for side in [-1.0, 1.0] {
        let above = oval.center() + vec2(side * oval.width() * 0.36, -oval.height() * 0.62);
        // Where the face reaches the picture's edge, on the forehead.
        let middle = above.max(pos2(above.x, painter.clip_rect().top() + HEAD));
        let points: Vec<Pos2> = (0..=12)
            .map(|i| {
                let x = i as f32 / 6.0 - 1.0;
                middle + vec2(x * HEAD * 1.4, (1.0 - x * x) * HEAD * 0.6)
            })
            .collect();
        for (colour, width) in [(theme.background, 12.0), (theme.accent, 7.0)] {
            painter.add(Shape::line(points.clone(), Stroke::new(width, colour)));
        }
    }
}

/// How far it is, beside the picture.
pub fn card_ui(w: &mut Widgets, ui: &mut Ui, s: &Screen<'_>, work: &Work) {
    let (tone, words, about) = match work.photo.challenge {
        ChallengeView::Waiting => return,
        ChallengeView::Passed => {
            w.status(ui, Tone::Ok, &s.t("challenge-passed"));
            return;
        }
        ChallengeView::Vouched => {
            w.status(ui, Tone::Attention, &s.t("challenge-vouched"));
            return;
        }
        ChallengeView::Running { done, of } => (
            Tone::Info,
            s.n_of("challenge-done", done, of),
            "challenge-about",
        ),
        ChallengeView::Failed => (
            Tone::Attention,
            s.t("challenge-failed"),
            "challenge-failed-about",
        ),
        ChallengeView::TriesOver => (
            Tone::Attention,
            s.t("challenge-failed"),
            "challenge-tries-over-about",
        ),
    };
    let attempt = s.n_of("photo-try", work.photo.attempt, work.photo.tries);
    w.card(ui, |w, ui| {
        w.split(
            ui,
            |w, ui| w.title(ui, &s.t("challenge-title")),
            |w, ui| w.note(ui, &attempt),
        );
        ui.add_space(space::TINY);
        w.status(ui, tone, &words);
        w.note(ui, &s.t(about));
    });
    ui.add_space(space::SMALL);
}

/// Whether the applicant moves or has just failed to: then the line of keys has room for what belongs to that only.
pub fn moving(work: &Work) -> bool {
    matches!(work.photo.phase, PhotoPhase::Live)
        && matches!(
            work.photo.challenge,
            ChallengeView::Running { .. } | ChallengeView::Failed | ChallengeView::TriesOver
        )
}

/// The keys of a challenge that is under way or failed.
pub fn keys_ui(w: &mut Widgets, ui: &mut Ui, s: &mut Screen<'_>, work: &Work) {
    let failed = work.photo.challenge == ChallengeView::Failed;
    if !moving(work) {
        return;
    }
    let (other, begin) = (s.t("challenge-other-way"), s.t("challenge-begin"));
    if w.button(ui, Button::secondary(&other).key("O").id("vouch"))
        .clicked()
    {
        s.local.ask(Dialog::Vouch);
    }
    if failed
        && w.button(ui, Button::primary(&begin).key("Enter").id("begin"))
            .clicked()
    {
        s.send(Command::Enrolment(EnrolmentAct::BeginChallenge));
    }
}
