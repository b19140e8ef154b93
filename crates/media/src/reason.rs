//! Why something on a medium was not taken, as a key that has words in every language.

use crate::{FileName, ReadFault};
use envelope::EnvelopeError;

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $key:literal,)+) => {
        /// Why a file or a folder was refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Reason { $($(#[$doc])* $variant,)+ }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable key: the end of its message's id.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key),+ }
            }
        }
    };
}

reasons! {
    /// Not a name that this program writes.
    OddName = "odd-name",
    /// A link; none is followed.
    Link = "link",
    /// A folder or device where a file should be, or the other way round.
    OtherKind = "other-kind",
    /// More files than a folder may have; the rest was not looked at.
    TooManyFiles = "too-many-files",
    /// Larger than a file of its kind can be.
    TooLarge = "too-large",
    /// With the files before it more than a folder may hold.
    TooMuch = "too-much",
    /// The medium did not give it.
    Unreadable = "unreadable",
    /// Writing it was broken off.
    Unfinished = "unfinished",
    /// It should be there and is not.
    Missing = "missing",
    /// Not the document that its name says.
    Malformed = "malformed",
    /// Written by a later release, and not to be guessed at.
    NotUnderstood = "not-understood",
    /// It speaks of another packet than its name.
    OtherPacket = "other-packet",
    /// Not the bytes that the packet's manifest names.
    Digest = "digest",
    /// Not the statement that the manifest names.
    Statement = "statement",
    /// Not the decision that the manifest names, or one that it does not name.
    Decision = "decision",
    /// Not the bytes that were written, as custody says.
    Changed = "changed",
    /// Custody does not name it.
    NotInCustody = "not-in-custody",
    /// It is there already.
    Twice = "twice",
    /// Writing the folder was broken off: the custody document is not there.
    CustodyMissing = "custody-missing",
    /// No key that is known here signed the custody document.
    CustodyUnverified = "custody-unverified",
    /// Answers for another station.
    OtherStation = "other-station",
    /// The folder holds answers, not packets.
    NotPackets = "not-packets",
    /// The folder holds packets, not answers.
    NotAnswers = "not-answers",
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

impl std::error::Error for Reason {}

impl From<ReadFault> for Reason {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Missing => Self::Missing,
            ReadFault::Link => Self::Link,
            ReadFault::OtherKind => Self::OtherKind,
            ReadFault::TooLarge => Self::TooLarge,
            ReadFault::Unreadable(_) => Self::Unreadable,
        }
    }
}

impl From<EnvelopeError> for Reason {
    fn from(error: EnvelopeError) -> Self {
        match error {
            EnvelopeError::TooLarge { .. } => Self::TooLarge,
            EnvelopeError::NotUnderstood => Self::NotUnderstood,
            _ => Self::Malformed,
        }
    }
}

/// Files that were not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// Which one; none for names that this program never writes: they may be anything, a person's name too, and are only counted.
    pub file: Option<FileName>,
    /// Why.
    pub reason: Reason,
    /// How many files: 1 where it is named.
    pub count: usize,
}
