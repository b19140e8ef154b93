//! Reviews of one station of an office, decided at another: the centre carries them sealed and can open none.

use crate::SignedText;
use crate::shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{DecisionResult, PacketId, StationId};
use envelope::{Digest, EnvelopeError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The largest sealed copy or draft that travels this way, in bytes: several times what an application with its pictures has. What is
/// larger is reviewed at its own station.
pub const REVIEW_LIMIT_BYTES: usize = 2 << 20;
/// Reviews of one station that the centre holds at once.
pub const REVIEWS_LIMIT: usize = 200;
/// Decisions that the centre holds for one review.
pub const REVIEW_WORDS_LIMIT: usize = 8;

/// Standard base64 of sealed bytes; its size is checked before it is decoded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct SealedText(#[schemars(with = "shape::Age")] String);

impl SealedText {
    /// The text of an envelope.
    pub fn of(sealed: &[u8]) -> Self {
        Self(STANDARD.encode(sealed))
    }

    /// Back to the envelope, unopened.
    ///
    /// # Errors
    /// [`EnvelopeError`] where it is larger than [`REVIEW_LIMIT_BYTES`] or not base64.
    pub fn read(&self) -> Result<Vec<u8>, EnvelopeError> {
        let too_large = EnvelopeError::TooLarge {
            limit: REVIEW_LIMIT_BYTES,
        };
        if self.0.len() > REVIEW_LIMIT_BYTES / 3 * 4 + 4 {
            return Err(too_large);
        }
        let bytes = STANDARD
            .decode(&self.0)
            .map_err(|_| EnvelopeError::Malformed("base64"))?;
        if bytes.len() > REVIEW_LIMIT_BYTES {
            return Err(too_large);
        }
        Ok(bytes)
    }
}

impl std::fmt::Debug for SealedText {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedText({} characters)", self.0.len())
    }
}

/// Body of `POST /v1/reviews`, and answer to `GET /v1/reviews/{digest of the packet}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewOffer {
    /// `Signed<ReviewCopy>` by the station that holds the packet.
    pub review: SignedText,
    /// `Signed<Statement>` by the officer.
    pub statement: SignedText,
    /// The copy, sealed to the office's supervisors and to office recovery.
    pub copy: SealedText,
}

/// A review of another station, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewLine {
    /// The application.
    #[schemars(with = "shape::Uuid")]
    pub packet: PacketId,
    /// Where it waits.
    #[schemars(with = "shape::Name")]
    pub station: StationId,
    /// SHA-256 of the packet: its name here.
    #[schemars(with = "shape::Hex")]
    pub digest: Digest,
    /// SHA-256 of the sealed copy: it changes where the copy is sealed anew.
    #[schemars(with = "shape::Hex")]
    pub copy: Digest,
}

/// Answer to `GET /v1/reviews`, with `ETag`: everything that concerns the station which asks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewList {
    /// What waits at the office's other stations, and is not decided as far as the centre knows. A copy of anything else is destroyed.
    #[serde(default)]
    pub waiting: Vec<ReviewLine>,
    /// The station's own reviews that the centre holds.
    #[serde(default)]
    pub own: Vec<ReviewLine>,
    /// Of those, the ones that somebody has decided.
    #[serde(default)]
    #[schemars(with = "Vec<shape::Hex>")]
    pub decided: Vec<Digest>,
    /// What became of decisions that were made at this station.
    #[serde(default)]
    pub results: Vec<ReviewResult>,
}

/// What became of a decision at the station that holds the packet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewResult {
    /// Digest of the signed decision.
    #[schemars(with = "shape::Hex")]
    pub decision: Digest,
    /// What became of it.
    #[schemars(with = "shape::Result")]
    pub result: DecisionResult,
}

/// Body of `POST /v1/reviews/{digest}/words`: a decision that was made at another station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ReviewWord {
    /// It leaves, or ends.
    Decision {
        /// `Signed<Decision>` by a supervisor of the office.
        decision: SignedText,
    },
    /// It goes back to its officer.
    Return {
        /// `Signed<ReviewReturn>` by a supervisor of the office.
        returned: SignedText,
        /// The content, sealed to the officer and to office recovery.
        draft: SealedText,
    },
}

/// Answer to `GET /v1/reviews/{digest}/words`, which only the station that holds the packet may ask.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewWords {
    /// The first that the centre got and that was not answered yet; one at a time, since each may bring a draft.
    pub words: Vec<ReviewWord>,
}

/// Body of `POST /v1/reviews/{digest}/results`: what the station that holds the packet made of the decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ReviewReport {
    /// The review is over: the centre drops the copy, and every decision without a result came late.
    pub over: bool,
    /// Of decisions that it saw.
    pub results: Vec<ReviewResult>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_large_is_refused_before_it_is_decoded() {
        let sealed = vec![7; REVIEW_LIMIT_BYTES];
        assert_eq!(SealedText::of(&sealed).read().unwrap(), sealed);
        let larger = SealedText::of(&[&sealed[..], &[7]].concat());
        assert!(matches!(larger.read(), Err(EnvelopeError::TooLarge { .. })));
        let much_larger = SealedText("A".repeat(REVIEW_LIMIT_BYTES * 3));
        assert!(much_larger.read().is_err());
        assert!(!format!("{:?}", SealedText::of(b"a face")).contains("YSBmYWNl"));
    }
}
