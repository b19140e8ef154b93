//! A generated person before a generated camera: reads the prompt, reacts after a while, moves as people do.

use face::liveness::{Action, CameraId, Observation, ObservedFace, Prompt};
use face::{Eyes, LANDMARK_COUNT, Pose};

use super::head::{self, Dice, Held, Solid};

/// How a camera and the networks behind it measure: the same for a person and for an attack.
#[derive(Clone)]
pub struct Measuring {
    pub frame_ms: f64,
    pub landmark_noise: f64,
    pub landmark_bias: [[f64; 2]; LANDMARK_COUNT],
    /// A second error that grows with the turn: networks expect average faces.
    pub turned_bias: [[f64; 2]; LANDMARK_COUNT],
    pub pose_noise_deg: f64,
    pub pose_gain: f64,
    pub pose_offset_deg: (f64, f64),
    pub missed: f64,
    pub slips: f64,
}

impl Measuring {
    pub fn drawn(dice: &mut Dice) -> Self {
        let mut spread = |deviation: f64| {
            std::array::from_fn(|_| [dice.normal(deviation), dice.normal(deviation)])
        };
        let (landmark_bias, turned_bias) = (spread(0.015), spread(0.02));
        Self {
            frame_ms: 1000.0 / dice.between(9.0, 30.0),
            landmark_noise: dice.between(0.006, 0.018),
            landmark_bias,
            turned_bias,
            pose_noise_deg: dice.between(0.4, 2.0),
            pose_gain: dice.between(0.85, 1.15),
            pose_offset_deg: (dice.normal(2.5), dice.normal(3.5)),
            missed: 0.01,
            slips: 0.0005,
        }
    }
}

/// A change of one figure from now on, smooth at both ends.
#[derive(Clone, Copy)]
struct Glide {
    start_ms: f64,
    length_ms: f64,
    from: f64,
    to: f64,
}

impl Glide {
    const fn still(at: f64) -> Self {
        Self {
            start_ms: 0.0,
            length_ms: 1.0,
            from: at,
            to: at,
        }
    }

    fn at(&self, ms: f64) -> f64 {
        let t = ((ms - self.start_ms) / self.length_ms).clamp(0.0, 1.0);
        // Minimum jerk: how hands and heads move from rest to rest.
        self.from + (self.to - self.from) * t * t * t * (10.0 - 15.0 * t + 6.0 * t * t)
    }
}

/// Out and back again (or out only).
#[derive(Clone, Copy)]
struct Move {
    out: Glide,
    back: Option<Glide>,
}

impl Move {
    const fn still(at: f64) -> Self {
        Self {
            out: Glide::still(at),
            back: None,
        }
    }

    fn at(&self, ms: f64) -> f64 {
        match self.back {
            Some(back) if ms >= back.start_ms => back.at(ms),
            _ => self.out.at(ms),
        }
    }
}

/// What is before the camera.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// A head on a neck.
    Person,
    /// A picture in a hand: does with the hand what heads do, cannot blink.
    Picture,
    /// A picture with holes for the attacker's eyes.
    PictureWithHoles,
    /// A picture that is only pushed and turned in its plane and brought closer.
    PictureInPlane,
}

/// The one before the camera and what was asked of it.
pub struct Person {
    pub solid: Solid,
    pub subject: Subject,
    pub dice: Dice,
    pub measuring: Measuring,
    /// Mean similarity to the session's face, and mean passive score.
    pub similarity: f64,
    pub passive: f64,
    sway: [(f64, f64, f64); 5],
    yaw: Move,
    pitch: Move,
    distance: Move,
    shift: Move,
    lids: Vec<(f64, f64)>,
    next_blink_ms: f64,
    open_level: f64,
    slowness: f64,
    asked: Option<Prompt>,
    frame: u64,
    next_similarity_ms: f64,
}

