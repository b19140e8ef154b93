//! What the liveness challenge accepts and refuses, over thousands of generated sessions. Heads, motion, measuring errors and attacks are generated: no recording of a
//! real attack is at hand, so these counts show the logic, not the field.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "liveness/attack.rs"]
mod attack;
#[path = "liveness/head.rs"]
mod head;
#[path = "liveness/person.rs"]
mod person;

use std::collections::BTreeMap;

use attack::{Attack, bona_fide, trial};
use face::liveness::{
    AlternativeReason, CameraId, Challenge, Observation, ObservedFace, Outcome, Policy, Reason,
    Session, run_over,
};
use face::verify::Rate;
use face::{Eyes, Landmarks, Point, Pose};
use proptest::prelude::*;

/// Trials of each kind; the model card states the counts.
const TRIALS: u64 = 1000;

/// Outcomes of so many runs on two threads, most frequent first.
fn outcomes(trials: u64, run: impl Fn(u64) -> Outcome + Sync) -> Vec<(Outcome, u64)> {
    let half = |first: u64| (first..trials).step_by(2).map(&run).collect::<Vec<_>>();
    let all = std::thread::scope(|scope| {
        let other = scope.spawn(|| half(1));
        let mut all = half(0);
        all.extend(other.join().unwrap());
        all
    });
    let mut counts: BTreeMap<String, (Outcome, u64)> = BTreeMap::new();
    for outcome in all {
        counts
            .entry(format!("{outcome:?}"))
            .or_insert((outcome, 0))
            .1 += 1;
    }
    let mut counts: Vec<_> = counts.into_values().collect();
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

fn live(counts: &[(Outcome, u64)]) -> u64 {
    counts
        .iter()
        .filter(|(outcome, _)| *outcome == Outcome::Live)
        .map(|(_, count)| count)
        .sum()
}

#[test]
fn people_pass_and_no_generated_attack_does() {
    let trials = TRIALS;
    let people = outcomes(trials, |seed| bona_fide(seed * 7919 + 1).outcome);
    let refused = Rate::of(trials - live(&people), trials);
    println!(
        "BPCER {} of {} (95 % {:.4}..{:.4}): {people:?}",
        refused.errors, refused.trials, refused.low95, refused.high95
    );
    let mut accepted = Vec::new();
    for attack in Attack::ALL {
        let counts = outcomes(trials, |seed| trial(attack, seed * 104_729 + 3).outcome);
        let rate = Rate::of(live(&counts), trials);
        println!(
            "APCER {attack:?} {} of {} (95 % up to {:.4}): {counts:?}",
            rate.errors, rate.trials, rate.high95
        );
        if rate.errors > 0 {
            accepted.push((attack, rate.errors));
        }
    }
    assert!(accepted.is_empty(), "accepted: {accepted:?}");
    assert!(
        live(&people) * 100 >= 97 * trials,
        "only {} of {trials} people passed",
        live(&people)
    );
}

#[test]
fn a_session_can_be_cancelled_and_an_alternative_is_recorded_as_such() {
    let mut session = Session::new(Challenge::draw(1), Policy::default());
    session.cancel();
    session.take_alternative(AlternativeReason::CannotMoveHead);
    assert_eq!(
        session.finish().outcome,
        Outcome::Cancelled,
        "the first end stands"
    );
    let mut session = Session::new(Challenge::draw(1), Policy::default());
    session.take_alternative(AlternativeReason::CannotMoveHead);
    let decision = session.finish();
    assert_eq!(
        decision.outcome,
        Outcome::Alternative(AlternativeReason::CannotMoveHead)
    );
    assert!(!decision.is_live());
}

#[test]
fn a_decision_survives_being_stored() {
    let decision = bona_fide(1);
    let text = serde_json::to_string(&decision).unwrap();
    let back: face::liveness::Decision = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (back.outcome, back.evidence.steps.len()),
        (decision.outcome, 3)
    );
    assert!(
        !text.contains("landmark"),
        "evidence holds figures, no faces"
    );
}

/// Frames as no camera gives them: any time, any figures, any face.
fn any_frame() -> impl Strategy<Value = Observation> {
    let angle = prop_oneof![5 => -60.0_f32..60.0, 1 => Just(f32::NAN), 1 => Just(f32::INFINITY)];
    let score =
        prop_oneof![3 => Just(None), 3 => (0.0_f32..1.0).prop_map(Some), 1 => Just(Some(f32::NAN))];
    let face = (
        angle.clone(),
        angle,
        0.0_f32..1.0,
        0.1_f32..400.0,
        score.clone(),
        score,
    )
        .prop_map(|(yaw, pitch, open, size, passive, similarity)| {
            let points = std::array::from_fn(|i| {
                Point::new(
                    300.0 + (i * 37 % 68) as f32 * size / 30.0,
                    200.0 + (i * 11 % 68) as f32 * size / 30.0,
                )
            });
            ObservedFace {
                landmarks: Landmarks::from_points(points),
                pose: Pose {
                    yaw_deg: yaw,
                    pitch_deg: pitch,
                    roll_deg: 0.0,
                },
                eyes: Eyes {
                    right_open: open,
                    left_open: open,
                },
                passive,
                similarity,
            }
        });
    let time = prop_oneof![20 => 0_u64..200, 1 => Just(u64::MAX), 1 => Just(5_000_000)];
    (
        time,
        0_u64..50,
        0_u64..30,
        0_usize..3,
        prop::option::weighted(0.8, face),
    )
        .prop_map(|(at_ms, digest, camera, faces, face)| Observation {
            at_ms,
            digest,
            camera: CameraId(u64::from(camera == 0)),
            faces,
            face,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn any_sequence_ends_without_a_panic_and_is_not_taken_for_a_person(seed in any::<u64>(), mut frames in prop::collection::vec(any_frame(), 0..120)) {
        // Mostly on a clock that runs; now and then one that does not.
        let mut clock = 0_u64;
        for frame in &mut frames {
            clock = clock.wrapping_add(frame.at_ms);
            frame.at_ms = clock;
        }
        let decision = run_over(Challenge::draw(seed), Policy::default(), &frames);
        prop_assert!(!decision.is_live());
        prop_assert!(decision.evidence.frames <= frames.len() && decision.evidence.steps.len() <= 3);
    }
}

#[test]
fn a_session_that_never_ends_by_itself_is_ended() {
    // The same moment over and over: no deadline passes, but the number of frames is limited.
    let mut session = Session::new(Challenge::draw(4), Policy::default());
    let mut frames = 0_u64;
    while !session.prompt().is_over() {
        frames += 1;
        session.observe(&Observation {
            at_ms: 5,
            digest: frames,
            camera: CameraId(1),
            faces: 0,
            face: None,
        });
        assert!(frames < 10_000);
    }
    assert_eq!(
        session.finish().outcome,
        Outcome::Undecided(Reason::TooManyFrames)
    );
    let mut session = Session::new(Challenge::draw(4), Policy::default());
    session.observe(&Observation {
        at_ms: 5,
        digest: 1,
        camera: CameraId(1),
        faces: 0,
        face: None,
    });
    assert!(
        session.tick(60_000).is_over(),
        "a camera that gives nothing more does not hold the desk"
    );
}
