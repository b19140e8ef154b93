//! Somebody who does what is asked, a little late and never quite still.

use super::Posture;
use crate::liveness::{Action, Prompt};

/// Degrees of a turn, of a nod, and how much nearer "closer" is.
const TURN_DEG: f32 = 30.0;
const NOD_DEG: f32 = 22.0;
const CLOSER: f32 = 1.34;
/// Milliseconds of going there, staying and coming back.
const GO_MS: u64 = 700;
const STAY_MS: u64 = 450;

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
}

impl Actor {
    /// A person of this seed.
    pub fn new(seed: u64) -> Self {
        let mut actor = Self {
            random: seed.wrapping_mul(2) | 1,
            prompt: Prompt::LookAhead,
            begins_ms: 0,
            scale: 1.0,
            phase: 0.0,
        };
        actor.phase = actor.draw(0.0, std::f32::consts::TAU);
        actor
    }

    /// How the head is held at this moment, when this has been asked (milliseconds of any clock that does not jump). Without a challenge, or
    /// after its end, pass [`Prompt::Over`]: the person sits back and looks ahead.
    pub fn follow(&mut self, prompt: Prompt, at_ms: u64) -> Posture {
        if prompt != self.prompt {
            if self.prompt == Prompt::Act(Action::ComeCloser) {
                self.scale = CLOSER;
            }
            self.prompt = prompt;
            self.begins_ms = at_ms + self.draw(280.0, 650.0) as u64;
        }
        let since = at_ms.saturating_sub(self.begins_ms);
        let (there, back) = (
            ease(since, GO_MS),
            ease(since.saturating_sub(GO_MS + STAY_MS), GO_MS),
        );
        let swing = there - back;
        let mut posture = self.sway(at_ms);
        posture.scale = self.scale;
        match prompt {
            Prompt::Act(Action::TurnLeft) => posture.yaw_deg += TURN_DEG * swing,
            Prompt::Act(Action::TurnRight) => posture.yaw_deg -= TURN_DEG * swing,
            Prompt::Act(Action::Nod) => posture.pitch_deg += NOD_DEG * swing,
            Prompt::Act(Action::Blink) => {
                posture.closed = ease(since, 120) - ease(since.saturating_sub(720), 120);
            }
            Prompt::Act(Action::ComeCloser) => {
                posture.scale += (CLOSER - self.scale) * ease(since, 2 * GO_MS);
            }
            Prompt::LookAhead => {}
            Prompt::Over => {
                posture.scale += (1.0 - self.scale) * ease(since, GO_MS);
                if since > GO_MS {
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
            size * (std::f32::consts::TAU * hertz * at + self.phase * (1.0 + hertz)).sin()
        };
        Posture {
            yaw_deg: wave(0.21, 0.9),
            pitch_deg: wave(0.17, 0.7),
            shift: (wave(0.13, 0.015), wave(0.11, 0.012)),
            ..Posture::default()
        }
    }

    fn draw(&mut self, low: f32, high: f32) -> f32 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        low + (high - low) * (self.random >> 40) as f32 / (1_u64 << 24) as f32
    }
}

/// From 0 to 1 within `length_ms`, as a hand or a head moves (minimum jerk).
fn ease(since_ms: u64, length_ms: u64) -> f32 {
    let t = (since_ms as f32 / length_ms as f32).clamp(0.0, 1.0);
    t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
}
