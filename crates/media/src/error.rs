//! Why a folder was not written, or not read at all.

use crate::{ITEMS_LIMIT, ReadFault, Reason};
use envelope::EnvelopeError;
use std::io;

/// What ends an export or an import as a whole.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No room left; what was written so far is read packet by packet.
    #[error("the medium is full")]
    Full,
    /// The medium may not be written.
    #[error("the medium is read-only")]
    ReadOnly,
    /// A folder of this name is there: call again with other randomness.
    #[error("the folder exists")]
    FolderExists,
    /// There was nothing to write.
    #[error("nothing to write")]
    Nothing,
    /// More answers than one folder holds.
    #[error("more than {ITEMS_LIMIT} items")]
    TooManyItems,
    /// The medium was pulled or gave an error.
    #[error("the medium failed: {0}")]
    Failed(io::ErrorKind),
    /// A document could not be made.
    #[error(transparent)]
    Document(#[from] EnvelopeError),
    /// The folder is refused as a whole.
    #[error("the folder is refused: {0}")]
    Refused(Reason),
}

impl MediaError {
    /// Every key that is not a [`Reason`]'s.
    pub const KEYS: [&'static str; 7] = [
        "full",
        "read-only",
        "folder-exists",
        "nothing",
        "too-many-items",
        "failed",
        "document",
    ];

    /// The stable key: the end of its message's id.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::ReadOnly => "read-only",
            Self::FolderExists => "folder-exists",
            Self::Nothing => "nothing",
            Self::TooManyItems => "too-many-items",
            Self::Failed(_) => "failed",
            Self::Document(_) => "document",
            Self::Refused(reason) => reason.key(),
        }
    }
}

impl From<io::Error> for MediaError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            kind => Self::Failed(kind),
        }
    }
}

impl From<ReadFault> for MediaError {
    fn from(fault: ReadFault) -> Self {
        match fault {
            ReadFault::Unreadable(kind) => Self::Failed(kind),
            fault => Self::Refused(fault.into()),
        }
    }
}
