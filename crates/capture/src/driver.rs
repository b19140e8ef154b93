//! The one shape of everything that gives frames. A driver lives on its reader's thread and may hang there; nothing else waits for it.

use std::time::Duration;

use crate::device::{Device, Refused};
use crate::frame::Shot;
use crate::status::FailureReason;

/// An open source.
pub(crate) trait Driver {
    /// What was opened.
    fn device(&self) -> &Device;

    /// What frames it gives, in words, for the report: `YUYV 1280x720 at 30 (nokhwa)`.
    fn format(&self) -> String;

    /// The next frame; `None` when there is none within about `wait`. A driver that cannot wait for a limited time may hang.
    fn next(&mut self, wait: Duration) -> Result<Option<Shot>, Fault>;
}

/// What goes wrong with a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is not there.
    Missing,
    /// It was there.
    Unplugged,
    /// Another program has it.
    Busy,
    /// One frame is bad: wrong length, no size, not decodable. The source may go on.
    Damaged,
    /// Policy does not let it be read.
    NotAllowed(Refused),
    /// It does not work.
    Failing(FailureReason),
}

impl Fault {
    pub(crate) fn driver(said: impl std::fmt::Display) -> Fault {
        Fault::Failing(FailureReason::Driver(said.to_string()))
    }
}
