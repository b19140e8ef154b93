//! The applicant's slip: what the last submission's says, in memory only, until the next applicant or the sign-out.

use super::Core;
use super::job::{Done, Job};
use crate::Notice;
use crate::printing::{PrintError, Spooled, Spooler};

impl Core {
    /// Prints the slip of the application that was just handed over.
    pub(super) fn print_slip(&mut self) {
        let Some(content) = self.session.as_ref().and_then(|s| s.slip.clone()) else {
            return;
        };
        self.start(Job::Slip, move || {
            let spooler = Spooler::default();
            let printed = documents::slip(&content)
                .map_err(|error| {
                    tracing::error!(%error, "the slip could not be drawn");
                    PrintError::Refused
                })
                .and_then(|page| spooler.print(&page));
            if let Ok(job) = &printed {
                purge_later(spooler, job.clone());
            }
            Done::Printed(printed.map(|_| ()))
        });
    }

    pub(super) fn printed(&mut self, result: Result<(), PrintError>) {
        self.notice = Some(match result {
            Ok(()) => Notice::ok("notice-slip-printed"),
            Err(PrintError::Missing) => Notice::attention("notice-printer-missing"),
            Err(PrintError::Refused) => Notice::attention("notice-printer-refused"),
        });
    }
}

/// What the spooler keeps of a slip goes when the paper is out: nobody waits for that.
fn purge_later(spooler: Spooler, spooled: Spooled) {
    let purging = std::thread::Builder::new()
        .name("spool".to_owned())
        .spawn(move || {
            if !spooler.purge(&spooled) {
                tracing::warn!("what the spooler keeps of a slip could not be purged");
            }
        });
    if purging.is_err() {
        tracing::warn!("no thread to purge what the spooler keeps of a slip");
    }
}
