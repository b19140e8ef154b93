//! Quality and liveness as they are recorded: figures and codes, no pictures.

use crate::exception::keyed;
use serde::{Deserialize, Serialize};

/// One quality component's result (ISO/IEC 29794-5): native value, 0–100, code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The component's standard name, or our own for a stand-in.
    pub component: String,
    /// In the component's own unit; none when it was not assessed.
    pub native: Option<f64>,
    /// 0 (worst) to 100; none when it was not assessed.
    pub scalar: Option<u8>,
}

/// All readings of the kept frame.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QualityRecord {
    /// In the order of the standard.
    pub readings: Vec<Reading>,
}

impl QualityRecord {
    /// The 0–100 value of a component, where it was assessed.
    pub fn scalar(&self, component: &str) -> Option<u8> {
        self.readings
            .iter()
            .find(|r| r.component == component)
            .and_then(|r| r.scalar)
    }

    /// The lowest assessed value among `components`.
    pub fn lowest<'a>(&'a self, components: impl IntoIterator<Item = &'a str>) -> Option<u8> {
        components.into_iter().filter_map(|c| self.scalar(c)).min()
    }
}

/// Evidence of liveness; passive colour alone may deny or flag, never admit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LivenessRecord {
    /// Frames that were scored.
    pub frames: u32,
    /// Median of the passive scores, 0 (attack) to 1 (bona fide).
    pub passive_median: Option<f32>,
    /// A supervisor must look: the passive median lies below policy's limit, or policy asks for a challenge that did not show a living person.
    pub flagged: bool,
    /// The last challenge before the photograph; none where none was begun. Its whole evidence is the packet's `liveness.cbor`.
    #[serde(default)]
    pub challenge: Option<ChallengeRecord>,
}

impl LivenessRecord {
    /// Whether a challenge showed a living person.
    pub fn shown_live(&self) -> bool {
        self.challenge
            .as_ref()
            .is_some_and(|c| c.outcome == ChallengeOutcome::Live)
    }

    /// Whether an officer vouched for a person who cannot do what the challenge asks.
    pub fn vouched(&self) -> bool {
        self.challenge
            .as_ref()
            .is_some_and(|c| c.outcome == ChallengeOutcome::Alternative)
    }
}

keyed!(
    /// What a liveness challenge came to.
    ChallengeOutcome {
        /// A present, living person, as far as this evidence goes.
        Live = "live",
        /// Something that a living person before one camera does not do.
        NotLive = "not-live",
        /// Not shown either way.
        Undecided = "undecided",
        /// Stopped by the officer.
        Cancelled = "cancelled",
        /// The person cannot do what is asked; the officer vouches.
        Alternative = "alternative",
    }
);

/// A challenge in short, for whoever reviews it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChallengeRecord {
    /// What it came to.
    pub outcome: ChallengeOutcome,
    /// Why, as the end of a message's key; none for a living person.
    pub why: Option<String>,
    /// What was asked, in order, as messages' keys.
    pub asked: Vec<String>,
    /// How many of these were done.
    pub done: u32,
    /// One drawn challenge in so many is this one.
    pub one_in: u64,
    /// Challenges begun for this photograph, this one included.
    pub tries: u32,
}
