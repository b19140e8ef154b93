//! The centre's API (v1): what crosses the wire, shared by client and server.
//!
//! Signed documents travel as standard base64 of their `COSE_Sign1` bytes ([`SignedText`]).
//! It has no behaviour: no client, no server.

mod activation;
mod openapi;
mod packets;
mod problem;
mod reviews;
mod shape;
mod signed_text;
pub mod tus;

pub use activation::{
    Activation, ActivationRequest, CertificateReply, CertificateRequest, Held, LeaseReply,
    StatusReport, Waiting,
};
pub use openapi::openapi;
pub use packets::{
    Adjudication, AdjudicationList, Health, Matching, OutcomeList, PacketReply, PacketState,
    VoidReply, VoidRequest,
};
pub use problem::Problem;
pub use reviews::{
    REVIEW_LIMIT_BYTES, REVIEW_WORDS_LIMIT, REVIEWS_LIMIT, ReviewLine, ReviewList, ReviewOffer,
    ReviewReport, ReviewResult, ReviewWord, ReviewWords, SealedText,
};
pub use signed_text::SignedText;

/// The version that this build speaks. Requests and answers carry it in [`VERSION_HEADER`]; a peer that names none is of the first
/// release and gets exactly its documents.
pub const VERSION: u16 = 2;
/// Where a peer says which version it speaks.
pub const VERSION_HEADER: &str = "shanakht-version";

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
    /// `POST`: a certificate request, for a new certificate before the old one ends.
    pub const CERTIFICATE: &str = "/v1/stations/certificate";
    /// `POST`: what a station says of itself.
    pub const STATUS: &str = "/v1/status";
    /// `POST`: a signed void, for the receipt that closes its counter.
    pub const VOIDS: &str = "/v1/voids";
    /// `POST`: an application that waits for review, sealed; `GET`: what the office's stations say of such. Below it, by the digest of
    /// the packet: `GET {REVIEWS}/{digest}`, `POST` and `GET {REVIEWS}/{digest}/words`, `POST {REVIEWS}/{digest}/results`.
    pub const REVIEWS: &str = "/v1/reviews";
    /// `GET`: alive, and the version.
    pub const HEALTH: &str = "/v1/health";
    /// `GET`: this API, described.
    pub const OPENAPI: &str = "/openapi.json";
}
