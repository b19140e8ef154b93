//! Packets after their upload.

use crate::SignedText;
use domain::{Outcome, PacketId, Timestamp};
use serde::{Deserialize, Serialize};

/// Where a packet is at the centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum PacketState {
    /// Bytes are still arriving.
    Receiving,
    /// All bytes are here; not yet checked.
    Received,
    /// Stored and in force.
    Accepted,
    /// Stored; a check failed.
    Quarantined,
    /// What a later centre says and this build has no word for: it has the packet, and a receipt will come.
    Other,
}

impl PacketState {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Receiving => "receiving",
            Self::Received => "received",
            Self::Accepted => "accepted",
            Self::Quarantined => "quarantined",
            Self::Other => "other",
        }
    }
}

impl From<String> for PacketState {
    fn from(name: String) -> Self {
        [
            Self::Receiving,
            Self::Received,
            Self::Accepted,
            Self::Quarantined,
        ]
        .into_iter()
        .find(|state| state.as_str() == name)
        .unwrap_or(Self::Other)
    }
}

impl From<PacketState> for String {
    fn from(state: PacketState) -> Self {
        state.as_str().to_owned()
    }
}

/// Body of `POST /v1/voids`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidRequest {
    /// `Signed<Void>` by the station.
    pub void: SignedText,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidReply {
    /// `Signed<Receipt>` whose packet is the void's and whose digest is that of the signed void.
    pub receipt: SignedText,
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
