//! What can fail, as a caller can act on it; no message holds personal data.

/// Why an envelope, document or key file was not made or not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Larger than the named limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
    /// Not the format it should be, cut, or changed.
    #[error("malformed or damaged {0}")]
    Malformed(&'static str),
    /// This key does not open it.
    #[error("not addressed to this key")]
    NotAddressed,
    /// The passphrase is wrong.
    #[error("wrong passphrase")]
    WrongPassphrase,
    /// The signature does not belong to this key and content.
    #[error("the signature does not verify")]
    BadSignature,
    /// A signed document of another kind.
    #[error("not a {0}")]
    OtherDocument(&'static str),
    /// A later release says that something in it must be understood, and this build does not.
    #[error("a document of a later release that this one must not guess at")]
    NotUnderstood,
    /// Not a recipient that this build can seal to.
    #[error("not a known recipient")]
    UnknownRecipient,
    /// The keeper of a key, such as a token, does not answer: nothing is known about what was to be opened.
    #[error("the keeper of the key does not answer")]
    KeyAway,
    /// The system gave no randomness, or sealing failed.
    #[error("sealing failed")]
    SealFailed,
}
