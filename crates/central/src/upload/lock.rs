//! One request at a time works on an upload; a new one asks the one before to let go, because it
//! is most often the same station on a new connection while the old one has died unseen.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedMutexGuard, watch};

/// How long a request waits for the one before.
const PATIENCE: Duration = Duration::from_secs(10);
/// Unused locks are dropped when there are more than this.
const TIDY_AT: usize = 256;

/// The locks of all uploads of this process.
#[derive(Clone, Default)]
pub(crate) struct Locks(Arc<Mutex<HashMap<String, Arc<Slot>>>>);

struct Slot {
    work: Arc<tokio::sync::Mutex<()>>,
    wanted: watch::Sender<u64>,
}

/// The right to work on an upload.
pub(crate) struct Held {
    _work: OwnedMutexGuard<()>,
    wanted: watch::Receiver<u64>,
}

impl Held {
    /// Ends when another request wants the upload.
    pub(crate) async fn wanted_by_another(&mut self) {
        if self.wanted.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Locks {
    /// The lock of an upload, or none where its holder does not let go.
    pub(crate) async fn hold(&self, id: &str) -> Option<Held> {
        let slot = self.slot(id);
        let work = if let Ok(work) = slot.work.clone().try_lock_owned() {
            work
        } else {
            slot.wanted.send_modify(|n| *n = n.wrapping_add(1));
            tokio::time::timeout(PATIENCE, slot.work.clone().lock_owned())
                .await
                .ok()?
        };
        Some(Held {
            _work: work,
            wanted: slot.wanted.subscribe(),
        })
    }

    /// The lock of an upload that nobody works on.
    pub(crate) fn try_hold(&self, id: &str) -> Option<Held> {
        let slot = self.slot(id);
        let work = slot.work.clone().try_lock_owned().ok()?;
        Some(Held {
            _work: work,
            wanted: slot.wanted.subscribe(),
        })
    }

    fn slot(&self, id: &str) -> Arc<Slot> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if slots.len() > TIDY_AT {
            slots.retain(|_, slot| Arc::strong_count(slot) > 1 || slot.work.try_lock().is_err());
        }
        slots
            .entry(id.to_owned())
            .or_insert_with(|| {
                Arc::new(Slot {
                    work: Arc::default(),
                    wanted: watch::Sender::new(0),
                })
            })
            .clone()
    }
}