impl Person {
    pub fn new(mut dice: Dice) -> Self {
        let solid = head::somebody(&mut dice);
        let measuring = Measuring::drawn(&mut dice);
        let sway = std::array::from_fn(|_| {
            (
                dice.between(0.3, 1.0),
                dice.between(0.0, std::f64::consts::TAU),
                dice.between(0.15, 0.5),
            )
        });
        let passive = if dice.chance(0.25) {
            dice.between(0.2, 0.5)
        } else {
            dice.between(0.5, 0.97)
        };
        Self {
            solid,
            subject: Subject::Person,
            measuring,
            similarity: dice.between(0.75, 0.92),
            passive,
            sway,
            yaw: Move::still(0.0),
            pitch: Move::still(0.0),
            distance: Move::still(dice.between(8.0, 14.0)),
            shift: Move::still(0.0),
            lids: Vec::new(),
            next_blink_ms: dice.between(500.0, 5000.0),
            open_level: if dice.chance(0.1) {
                dice.between(0.7, 0.8)
            } else {
                dice.between(0.85, 0.99)
            },
            slowness: dice.between(0.8, 1.5),
            asked: None,
            frame: 0,
            next_similarity_ms: 0.0,
            dice,
        }
    }

    /// The next frame, `frame_ms` after the last, give or take; the prompt is the one now on the screen.
    pub fn frame(&mut self, now_ms: f64, prompt: Prompt) -> Observation {
        if self.asked != Some(prompt) {
            self.asked = Some(prompt);
            if let Prompt::Act(action) = prompt {
                let reaction_ms = self.slowness * self.dice.between(250.0, 1100.0);
                self.begin(action, now_ms + reaction_ms);
            }
        }
        self.frame += 1;
        let held = self.held(now_ms);
        let face = (!self.dice.chance(self.measuring.missed)).then(|| self.measure(now_ms, &held));
        Observation {
            at_ms: now_ms as u64,
            digest: self.dice.next(),
            camera: CameraId(7),
            faces: usize::from(face.is_some()),
            face,
        }
    }

    pub fn step_ms(&mut self) -> f64 {
        let dropped = if self.dice.chance(0.02) { 2.0 } else { 1.0 };
        self.measuring.frame_ms * self.dice.between(0.85, 1.15) * dropped
    }

    /// Starts what was asked, at a moment.
    pub fn begin(&mut self, action: Action, at_ms: f64) {
        let out_and_back = |dice: &mut Dice, angle: f64| {
            let (out, hold, back) = (
                dice.between(400.0, 1000.0),
                dice.between(100.0, 600.0),
                dice.between(400.0, 1000.0),
            );
            let (out, back) = (out * self.slowness, back * self.slowness);
            let there = Glide {
                start_ms: at_ms,
                length_ms: out,
                from: 0.0,
                to: angle,
            };
            Move {
                out: there,
                back: Some(Glide {
                    start_ms: at_ms + out + hold,
                    length_ms: back,
                    from: angle,
                    to: 0.0,
                }),
            }
        };
        let dice = &mut self.dice;
        let in_plane = self.subject == Subject::PictureInPlane;
        match action {
            Action::TurnLeft | Action::TurnRight => {
                let sign = if action == Action::TurnLeft {
                    1.0
                } else {
                    -1.0
                };
                let angle = dice.between(26.0, 40.0).to_radians() * sign;
                let movement = out_and_back(dice, angle);
                if in_plane {
                    self.shift = movement;
                } else {
                    self.yaw = movement;
                }
            }
            Action::Nod => {
                let angle = if dice.chance(0.7) {
                    dice.between(18.0, 28.0)
                } else {
                    -dice.between(17.0, 24.0)
                }
                .to_radians();
                let movement = out_and_back(dice, angle);
                if in_plane {
                    self.shift = movement;
                } else {
                    self.pitch = movement;
                }
            }
            Action::Blink
                if matches!(self.subject, Subject::Person | Subject::PictureWithHoles) =>
            {
                self.lids.push((at_ms, at_ms + dice.between(450.0, 1200.0)));
            }
            Action::Blink => {}
            Action::ComeCloser => {
                let from = self.distance.at(at_ms);
                let to = from / dice.between(1.3, 1.5);
                self.distance = Move {
                    out: Glide {
                        start_ms: at_ms,
                        length_ms: dice.between(800.0, 2000.0),
                        from,
                        to,
                    },
                    back: None,
                };
            }
        }
    }

