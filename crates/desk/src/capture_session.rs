//! One person before the camera: watch, challenge, hold, burst, best shot.

use crate::analysis::Seen;
use crate::best_shot::BestShot;
use crate::challenge::{ChallengeRun, Concluded};
use crate::{ChallengeView, Live, Notice, Picture, camera_rule, checks};
use capture::{Device, Frame};
use domain::{CaptureReason, LivenessRecord, PacketId, Policy, VouchReason};
use face::liveness::{CameraId, Outcome, Reason, Sight};
use face::{Analyser, Guide, Instruction, Landmarks, Observed, Preview, Thresholds};
use std::time::{Duration, Instant};

/// All checks must hold this long before the photograph is taken or the challenge begins.
const HOLD: Duration = Duration::from_millis(500);
/// Frames of a burst.
const BURST: usize = 5;
/// Passive liveness looks at every so many-th frame: it costs as much as a whole preview frame.
const PASSIVE_EVERY: u64 = 4;
/// The most passive scores that are kept of one person.
const PASSIVE_LIMIT: usize = 120;

enum Phase {
    Watching {
        ready_since: Option<Instant>,
    },
    Challenge(Box<ChallengeRun>),
    /// The challenge failed; the officer decides how to go on.
    Failed,
    Burst {
        frames: Vec<Frame>,
        reason: Option<CaptureReason>,
    },
    Done,
}

/// The state of one person's capture.
pub(crate) struct CaptureSession {
    packet: PacketId,
    policy: Policy,
    thresholds: Thresholds,
    started: Instant,
    guide: Guide,
    passive: Vec<f32>,
    frames: u64,
    phase: Phase,
    /// The last challenge.
    concluded: Option<Concluded>,
    challenges: u32,
    /// Challenges that may still fail.
    tries_left: u32,
    cannot_close_eyes: bool,
}

impl CaptureSession {
    pub(crate) fn new(packet: PacketId, policy: Policy, tries_left: u32) -> Self {
        Self {
            packet,
            thresholds: Thresholds::of(&policy),
            policy,
            started: Instant::now(),
            guide: Guide::new(),
            passive: Vec::new(),
            frames: 0,
            phase: Phase::Watching { ready_since: None },
            concluded: None,
            challenges: 0,
            tries_left,
            cannot_close_eyes: false,
        }
    }

    /// Whose application the photograph is for.
    pub(crate) fn packet(&self) -> PacketId {
        self.packet
    }

    /// Watches again: after a retake, or for another challenge.
    pub(crate) fn again(&mut self) {
        self.guide.reset();
        self.phase = Phase::Watching { ready_since: None };
    }

    /// Takes a burst now. With a reason it is taken whatever checks and challenge say, and its record says that too; without one the next
    /// frame in which all holds need not be held any longer.
    pub(crate) fn take(&mut self, reason: Option<CaptureReason>) {
        let phase = std::mem::replace(&mut self.phase, Phase::Done);
        self.phase = match (phase, reason) {
            (Phase::Challenge(run), Some(_)) => {
                self.concluded = Some(run.cancel());
                burst(reason)
            }
            (Phase::Failed | Phase::Watching { .. }, Some(_)) => burst(reason),
            (Phase::Watching { .. }, None) => Phase::Watching {
                ready_since: Instant::now().checked_sub(HOLD),
            },
            (other, _) => other,
        };
    }

    /// Goes on without the challenge, or with an easier one.
    pub(crate) fn vouch(&mut self, why: VouchReason, source: capture::SourceId) -> ChallengeView {
        if why == VouchReason::CloseEyes {
            self.cannot_close_eyes = true;
            self.again();
            return ChallengeView::Waiting;
        }
        let phase = std::mem::replace(&mut self.phase, Phase::Watching { ready_since: None });
        let run = if let Phase::Challenge(run) = phase {
            *run
        } else {
            self.challenges += 1;
            ChallengeRun::begin(source, self.cannot_close_eyes)
        };
        self.concluded = Some(run.vouch(why));
        ChallengeView::Vouched
    }

    /// The camera gave nothing: a burst cannot be finished, and the deadlines of a challenge go on.
    pub(crate) fn no_frame(&mut self) -> Vec<Seen> {
        let now_ms = self.now_ms();
        match &mut self.phase {
            Phase::Burst { .. } => {
                self.again();
                vec![Seen::Failed(Notice::attention("notice-camera-lost"))]
            }
            Phase::Challenge(run) => {
                if run.tick(now_ms) {
                    self.conclude()
                } else {
                    Vec::new()
                }
            }
            _ => Vec::new(),
        }
    }

