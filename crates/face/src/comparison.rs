//! Comparing two templates: a score, what it means, and the decision at the policy's thresholds.

use serde::Serialize;

use crate::template::{Template, TemplateError};

/// The cosine of two templates, −1..1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Score(f32);

impl Score {
    /// A score from its value.
    pub fn new(value: f32) -> Self {
        Self(value.clamp(-1.0, 1.0))
    }

    /// Its value.
    pub fn value(self) -> f32 {
        self.0
    }
}

/// Compares two templates.
///
/// # Errors
/// [`TemplateError::OtherModel`] where different networks made them.
pub fn compare(left: &Template, right: &Template) -> Result<Score, TemplateError> {
    left.check_same_model(right)?;
    let products = left.vector().iter().zip(right.vector()).map(|(a, b)| a * b);
    Ok(Score::new(products.sum()))
}

/// One line of the calibration: at this score, so many of the impostors and of the genuine err.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Calibration {
    /// Score.
    pub score: f32,
    /// Share of impostor comparisons at or above it.
    pub fmr: f64,
    /// Share of genuine comparisons below it.
    pub fnmr: f64,
}

/// Measured on LFW's 6,000 pairs (genuine) and 29.6 million impostor pairs, crops aligned by others. FMR and FNMR belong to that set:
/// other people, cameras and light give other figures.
pub const CALIBRATION: [Calibration; 3] = [
    Calibration {
        score: 0.338,
        fmr: 1e-3,
        fnmr: 0.017,
    },
    Calibration {
        score: 0.413,
        fmr: 1e-4,
        fnmr: 0.045,
    },
    Calibration {
        score: 0.477,
        fmr: 1e-5,
        fnmr: 0.095,
    },
];

/// The false match rate at a score, from the calibration: logarithm of the rate drawn straight between its lines. `None` outside
/// them, where nothing was measured.
pub fn fmr_at(score: Score) -> Option<f64> {
    let value = score.value();
    CALIBRATION.windows(2).find_map(|pair| {
        let (low, high) = (pair[0], pair[1]);
        if !(low.score..=high.score).contains(&value) {
            return None;
        }
        let part = f64::from((value - low.score) / (high.score - low.score));
        let log = low.fmr.ln() * (1.0 - part) + high.fmr.ln() * part;
        Some(log.exp())
    })
}

/// What a 1:1 comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The same person, by the policy.
    Match,
    /// Not the same person, by the policy.
    NonMatch,
    /// Between the thresholds: a person settles it.
    Undecided,
}

/// The dated thresholds of 1:1 decisions. A score equal to a threshold passes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionPolicy {
    /// From here on a match.
    pub match_from: f32,
    /// Below this a non-match; between the two a person settles it.
    pub non_match_below: f32,
    /// The day of the policy, as YYYY-MM-DD.
    pub dated: String,
}

impl Default for DecisionPolicy {
    fn default() -> Self {
        Self {
            match_from: 0.413,
            non_match_below: 0.338,
            dated: "2026-11-01".into(),
        }
    }
}

impl DecisionPolicy {
    /// The decision on a score.
    pub fn decide(&self, score: Score) -> Decision {
        if score.value() >= self.match_from {
            Decision::Match
        } else if score.value() < self.non_match_below {
            Decision::NonMatch
        } else {
            Decision::Undecided
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_equal_to_the_threshold_passes_and_between_the_two_a_person_decides() {
        let policy = DecisionPolicy::default();
        assert_eq!(policy.decide(Score::new(0.413)), Decision::Match);
        assert_eq!(policy.decide(Score::new(0.412)), Decision::Undecided);
        assert_eq!(policy.decide(Score::new(0.338)), Decision::Undecided);
        assert_eq!(policy.decide(Score::new(0.337)), Decision::NonMatch);
    }

    #[test]
    fn the_false_match_rate_is_told_only_where_it_was_measured() {
        assert!(fmr_at(Score::new(0.2)).is_none() && fmr_at(Score::new(0.6)).is_none());
        let at = fmr_at(Score::new(0.413)).unwrap_or(1.0);
        assert!((at - 1e-4).abs() < 1e-9, "{at}");
        let between = fmr_at(Score::new(0.38)).unwrap_or(1.0);
        assert!(between < 1e-3 && between > 1e-4);
    }
}
