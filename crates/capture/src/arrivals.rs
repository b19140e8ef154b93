//! How old a frame can be at most, whatever its driver's clock says.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A buffer is filled after it was handed back, so a frame is younger than the arrival of the one that used the same buffer before.
/// This saves cameras whose clock is wrong: their frames would all seem too old.
pub(crate) struct Arrivals {
    buffers: usize,
    last: VecDeque<Instant>,
}

impl Arrivals {
    /// For a driver with at most so many buffers.
    pub(crate) fn of(buffers: usize) -> Arrivals {
        Arrivals {
            buffers,
            last: VecDeque::with_capacity(buffers + 1),
        }
    }

    /// Notes that a frame arrives `now` and gives its age: what the clock claims, but no more than the buffers allow.
    pub(crate) fn age(&mut self, now: Instant, claimed: Option<Duration>) -> Duration {
        let earlier = (self.last.len() > self.buffers)
            .then(|| self.last.pop_front())
            .flatten();
        self.last.push_back(now);
        let claimed = claimed.unwrap_or_default();
        earlier.map_or(claimed, |earlier| {
            claimed.min(now.saturating_duration_since(earlier))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_does_not_make_frames_old_for_long() {
        let mut arrivals = Arrivals::of(4);
        let start = Instant::now();
        let ages: Vec<u128> = (0..8)
            .map(|step| {
                arrivals
                    .age(
                        start + Duration::from_millis(40 * step),
                        Some(Duration::from_secs(9)),
                    )
                    .as_millis()
            })
            .collect();
        assert_eq!(ages, [9000, 9000, 9000, 9000, 9000, 200, 200, 200]);
        assert_eq!(
            arrivals
                .age(
                    start + Duration::from_millis(320),
                    Some(Duration::from_millis(5))
                )
                .as_millis(),
            5
        );
    }
}
