//! Packets after their upload.

use crate::SignedText;
use domain::{Outcome, PacketId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a packet is at the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacketState {
    /// Bytes are still arriving.
    Receiving,
    /// All bytes are here; not yet checked.
    Received,
    /// Stored and in force.
    Accepted,
    /// Stored; a check failed.
    Quarantined,
}

/// Answer to `GET /v1/packets/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketReply {
    /// The packet.
    pub packet: PacketId,
    /// Where it is.
    pub state: PacketState,
    /// `Signed<Receipt>`, once there is one.
    pub receipt: Option<SignedText>,
}

/// Answer to `GET /v1/outcomes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeList {
    /// In order of their cursor.
    pub outcomes: Vec<Outcome>,
}

/// A suspect of de-duplication that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Adjudication {
    /// Its number.
    pub id: i64,
    /// The new packet.
    pub packet: PacketId,
    /// The record it resembles.
    pub record: String,
    /// Comparison score (cosine).
    pub score: f32,
    /// `open`, `duplicate` or `distinct`.
    pub state: String,
    /// Since when.
    pub at: Timestamp,
}

/// Answer to `GET /v1/adjudications`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdjudicationList {
    /// Newest first, at most 500.
    pub adjudications: Vec<Adjudication>,
}
