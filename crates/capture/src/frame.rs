//! One picture of a source, and the slot in which the newest one waits.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Frames older than this are never given as live.
///
/// Half a second is what an officer still feels as "now"; an older picture on the screen would show a person who has moved or left.
pub const LIVE_LIMIT: Duration = Duration::from_millis(500);

/// How many arrivals the measured rate looks back on.
const RATE_WINDOW: usize = 32;

/// Which opening of which source a frame came from.
///
/// Each opening has its own number: a cable that was pulled and put back, or another camera, gives another `SourceId`, so that
/// whoever needs one unbroken source (liveness) can see that it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub u64);

/// One picture: 8-bit RGB, rows from the top, no padding; `rgb.len() == width * height * 3`.
#[derive(Clone)]
pub struct Frame {
    /// Width in pixels, never 0.
    pub width: u32,
    /// Height in pixels, never 0.
    pub height: u32,
    /// The pixels, R G B.
    pub rgb: Arc<[u8]>,
    /// The camera's own JPEG of this picture, where it sent one.
    pub jpeg: Option<Arc<[u8]>>,
    /// When the picture was taken, as well as the driver knows; never later than `arrived_at`.
    pub captured_at: Instant,
    /// When it reached us.
    pub arrived_at: Instant,
    /// Counts up by one a frame over the life of a [`crate::Camera`], from 1.
    pub sequence: u64,
    /// The opening it came from.
    pub source: SourceId,
}

impl Frame {
    /// How old the picture is now.
    pub fn age(&self) -> Duration {
        self.captured_at.elapsed()
    }

    /// How old the picture was when it reached us.
    pub fn age_at_arrival(&self) -> Duration {
        self.arrived_at.saturating_duration_since(self.captured_at)
    }
}

impl fmt::Debug for Frame {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Frame")
            .field("width", &self.width)
            .field("height", &self.height)
            .field("sequence", &self.sequence)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

/// What a driver hands over: pixels that have been checked against their size.
#[derive(Clone)]
pub(crate) struct Shot {
    pub width: u32,
    pub height: u32,
    pub rgb: Arc<[u8]>,
    pub jpeg: Option<Arc<[u8]>>,
    /// How long before its arrival the picture was taken.
    pub age: Duration,
}

/// What has been seen of a camera since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames given as live.
    pub frames: u64,
    /// Frames thrown away because they could not be decoded or had no size.
    pub damaged: u64,
    /// Frames thrown away because they were too old when they arrived.
    pub stale: u64,
    /// Times that the source failed: busy, missing, unplugged, silent, refused.
    pub faults: u64,
    /// Times that it came back after a fault.
    pub recoveries: u64,
}

/// The newest frame wins: writers replace, readers take what is there. One lock, held for a few instructions.
pub(crate) struct Slot {
    state: Mutex<SlotState>,
    arrived: Condvar,
}

struct SlotState {
    current: SourceId,
    newest: Option<Arc<Frame>>,
    sequence: u64,
    arrivals: Vec<Instant>,
    /// Damaged frames since the last good one of this source.
    damaged_run: u64,
    counts: Counts,
}

