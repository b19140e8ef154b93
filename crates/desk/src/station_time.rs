//! The time as the station believes it, for its threads: what has surely passed, and the wall clock where that may be believed.

use crate::Clock;
use domain::{ClockConfidence, SurelyPassed, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How often the powered time is kept.
const KEEP_EVERY: Duration = Duration::from_mins(1);

/// Shared by the desk's thread, which keeps it, and the link's, which judges certificates by it.
pub(crate) struct StationTime {
    clock: Arc<dyn Clock>,
    /// What is kept, and when it was kept, on the clock that only runs forward.
    kept: Mutex<(SurelyPassed, Duration)>,
}

impl StationTime {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Self {
        let now = clock.elapsed();
        Self {
            clock,
            kept: Mutex::new((SurelyPassed::default(), now)),
        }
    }

    /// What the store has kept from before.
    pub(crate) fn load(&self, passed: SurelyPassed) {
        *self.lock() = (passed, self.clock.elapsed());
    }

    /// The time that is believed.
    pub(crate) fn now(&self) -> Timestamp {
        self.passed().now(self.clock.now())
    }

    /// What is to be said of the wall clock.
    pub(crate) fn judge(&self) -> ClockConfidence {
        self.passed().judge(self.clock.now())
    }

    /// By how much the wall clock is ahead of the time that is believed.
    pub(crate) fn clock_ahead_millis(&self) -> i64 {
        self.clock.now().millis_since(self.now())
    }

    /// Milliseconds of powered time that nobody has kept yet; none before a minute is full.
    pub(crate) fn to_keep(&self) -> Option<i64> {
        let since = self.clock.elapsed().saturating_sub(self.lock().1);
        (since >= KEEP_EVERY).then(|| i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }

    fn passed(&self) -> SurelyPassed {
        let (kept, since) = *self.lock();
        let powered = self.clock.elapsed().saturating_sub(since);
        kept.powered(i64::try_from(powered.as_millis()).unwrap_or(i64::MAX))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (SurelyPassed, Duration)> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
