//! The verdict and all that it rests on, to be stored in the packet.

use serde::{Deserialize, Serialize};

use super::challenge::{Action, Challenge};
use super::depth::Depth;
use super::observation::CameraId;
use super::relief::Relief;

/// What a session came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "why")]
pub enum Outcome {
    /// A present, living person, as far as this evidence goes.
    Live,
    /// Something that a living person before one camera does not do.
    NotLive(Reason),
    /// Not shown either way; the person may try again with a new draw.
    Undecided(Reason),
    /// Stopped by the person or the officer.
    Cancelled,
    /// The person cannot do what is asked: the officer vouches by another way, and that is recorded.
    Alternative(AlternativeReason),
}

/// Why a session did not end live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Another camera took over.
    CameraChanged,
    /// The face jumped from one frame to the next as no head does.
    Jump,
    /// The face is not the one of the start, or not the portrait's.
    OtherFace,
    /// The same picture stood for too long.
    Frozen,
    /// Earlier pictures came again.
    FramesRepeated,
    /// Under a turn or a nod the points moved like a flat or bent picture.
    NotSolid,
    /// The passive score denies.
    PassiveScore,
    /// Another action than the one that was asked.
    OtherAction,
    /// An action before it was asked.
    TooEarly,
    /// Not done in time.
    TooLate,
    /// The face was out of sight.
    FaceLost,
    /// The clock went back.
    ClockWentBack,
    /// More frames than a session may have.
    TooManyFrames,
    /// The sequence ended before the challenge.
    Incomplete,
    /// Similarity was not measured often enough to say that it is one face.
    SimilarityNotMeasured,
    /// Fewer frames with a passive score than the policy asks.
    PassiveNotMeasured,
    /// Too few frames of an action to judge it.
    TooFewFrames,
}

impl Reason {
    /// Its name in records and at the end of messages' keys.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::CameraChanged => "camera-changed",
            Self::Jump => "jump",
            Self::OtherFace => "other-face",
            Self::Frozen => "frozen",
            Self::FramesRepeated => "frames-repeated",
            Self::NotSolid => "not-solid",
            Self::PassiveScore => "passive-score",
            Self::OtherAction => "other-action",
            Self::TooEarly => "too-early",
            Self::TooLate => "too-late",
            Self::FaceLost => "face-lost",
            Self::ClockWentBack => "clock-went-back",
            Self::TooManyFrames => "too-many-frames",
            Self::Incomplete => "incomplete",
            Self::SimilarityNotMeasured => "similarity-not-measured",
            Self::PassiveNotMeasured => "passive-not-measured",
            Self::TooFewFrames => "too-few-frames",
        }
    }
}

/// Why the officer took another way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlternativeReason {
    /// The person cannot turn or bow the head.
    CannotMoveHead,
    /// The person cannot close the eyes at will, or their eyes cannot be judged.
    CannotCloseEyes,
    /// The person cannot follow instructions (a child, an illness).
    CannotFollow,
    /// Another reason, which the officer writes down.
    Other,
}

/// What the officer should look at although the session ended live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Flag {
    /// The passive score is low.
    PassiveScoreLow,
    /// More than one face was seen.
    MoreFaces,
    /// Actions were left out that the person cannot do.
    ReducedChallenge,
}

/// One action's evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepEvidence {
    /// What was asked.
    pub action: Action,
    /// When, from the session's first frame.
    pub prompted_ms: u64,
    /// When the action began, from the prompt.
    pub began_after_ms: Option<u64>,
    /// When it was complete, from the prompt.
    pub done_after_ms: Option<u64>,
    /// How far it went: degrees of a turn or nod, ratio of coming closer, milliseconds with closed eyes.
    pub extent: f32,
    /// Solidity, for turns and nods.
    pub relief: Option<Relief>,
    /// How far the nose stands out, with the movement's frames, for turns and nods.
    #[serde(default)]
    pub depth: Option<Depth>,
}

/// A figure measured on some of the frames.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Measured {
    /// On how many frames.
    pub frames: usize,
    /// The middle one.
    pub median: Option<f32>,
    /// The lowest.
    pub lowest: Option<f32>,
}

impl Measured {
    pub(super) fn of(values: &[f32]) -> Self {
        let mut sorted = values.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        Self {
            frames: sorted.len(),
            median: sorted.get(sorted.len() / 2).copied(),
            lowest: sorted.first().copied(),
        }
    }
}

/// All that the verdict rests on. Figures only: no picture, no landmark, no template.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// What was asked, in order.
    pub challenge: Challenge,
    /// One challenge in so many.
    pub one_in: u64,
    /// How far it came.
    pub steps: Vec<StepEvidence>,
    /// Frames seen.
    pub frames: usize,
    /// Of them with a face.
    pub frames_with_face: usize,
    /// Of them with more than one face.
    pub frames_with_more_faces: usize,
    /// From the first frame to the last.
    pub duration_ms: u64,
    /// Passive score.
    pub passive: Measured,
    /// Similarity to the session's face.
    pub similarity: Measured,
    /// The camera, once a frame came.
    pub camera: Option<CameraId>,
}

/// The end of a session.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// The verdict.
    pub outcome: Outcome,
    /// For the officer's eyes.
    pub flags: Vec<Flag>,
    /// What it rests on.
    pub evidence: Evidence,
}

impl Decision {
    /// True for a person who was shown to be present and alive.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.outcome == Outcome::Live
    }
}
