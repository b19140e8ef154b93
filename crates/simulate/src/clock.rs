//! A clock that can be set forward, as a day needs it.

use desk::{Clock, SystemClock};
use domain::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

/// The PC's clock plus the time that the script lets pass.
#[derive(Clone, Default)]
pub struct DayClock {
    system: Arc<SystemClock>,
    ahead_millis: Arc<AtomicI64>,
    /// How far the wall clock alone is off.
    wrong_millis: Arc<AtomicI64>,
}

impl DayClock {
    /// Lets so many minutes pass.
    pub fn pass_minutes(&self, minutes: i64) {
        self.ahead_millis
            .fetch_add(minutes * 60_000, Ordering::SeqCst);
    }

    /// Sets the wall clock wrong by so many minutes, ahead or back; no time passes.
    pub fn set_wrong(&self, minutes: i64) {
        self.wrong_millis.store(minutes * 60_000, Ordering::SeqCst);
    }

    fn ahead_millis(&self) -> i64 {
        self.ahead_millis.load(Ordering::SeqCst)
    }
}

impl Clock for DayClock {
    fn now(&self) -> Timestamp {
        let wrong = self.wrong_millis.load(Ordering::SeqCst);
        self.system.now().plus_millis(self.ahead_millis() + wrong)
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed() + Duration::from_millis(self.ahead_millis().unsigned_abs())
    }
}
