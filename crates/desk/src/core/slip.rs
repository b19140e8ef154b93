//! The applicant's slip: what the last submission's says, in memory only, until the next applicant or the sign-out.

use super::Core;
use super::job::{Done, Job};
use crate::Notice;
use crate::printing::{PROGRAM, PrintError, print};

impl Core {
    /// Prints the slip of the application that was just handed over.
    pub(super) fn print_slip(&mut self) {
        let Some(content) = self.session.as_ref().and_then(|s| s.slip.clone()) else {
            return;
        };
        self.start(Job::Slip, move || {
            let printed = documents::slip(&content)
                .map_err(|error| {
                    tracing::error!(%error, "the slip could not be drawn");
                    PrintError::Refused
                })
                .and_then(|page| print(PROGRAM, &page));
            Done::Printed(printed)
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
