//! The session: look ahead, act, look ahead, three times, and a verdict.

use super::challenge::{Action, Challenge, STEPS};
use super::continuity::Continuity;
use super::continuity::size_of_face;
use super::decision::{AlternativeReason, Decision, Evidence, Flag, Outcome, Reason, StepEvidence};
use super::observation::{Observation, ObservedFace};
use super::policy::Policy;
use super::tracker::{Ahead, Lids, Step, Tracker, eyes_closed, solid_in_all};

/// Frames of looking ahead that must be there before a prompt.
const FEWEST_AHEAD: usize = 4;
/// More faces on more than this share of the frames are flagged.
const MORE_FACES_SHARE: f64 = 0.1;

/// What the person is asked just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// Look straight ahead, hold still.
    LookAhead,
    /// Do this.
    Act(Action),
    /// It is over; [`Session::finish`] has the decision.
    Over,
}

impl Prompt {
    /// The message's key in the language files.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::LookAhead => "challenge-look-ahead",
            Self::Act(action) => action.key(),
            Self::Over => "challenge-over",
        }
    }

    /// True once there is nothing more to do.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Over)
    }
}

enum Stage {
    /// Looking ahead before the step of this number; the number after the last is the end.
    Settling {
        step: usize,
        since_ms: Option<u64>,
        ahead_since_ms: Option<u64>,
        size: Option<f32>,
        lids: Lids,
    },
    Acting {
        step: usize,
        tracker: Box<Tracker>,
    },
    Over(Outcome),
}

impl Stage {
    fn settling(step: usize, since_ms: Option<u64>) -> Self {
        Self::Settling {
            step,
            since_ms,
            ahead_since_ms: None,
            size: None,
            lids: Lids::default(),
        }
    }
}

/// One run of a challenge.
pub struct Session {
    challenge: Challenge,
    policy: Policy,
    stage: Stage,
    ahead: Ahead,
    began: bool,
    continuity: Continuity,
    steps: Vec<StepEvidence>,
}

/// Shows how far it is, no figures of a face.
impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Session({:?}, {} of {STEPS})",
            self.prompt(),
            self.steps.len()
        )
    }
}

impl Session {
    /// A session that begins with its first frame.
    #[must_use]
    pub fn new(challenge: Challenge, policy: Policy) -> Self {
        let stage = Stage::settling(0, None);
        Self {
            challenge,
            policy,
            stage,
            ahead: Ahead::default(),
            began: false,
            continuity: Continuity::default(),
            steps: Vec::with_capacity(STEPS),
        }
    }

    /// What the person is asked just now.
    #[must_use]
    pub fn prompt(&self) -> Prompt {
        match &self.stage {
            Stage::Settling { .. } => Prompt::LookAhead,
            Stage::Acting { tracker, .. } => Prompt::Act(tracker.action()),
            Stage::Over(_) => Prompt::Over,
        }
    }

    /// Steps done and steps in all, to show how far it is.
    #[must_use]
    pub fn progress(&self) -> (usize, usize) {
        (
            self.steps
                .iter()
                .filter(|step| step.done_after_ms.is_some())
                .count(),
            STEPS,
        )
    }

    /// Takes one frame and says what to ask now. Frames after the end change nothing.
    pub fn observe(&mut self, frame: &Observation) -> Prompt {
        if self.prompt().is_over() {
            return Prompt::Over;
        }
        match self.continuity.observe(frame, &self.policy) {
            Err(reason) => self.end(reason),
            Ok(face) => self.advance(frame.at_ms, face),
        }
        self.prompt()
    }

    /// Lets time pass without a frame (a camera that gives none), so that deadlines still hold.
    pub fn tick(&mut self, at_ms: u64) -> Prompt {
        if !self.prompt().is_over() {
            self.check_deadlines(at_ms);
        }
        self.prompt()
    }

    /// Stops at the person's or the officer's wish.
    pub fn cancel(&mut self) {
        self.stop(Outcome::Cancelled);
    }

    /// Stops because the person cannot do what is asked: the officer vouches in another way, and this is recorded.
    pub fn take_alternative(&mut self, why: AlternativeReason) {
        self.stop(Outcome::Alternative(why));
    }

    /// The decision. A session that is not over is incomplete.
    #[must_use]
    pub fn finish(mut self) -> Decision {
        if let Stage::Acting { tracker, .. } = &self.stage {
            self.steps.push(tracker.evidence());
        }
        let outcome = match self.stage {
            Stage::Over(outcome) => outcome,
            _ => Outcome::Undecided(Reason::Incomplete),
        };
        let (frames, frames_with_face, frames_with_more_faces) = self.continuity.counts();
        let evidence = Evidence {
            one_in: self.challenge.one_in(),
            challenge: self.challenge,
            steps: self.steps,
            frames,
            frames_with_face,
            frames_with_more_faces,
            duration_ms: self.continuity.duration_ms(),
            passive: self.continuity.passive(),
            similarity: self.continuity.similarity(),
            camera: self.continuity.camera(),
        };
        Decision {
            outcome,
            flags: flags(&evidence, &self.policy),
            evidence,
        }
    }

