//! How often the centre is asked what brings nothing: the bound that holds whatever it answers.

use std::time::Duration;

/// A bucket of requests. Each takes one out; what moved a packet on puts its own back; and one comes back after each interval.
#[derive(Debug)]
pub(super) struct Pace {
    room: u32,
    every: Duration,
    left: u32,
    /// Up to when what came back by time is counted in `left`.
    counted: Duration,
}

impl Pace {
    pub(super) fn new(room: u32, every: Duration) -> Self {
        Self {
            room,
            every,
            left: room,
            counted: Duration::ZERO,
        }
    }

    /// How long until one may go; none where one may go now.
    pub(super) fn wait(&mut self, now: Duration) -> Option<Duration> {
        while self.left < self.room && self.counted + self.every <= now {
            self.counted += self.every;
            self.left += 1;
        }
        if self.left == self.room {
            self.counted = now;
        }
        (self.left == 0).then(|| (self.counted + self.every).saturating_sub(now))
    }

    /// Whether more than half of what may go at once has gone.
    pub(super) fn scarce(&self) -> bool {
        self.left < self.room / 2
    }

    pub(super) fn take(&mut self) {
        self.left = self.left.saturating_sub(1);
    }

    pub(super) fn put_back(&mut self, requests: u32) {
        self.left = (self.left + requests).min(self.room);
    }

    pub(super) fn refill(&mut self) {
        self.left = self.room;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_brings_nothing_is_asked_ever_more_slowly_and_never_not_at_all() {
        let mut pace = Pace::new(5, Duration::from_secs(10));
        let (mut now, mut asked) = (Duration::ZERO, 0);
        while now < Duration::from_hours(1) {
            if let Some(wait) = pace.wait(now) {
                assert!(!wait.is_zero());
                now += wait;
            } else {
                pace.take();
                asked += 1;
            }
        }
        assert!((360..=366).contains(&asked), "{asked}");
    }

    #[test]
    fn what_moves_packets_on_is_never_held_back() {
        let mut pace = Pace::new(5, Duration::from_secs(10));
        for _ in 0..1000 {
            assert_eq!(pace.wait(Duration::ZERO), None);
            pace.take();
            pace.put_back(1);
        }
    }
}
