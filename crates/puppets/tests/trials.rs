//! Generated material before the real networks: a head that follows what is asked is live, everything else is not.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use face::liveness::{Outcome, Reason};
use face::{Analyser, Picture};
use puppets::{Body, Head, Puppet, Shown, trial};
use std::path::{Path, PathBuf};

fn assets(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../assets")
        .join(name)
}

fn puppet(analyser: &mut Analyser, file: &str, body: Body) -> Puppet {
    let bytes = std::fs::read(assets("pictures").join(file)).unwrap();
    let picture = Picture::decode(&bytes).unwrap();
    let landmarks = analyser.landmarks(&picture).unwrap();
    Puppet::new(&picture, &landmarks, body)
}

/// The head of this number among those that thresholds were not chosen with.
fn solid(nth: usize) -> Body {
    Body::Solid(Head::for_judging().nth(nth).unwrap())
}

fn analyser() -> Analyser {
    Analyser::new(&assets("models")).unwrap()
}

#[test]
fn a_head_that_follows_what_is_asked_is_live() {
    let mut analyser = analyser();
    let people = [("obama3.jpg", 1), ("biden.jpg", 3), ("astronaut.png", 6)];
    for (nth, (file, seed)) in people.into_iter().enumerate() {
        let head = puppet(&mut analyser, file, solid(nth));
        let decision = trial(&mut analyser, Shown::Follows(&head), seed);
        assert!(decision.is_live(), "{file} {seed}: {decision:#?}");
    }
}

#[test]
fn a_print_that_is_turned_bowed_and_brought_closer_is_not_live() {
    let mut analyser = analyser();
    for body in [Body::Flat, Body::Bent] {
        let print = puppet(&mut analyser, "obama3.jpg", body);
        for seed in 1..=2 {
            let decision = trial(&mut analyser, Shown::Follows(&print), seed);
            assert!(!decision.is_live(), "{body:?} {seed}: {decision:#?}");
        }
    }
}

#[test]
fn stills_clips_swaps_and_frozen_cameras_are_not_live() {
    let mut analyser = analyser();
    let one = puppet(&mut analyser, "obama3.jpg", solid(4));
    let other = puppet(&mut analyser, "biden.jpg", solid(5));
    let mut outcome = |shown| trial(&mut analyser, shown, 5).outcome;
    assert_eq!(
        outcome(Shown::Still(&one)),
        Outcome::Undecided(Reason::TooLate)
    );
    assert_ne!(outcome(Shown::OtherOrder(&one)), Outcome::Live);
    assert_ne!(outcome(Shown::Swapped(&one, &other)), Outcome::Live);
    assert_eq!(
        outcome(Shown::Stranger(&one, &other)),
        Outcome::NotLive(Reason::OtherFace)
    );
    assert_eq!(
        outcome(Shown::Frozen(&one)),
        Outcome::NotLive(Reason::Frozen)
    );
}
