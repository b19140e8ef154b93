//! Whole challenges with generated material before the real networks.

use face::liveness::{Action, Challenge, Decision, Policy, Prompt, Session, Watcher};
use face::{Analyser, Picture, Template};

use crate::actor::Actor;
use crate::puppet::{Posture, Puppet};

/// Between two frames: a slow office PC.
const FRAME_MS: u64 = 100;
/// Frames of the longest session that the policy allows.
const FRAMES: u64 = 610;
/// What the camera gives.
const WIDTH: u32 = 640;
const HEIGHT: u32 = 480;
/// A camera freezes after so many frames.
const FREEZES: u64 = 14;

/// What is before the camera.
#[derive(Debug, Clone, Copy)]
pub enum Shown<'p> {
    /// It follows what is asked: a head is bona fide, a print that is turned, bowed and brought closer is an attack.
    Follows(&'p Puppet),
    /// It is held still.
    Still(&'p Puppet),
    /// A clip of the same person with another order of movements.
    OtherOrder(&'p Puppet),
    /// The second takes the place of the first after the first movement, and follows.
    Swapped(&'p Puppet, &'p Puppet),
    /// Somebody else follows what is asked; the portrait that is to be enrolled is the second's.
    Stranger(&'p Puppet, &'p Puppet),
    /// A camera that gives the same frame again and again.
    Frozen(&'p Puppet),
}

/// One challenge of this seed, at 10 frames a second of 640 × 480.
pub fn trial(analyser: &mut Analyser, shown: Shown<'_>, seed: u64) -> Decision {
    analyser.reset_track();
    let challenge = Challenge::draw(seed);
    let clip = other_order(&challenge, seed);
    let portrait = match shown {
        Shown::Stranger(_, enrolled) => portrait_of(analyser, enrolled),
        _ => None,
    };
    let mut watcher = Watcher::new(Session::new(challenge, Policy::default()), portrait);
    let mut actor = Actor::new(seed);
    let mut frozen: Option<Picture> = None;
    for nth in 0..FRAMES {
        let at_ms = nth * FRAME_MS;
        let asked = watcher.session().prompt();
        let (puppet, prompt) = match shown {
            Shown::Follows(puppet) | Shown::Frozen(puppet) | Shown::Stranger(puppet, _) => {
                (puppet, asked)
            }
            Shown::Still(puppet) => (puppet, Prompt::LookAhead),
            Shown::OtherOrder(puppet) => (puppet, scheduled(clip, at_ms)),
            Shown::Swapped(first, second) => {
                let swapped = watcher.session().progress().0 > 0;
                (if swapped { second } else { first }, asked)
            }
        };
        let picture = match (&frozen, shown) {
            (Some(picture), Shown::Frozen(_)) => picture.clone(),
            _ => puppet.frame(
                &actor.follow(prompt, at_ms),
                WIDTH,
                HEIGHT,
                seed ^ (nth << 20) ^ nth,
            ),
        };
        if nth == FREEZES {
            frozen = Some(picture.clone());
        }
        if watcher.look(analyser, &picture, at_ms).is_over() {
            break;
        }
    }
    watcher.finish().0
}

/// Another order than this one.
fn other_order(challenge: &Challenge, seed: u64) -> [Action; 3] {
    (1..=100_u64)
        .map(|step| Challenge::draw(seed.wrapping_add(step * 7919)).actions())
        .find(|actions| *actions != challenge.actions())
        .unwrap_or_else(|| challenge.actions())
}

/// What a clip shows at a moment: look ahead a second and a half, move for two, three times.
fn scheduled(clip: [Action; 3], at_ms: u64) -> Prompt {
    let (turn, within) = (at_ms / 3_500, at_ms % 3_500);
    match clip.get(turn as usize) {
        Some(action) if within >= 1_500 => Prompt::Act(*action),
        _ => Prompt::LookAhead,
    }
}

/// The template of somebody who looks straight ahead.
fn portrait_of(analyser: &mut Analyser, puppet: &Puppet) -> Option<Template> {
    let picture = puppet.frame(&Posture::default(), WIDTH, HEIGHT, 0);
    let landmarks = analyser.landmarks(&picture).ok()?;
    analyser.template(&picture, &landmarks).ok()
}
