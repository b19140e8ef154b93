//! The time that is believed, kept in the store once a minute.

use super::Core;
use domain::{ClockConfidence, Timestamp};

impl Core {
    /// Reads what has surely passed, at the start and whenever the store was written.
    pub(super) fn load_time(&self) {
        if let Some(passed) = self.store.as_ref().and_then(|s| s.passed().ok()) {
            self.time.load(passed);
        }
    }

    /// The time that leases, ages and certificates are judged by; no wall clock alone moves it for good.
    pub(super) fn believed_now(&self) -> Timestamp {
        self.time.now()
    }

    /// What is to be said of the wall clock.
    pub(super) fn clock(&self) -> ClockConfidence {
        self.time.judge()
    }

    /// Keeps the powered time, once a minute. What a full disk does not take is kept with the next minute.
    pub(super) fn keep_time(&mut self) {
        let Some(millis) = self.time.to_keep() else {
            return;
        };
        let Some(store) = &mut self.store else { return };
        if store.note_powered(millis).is_ok() {
            self.load_time();
        }
        self.hold_extension();
        self.tend_second_copy();
    }
}
