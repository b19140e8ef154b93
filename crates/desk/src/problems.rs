//! Errors of the parts in words for a person: what happened, what was kept, what to do.

use crate::Notice;
use envelope::EnvelopeError;
use queue::{QueueError, Stop};

/// The store's errors.
pub(crate) fn store(error: &QueueError) -> Notice {
    match error {
        QueueError::DiskFull => Notice::stop("notice-disk-full"),
        QueueError::Damaged(_) | QueueError::Stopped(Stop::Damaged) => {
            Notice::stop("notice-store-damaged")
        }
        QueueError::InUse => Notice::stop("notice-store-in-use"),
        QueueError::NewerVersion { .. } => Notice::stop("notice-store-newer"),
        QueueError::Io { .. } | QueueError::Stopped(Stop::Io) => Notice::stop("notice-disk-failed"),
        QueueError::FourEyes(_) => Notice::attention("notice-own-work"),
        QueueError::Transition(_) | QueueError::NotFound => Notice::attention("notice-moved-on"),
        QueueError::OtherOfficer => Notice::attention("notice-other-officer"),
        QueueError::OlderLease { .. }
        | QueueError::OlderPolicy { .. }
        | QueueError::Untrusted(_) => Notice::stop("notice-lease-refused"),
        other => Notice::stop("notice-store-refused").with("reason", other.key()),
    }
}

/// A draft or review copy that does not open.
pub(crate) fn draft(error: &EnvelopeError) -> Notice {
    match error {
        EnvelopeError::NotAddressed => Notice::attention("notice-not-addressed"),
        EnvelopeError::NotUnderstood => Notice::attention("notice-later-release"),
        _ => Notice::stop("notice-envelope-damaged"),
    }
}

/// Sealing or signing that failed.
pub(crate) fn sealing(error: &EnvelopeError) -> Notice {
    match error {
        EnvelopeError::TooLarge { .. } => Notice::stop("notice-too-large"),
        _ => Notice::stop("notice-sealing-failed"),
    }
}

/// A lease that was not taken.
pub(crate) fn lease() -> Notice {
    Notice::stop("notice-lease-refused")
}
