//! Comparing two templates: a score, and the decision at the thresholds of their model.

use serde::{Deserialize, Serialize};

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
/// [`TemplateError::OtherModel`] where different models made them.
pub fn compare(left: &Template, right: &Template) -> Result<Score, TemplateError> {
    left.check_same_model(right)?;
    let products = left.vector().iter().zip(right.vector()).map(|(a, b)| a * b);
    Ok(Score::new(products.sum()))
}

/// What a 1:1 comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The same person, by the thresholds.
    Match,
    /// Not the same person, by the thresholds.
    NonMatch,
    /// Between the thresholds: a person settles it.
    Undecided,
}

/// The dated thresholds of 1:1 decisions between templates of one model; its manifest has them. A score equal to a threshold passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionPolicy {
    /// From here on a match.
    pub match_from: f32,
    /// Below this a non-match; between the two a person settles it.
    pub non_match_below: f32,
    /// The day on which they were set, as YYYY-MM-DD.
    pub dated: String,
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
        let policy = DecisionPolicy {
            match_from: 0.482,
            non_match_below: 0.41,
            dated: "2026-11-28".into(),
        };
        assert_eq!(policy.decide(Score::new(0.482)), Decision::Match);
        assert_eq!(policy.decide(Score::new(0.481)), Decision::Undecided);
        assert_eq!(policy.decide(Score::new(0.41)), Decision::Undecided);
        assert_eq!(policy.decide(Score::new(0.409)), Decision::NonMatch);
    }
}