impl Slot {
    pub(crate) fn new() -> Slot {
        Slot {
            state: Mutex::new(SlotState {
                current: SourceId(0),
                newest: None,
                sequence: 0,
                arrivals: Vec::with_capacity(RATE_WINDOW),
                damaged_run: 0,
                counts: Counts::default(),
            }),
            arrived: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on only `source` may put frames here; what was there is gone.
    pub(crate) fn hand_to(&self, source: SourceId) {
        let mut state = self.lock();
        state.current = source;
        state.newest = None;
        state.arrivals.clear();
        state.damaged_run = 0;
    }

    /// Puts a frame. Gives false when `source` has been replaced: its reader should end.
    pub(crate) fn put(&self, source: SourceId, shot: Shot, arrived_at: Instant) -> bool {
        let mut state = self.lock();
        if state.current != source {
            return false;
        }
        if shot.age > LIVE_LIMIT {
            state.counts.stale += 1;
            return true;
        }
        state.damaged_run = 0;
        state.sequence += 1;
        state.counts.frames += 1;
        if state.arrivals.len() == RATE_WINDOW {
            state.arrivals.remove(0);
        }
        state.arrivals.push(arrived_at);
        let frame = Frame {
            width: shot.width,
            height: shot.height,
            rgb: shot.rgb,
            jpeg: shot.jpeg,
            captured_at: arrived_at.checked_sub(shot.age).unwrap_or(arrived_at),
            arrived_at,
            sequence: state.sequence,
            source,
        };
        state.newest = Some(Arc::new(frame));
        drop(state);
        self.arrived.notify_all();
        true
    }

    /// Counts a frame that was thrown away.
    pub(crate) fn count_damaged(&self, source: SourceId) -> bool {
        let mut state = self.lock();
        if state.current == source {
            state.counts.damaged += 1;
            state.damaged_run += 1;
        }
        state.current == source
    }

    /// Damaged frames since the last good one.
    pub(crate) fn damaged_run(&self) -> u64 {
        self.lock().damaged_run
    }

    pub(crate) fn count_fault(&self) {
        self.lock().counts.faults += 1;
    }

    pub(crate) fn count_recovery(&self) {
        self.lock().counts.recoveries += 1;
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// The newest frame, whatever its age: for the owner's judgement of the source, not for show.
    pub(crate) fn newest(&self) -> Option<Arc<Frame>> {
        self.lock().newest.clone()
    }

    /// The newest frame, if it is live.
    pub(crate) fn latest(&self) -> Option<Arc<Frame>> {
        self.newest().filter(|frame| frame.age() <= LIVE_LIMIT)
    }

    /// Waits for a live frame with a higher sequence number than `seen`.
    pub(crate) fn newer_than(&self, seen: u64, wait: Duration) -> Option<Arc<Frame>> {
        let until = Instant::now() + wait;
        let mut state = self.lock();
        loop {
            let fresh = state
                .newest
                .as_ref()
                .filter(|frame| frame.sequence > seen && frame.age() <= LIVE_LIMIT);
            if let Some(frame) = fresh {
                return Some(frame.clone());
            }
            let left = until.checked_duration_since(Instant::now())?;
            state = self
                .arrived
                .wait_timeout(state, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Frames a second over the last arrivals; 0 until two have come.
    pub(crate) fn rate(&self) -> f32 {
        let state = self.lock();
        match (state.arrivals.first(), state.arrivals.last()) {
            (Some(first), Some(last)) if last > first => {
                (state.arrivals.len() - 1) as f32 / (*last - *first).as_secs_f32()
            }
            _ => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn shot(age: Duration) -> Shot {
        Shot {
            width: 1,
            height: 1,
            rgb: Arc::from([1, 2, 3].as_slice()),
            jpeg: None,
            age,
        }
    }

    #[test]
    fn the_newest_frame_wins() {
        let slot = Slot::new();
        slot.hand_to(SourceId(1));
        for _ in 0..3 {
            assert!(slot.put(SourceId(1), shot(Duration::ZERO), Instant::now()));
        }
        assert_eq!(slot.latest().unwrap().sequence, 3);
    }

    #[test]
    fn a_replaced_source_can_put_nothing() {
        let slot = Slot::new();
        slot.hand_to(SourceId(2));
        assert!(!slot.put(SourceId(1), shot(Duration::ZERO), Instant::now()));
        assert!(slot.latest().is_none());
    }

    #[test]
    fn a_frame_older_than_half_a_second_is_not_live() {
        let slot = Slot::new();
        slot.hand_to(SourceId(1));
        slot.put(
            SourceId(1),
            shot(Duration::from_millis(501)),
            Instant::now(),
        );
        assert!(slot.latest().is_none());
        assert_eq!(slot.counts().stale, 1);
        slot.put(
            SourceId(1),
            shot(Duration::from_millis(450)),
            Instant::now(),
        );
        assert!(slot.latest().is_some());
        std::thread::sleep(Duration::from_millis(60));
        assert!(slot.latest().is_none(), "it grew old in the slot");
        assert!(slot.newer_than(0, Duration::from_millis(1)).is_none());
    }

    #[test]
    fn debug_shows_no_pixels() {
        let slot = Slot::new();
        slot.hand_to(SourceId(1));
        slot.put(SourceId(1), shot(Duration::ZERO), Instant::now());
        assert!(!format!("{:?}", slot.latest()).contains("rgb"));
    }
}
