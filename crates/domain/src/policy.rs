//! The authority's signed rules for a station.

use crate::Source;
use crate::exception::keyed;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

keyed!(
    /// When an applicant is asked to move before the camera.
    #[derive(Default)]
    ChallengeRule {
        /// Never: the passive score alone is recorded.
        Never = "never",
        /// Before a camera. Pictures from a file cannot follow what is asked; they are named as replayed.
        #[default]
        Camera = "camera",
        /// Whatever the frames come from.
        Always = "always",
    }
);

/// Of every hundred searches for people who are not on record, one may give a suspect.
const FALSE_POSITIVE_IDENTIFICATION: f64 = 0.01;

/// Rules that the policy root signs; a station refuses an older version than it has seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Policy {
    /// Rises with every change.
    pub version: u32,
    /// Lowest accepted 0–100 value by component name; equal passes.
    pub quality: BTreeMap<String, u8>,
    /// Tries before the fallback capture is offered.
    pub capture_tries: u32,
    /// Below this passive liveness median a packet is flagged.
    pub passive_liveness: f32,
    /// When the liveness challenge is asked for.
    #[serde(default)]
    pub challenge: ChallengeRule,
    /// For peers of earlier releases, whose only template model it was measured for: the score from which two templates are called the
    /// same person. Since then every model's manifest has its own thresholds.
    pub match_score: f32,
    /// The same for the score from which a person looks (1:N candidates, undecided 1:1).
    pub candidate_score: f32,
    /// Cameras that policy knows, as USB vendor and product; empty allows any real one.
    pub cameras: Vec<(u16, u16)>,
    /// Whether replayed pictures may be submitted (development and training only).
    pub replay_allowed: bool,
    /// The consent text's version.
    pub consent_version: u32,
    /// Limits of the lease.
    pub limits: Limits,
    /// Days after which an application that no supervisor has reviewed goes to the centre without a decision; none: it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unreviewed_days: Option<u32>,
    /// Whether a station with a second disk keeps a second sealed copy there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_copy: Option<bool>,
    /// How the centre compares who comes under a number with whom it belongs to; none: [`NumberRules::default`]. No station needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub numbers: Option<NumberRules>,
    /// For the centre: share of searches for people who are not on record that may give a suspect (false positive identification rate).
    /// The working day of adjudicators decides it: 0.01 of 11,000 applicants are 110 cases. None: 0.01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub false_positive_identification: Option<f64>,
}

/// How much doubt people can look into, and what an old reference is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRules {
    /// People who compare faces.
    pub adjudicators: u32,
    /// Doubtful comparisons that one of them looks into in a day.
    pub cases_a_day: u32,
    /// A reference that was taken under 18 and is older than so many months supports and never contradicts.
    pub young_reference_months: u32,
    /// A reference that was taken with an injury or a bandage is to be renewed after so many months.
    pub provisional_months: u32,
}

impl Default for NumberRules {
    fn default() -> Self {
        Self {
            adjudicators: 2,
            cases_a_day: 60,
            young_reference_months: 36,
            provisional_months: 6,
        }
    }
}

impl NumberRules {
    /// Doubtful comparisons that all of them look into in a day.
    pub fn budget(&self) -> u32 {
        self.adjudicators.saturating_mul(self.cases_a_day)
    }
}

/// How long and how much a station may work alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Days a lease is good for.
    pub lease_days: u32,
    /// Packets a station may take under one lease.
    pub packets: u32,
    /// Minutes without input before keys leave memory.
    pub idle_minutes: u32,
    /// Wrong passphrases before the key file locks.
    pub sign_in_tries: u32,
    /// Days a draft is kept.
    pub draft_days: u32,
    /// What one extension of a lease adds; none: leases are not extended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extension: Option<Extension>,
}

/// What the one extension of a lease adds, for an office that no newer lease reaches in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Days, from the lease's end or from when the extension was taken, whichever is later.
    pub days: u32,
    /// Packets.
    pub packets: u32,
}

/// Why no new application may begin; everything that was begun in time is typed on, submitted, decided and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoNewWork {
    /// The lease has ended.
    Ended,
    /// As many applications were begun under this lease as it allows.
    UsedUp,
}

impl Limits {
    /// Whether an application may begin under a lease. It is the only thing that a lease's end stops: whatever was begun in time may
    /// always be submitted, and the centre takes it whenever it comes.
    ///
    /// `begun` counts what was begun under the lease's serial, whatever the clock said.
    ///
    /// # Errors
    /// [`NoNewWork`] says why not.
    pub fn may_begin(
        &self,
        expires_at: crate::Timestamp,
        begun: u64,
        believed_now: crate::Timestamp,
    ) -> Result<(), NoNewWork> {
        if believed_now >= expires_at {
            Err(NoNewWork::Ended)
        } else if begun >= u64::from(self.packets) {
            Err(NoNewWork::UsedUp)
        } else {
            Ok(())
        }
    }

    /// Limits and end of a lease that was extended at `taken`, a believed time: for [`Limits::may_begin`]. An extension never gives more
    /// than the lease itself did. None where policy extends no lease.
    pub fn extended(
        &self,
        expires_at: crate::Timestamp,
        taken: crate::Timestamp,
    ) -> Option<(Self, crate::Timestamp)> {
        let extension = self.extension?;
        let days = extension.days.min(self.lease_days);
        let more = extension.packets.min(self.packets);
        let limits = Self {
            packets: self.packets.saturating_add(more),
            ..self.clone()
        };
        Some((limits, expires_at.max(taken).plus_days(i64::from(days))))
    }

