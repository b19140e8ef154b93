//! How long to wait before the next try.

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use std::time::Duration;

/// The link is tried at least this often, however long it has been down.
const LINK_MOST: Duration = Duration::from_mins(1);
/// The longest wait that a centre may ask for.
const ASKED_MOST: Duration = Duration::from_mins(10);
/// Doublings after which a wait grows no more.
const DOUBLINGS_MOST: u32 = 16;

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

    /// The link does what it is there for: the next wait is a short one again.
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

/// Waits that double from the first to the most, and the seed that spreads them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Growing {
    pub(super) first: Duration,
    pub(super) most: Duration,
}

impl Growing {
    /// The wait after so many tries; jitter adds up to as much again.
    pub(super) fn after(self, tries: u32, seed: u64) -> Duration {
        let tries = tries.min(DOUBLINGS_MOST);
        ExponentialBuilder::new()
            .with_min_delay(self.first)
            .with_factor(2.0)
            .with_max_delay(self.most)
            .without_max_times()
            .with_jitter()
            .with_jitter_seed(seed.wrapping_add(u64::from(tries)))
            .build()
            .nth(tries as usize)
            .unwrap_or(self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_grows_to_its_most_and_no_two_stations_wait_alike() {
        let waits = Growing {
            first: Duration::from_mins(1),
            most: Duration::from_hours(4),
        };
        for tries in 0..40 {
            let wait = waits.after(tries, 7);
            let plain = Duration::from_mins(1) * 2_u32.pow(tries.min(8));
            let least = plain.min(Duration::from_hours(4));
            assert!(
                wait >= least && wait <= 2 * least,
                "{tries}: {wait:?}, {least:?}"
            );
        }
        assert_ne!(waits.after(3, 7), waits.after(3, 8));
    }
}
