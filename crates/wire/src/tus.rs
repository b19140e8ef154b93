//! Names of the tus 1.0.0 resumable upload protocol, and of the metadata that a packet carries.

/// The protocol's version.
pub const VERSION: &str = "1.0.0";
/// The extensions that the centre offers.
pub const EXTENSIONS: &str = "creation,creation-with-upload,checksum,expiration,termination";
/// The checksums that it understands.
pub const CHECKSUMS: &str = "sha1,sha256";
/// Content type of `PATCH`.
pub const CONTENT_TYPE: &str = "application/offset+octet-stream";
/// `460 Checksum Mismatch`.
pub const CHECKSUM_MISMATCH: u16 = 460;

/// Keys of `Upload-Metadata`; their values are base64 as the protocol says, of the base64 text of
/// the signed document ([`crate::SignedText`]).
pub mod metadata {
    /// `Signed<Manifest>`.
    pub const MANIFEST: &str = "manifest";
    /// `Signed<Statement>`.
    pub const STATEMENT: &str = "statement";
    /// `Signed<Decision>`, where the item needs one.
    pub const DECISION: &str = "decision";
}