    /// Whether the next lease is wanted: seven tenths of the packets, or of the time, are used up.
    pub fn wants_next(
        &self,
        issued_at: crate::Timestamp,
        expires_at: crate::Timestamp,
        begun: u64,
        believed_now: crate::Timestamp,
    ) -> bool {
        let life = expires_at.millis_since(issued_at);
        let used = believed_now.millis_since(issued_at);
        begun.saturating_mul(10) >= u64::from(self.packets).saturating_mul(7)
            || used.saturating_mul(10) >= life.saturating_mul(7)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            lease_days: 7,
            packets: 200,
            idle_minutes: 15,
            sign_in_tries: 10,
            draft_days: 14,
            extension: Some(Extension {
                days: 7,
                packets: 100,
            }),
        }
    }
}

impl Default for Policy {
    /// The policy that stations get where the authority has signed nothing else: geometry and light that the portrait and the template
    /// need. LuminanceMean, LuminanceVariance, UnderExposurePrevention and DynamicRange are left out on purpose: they fall with the
    /// darkness of skin; `exposure_in_scene` stands for them.
    fn default() -> Self {
        let quality = [
            ("SingleFacePresent", 90),
            ("InterEyeDistance", 73), // 90 px
            ("LeftwardCropOfTheFaceImage", 50),
            ("RightwardCropOfTheFaceImage", 50),
            ("HeadPoseYaw", 90),   // 18°
            ("HeadPosePitch", 85), // 22°
            ("HeadPoseRoll", 95),  // 12°
            ("EyesOpen", 60),
            ("MouthClosed", 40),
            ("smile_width", 50),
            ("eye_contrast", 50),   // dark glasses, a hand
            ("mouth_contrast", 50), // a mask, a hand
            ("IlluminationUniformity", 35),
            ("OverExposurePrevention", 10), // 9 % of the skin
            ("exposure_in_scene", 50),      // one stop
            ("sharpness_gradient", 30),
        ];
        Self {
            version: 1,
            quality: quality.iter().map(|(k, v)| ((*k).to_owned(), *v)).collect(),
            capture_tries: 4,
            passive_liveness: 0.3,
            challenge: ChallengeRule::default(),
            match_score: 0.413,
            candidate_score: 0.338,
            cameras: Vec::new(),
            replay_allowed: true,
            consent_version: 1,
            limits: Limits::default(),
            unreviewed_days: None,
            second_copy: None,
            numbers: None,
            false_positive_identification: None,
        }
    }
}

impl Policy {
    /// The same for development and training, where the pictures that this project may carry are replayed: their people smile.
    pub fn development() -> Self {
        let mut policy = Self::default();
        policy.quality.remove("smile_width");
        policy
    }

    /// Share of searches for people who are not on record that may give a suspect; a figure that is no share is not taken.
    pub fn false_positive_identification(&self) -> f64 {
        let rate = self.false_positive_identification;
        rate.filter(|rate| *rate > 0.0 && *rate < 1.0)
            .unwrap_or(FALSE_POSITIVE_IDENTIFICATION)
    }

    /// Whether the applicant must show to be alive before frames from this source count.
    pub fn challenges(&self, source: &Source) -> bool {
        match self.challenge {
            ChallengeRule::Never => false,
            ChallengeRule::Camera => *source != Source::Replayed,
            ChallengeRule::Always => true,
        }
    }

    /// The components of `record` below their threshold, with value and threshold.
    pub fn shortfalls(&self, record: &crate::QualityRecord) -> Vec<(String, u8, u8)> {
        self.quality
            .iter()
            .filter_map(|(name, least)| {
                let value = record.scalar(name)?;
                (value < *least).then(|| (name.clone(), value, *least))
            })
            .collect()
    }
}

/// The order in which packets leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// A person waits for the answer.
    Verification,
    /// Marked by a supervisor.
    Urgent,
    /// Everything else.
    Normal,
}

impl Priority {
    /// 0 goes first.
    pub fn rank(self) -> i64 {
        match self {
            Self::Verification => 0,
            Self::Urgent => 1,
            Self::Normal => 2,
        }
    }
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::*;
    use crate::Timestamp;

    const END: Timestamp = Timestamp::from_millis(1_795_000_000_000);

    #[test]
    fn an_extended_lease_ends_days_after_it_was_taken_and_allows_so_many_more() {
        let limits = Limits::default();
        let early = limits.extended(END, END.plus_days(-1)).expect("allowed");
        assert_eq!((early.0.packets, early.1), (300, END.plus_days(7)));
        let late = limits.extended(END, END.plus_days(3)).expect("allowed");
        assert_eq!(late.1, END.plus_days(10));
        assert_eq!(late.0.may_begin(late.1, 299, END.plus_days(9)), Ok(()));
        assert_eq!(
            late.0.may_begin(late.1, 300, END.plus_days(9)),
            Err(NoNewWork::UsedUp)
        );
        assert_eq!(
            late.0.may_begin(late.1, 0, END.plus_days(10)),
            Err(NoNewWork::Ended)
        );
    }

    #[test]
    fn an_extension_gives_no_more_than_the_lease_once_again() {
        let limits = Limits {
            extension: Some(Extension {
                days: 365,
                packets: u32::MAX,
            }),
            ..Limits::default()
        };
        let (more, end) = limits.extended(END, END).expect("allowed");
        assert_eq!((more.packets, end), (400, END.plus_days(7)));
        let none = Limits {
            extension: None,
            ..limits
        };
        assert_eq!(none.extended(END, END), None);
    }
}
