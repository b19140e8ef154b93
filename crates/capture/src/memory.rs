//! A source that the program feeds, with the faults that real drivers show. Its device is named `memory` and [`crate::Trust::Replayed`].

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::device::{Device, Refused};
use crate::driver::{Driver, Fault};
use crate::frame::Shot;
use crate::status::FailureReason;

/// Frames that wait to be read; past this the oldest is dropped, as a camera would.
const WAITING_LIMIT: usize = 4;

/// Feeds a [`crate::Camera`] that was opened with [`crate::SourceSpec::Memory`]. Clones feed the same camera.
///
/// ```
/// use std::time::Duration;
/// use capture::{Camera, CameraOptions, MemoryFeed, SourceSpec};
///
/// let feed = MemoryFeed::new();
/// let camera = Camera::open(SourceSpec::Memory(feed.clone()), CameraOptions::default());
/// feed.push(2, 1, vec![255; 6]);
/// let frame = camera.newer_than(0, Duration::from_secs(5)).unwrap();
/// assert_eq!((frame.width, frame.height), (2, 1));
/// ```
#[derive(Clone)]
pub struct MemoryFeed {
    inner: Arc<Inner>,
}

struct Inner {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Raw>,
    fault: Option<FeedFault>,
    opened: u32,
}

struct Raw {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
    age: Duration,
}

/// A fault to play. It lasts until it is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeedFault {
    /// No such device; when it is open, as if its cable were pulled.
    Missing,
    /// Another program has it.
    Busy,
    /// Policy does not let it be read.
    NotAllowed(Refused),
    /// Opening does not end.
    HangsAtOpening,
    /// Reading does not end, and cannot be stopped.
    HangsWhileReading,
    /// It opens and is asked in vain for frames.
    Silent,
    /// It says a driver's error.
    Failing,
    /// The driver's code panics.
    Panics,
}

impl MemoryFeed {
    /// A feed without frames and without faults.
    pub fn new() -> MemoryFeed {
        MemoryFeed {
            inner: Arc::new(Inner {
                state: Mutex::new(State::default()),
                changed: Condvar::new(),
            }),
        }
    }

    /// Gives a frame of 8-bit RGB. A wrong length or a zero size arrives as a damaged frame, as from a bad driver.
    pub fn push(&self, width: u32, height: u32, rgb: Vec<u8>) {
        self.push_aged(width, height, rgb, Duration::ZERO);
    }

    /// Gives a frame that its driver kept for `age`.
    pub fn push_aged(&self, width: u32, height: u32, rgb: Vec<u8>, age: Duration) {
        let mut state = self.lock();
        if state.waiting.len() == WAITING_LIMIT {
            state.waiting.pop_front();
        }
        state.waiting.push_back(Raw {
            width,
            height,
            rgb,
            age,
        });
        drop(state);
        self.inner.changed.notify_all();
    }

    /// Plays a fault, or with `None` ends it. Frames that wait are dropped.
    pub fn set_fault(&self, fault: Option<FeedFault>) {
        let mut state = self.lock();
        state.fault = fault;
        state.waiting.clear();
        drop(state);
        self.inner.changed.notify_all();
    }

    /// How often it has been opened with success.
    pub fn opened(&self) -> u32 {
        self.lock().opened
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.inner
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&'a self, state: MutexGuard<'a, State>, wait: Duration) -> MutexGuard<'a, State> {
        let waited = self.inner.changed.wait_timeout(state, wait);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Default for MemoryFeed {
    fn default() -> MemoryFeed {
        MemoryFeed::new()
    }
}

impl fmt::Debug for MemoryFeed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MemoryFeed(..)")
    }
}

pub(crate) struct MemoryDriver {
    feed: MemoryFeed,
    device: Device,
}

const HANG_STEP: Duration = Duration::from_secs(1);

impl MemoryDriver {
    pub(crate) fn open(feed: &MemoryFeed) -> Result<MemoryDriver, Fault> {
        let mut state = feed.lock();
        while state.fault == Some(FeedFault::HangsAtOpening) {
            state = feed.wait(state, HANG_STEP);
        }
        if let Some(fault) = state.fault
            && fault.stops_opening()
        {
            return Err(fault.as_fault(Fault::Missing));
        }
        state.opened += 1;
        drop(state);
        Ok(MemoryDriver {
            feed: feed.clone(),
            device: Device::replayed("memory"),
        })
    }
}

impl FeedFault {
    fn stops_opening(self) -> bool {
        matches!(
            self,
            FeedFault::Missing | FeedFault::Busy | FeedFault::NotAllowed(_) | FeedFault::Failing
        )
    }

    fn as_fault(self, when_missing: Fault) -> Fault {
        match self {
            FeedFault::Missing => when_missing,
            FeedFault::Busy => Fault::Busy,
            FeedFault::NotAllowed(why) => Fault::NotAllowed(why),
            _ => Fault::Failing(FailureReason::Driver("played fault".to_owned())),
        }
    }
}

impl Driver for MemoryDriver {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        "RGB (memory)".to_owned()
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Shot>, Fault> {
        let until = Instant::now() + wait;
        let mut state = self.feed.lock();
        loop {
            match state.fault {
                Some(FeedFault::HangsWhileReading) => {
                    state = self.feed.wait(state, HANG_STEP);
                    continue;
                }
                #[allow(clippy::panic)]
                Some(FeedFault::Panics) => {
                    state.fault = None;
                    drop(state);
                    panic!("played panic of a driver");
                }
                Some(fault) if fault.stops_opening() => {
                    return Err(fault.as_fault(Fault::Unplugged));
                }
                _ => {}
            }
            if let Some(raw) = state.waiting.pop_front() {
                return raw.into_shot().map(Some);
            }
            let Some(left) = until.checked_duration_since(Instant::now()) else {
                return Ok(None);
            };
            state = self.feed.wait(state, left);
        }
    }
}

impl Raw {
    fn into_shot(self) -> Result<Shot, Fault> {
        let expected = u64::from(self.width) * u64::from(self.height) * 3;
        if expected == 0 || self.rgb.len() as u64 != expected {
            return Err(Fault::Damaged);
        }
        Ok(Shot {
            width: self.width,
            height: self.height,
            rgb: self.rgb.into(),
            jpeg: None,
            age: self.age,
        })
    }
}
