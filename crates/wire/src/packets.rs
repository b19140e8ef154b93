//! Packets after their upload.

use crate::SignedText;
use crate::shape;
use domain::{Outcome, PacketId, Timestamp};
use schemars::JsonSchema;
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidRequest {
    /// `Signed<Void>` by the station.
    pub void: SignedText,
}

/// Its answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VoidReply {
    /// `Signed<Receipt>` whose packet is the void's and whose digest is that of the signed void.
    pub receipt: SignedText,
}

/// Answer to `GET /v1/packets/{id}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PacketReply {
    /// The packet.
    #[schemars(with = "shape::Uuid")]
    pub packet: PacketId,
    /// Where it is.
    #[schemars(with = "shape::State")]
    pub state: PacketState,
    /// `Signed<Receipt>`, once there is one.
    pub receipt: Option<SignedText>,
}

/// Answer to `GET /v1/outcomes`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeList {
    /// In order of their cursor.
    #[schemars(with = "Vec<shape::Outcome>")]
    pub outcomes: Vec<Outcome>,
}

/// A suspect of de-duplication that waits for a person.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Adjudication {
    /// Its number.
    pub id: i64,
    /// The new packet.
    #[schemars(with = "shape::Uuid")]
    pub packet: PacketId,
    /// The record it resembles.
    pub record: String,
    /// Comparison score (cosine).
    pub score: f32,
    /// `open`, `duplicate` or `distinct`.
    pub state: String,
    /// Since when.
    #[schemars(with = "shape::Millis")]
    pub at: Timestamp,
}

/// Answer to `GET /v1/adjudications`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AdjudicationList {
    /// Newest first, at most 500.
    pub adjudications: Vec<Adjudication>,
}

/// The engine of the centre's search.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Matching {
    /// Its name.
    pub engine: String,
    /// Changes of references that it lacks.
    pub behind: i64,
    /// Whether searches wait for it.
    pub waits: bool,
}

/// Answer to `GET /v1/health`; the first release knows the first three fields alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// `ok`, or `behind` where something waits for long.
    pub status: String,
    /// The centre's release.
    pub version: String,
    /// Its clock.
    #[schemars(with = "shape::Millis")]
    pub time: Timestamp,
    /// How long the oldest of each queue has waited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oldest_seconds: Option<std::collections::BTreeMap<String, i64>>,
    /// How far the engine of the search is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<Matching>,
    /// Tasks of this process that came back after a panic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u64>,
    /// Jobs of this process that are past their deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stuck: Option<u64>,
}
