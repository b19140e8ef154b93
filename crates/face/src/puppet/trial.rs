//! Whole challenges with generated material before the real networks.

use super::{Actor, Posture, Puppet};
use crate::analyser::Analyser;
use crate::comparison::{Score, compare};
use crate::liveness::{
    Action, CameraId, Challenge, Decision, Observation, ObservedFace, Policy, Prompt, Session,
    digest_of,
};
use crate::picture::Picture;
use crate::template::Template;

/// Between two frames.
const FRAME_MS: u64 = 66;
/// Frames of the longest session that the policy allows.
const FRAMES: u64 = 920;
/// As the desk does it.
const PASSIVE_EVERY: u64 = 4;
const SIMILARITY_EVERY_MS: u64 = 500;
/// A camera freezes after so many frames.
const FREEZES: u64 = 20;

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

/// One challenge of this seed, at 15 frames a second of 1280 × 720.
pub fn trial(analyser: &mut Analyser, shown: Shown<'_>, seed: u64) -> Decision {
    analyser.reset_track();
    let challenge = Challenge::draw(seed);
    let clip = other_order(&challenge, seed);
    let mut watch = Watch {
        analyser,
        session: Session::new(challenge, Policy::default()),
        anchor: None,
        next_similarity_ms: 0,
    };
    if let Shown::Stranger(_, enrolled) = shown {
        let Some(portrait) = watch.portrait_of(enrolled) else {
            return watch.session.finish();
        };
        watch.anchor = Some(portrait);
    }
    let mut actor = Actor::new(seed);
    let mut frozen: Option<Picture> = None;
    for nth in 0..FRAMES {
        let at_ms = nth * FRAME_MS;
        let asked = watch.session.prompt();
        let (puppet, prompt) = match shown {
            Shown::Follows(puppet) | Shown::Frozen(puppet) | Shown::Stranger(puppet, _) => {
                (puppet, asked)
            }
            Shown::Still(puppet) => (puppet, Prompt::LookAhead),
            Shown::OtherOrder(puppet) => (puppet, scheduled(clip, at_ms)),
            Shown::Swapped(first, second) => {
                let swapped = watch.session.progress().0 > 0;
                (if swapped { second } else { first }, asked)
            }
        };
        let picture = match (&frozen, shown) {
            (Some(picture), Shown::Frozen(_)) => picture.clone(),
            _ => puppet.frame(
                &actor.follow(prompt, at_ms),
                1280,
                720,
                seed ^ (nth << 20) ^ nth,
            ),
        };
        if nth == FREEZES {
            frozen = Some(picture.clone());
        }
        if watch.observe(nth, at_ms, &picture) {
            break;
        }
    }
    watch.session.finish()
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

struct Watch<'a> {
    analyser: &'a mut Analyser,
    session: Session,
    anchor: Option<Template>,
    next_similarity_ms: u64,
}

impl Watch<'_> {
    /// The template of somebody who looks straight ahead.
    fn portrait_of(&mut self, puppet: &Puppet) -> Option<Template> {
        let picture = puppet.frame(&Posture::default(), 1280, 720, 0);
        let landmarks = self.analyser.landmarks(&picture).ok()?;
        self.analyser.template(&picture, &landmarks).ok()
    }

    /// True once the session is over.
    fn observe(&mut self, nth: u64, at_ms: u64, picture: &Picture) -> bool {
        let preview = self.analyser.preview(picture);
        let mut face = ObservedFace::of_preview(&preview);
        if let Some(face) = &mut face {
            if nth.is_multiple_of(PASSIVE_EVERY) {
                face.passive = self
                    .analyser
                    .passive_liveness(picture, &face.landmarks)
                    .ok();
            }
            if at_ms >= self.next_similarity_ms
                && let Ok(template) = self.analyser.template(picture, &face.landmarks)
            {
                self.next_similarity_ms = at_ms + SIMILARITY_EVERY_MS;
                let anchor = self.anchor.get_or_insert_with(|| template.clone());
                face.similarity = compare(anchor, &template).ok().map(Score::value);
            }
        }
        let observation = Observation {
            at_ms,
            digest: digest_of(picture.as_rgb()),
            camera: CameraId(0),
            faces: preview.faces.len(),
            face,
        };
        self.session.observe(&observation).is_over()
    }
}
