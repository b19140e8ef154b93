//! The life of an application: states that hold what they have, transitions that take the old state.
//!
//! ```text
//! draft --submit--> in review --approve--> outbox --receipt--> settled
//!   ^                  |  \--reject--> closed    |                    ^
//!   +-----return-------+                         +--damage--> set aside --receipt, should
//!                                                             a whole original turn up
//! ```
//! Under a policy that says so, *escalate* goes from review to the outbox without a decision.

use serde::{Deserialize, Serialize};

/// What the centre's receipt says of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Stored and in force; the station deletes its copy.
    Durable,
    /// Stored, but a check failed and a person must look; the station deletes its copy.
    Quarantined,
    /// Not stored for good: the station keeps its copy.
    Retain,
}

/// The stage's name, as stored and shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being typed, or returned for correction.
    Draft,
    /// Signed by the officer, waiting for a supervisor.
    InReview,
    /// Approved, sealed, waiting for the link.
    Outbox,
    /// The centre has it and signed for it.
    Settled,
    /// Rejected, refused or discarded; nothing was sent.
    Closed,
    /// Damaged on this disk before it left: the applicant is asked back.
    SetAside,
}

impl Stage {
    /// Every stage, in the order of life.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::InReview,
        Self::Outbox,
        Self::Settled,
        Self::Closed,
        Self::SetAside,
    ];

    /// The name in stores and figures.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::InReview => "in_review",
            Self::Outbox => "outbox",
            Self::Settled => "settled",
            Self::Closed => "closed",
            Self::SetAside => "set_aside",
        }
    }

    /// The stage of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// What happens to an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// The officer signs.
    Submit,
    /// The supervisor signs.
    Approve,
    /// The supervisor sends it back with a reason.
    Return,
    /// The supervisor ends it with a reason.
    Reject,
    /// The applicant refuses, or the officer discards the draft.
    Close,
    /// It waited too long for a supervisor and goes to the centre without a decision.
    Escalate,
    /// Its bytes are not those that were signed.
    Damage,
    /// The centre's receipt verified and named this packet's digest.
    Receive(Verdict),
}

/// An act that does not belong to this stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{act:?} does not follow {from:?}")]
pub struct TransitionError {
    /// Where the application is.
    pub from: Stage,
    /// What was asked of it.
    pub act: Lifecycle,
}

impl Stage {
    /// The stage that follows.
    ///
    /// # Errors
    /// [`TransitionError`] where the act does not belong to this stage; the application stays.
    pub fn after(self, act: Lifecycle) -> Result<Self, TransitionError> {
        match (self, act) {
            (Self::Draft, Lifecycle::Submit) => Ok(Self::InReview),
            (Self::Draft, Lifecycle::Close) | (Self::InReview, Lifecycle::Reject) => {
                Ok(Self::Closed)
            }
            (Self::InReview, Lifecycle::Approve | Lifecycle::Escalate)
            | (Self::Outbox, Lifecycle::Receive(Verdict::Retain)) => Ok(Self::Outbox),
            (Self::InReview, Lifecycle::Return) => Ok(Self::Draft),
            (Self::Outbox, Lifecycle::Damage)
            | (Self::SetAside, Lifecycle::Receive(Verdict::Retain)) => Ok(Self::SetAside),
            (
                Self::Outbox | Self::SetAside,
                Lifecycle::Receive(Verdict::Durable | Verdict::Quarantined),
            ) => Ok(Self::Settled),
            (from, act) => Err(TransitionError { from, act }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_the_outbox_without_a_receipt() {
        for act in [
            Lifecycle::Submit,
            Lifecycle::Approve,
            Lifecycle::Return,
            Lifecycle::Reject,
            Lifecycle::Close,
        ] {
            assert!(Stage::Outbox.after(act).is_err());
        }
        assert_eq!(
            Stage::Outbox.after(Lifecycle::Receive(Verdict::Retain)),
            Ok(Stage::Outbox)
        );
    }

    #[test]
    fn what_is_set_aside_waits_for_nothing_but_its_whole_original() {
        assert_eq!(Stage::Outbox.after(Lifecycle::Damage), Ok(Stage::SetAside));
        assert!(Stage::InReview.after(Lifecycle::Damage).is_err());
        for act in [Lifecycle::Submit, Lifecycle::Approve, Lifecycle::Escalate] {
            assert!(Stage::SetAside.after(act).is_err());
        }
        assert_eq!(
            Stage::SetAside.after(Lifecycle::Receive(Verdict::Durable)),
            Ok(Stage::Settled)
        );
    }

    #[test]
    fn what_is_settled_or_closed_stays_so() {
        for stage in [Stage::Settled, Stage::Closed] {
            for act in [
                Lifecycle::Submit,
                Lifecycle::Approve,
                Lifecycle::Escalate,
                Lifecycle::Damage,
                Lifecycle::Receive(Verdict::Durable),
            ] {
                assert!(stage.after(act).is_err());
            }
        }
    }

    #[test]
    fn names_come_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_name(stage.as_str()), Some(stage));
        }
        assert_eq!(Stage::from_name("gone"), None);
    }
}
