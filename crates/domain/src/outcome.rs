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
