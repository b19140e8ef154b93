//! What becomes of a supervisor's decision that was made at another station of the office.

use serde::{Deserialize, Serialize};

/// What became of a decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DecisionResult {
    /// It was the first; it is in force.
    Taken,
    /// Somebody else had decided before.
    Late,
    /// Not believed: nobody whom that station's lease names as a supervisor, or about something else. The review goes on.
    Refused,
    /// The station no longer has the packet: its PC was replaced. The review goes on, to be returned to its officer.
    Unknown,
}

impl DecisionResult {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Taken, Self::Late, Self::Refused, Self::Unknown];

    /// The name on the wire and in stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Taken => "taken",
            Self::Late => "late",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }
}

impl From<String> for DecisionResult {
    /// What a later release says is at least no success.
    fn from(name: String) -> Self {
        let known = Self::ALL.into_iter().find(|r| r.as_str() == name);
        known.unwrap_or(Self::Refused)
    }
}

impl From<DecisionResult> for String {
    fn from(result: DecisionResult) -> Self {
        result.as_str().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_without_a_word_here_is_no_success() {
        assert_eq!(
            DecisionResult::from("adopted".to_owned()),
            DecisionResult::Refused
        );
        for result in DecisionResult::ALL {
            assert_eq!(DecisionResult::from(String::from(result)), result);
        }
    }
}
