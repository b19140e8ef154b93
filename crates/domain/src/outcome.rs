//! What the centre tells an office of its packets.

use crate::{PacketId, Timestamp};
use serde::{Deserialize, Serialize};

/// What became of a packet after its receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// In the registry.
    Registered,
    /// A person at the centre decides whether it duplicates another record.
    DuplicateSuspected,
    /// A check failed at the centre.
    Quarantined,
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
pub const QUARANTINE_REASONS: [&str; 30] = [
    "application",
    "chain-broken",
    "counter-reused",
    "decision",
    "decision-signature",
    "digest",
    "four-eyes",
    "lease-expired",
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