    fn advance(&mut self, at_ms: u64, face: Option<&ObservedFace>) {
        if self.check_deadlines(at_ms) {
            return;
        }
        let Some(face) = face else { return };
        match &mut self.stage {
            Stage::Settling { .. } => self.settle(at_ms, face),
            Stage::Acting { step, tracker } => {
                let next = *step + 1;
                match tracker.observe(at_ms, face, &self.ahead, &self.policy) {
                    Step::Going => {}
                    Step::Failed(reason) => self.end(reason),
                    Step::Done => {
                        self.steps.push(tracker.evidence());
                        // Coming closer changes the size that later steps are measured from; the pose stays the one of the start.
                        self.stage = Stage::settling(next, Some(at_ms));
                    }
                }
            }
            Stage::Over(_) => {}
        }
    }

    fn settle(&mut self, at_ms: u64, face: &ObservedFace) {
        let Stage::Settling {
            step,
            since_ms,
            ahead_since_ms,
            size,
            lids,
        } = &mut self.stage
        else {
            return;
        };
        since_ms.get_or_insert(at_ms);
        let step = *step;
        let near_nought = face.pose.yaw_deg.abs() <= self.policy.start_deg
            && face.pose.pitch_deg.abs() <= self.policy.start_deg;
        let holds = if self.ahead.len() == 0 {
            near_nought
        } else {
            near_nought && self.ahead.holds(face, &self.policy)
        };
        if !holds {
            *ahead_since_ms = None;
            let acts = self
                .ahead
                .action_shown(face, &self.policy)
                .is_some_and(|action| action != Action::ComeCloser);
            if self.began && acts {
                // A recording that runs by itself does this; a person who looked about tries again.
                self.end(Reason::TooEarly);
            } else if !self.began {
                self.ahead.forget();
            }
            return;
        }
        let grown = size_of_face(face) / *size.get_or_insert_with(|| size_of_face(face));
        let closed_ms = lids.observe(at_ms, eyes_closed(face, &self.policy));
        if self.began && (closed_ms >= self.policy.blink_ms || grown >= self.policy.closer_ratio) {
            self.end(Reason::TooEarly);
            return;
        }
        if ahead_since_ms.is_none() && self.began {
            self.ahead.forget();
        }
        let ahead_since_ms = *ahead_since_ms.get_or_insert(at_ms);
        // A blink is no reason to begin anew, but its frames say nothing.
        if face.eyes.least_open() >= self.policy.eye_open {
            self.ahead.add(face);
        }
        self.began |= self.ahead.len() >= FEWEST_AHEAD;
        let held_ms = at_ms - ahead_since_ms;
        if held_ms < self.policy.hold_ms + self.challenge.pause_ms(step)
            || self.ahead.len() < FEWEST_AHEAD
        {
            return;
        }
        match self.challenge.action(step) {
            Some(action) => {
                let tracker = Tracker::new(action, at_ms, self.continuity.since_first(at_ms));
                self.stage = Stage::Acting {
                    step,
                    tracker: Box::new(tracker),
                };
            }
            // The last frame is one that says whose face it is: nobody else can follow after the last look.
            None if face.similarity.is_some() || held_ms > self.policy.settle_ms / 2 => {
                match self.continuity.verdict(at_ms, &self.policy) {
                    Ok(()) if !solid_in_all(&self.steps, &self.policy) => {
                        self.end(Reason::NotSolid);
                    }
                    Ok(()) => self.stage = Stage::Over(Outcome::Live),
                    Err(reason) => self.end(reason),
                }
            }
            None => {}
        }
    }

    /// True where a deadline ended the session.
    fn check_deadlines(&mut self, at_ms: u64) -> bool {
        let settling_late = match &mut self.stage {
            Stage::Settling { since_ms, .. } => {
                at_ms.saturating_sub(*since_ms.get_or_insert(at_ms)) > self.policy.settle_ms
            }
            // The tracker knows its own when a face is there; without one, this.
            Stage::Acting { tracker, .. } => {
                self.continuity
                    .since_first(at_ms)
                    .saturating_sub(tracker.prompted_ms())
                    > self.policy.action_ms
            }
            Stage::Over(_) => false,
        };
        let late = settling_late || self.continuity.since_first(at_ms) > self.policy.session_ms;
        if late {
            self.end(Reason::TooLate);
        }
        late
    }

    fn end(&mut self, reason: Reason) {
        self.stop(match reason {
            Reason::CameraChanged
            | Reason::Jump
            | Reason::OtherFace
            | Reason::Frozen
            | Reason::FramesRepeated
            | Reason::NotSolid
            | Reason::PassiveScore => Outcome::NotLive(reason),
            _ => Outcome::Undecided(reason),
        });
    }

    fn stop(&mut self, outcome: Outcome) {
        match &self.stage {
            Stage::Over(_) => return,
            Stage::Acting { tracker, .. } => self.steps.push(tracker.evidence()),
            Stage::Settling { .. } => {}
        }
        self.stage = Stage::Over(outcome);
    }
}

fn flags(evidence: &Evidence, policy: &Policy) -> Vec<Flag> {
    let mut flags = Vec::new();
    if evidence
        .passive
        .median
        .is_some_and(|median| median < policy.passive_flag)
    {
        flags.push(Flag::PassiveScoreLow);
    }
    if evidence.frames_with_more_faces as f64 > MORE_FACES_SHARE * evidence.frames as f64 {
        flags.push(Flag::MoreFaces);
    }
    if !evidence.challenge.left_out().is_empty() {
        flags.push(Flag::ReducedChallenge);
    }
    flags
}
