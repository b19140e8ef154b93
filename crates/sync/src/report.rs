//! What the link looks like from the desk.

use domain::PacketId;

/// Everything that [`LinkReport::error`] can be, for the messages `link-error-…`.
pub const LINK_ERRORS: [&str; 7] = [
    "busy",
    "centre-fault",
    "dates",
    "foreign",
    "no-answer",
    "rejected",
    "unreadable",
];

/// Everything that a packet can be put off for, for the messages `wait-…`.
pub const WAIT_REASONS: [&str; 9] = [
    "centre-busy",
    "centre-fault",
    "centre-refused",
    "centre-too-old",
    "digest-mismatch",
    "documents",
    "no-receipt-yet",
    "receipt-refused",
    "retained",
];

/// The link's condition; a new one is told whenever it changes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinkReport {
    /// The centre answered last time.
    pub online: bool,
    /// Why not, as the end of a message's key: `link-error-…`.
    pub error: Option<&'static str>,
    /// A person paused it.
    pub paused: bool,
    /// The packet whose bytes are on their way.
    pub sending: Option<PacketId>,
    /// Bytes a second of the last piece that arrived.
    pub rate_bytes: Option<u64>,
    /// The version that the centre speaks; none until it has answered. 1 is the first release, which gets documents of version 1 only.
    pub centre_version: Option<u16>,
}
