//! Who works at a station, and what two of them must not be.

use crate::StaffId;
use serde::{Deserialize, Serialize};

/// What a member of staff may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Enrols and verifies.
    Officer,
    /// Enrols too, and reviews the work of others.
    Supervisor,
}

/// One's own work was offered for review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("nobody reviews their own work")]
pub struct FourEyesError;

/// Four eyes: the reviewer is somebody else.
///
/// # Errors
/// [`FourEyesError`] where `reviewer` took the application.
pub fn four_eyes(officer: &StaffId, reviewer: &StaffId) -> Result<(), FourEyesError> {
    if officer == reviewer {
        Err(FourEyesError)
    } else {
        Ok(())
    }
}
