//! What the centre tells an office of its packets.

use crate::{PacketId, Timestamp};
use serde::{Deserialize, Serialize};

/// What became of a packet after its receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum OutcomeKind {
    /// In the registry.
    Registered,
    /// A person at the centre decides whether it duplicates another record.
    DuplicateSuspected,
    /// A check failed at the centre.
    Quarantined,
    /// A person at the centre decides whether the face is that of the number's own person.
    Waiting,
    /// Two people decided: the person had a record already, and the application joined it.
    Joined,
    /// Two people decided: it takes no effect.
    Refused,
    /// Two people decided: it is kept and marked, and takes no effect for now.
    Held,
    /// What a later centre says and this build has no word for; kept as it came.
    Other(String),
}

impl OutcomeKind {
    /// The name on the wire and in stores.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Registered => "registered",
            Self::DuplicateSuspected => "duplicate_suspected",
            Self::Quarantined => "quarantined",
            Self::Waiting => "waiting",
            Self::Joined => "joined",
            Self::Refused => "refused",
            Self::Held => "held",
            Self::Other(name) => name,
        }
    }
}

impl From<String> for OutcomeKind {
    fn from(name: String) -> Self {
        match name.as_str() {
            "registered" => Self::Registered,
            "duplicate_suspected" => Self::DuplicateSuspected,
            "quarantined" => Self::Quarantined,
            "waiting" => Self::Waiting,
            "joined" => Self::Joined,
            "refused" => Self::Refused,
            "held" => Self::Held,
            _ => Self::Other(name),
        }
    }
}

impl From<OutcomeKind> for String {
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Other(name) => name,
            known => known.as_str().to_owned(),
        }
    }
}

/// One line of an office's outcomes; no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Rises by one with every outcome of the centre.
    pub cursor: i64,
    /// The packet.
    pub packet: PacketId,
    /// What became of it.
    pub kind: OutcomeKind,
    /// The reason's key, where there is one.
    pub reason: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// Why the centre puts a packet aside, as keys: every check of a packet ends in one of them.
pub const QUARANTINE_REASONS: [&str; 32] = [
    "application",
    "arrived-after-revocation",
    "chain-broken",
    "counter-reused",
    "decision",
    "decision-signature",
    "document",
    "digest",
    "four-eyes",
    "liveness",
    "not-approved",
    "not-openable",
    "parts",
    "picture",
    "picture-too-large",
    "picture-too-small",
    "picture-truncated",
    "policy-rolled-back",
    "policy-version",
    "portrait",
    "portrait-face",
    "quality",
    "refused",
    "replay",
    "role",
    "staff-unknown",
    "statement",
    "statement-signature",
    "template",
    "template-mismatch",
    "template-model",
    "unprocessable",
];