    /// Takes one frame in; gives the live view and what happened.
    pub(crate) fn frame(
        &mut self,
        analyser: &mut Analyser,
        frame: &Frame,
        device: Option<&Device>,
        progress: impl Fn(Seen),
    ) -> (Option<Live>, Vec<Seen>) {
        let Ok(picture) = face::Picture::from_shared(frame.width, frame.height, frame.rgb.clone())
        else {
            return (None, Vec::new());
        };
        self.frames += 1;
        if matches!(self.phase, Phase::Done) {
            return (None, Vec::new());
        }
        analyser.attend(matches!(self.phase, Phase::Challenge(_)));
        let preview = analyser.preview(&picture);
        let passive = self.score_passive(analyser, &picture, preview.landmarks.as_ref());
        let mut events = self.challenge(analyser, frame, &picture, &preview, passive);
        let instruction = self.guide.next(self.now_ms(), &preview, &self.thresholds);
        // An instruction stands for a while so that it can be read; a photograph is of what is there now.
        let there = face::judge(&preview.view(), &self.thresholds) == Instruction::Ready;
        let hold = self.hold(there && instruction == Instruction::Ready);
        let live = self.live(frame, &preview, instruction, hold);
        if hold >= 1.0 {
            if self.must_challenge(frame, device) && self.tries_left == 0 {
                self.phase = Phase::Failed;
                events.push(Seen::Challenge(ChallengeView::TriesOver));
            } else if self.must_challenge(frame, device) {
                events.push(self.begin_challenge(frame));
            } else {
                self.phase = burst(None);
            }
        }
        if let Phase::Burst { frames, reason } = &mut self.phase {
            frames.push(frame.clone());
            let taken = frames.len();
            if taken < BURST {
                events.push(Seen::Burst {
                    taken: taken as u32,
                    of: BURST as u32,
                });
            } else {
                let (frames, reason) = (std::mem::take(frames), *reason);
                progress(Seen::Working);
                self.phase = Phase::Done;
                events.extend(self.shoot(analyser, &frames, device, reason));
            }
        }
        (Some(live), events)
    }

    /// Whether policy asks for a challenge that has not been passed through this opening of the camera.
    fn must_challenge(&self, frame: &Frame, device: Option<&Device>) -> bool {
        let open = self
            .concluded
            .as_ref()
            .is_some_and(|c| c.opens() && c.source == frame.source);
        self.policy
            .challenges(&camera_rule::source(&self.policy, device))
            && !open
    }

    fn begin_challenge(&mut self, frame: &Frame) -> Seen {
        self.challenges += 1;
        let run = ChallengeRun::begin(frame.source, self.cannot_close_eyes);
        let (done, of) = run.progress();
        self.phase = Phase::Challenge(Box::new(run));
        Seen::Challenge(ChallengeView::Running { done, of })
    }

    /// Shows the frame to a challenge that is under way.
    fn challenge(
        &mut self,
        analyser: &mut Analyser,
        frame: &Frame,
        picture: &face::Picture,
        preview: &Preview,
        passive: Option<f32>,
    ) -> Vec<Seen> {
        let at = frame.captured_at.saturating_duration_since(self.started);
        let Phase::Challenge(run) = &mut self.phase else {
            return Vec::new();
        };
        let before = run.progress();
        let sight = Sight {
            picture,
            preview,
            passive,
            camera: CameraId(frame.source.0),
            at_ms: u64::try_from(at.as_millis()).unwrap_or(u64::MAX),
        };
        if run.observe(analyser, &sight) {
            return self.conclude();
        }
        let (done, of) = run.progress();
        if (done, of) == before {
            return Vec::new();
        }
        vec![Seen::Challenge(ChallengeView::Running { done, of })]
    }

    /// The challenge is over: the photograph follows, or the officer decides.
    fn conclude(&mut self) -> Vec<Seen> {
        let phase = std::mem::replace(&mut self.phase, Phase::Failed);
        let Phase::Challenge(run) = phase else {
            self.phase = phase;
            return Vec::new();
        };
        let concluded = run.conclude();
        let mut events = Vec::new();
        if concluded.opens() {
            self.again();
            events.push(Seen::Challenge(ChallengeView::Passed));
        } else {
            events.push(Seen::Told(concluded.notice()));
            events.push(Seen::Challenge(ChallengeView::Failed));
            self.tries_left = self.tries_left.saturating_sub(1);
            if self.tries_left == 0 {
                events.push(Seen::Challenge(ChallengeView::TriesOver));
            }
        }
        self.concluded = Some(concluded);
        events
    }

