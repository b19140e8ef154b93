//! A sealed packet with its papers, checked before it is written and after it is read.

use crate::Reason;
use domain::StationId;
use envelope::{
    Decision, Digest, Document, EnvelopeError, Manifest, PACKET_LIMIT_BYTES, Signed, Statement,
};
use std::fmt;

/// The largest sealed file, as on the wire: the largest tar and what sealing adds to it.
pub const ENVELOPE_LIMIT_BYTES: u64 = PACKET_LIMIT_BYTES as u64 + (64 << 10);
/// The largest manifest, statement, decision, void or receipt; real ones have less than 2 kB.
pub const PAPER_LIMIT_BYTES: u64 = 64 << 10;

/// The signed documents of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Papers {
    /// The station's word.
    pub manifest: Signed<Manifest>,
    /// The officer's word.
    pub statement: Signed<Statement>,
    /// The supervisor's word, where the manifest names one.
    pub decision: Option<Signed<Decision>>,
}

impl Papers {
    /// That they parse and belong together. Nobody's signature is judged here.
    pub(crate) fn check(&self) -> Result<Manifest, Reason> {
        let manifest = paper(&self.manifest)?;
        let statement = paper(&self.statement)?;
        let about = (manifest.packet, manifest.digest);
        if self.statement.digest() != manifest.statement
            || (statement.packet, statement.digest) != about
        {
            return Err(Reason::Statement);
        }
        match (&self.decision, manifest.decision) {
            (None, None) => {}
            (Some(signed), Some(digest)) => {
                let decision = paper(signed)?;
                if signed.digest() != digest || (decision.packet, decision.digest) != about {
                    return Err(Reason::Decision);
                }
            }
            _ => return Err(Reason::Decision),
        }
        Ok(manifest)
    }
}

/// A document of the size that papers have.
pub(crate) fn paper<T: Document>(signed: &Signed<T>) -> Result<T, Reason> {
    if signed.as_bytes().len() as u64 > PAPER_LIMIT_BYTES {
        return Err(Reason::TooLarge);
    }
    Ok(signed.peek()?)
}

/// A sealed packet with its papers.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedPacket {
    /// The age file.
    pub bytes: Vec<u8>,
    /// What is signed about it.
    pub papers: Papers,
}

impl SealedPacket {
    /// The station that its manifest names, unverified.
    ///
    /// # Errors
    /// As [`Signed::peek`].
    pub fn station(&self) -> Result<StationId, EnvelopeError> {
        Ok(self.papers.manifest.peek()?.station)
    }

    /// That papers and bytes belong together.
    pub(crate) fn check(&self) -> Result<Manifest, Reason> {
        let manifest = self.papers.check()?;
        let length = self.bytes.len() as u64;
        if length > ENVELOPE_LIMIT_BYTES {
            return Err(Reason::TooLarge);
        }
        if length != manifest.length || Digest::of(&self.bytes) != manifest.digest {
            return Err(Reason::Digest);
        }
        Ok(manifest)
    }
}

impl fmt::Debug for SealedPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedPacket({} bytes)", self.bytes.len())
    }
}
