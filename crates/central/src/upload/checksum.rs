//! `Upload-Checksum` of the tus checksum extension.

use crate::problem::ApiError;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// A checksum that a chunk must have.
pub(crate) struct Checksum {
    expected: Vec<u8>,
    context: Context,
}

impl Checksum {
    /// Reads `sha1 …` or `sha256 …`, standard base64.
    pub(crate) fn parse(header: &str) -> Result<Self, ApiError> {
        let refused = || ApiError::bad_request("Upload-Checksum");
        let (name, value) = header.split_once(' ').ok_or_else(refused)?;
        let algorithm: &Algorithm = match name {
            "sha1" => &SHA1_FOR_LEGACY_USE_ONLY,
            "sha256" => &SHA256,
            _ => return Err(refused()),
        };
        let expected = STANDARD.decode(value.trim()).map_err(|_| refused())?;
        if expected.len() != algorithm.output_len() {
            return Err(refused());
        }
        Ok(Self {
            expected,
            context: Context::new(algorithm),
        })
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.context.update(bytes);
    }

    /// Whether all that was given has this checksum.
    pub(crate) fn holds(&self) -> bool {
        self.context.clone().finish().as_ref() == self.expected
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_algorithms_are_understood() {
        for header in [
            "sha1 qvTGHdzF6KLavt4PO0gs2a6pQ00=",
            "sha256 LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=",
        ] {
            let mut checksum = Checksum::parse(header).unwrap();
            checksum.update(b"hel");
            checksum.update(b"lo");
            assert!(checksum.holds(), "{header}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for header in ["", "sha1", "md5 AAAA", "sha1 AAAA", "sha256 ???"] {
            assert!(Checksum::parse(header).is_err(), "{header}");
        }
    }
}
