//! How long to wait before the next try.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

/// The link is tried at least this often, however long it has been down.
const LINK_MOST: Duration = Duration::from_mins(1);
/// The longest wait that a centre may ask for.
const ASKED_MOST: Duration = Duration::from_mins(10);
/// A packet whose answer does not fit is tried again after this.
pub(super) const ALARM: Duration = Duration::from_mins(10);

/// The wait after failures of the link: 1 s, 2 s, 4 s … 60 s, each spread by jitter.
#[derive(Debug)]
pub(super) struct LinkWait {
    seed: u64,
    waits: ExponentialBackoff,
    until: Option<Duration>,
}

impl LinkWait {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            seed,
            waits: waits(seed),
            until: None,
        }
    }

    pub(super) fn failed(&mut self, now: Duration, asked: Option<Duration>) {
        let own = self.waits.next().unwrap_or(LINK_MOST);
        self.until = Some(now + asked.map_or(own, |wait| wait.min(ASKED_MOST).max(own)));
    }

    pub(super) fn answered(&mut self) {
        self.until = None;
        self.seed = self.seed.wrapping_add(1);
        self.waits = waits(self.seed);
    }

    /// Somebody asks to try now; the next wait is as long as it would have been.
    pub(super) fn forget(&mut self) {
        self.until = None;
    }

    /// What is left of the wait.
    pub(super) fn left(&self, now: Duration) -> Option<Duration> {
        self.until
            .map(|until| until.saturating_sub(now))
            .filter(|left| !left.is_zero())
    }
}

fn waits(seed: u64) -> ExponentialBackoff {
    ExponentialBuilder::new()
        .with_min_delay(Duration::from_secs(1))
        .with_factor(2.0)
        .with_max_delay(LINK_MOST)
        .without_max_times()
        .with_jitter()
        .with_jitter_seed(seed)
        .build()
}

/// The wait of a packet that the centre refused, by how often it was put off: 1 min, 2 min, 4 min … about 4 hours.
pub(super) fn refused_wait(attempts: u32) -> Duration {
    Duration::from_mins(1) * 2_u32.pow(attempts.min(8))
}
