//! What the link looks like from the desk.

use domain::PacketId;

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
}
