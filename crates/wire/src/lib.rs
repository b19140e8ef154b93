//! The centre's API (v1): what crosses the wire, shared by client and server.
//!
//! Signed documents travel as standard base64 of their `COSE_Sign1` bytes ([`SignedText`]).
//! It has no behaviour: no client, no server.

mod activation;
mod openapi;
mod packets;
mod problem;
mod signed_text;
pub mod tus;

pub use activation::{Activation, ActivationRequest, LeaseReply};
pub use openapi::openapi;
pub use packets::{Adjudication, AdjudicationList, OutcomeList, PacketReply, PacketState};
pub use problem::Problem;
pub use signed_text::SignedText;

/// Paths of the API.
pub mod path {
    /// `POST`: one-time code and station key for certificate, roots and first lease.
    pub const ACTIVATE: &str = "/v1/stations/activate";
    /// `GET`: the current signed lease, with `ETag`.
    pub const LEASE: &str = "/v1/lease";
    /// tus 1.0.0.
    pub const UPLOADS: &str = "/v1/uploads";
    /// `GET {PACKETS}/{id}`: state and receipt.
    pub const PACKETS: &str = "/v1/packets";
    /// `GET ?after=&wait_seconds=`: outcomes of the station's office; long-poll.
    pub const OUTCOMES: &str = "/v1/outcomes";
    /// `GET`: duplicate suspects.
    pub const ADJUDICATIONS: &str = "/v1/adjudications";
    /// `GET`: alive, and the version.
    pub const HEALTH: &str = "/v1/health";
    /// `GET`: this API, described.
    pub const OPENAPI: &str = "/openapi.json";
}
