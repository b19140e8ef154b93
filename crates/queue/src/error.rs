//! What can fail, as a caller can act on it; no variant holds personal data.

use crate::{ExtensionRefusal, SecondDiskFault};
use domain::{FourEyesError, TransitionError};
use envelope::EnvelopeError;
use rusqlite::ErrorCode;

/// Why the store takes no more work until it is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// A write or fsync failed: what the disk holds is known only after a new start.
    Io,
    /// A page or row is not what was written.
    Damaged,
}

/// Why the store did not do what was asked. Nothing of it was done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QueueError {
    /// No room: free some; the store works again as soon as there is.
    #[error("the disk is full")]
    DiskFull,
    /// The file is damaged or gone; it is left as it is. [`crate::salvage`] reads what is readable.
    #[error("the store is damaged: {0}")]
    Damaged(&'static str),
    /// Another process, or another [`crate::Store`] of this one, has it open.
    #[error("the store is in use")]
    InUse,
    /// Written by a newer build.
    #[error("the store has version {found}, this build knows {known}")]
    NewerVersion {
        /// What the file says.
        found: i64,
        /// What this build reads and writes.
        known: i64,
    },
    /// The system refused to read or write.
    #[error("the disk failed (SQLite code {code})")]
    Io {
        /// SQLite's extended result code, or 0 where the file system itself refused.
        code: i32,
    },
    /// An earlier failure stopped the store: it reads, and writes nothing until opened again.
    #[error("the store has stopped ({0:?})")]
    Stopped(Stop),
    /// No such packet, or no envelope of that kind.
    #[error("not in the store")]
    NotFound,
    /// The act does not belong to the application's stage.
    #[error(transparent)]
    Transition(#[from] TransitionError),
    /// The draft belongs to another officer.
    #[error("the draft of another officer")]
    OtherOfficer,
    /// One's own work was offered for review.
    #[error(transparent)]
    FourEyes(#[from] FourEyesError),
    /// A document that speaks of another packet, digest, length, person or station.
    #[error("the {0} does not belong to this packet")]
    Mismatch(&'static str),
    /// A receipt for something else than what is kept; nothing was deleted.
    #[error("the receipt names something else")]
    ReceiptMismatch,
    /// Signed by nobody whom this station trusts for it.
    #[error("the {0} is signed by an unknown key")]
    Untrusted(&'static str),
    /// A lease older than the one held.
    #[error("lease {offered} is older than {held}")]
    OlderLease {
        /// Serial of the lease that is held.
        held: u64,
        /// Serial of the lease that was offered.
        offered: u64,
    },
    /// A key file that is no newer than the one held.
    #[error("key file {offered} is no newer than {held}")]
    OlderKeyFile {
        /// Version that is held.
        held: u64,
        /// Version that was offered.
        offered: u64,
    },
    /// Nothing is wrong with the packet's bytes.
    #[error("the packet is not damaged")]
    NotDamaged,
    /// The time after which the act is allowed has not come.
    #[error("it is too early for that")]
    NotDue,
    /// The store holds something that the tables of version 1 cannot hold: it stays as it is.
    #[error("the store cannot go back: it holds {0}")]
    NeedsNewerVersion(&'static str),
    /// A policy older than the one held.
    #[error("policy {offered} is older than {held}")]
    OlderPolicy {
        /// Version that is held.
        held: u32,
        /// Version that was offered.
        offered: u32,
    },
    /// The lease was not extended.
    #[error(transparent)]
    Extension(#[from] ExtensionRefusal),
    /// The second copy is not kept there.
    #[error(transparent)]
    SecondDisk(#[from] SecondDiskFault),
    /// As much is carried for other stations as this one takes.
    #[error("as much is carried for others as this station takes")]
    CarriedFull,
    /// An unlock that was used already, or made before the last wrong try.
    #[error("the unlock is too old")]
    StaleUnlock,
    /// The station has not been activated.
    #[error("the station is not activated")]
    NotActivated,
    /// A reason, step or act that is not a key: free text could hold personal data.
    #[error("the {0} is not a key")]
    NotAKey(&'static str),
    /// Larger than the named limit.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit that was passed.
        limit: usize,
    },
    /// A document could not be read, verified or signed.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// SQLite refused a statement of ours: an error in this crate.
    #[error("the store failed inside (SQLite code {code})")]
    Internal {
        /// SQLite's extended result code.
        code: i32,
    },
}

impl QueueError {
    /// The stable key: the end of its message's id.
    pub fn key(&self) -> &'static str {
        match self {
            Self::DiskFull => "disk-full",
            Self::Damaged(_) | Self::Stopped(Stop::Damaged) => "store-damaged",
            Self::InUse => "store-in-use",
            Self::NewerVersion { .. } => "store-newer",
            Self::Io { .. } | Self::Stopped(Stop::Io) => "disk-failed",
            Self::NotFound => "packet-unknown",
            Self::Transition(_) => "wrong-stage",
            Self::OtherOfficer => "other-officer",
            Self::FourEyes(_) => "four-eyes",
            Self::Mismatch(_) => "document-mismatch",
            Self::ReceiptMismatch => "receipt-mismatch",
            Self::Untrusted(_) => "untrusted-signature",
            Self::OlderLease { .. } => "lease-older",
            Self::OlderPolicy { .. } => "policy-older",
            Self::OlderKeyFile { .. } => "key-file-older",
            Self::NotDamaged => "packet-whole",
            Self::NotDue => "not-due",
            Self::NeedsNewerVersion(_) => "store-needs-newer",
            Self::Extension(why) => why.key(),
            Self::SecondDisk(why) => why.key(),
            Self::CarriedFull => "carried-full",
            Self::StaleUnlock => "unlock-stale",
            Self::NotActivated => "not-activated",
            Self::NotAKey(_) | Self::Internal { .. } => "store-internal",
            Self::TooLarge { .. } => "too-large",
            Self::Envelope(_) => "document-unreadable",
        }
    }

    /// Whether it says something about the disk, so that the store must stop.
    pub(crate) fn stop(&self) -> Option<Stop> {
        match self {
            Self::Io { .. } => Some(Stop::Io),
            Self::Damaged(_) => Some(Stop::Damaged),
            _ => None,
        }
    }
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(e, _) => from_code(e.code, e.extended_code),
            rusqlite::Error::SqlInputError { error, .. } => {
                from_code(error.code, error.extended_code)
            }
            rusqlite::Error::QueryReturnedNoRows => Self::NotFound,
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::Utf8Error(..) => Self::Damaged("a row"),
            _ => Self::Internal { code: 0 },
        }
    }
}

fn from_code(code: ErrorCode, extended: i32) -> QueueError {
    match code {
        ErrorCode::DiskFull => QueueError::DiskFull,
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => QueueError::Damaged("a page"),
        ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked
        | ErrorCode::FileLockingProtocolFailed => QueueError::InUse,
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied => QueueError::Io { code: extended },
        _ => QueueError::Internal { code: extended },
    }
}

impl From<std::io::Error> for QueueError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Io { code: 0 },
        }
    }
}