    fn held(&mut self, ms: f64) -> Held {
        let sway = self.sway;
        let swing = |i: usize, size: f64| {
            let (share, phase, hertz): (f64, f64, f64) = sway[i];
            share * size * (phase + ms / 1000.0 * hertz * std::f64::consts::TAU).sin()
        };
        Held {
            yaw: self.yaw.at(ms) + swing(0, 0.03),
            // A head that turns also sinks a little.
            pitch: self.pitch.at(ms) + swing(1, 0.03) + 0.08 * self.yaw.at(ms).abs(),
            roll: swing(2, 0.03) + 0.1 * self.yaw.at(ms) + self.shift.at(ms) * 0.5,
            x: swing(3, 0.08) + self.shift.at(ms),
            y: swing(4, 0.06),
            distance: self.distance.at(ms) * (1.0 + swing(2, 0.01)),
        }
    }

    fn openness(&mut self, ms: f64, held: &Held) -> f64 {
        let blinks = matches!(self.subject, Subject::Person | Subject::PictureWithHoles);
        if blinks && ms >= self.next_blink_ms {
            self.lids.push((ms, ms + self.dice.between(90.0, 220.0)));
            self.next_blink_ms = ms + self.dice.between(1500.0, 7000.0);
        }
        let closed = self.lids.iter().any(|&(from, to)| ms >= from && ms < to);
        let level = if closed {
            0.06
        } else {
            self.open_level - 0.5 * held.pitch.max(0.0)
        };
        (level + self.dice.normal(0.04)).clamp(0.0, 1.0)
    }

    fn measure(&mut self, ms: f64, held: &Held) -> ObservedFace {
        let points = head::seen(&self.solid, held);
        let turned = (held.yaw.abs() + held.pitch.abs()) / 0.6;
        let m = self.measuring.clone();
        let bias: [[f64; 2]; LANDMARK_COUNT] = std::array::from_fn(|i| {
            [0, 1].map(|axis: usize| m.landmark_bias[i][axis] + turned * m.turned_bias[i][axis])
        });
        let noise = if self.dice.chance(m.slips) {
            0.4
        } else {
            m.landmark_noise
        };
        let landmarks = head::measured(&points, &bias, noise, &mut self.dice);
        let degrees = |angle: f64, offset: f64, dice: &mut Dice| {
            (angle.to_degrees() * m.pose_gain + offset + dice.normal(m.pose_noise_deg)) as f32
        };
        let pose = Pose {
            yaw_deg: degrees(held.yaw, m.pose_offset_deg.0, &mut self.dice),
            pitch_deg: degrees(held.pitch, m.pose_offset_deg.1, &mut self.dice),
            roll_deg: degrees(held.roll, 0.0, &mut self.dice),
        };
        let openness = self.openness(ms, held);
        let eyes = Eyes {
            right_open: (openness + self.dice.normal(0.02)).clamp(0.0, 1.0) as f32,
            left_open: (openness + self.dice.normal(0.02)).clamp(0.0, 1.0) as f32,
        };
        let passive = self
            .frame
            .is_multiple_of(4)
            .then(|| (self.passive + self.dice.normal(0.12)).clamp(0.0, 1.0) as f32);
        let similarity = (ms >= self.next_similarity_ms).then(|| {
            self.next_similarity_ms = ms + 400.0;
            let turned = 0.35 * (held.yaw.abs() + held.pitch.abs());
            (self.similarity - turned + self.dice.normal(0.05)) as f32
        });
        ObservedFace {
            landmarks,
            pose,
            eyes,
            passive,
            similarity,
        }
    }
}