    fn shoot(
        &mut self,
        analyser: &mut Analyser,
        frames: &[Frame],
        device: Option<&Device>,
        reason: Option<CaptureReason>,
    ) -> Vec<Seen> {
        let source = camera_rule::source(&self.policy, device);
        let shot = BestShot {
            thresholds: &self.thresholds,
            source: source.clone(),
        };
        let mut captured = match shot.of(analyser, frames, reason) {
            Ok(captured) => captured,
            Err(seen) => return vec![seen],
        };
        let swapped = captured.template.as_ref().is_some_and(|template| {
            self.concluded
                .as_ref()
                .is_some_and(|c| c.is_other(template))
        });
        if swapped && let Some(concluded) = &mut self.concluded {
            concluded.decision.outcome = Outcome::NotLive(Reason::OtherFace);
            if reason.is_none() {
                return vec![
                    Seen::Challenge(ChallengeView::Failed),
                    Seen::Failed(Notice::attention("challenge-failed-not-live")),
                ];
            }
        }
        captured.liveness = self.record(self.policy.challenges(&source));
        captured.decision = self.concluded.as_ref().map(|c| c.decision.clone());
        vec![Seen::Captured(Box::new(captured))]
    }

    fn record(&self, asked: bool) -> LivenessRecord {
        let mut scores = self.passive.clone();
        scores.sort_by(f32::total_cmp);
        let median = scores.get(scores.len() / 2).copied();
        let record = LivenessRecord {
            frames: scores.len() as u32,
            passive_median: median,
            flagged: median.is_none_or(|m| m < self.policy.passive_liveness),
            challenge: self.concluded.as_ref().map(|c| c.record(self.challenges)),
        };
        let to_look_at = self.concluded.as_ref().is_some_and(Concluded::to_look_at);
        LivenessRecord {
            flagged: record.flagged || to_look_at || (asked && !record.shown_live()),
            ..record
        }
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn hold(&mut self, ready: bool) -> f32 {
        let Phase::Watching { ready_since } = &mut self.phase else {
            return 0.0;
        };
        if !ready {
            *ready_since = None;
            return 0.0;
        }
        let since = ready_since.get_or_insert_with(Instant::now);
        (since.elapsed().as_secs_f32() / HOLD.as_secs_f32()).min(1.0)
    }

    /// The frame's passive score, where one is due.
    fn score_passive(
        &mut self,
        analyser: &mut Analyser,
        picture: &face::Picture,
        landmarks: Option<&Landmarks>,
    ) -> Option<f32> {
        let wanted =
            self.passive.len() < PASSIVE_LIMIT || matches!(self.phase, Phase::Challenge(_));
        if !wanted || !self.frames.is_multiple_of(PASSIVE_EVERY) {
            return None;
        }
        let score = analyser.passive_liveness(picture, landmarks?).ok()?;
        if self.passive.len() < PASSIVE_LIMIT {
            self.passive.push(score);
        }
        Some(score)
    }

    /// The one thing to do, as a message's key, and how far it is done.
    fn prompt(&self, instruction: Instruction, hold: f32) -> (&'static str, f32) {
        match &self.phase {
            Phase::Challenge(run) => {
                let (done, of) = run.progress();
                (run.prompt().key(), done as f32 / of.max(1) as f32)
            }
            Phase::Failed if self.tries_left == 0 => ("challenge-officer", 0.0),
            Phase::Failed => ("challenge-again", 0.0),
            _ => (instruction.key(), hold),
        }
    }

    fn live(&self, frame: &Frame, preview: &Preview, instruction: Instruction, hold: f32) -> Live {
        let (instruction, hold) = self.prompt(instruction, hold);
        let (w, h) = (frame.width as f32, frame.height as f32);
        let faces = preview
            .faces
            .as_slice()
            .iter()
            .map(|f| {
                [
                    f.bounds.x / w,
                    f.bounds.y / h,
                    f.bounds.width / w,
                    f.bounds.height / h,
                ]
            })
            .collect();
        let landmarks = preview
            .landmarks
            .as_ref()
            .map(|l| l.points().iter().map(|p| [p.x / w, p.y / h]).collect())
            .unwrap_or_default();
        Live {
            picture: Picture {
                width: frame.width,
                height: frame.height,
                rgb: frame.rgb.clone(),
            },
            sequence: frame.sequence,
            age_ms: u32::try_from(frame.arrived_at.elapsed().as_millis()).unwrap_or(u32::MAX),
            faces,
            landmarks,
            oval: oval(frame.width, frame.height),
            instruction,
            hold,
            checks: checks::list(&preview.measures, &self.thresholds),
        }
    }
}

fn burst(reason: Option<CaptureReason>) -> Phase {
    Phase::Burst {
        frames: Vec::with_capacity(BURST),
        reason,
    }
}

/// Where the face should be: as tall as fits with room for the portrait's margins.
fn oval(width: u32, height: u32) -> [f32; 4] {
    let tall = 0.74_f32;
    let wide = tall * height as f32 / width.max(1) as f32 * 0.72;
    [(1.0 - wide) / 2.0, 0.08, wide, tall]
}
