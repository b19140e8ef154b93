//! A steady rate for sources that have none of their own.

use std::thread;
use std::time::{Duration, Instant};

/// Gives one turn each 1/fps, without drift; a reader that was late is not made to catch up with a burst.
pub(crate) struct Pace {
    step: Duration,
    due: Option<Instant>,
}

impl Pace {
    pub(crate) fn new(fps: u32) -> Pace {
        Pace {
            step: Duration::from_secs(1) / fps.clamp(1, 60),
            due: None,
        }
    }

    /// Sleeps until the next turn, at most `most`; true when the turn has come.
    pub(crate) fn wait(&mut self, most: Duration) -> bool {
        let now = Instant::now();
        let due = *self.due.get_or_insert(now);
        let left = due.saturating_duration_since(now);
        thread::sleep(left.min(most));
        if left > most {
            return false;
        }
        let late = now.saturating_duration_since(due);
        self.due = Some(if late > self.step {
            now + self.step
        } else {
            due + self.step
        });
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_kept_without_drift() {
        let mut pace = Pace::new(50);
        let start = Instant::now();
        let turns = (0..11)
            .filter(|_| pace.wait(Duration::from_secs(1)))
            .count();
        assert_eq!(turns, 11);
        assert!(
            start.elapsed() >= Duration::from_millis(195),
            "ten steps of 20 ms"
        );
    }

    #[test]
    fn a_late_reader_gets_no_burst() {
        let mut pace = Pace::new(50);
        pace.wait(Duration::ZERO);
        thread::sleep(Duration::from_millis(200));
        assert!(pace.wait(Duration::ZERO));
        assert!(!pace.wait(Duration::ZERO), "the missed turns are gone");
    }
}
