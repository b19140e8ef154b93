//! What whoever is signed in has open. One thing at a time, owned by the session: signing out drops it whole.

use super::passphrase::Changing;
use crate::open_work::OpenWork;
use crate::{ActivityView, OpenReview};
use documents::SlipContent;
use domain::{PacketId, Policy, StationId, Timestamp};
use envelope::{Parts, Recipient, StaffEntry, StaffKeys};
use queue::SealedCopy;
use std::time::Duration;

/// Whoever is signed in, with their keys and what they have open in memory.
pub(super) struct Session {
    pub(super) entry: StaffEntry,
    pub(super) keys: StaffKeys,
    pub(super) since: Timestamp,
    pub(super) touched: Duration,
    /// Envelopes that this person can open and that are to be sealed anew, with their readers.
    pub(super) to_reseal: Vec<(PacketId, SealedCopy, Vec<Recipient>)>,
    /// What the last submission's slip says, until the next applicant.
    pub(super) slip: Option<SlipContent>,
    pub(super) activity: Activity,
}

/// What is open.
#[derive(Default)]
pub(super) enum Activity {
    /// Nothing: the desk's own page.
    #[default]
    AtDesk,
    /// An application is typed and photographed.
    Enrolling(Box<Enrolling>),
    /// A review copy is looked at.
    Reviewing(Box<Reviewing>),
    /// A new passphrase is chosen.
    ChangingPassphrase(Changing),
}

/// The open application.
pub(super) struct Enrolling {
    pub(super) work: OpenWork,
    /// When it was changed or sealed last.
    pub(super) changed: Duration,
}

/// The open review copy.
pub(super) struct Reviewing {
    pub(super) row: queue::ReviewRow,
    /// The other station where it waits.
    pub(super) station: Option<StationId>,
    pub(super) parts: Parts,
    pub(super) view: OpenReview,
}

impl Activity {
    pub(super) fn enrolling(work: OpenWork, changed: Duration) -> Self {
        Self::Enrolling(Box::new(Enrolling { work, changed }))
    }

    pub(super) fn view(&self, policy: &Policy, believed: Timestamp) -> ActivityView {
        match self {
            Self::AtDesk => ActivityView::AtDesk,
            Self::Enrolling(open) => {
                ActivityView::Enrolling(Box::new(open.work.view(policy, believed)))
            }
            Self::Reviewing(open) => ActivityView::Reviewing(Box::new(open.view.clone())),
            Self::ChangingPassphrase(changing) => ActivityView::ChangingPassphrase(changing.view()),
        }
    }
}

impl Session {
    pub(super) fn work(&self) -> Option<&OpenWork> {
        match &self.activity {
            Activity::Enrolling(open) => Some(&open.work),
            _ => None,
        }
    }

    pub(super) fn work_mut(&mut self) -> Option<&mut OpenWork> {
        match &mut self.activity {
            Activity::Enrolling(open) => Some(&mut open.work),
            _ => None,
        }
    }

    pub(super) fn reviewing(&self) -> Option<&Reviewing> {
        match &self.activity {
            Activity::Reviewing(open) => Some(open),
            _ => None,
        }
    }
}

impl super::Core {
    pub(super) fn work(&self) -> Option<&OpenWork> {
        self.session.as_ref().and_then(Session::work)
    }

    pub(super) fn work_mut(&mut self) -> Option<&mut OpenWork> {
        self.session.as_mut().and_then(Session::work_mut)
    }

    pub(super) fn reviewing(&self) -> Option<&Reviewing> {
        self.session.as_ref().and_then(Session::reviewing)
    }

    /// Opens something else, or nothing; what was open goes. Without a session there is nothing to open it in.
    pub(super) fn open(&mut self, activity: Activity) {
        if let Some(session) = &mut self.session {
            session.activity = activity;
        }
    }

    pub(super) fn nothing_open(&self) -> bool {
        let session = self.session.as_ref();
        session.is_some_and(|s| matches!(s.activity, Activity::AtDesk))
    }
}
