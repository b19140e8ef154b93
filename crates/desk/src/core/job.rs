//! Work that takes long: each on a thread of its own, and each comes back to the desk's thread, also when it crashes.

use super::medium::MediumDone;
use super::passphrase::Resealed;
use super::{Core, Input};
use crate::Notice;
use crate::printing::PrintError;
use domain::StaffId;
use envelope::{EnvelopeError, StaffKeys};
use std::panic::{AssertUnwindSafe, catch_unwind};
use sync::{Activated, ActivationError};

/// What is worked on. At most one job of each kind runs at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Job {
    /// A key file is being opened.
    SignIn,
    /// A key file is being sealed under a new passphrase.
    Passphrase,
    /// The station is being activated.
    Activation,
    /// A slip is being printed.
    Slip,
    /// A medium is being written or read.
    Medium,
}

impl Job {
    /// Its thread's name.
    fn name(self) -> &'static str {
        match self {
            Self::SignIn => "key file",
            Self::Passphrase => "passphrase",
            Self::Activation => "activation",
            Self::Slip => "printer",
            Self::Medium => "medium",
        }
    }
}

/// What came of it.
pub(crate) enum Done {
    KeyOpened {
        staff: StaffId,
        result: Result<StaffKeys, EnvelopeError>,
    },
    Resealed(Result<Box<Resealed>, EnvelopeError>),
    Activated(Result<Box<Activated>, ActivationError>),
    Printed(Result<(), PrintError>),
    Medium(Box<MediumDone>),
}

impl Core {
    pub(super) fn running(&self, job: Job) -> bool {
        self.jobs.contains(&job)
    }

    /// Starts a job; `false`, with a message, where one of its kind runs or the system gives no thread.
    pub(super) fn start(&mut self, job: Job, work: impl FnOnce() -> Done + Send + 'static) -> bool {
        if self.running(job) {
            return false;
        }
        let inbox = self.inbox.clone();
        let thread = std::thread::Builder::new().name(job.name().to_owned());
        let started = thread.spawn(move || {
            let done = catch_unwind(AssertUnwindSafe(work)).ok();
            // A desk that has ended meanwhile needs nothing any more.
            let _ = inbox.send(Input::Job(job, done));
        });
        if started.is_err() {
            self.notice = Some(Notice::stop("notice-no-thread"));
            return false;
        }
        self.jobs.push(job);
        true
    }

    /// A job has ended; without a result it crashed, and what it was to do was not done.
    pub(super) fn ended(&mut self, job: Job, done: Option<Done>) {
        self.jobs.retain(|running| *running != job);
        match done {
            Some(Done::KeyOpened { staff, result }) => self.key_opened(&staff, result),
            Some(Done::Resealed(result)) => self.resealed(result),
            Some(Done::Activated(result)) => self.activated(result),
            Some(Done::Printed(result)) => self.printed(result),
            Some(Done::Medium(done)) => self.medium_done(*done),
            None => {
                tracing::error!(job = job.name(), "crashed");
                self.audit("job-crashed", None, job.name());
                self.activating = self.activating.take().filter(|_| job != Job::Activation);
                self.passphrase_crashed(job);
                self.notice = Some(Notice::stop("notice-job-crashed"));
            }
        }
    }
}
