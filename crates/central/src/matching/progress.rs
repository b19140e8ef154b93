//! How far the home of the search is, for whoever asks the centre's health.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What was seen of the home last.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    engine: Mutex<&'static str>,
    reached: AtomicI64,
    waits: AtomicBool,
}

impl Progress {
    pub(crate) fn named(&self, engine: &'static str) {
        *self.engine.lock().unwrap_or_else(PoisonError::into_inner) = engine;
    }

    /// It holds everything up to this change.
    pub(crate) fn reached(&self, change: i64) {
        self.reached.store(change, Ordering::Relaxed);
    }

    /// Whether searches wait for it from now on, and whether they did before.
    pub(crate) fn waits(&self, waits: bool) -> bool {
        self.waits.swap(waits, Ordering::Relaxed)
    }

    /// For health: `newest` is the registry's last change.
    pub(crate) fn told(&self, newest: i64) -> wire::Matching {
        let name = *self.engine.lock().unwrap_or_else(PoisonError::into_inner);
        wire::Matching {
            engine: name.to_owned(),
            behind: (newest - self.reached.load(Ordering::Relaxed)).max(0),
            waits: self.waits.load(Ordering::Relaxed),
        }
    }
}
