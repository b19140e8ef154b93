//! A signed document as text.

use crate::shape;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use envelope::{DOCUMENT_LIMIT_BYTES, Document, EnvelopeError, Signed};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Standard base64 of a `COSE_Sign1` document; its size is checked before it is decoded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(transparent)]
pub struct SignedText(#[schemars(with = "shape::Cose")] String);

impl SignedText {
    /// The text of a signed document.
    pub fn of<T: Document>(signed: &Signed<T>) -> Self {
        Self(STANDARD.encode(signed.as_bytes()))
    }

    /// From text that travelled outside JSON (tus metadata).
    pub fn from_text(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The base64 text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Back to the document, still unverified.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it is too large or not base64.
    pub fn read<T: Document>(&self) -> Result<Signed<T>, EnvelopeError> {
        if self.0.len() > DOCUMENT_LIMIT_BYTES / 3 * 4 + 4 {
            return Err(EnvelopeError::TooLarge {
                limit: DOCUMENT_LIMIT_BYTES,
            });
        }
        let bytes = STANDARD
            .decode(&self.0)
            .map_err(|_| EnvelopeError::Malformed("base64"))?;
        Signed::from_bytes(bytes)
    }
}
