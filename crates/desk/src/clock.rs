//! Time comes in from outside, so that a test owns it.

use domain::Timestamp;

/// The two clocks of a station.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock, as the PC believes it.
    fn now(&self) -> Timestamp;
    /// A clock that only runs forward.
    fn elapsed(&self) -> std::time::Duration;
}

/// The PC's clocks.
#[derive(Debug)]
pub struct SystemClock(std::time::Instant);

impl Default for SystemClock {
    fn default() -> Self {
        Self(std::time::Instant::now())
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn elapsed(&self) -> std::time::Duration {
        self.0.elapsed()
    }
}
