//! The liveness challenge at the desk: one drawn order of movements, watched frame by frame.

use crate::Notice;
use capture::SourceId;
use domain::{ChallengeOutcome, ChallengeRecord, VouchReason};
use face::liveness::{
    Action, AlternativeReason, Challenge, Decision, Flag, Outcome, Policy, Prompt, Reason, Session,
    Sight, Watcher,
};
use face::{Analyser, Template};

/// A challenge that is under way.
pub(crate) struct ChallengeRun {
    watcher: Watcher,
    source: SourceId,
    last_ms: u64,
}

/// A challenge that has ended.
pub(crate) struct Concluded {
    pub(crate) decision: Decision,
    /// The face that was watched.
    pub(crate) anchor: Option<Template>,
    /// The opening of the camera that it was watched through.
    pub(crate) source: SourceId,
}

impl ChallengeRun {
    /// Draws a challenge. Who cannot close the eyes is not asked to.
    pub(crate) fn begin(source: SourceId, cannot_close_eyes: bool) -> Self {
        let seed: u64 = rand::random();
        let challenge = if cannot_close_eyes {
            Challenge::draw_without(seed, &[Action::Blink])
        } else {
            None
        };
        let challenge = challenge.unwrap_or_else(|| Challenge::draw(seed));
        Self {
            watcher: Watcher::new(Session::new(challenge, Policy::default()), None),
            source,
            last_ms: 0,
        }
    }

    pub(crate) fn prompt(&self) -> Prompt {
        self.watcher.session().prompt()
    }

    /// Movements done, and movements in all.
    pub(crate) fn progress(&self) -> (u32, u32) {
        let (done, of) = self.watcher.session().progress();
        (done as u32, of as u32)
    }

    /// Takes a frame; true once the challenge is over.
    pub(crate) fn observe(&mut self, analyser: &mut Analyser, sight: &Sight<'_>) -> bool {
        self.last_ms = sight.at_ms;
        self.watcher.observe(analyser, sight).is_over()
    }

    /// Lets time pass while the camera gives nothing; true once a deadline has ended the challenge.
    pub(crate) fn tick(&mut self, at_ms: u64) -> bool {
        self.watcher
            .session_mut()
            .tick(at_ms.max(self.last_ms))
            .is_over()
    }

    /// Stops it because the officer went on without it.
    pub(crate) fn cancel(mut self) -> Concluded {
        self.watcher.session_mut().cancel();
        self.conclude()
    }

    /// Stops it because the officer vouches.
    pub(crate) fn vouch(mut self, why: VouchReason) -> Concluded {
        self.watcher.session_mut().take_alternative(match why {
            VouchReason::MoveHead => AlternativeReason::CannotMoveHead,
            VouchReason::CloseEyes => AlternativeReason::CannotCloseEyes,
            VouchReason::Follow => AlternativeReason::CannotFollow,
            VouchReason::Other => AlternativeReason::Other,
        });
        self.conclude()
    }

    pub(crate) fn conclude(self) -> Concluded {
        let (decision, anchor) = self.watcher.finish();
        Concluded {
            decision,
            anchor,
            source: self.source,
        }
    }
}

impl Concluded {
    /// Whether the photograph may be taken by itself now.
    pub(crate) fn opens(&self) -> bool {
        matches!(
            self.decision.outcome,
            Outcome::Live | Outcome::Alternative(_)
        )
    }

    /// Whether the burst shows somebody else than the challenge did.
    pub(crate) fn is_other(&self, burst: &Template) -> bool {
        self.anchor.as_ref().is_some_and(|anchor| {
            face::compare(anchor, burst).map_or(true, |score| {
                score.value() < Policy::default().median_similarity
            })
        })
    }

    /// A supervisor should look although it opened the way.
    pub(crate) fn to_look_at(&self) -> bool {
        self.decision
            .flags
            .iter()
            .any(|flag| matches!(flag, Flag::PassiveScoreLow | Flag::MoreFaces))
    }

    /// In short, for the packet's first page.
    pub(crate) fn record(&self, tries: u32) -> ChallengeRecord {
        let (outcome, why) = match self.decision.outcome {
            Outcome::Live => (ChallengeOutcome::Live, None),
            Outcome::NotLive(why) => (ChallengeOutcome::NotLive, Some(why.key())),
            Outcome::Undecided(why) => (ChallengeOutcome::Undecided, Some(why.key())),
            Outcome::Cancelled => (ChallengeOutcome::Cancelled, None),
            Outcome::Alternative(why) => (
                ChallengeOutcome::Alternative,
                Some(
                    match why {
                        AlternativeReason::CannotMoveHead => VouchReason::MoveHead,
                        AlternativeReason::CannotCloseEyes => VouchReason::CloseEyes,
                        AlternativeReason::CannotFollow => VouchReason::Follow,
                        AlternativeReason::Other => VouchReason::Other,
                    }
                    .key(),
                ),
            ),
        };
        let evidence = &self.decision.evidence;
        let done = evidence
            .steps
            .iter()
            .filter(|step| step.done_after_ms.is_some())
            .count();
        ChallengeRecord {
            outcome,
            why: why.map(str::to_owned),
            asked: evidence
                .challenge
                .actions()
                .map(|action| action.key().to_owned())
                .to_vec(),
            done: done as u32,
            one_in: evidence.one_in,
            tries,
        }
    }

    /// What the officer is told when it failed: no detail that would teach a forger.
    pub(crate) fn notice(&self) -> Notice {
        Notice::attention(match self.decision.outcome {
            Outcome::NotLive(Reason::CameraChanged) => "challenge-failed-camera",
            Outcome::NotLive(_) => "challenge-failed-not-live",
            Outcome::Undecided(Reason::TooLate) => "challenge-failed-late",
            Outcome::Undecided(Reason::TooEarly) => "challenge-failed-early",
            Outcome::Undecided(Reason::OtherAction) => "challenge-failed-other",
            Outcome::Undecided(Reason::FaceLost) => "challenge-failed-lost",
            _ => "challenge-failed-unclear",
        })
    }
}
