//! The applicant's slip: what the last submission's says, in memory only, until the next applicant or the sign-out.

use super::{Core, Input};
use crate::Notice;
use crate::printing::{PROGRAM, PrintError, print};

impl Core {
    /// Prints the slip of the application that was just handed over.
    pub(super) fn print_slip(&mut self) {
        let Some(content) = self.slip.clone() else {
            return;
        };
        let inbox = self.inbox.clone();
        let printing = std::thread::Builder::new()
            .name("printer".to_owned())
            .spawn(move || {
                let printed = documents::slip(&content)
                    .map_err(|error| {
                        tracing::error!(%error, "the slip could not be drawn");
                        PrintError::Refused
                    })
                    .and_then(|page| print(PROGRAM, &page));
                let _ = inbox.send(Input::Printed(printed));
            });
        if printing.is_err() {
            self.notice = Some(Notice::stop("notice-no-thread"));
        }
    }

    pub(super) fn printed(&mut self, result: Result<(), PrintError>) {
        self.notice = Some(match result {
            Ok(()) => Notice::ok("notice-slip-printed"),
            Err(PrintError::Missing) => Notice::attention("notice-printer-missing"),
            Err(PrintError::Refused) => Notice::attention("notice-printer-refused"),
        });
    }
}
