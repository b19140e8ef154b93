//! A question that is asked again and again beside the uploads, with a failure budget of its own.

use super::waits::Growing;
use std::time::Duration;

/// A lost connection delays a question no longer than this.
const LOST: Duration = Duration::from_mins(1);

/// When one of the centre's endpoints is asked next.
#[derive(Debug)]
pub(super) struct Endpoint {
    every: Duration,
    waits: Growing,
    seed: u64,
    due: Duration,
    fails: u32,
    asked: Option<Duration>,
}

impl Endpoint {
    pub(super) fn new(every: Duration, first: Duration, most: Duration, seed: u64) -> Self {
        Self {
            every,
            waits: Growing { first, most },
            seed,
            due: Duration::ZERO,
            fails: 0,
            asked: None,
        }
    }

    pub(super) fn due(&self) -> Duration {
        self.due
    }

    pub(super) fn asked(&self) -> Option<Duration> {
        self.asked
    }

    pub(super) fn ready(&self, now: Duration) -> bool {
        self.due <= now
    }

    /// When it may be asked although it is not due: some time after the last question, but no sooner than its failures allow.
    pub(super) fn soonest(&self, apart: Duration) -> Duration {
        match self.asked {
            None => Duration::ZERO,
            Some(_) if self.fails > 0 => self.due,
            Some(asked) => self.due.min(asked + apart),
        }
    }

    pub(super) fn asking(&mut self, now: Duration) {
        self.asked = Some(now);
        // Whatever comes of it, it is not due at once again.
        self.due = now + self.every;
    }

    pub(super) fn answered(&mut self) {
        self.fails = 0;
    }

    /// The endpoint failed; `link_left` is what the whole link waits anyway.
    pub(super) fn failed(&mut self, now: Duration, link_left: Duration) {
        let wait = self
            .waits
            .after(self.fails, self.seed.wrapping_add(now.as_secs()));
        self.due = now + link_left + wait;
        self.fails = self.fails.saturating_add(1);
    }

    /// The connection was lost meanwhile, which says little of the endpoint; but others come first when it stands again.
    pub(super) fn lost(&mut self, now: Duration, link_left: Duration) {
        self.due = now + link_left + self.waits.first.min(LOST);
    }

    pub(super) fn now(&mut self, now: Duration) {
        self.due = now;
        self.fails = 0;
    }

    pub(super) fn by(&mut self, time: Duration) {
        if self.fails == 0 {
            self.due = self.due.min(time);
        }
    }
}
