//! Somebody who does what is asked, a little late and never quite still.

use face::liveness::{Action, Prompt};

use crate::puppet::Posture;

/// People differ: degrees of a turn and of a nod, how much nearer "closer" is, milliseconds of going there (and coming back) and of staying,
/// milliseconds until they begin, and how much they sway.
const TURN_DEG: (f32, f32) = (26.0, 35.0);
const NOD_DEG: (f32, f32) = (18.0, 25.0);
const CLOSER: (f32, f32) = (1.28, 1.42);
const GO_MS: (f32, f32) = (550.0, 850.0);
const STAY_MS: (f32, f32) = (350.0, 600.0);
const BEGIN_MS: (f32, f32) = (280.0, 800.0);
const SWAY: (f32, f32) = (0.5, 1.6);

/// How somebody moves.
#[derive(Debug, Clone, Copy)]
struct Manner {
    turn_deg: f32,
    nod_deg: f32,
    closer: f32,
    go_ms: u64,
    stay_ms: u64,
    sway: f32,
}

/// Follows prompts.
#[derive(Debug, Clone)]
pub struct Actor {
    random: u64,
    prompt: Prompt,
    /// When the movement that was asked for begins.
    begins_ms: u64,
    /// Size that the last movement left.
    scale: f32,
    phase: f32,
    manner: Manner,
}

impl Actor {
    /// A person of this seed.
    pub fn new(seed: u64) -> Self {
        let mut random = seed.wrapping_mul(2) | 1;
        let mut draw = |range| draw(&mut random, range);
        let phase = draw((0.0, std::f32::consts::TAU));
        let manner = Manner {
            turn_deg: draw(TURN_DEG),
            nod_deg: draw(NOD_DEG),
            closer: draw(CLOSER),
            go_ms: draw(GO_MS) as u64,
            stay_ms: draw(STAY_MS) as u64,
            sway: draw(SWAY),
        };
        Self {
            random,
            prompt: Prompt::LookAhead,
            begins_ms: 0,
            scale: 1.0,
            phase,
            manner,
        }
    }

    /// How the head is held at this moment, when this has been asked (milliseconds of any clock that does not jump). Without a challenge, or
    /// after its end, pass [`Prompt::Over`]: the person sits back and looks ahead.
    pub fn follow(&mut self, prompt: Prompt, at_ms: u64) -> Posture {
        let Manner {
            turn_deg,
            nod_deg,
            closer,
            go_ms,
            stay_ms,
            ..
        } = self.manner;
        if prompt != self.prompt {
            if self.prompt == Prompt::Act(Action::ComeCloser) {
                self.scale = closer;
            }
            self.prompt = prompt;
            self.begins_ms = at_ms + draw(&mut self.random, BEGIN_MS) as u64;
        }
        let since = at_ms.saturating_sub(self.begins_ms);
        let (there, back) = (
            ease(since, go_ms),
            ease(since.saturating_sub(go_ms + stay_ms), go_ms),
        );
        let swing = there - back;
        let mut posture = self.sway(at_ms);
        posture.scale = self.scale;
        match prompt {
            Prompt::Act(Action::TurnLeft) => posture.yaw_deg += turn_deg * swing,
            Prompt::Act(Action::TurnRight) => posture.yaw_deg -= turn_deg * swing,
            Prompt::Act(Action::Nod) => posture.pitch_deg += nod_deg * swing,
            Prompt::Act(Action::Blink) => {
                posture.closed = ease(since, 120) - ease(since.saturating_sub(720), 120);
            }
            Prompt::Act(Action::ComeCloser) => {
                posture.scale += (closer - self.scale) * ease(since, 2 * go_ms);
            }
            Prompt::LookAhead => {}
            Prompt::Over => {
                posture.scale += (1.0 - self.scale) * ease(since, go_ms);
                if since > go_ms {
                    self.scale = 1.0;
                }
            }
        }
        posture
    }

    /// Nobody holds quite still.
    fn sway(&self, at_ms: u64) -> Posture {
        let at = at_ms as f32 / 1000.0;
        let wave = |hertz: f32, size: f32| {
            self.manner.sway
                * size
                * (std::f32::consts::TAU * hertz * at + self.phase * (1.0 + hertz)).sin()
        };
        Posture {
            yaw_deg: wave(0.21, 0.9),
            pitch_deg: wave(0.17, 0.7),
            shift: (wave(0.13, 0.015), wave(0.11, 0.012)),
            ..Posture::default()
        }
    }
}

/// An even draw (xorshift64).
fn draw(state: &mut u64, (low, high): (f32, f32)) -> f32 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    low + (high - low) * (*state >> 40) as f32 / (1_u64 << 24) as f32
}

/// From 0 to 1 within `length_ms`, as a hand or a head moves (minimum jerk).
fn ease(since_ms: u64, length_ms: u64) -> f32 {
    let t = (since_ms as f32 / length_ms as f32).clamp(0.0, 1.0);
    t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
}
