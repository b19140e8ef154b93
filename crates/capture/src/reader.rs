//! The thread on which one opening of one source lives. It may hang; its owner then leaves it behind and it can do no harm.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::{Slot, SourceId};
use crate::status::FailureReason;

/// How long a driver is asked to wait for a frame before the reader looks whether it should end.
const READ_STEP: Duration = Duration::from_millis(200);
/// What a reader tells its owner.
#[derive(Debug)]
pub(crate) struct Report {
    pub source: SourceId,
    pub news: News,
}

#[derive(Debug)]
pub(crate) enum News {
    Opened { device: Device, format: String },
    Ended(Fault),
}

/// A reader's thread, seen from its owner.
pub(crate) struct Reader {
    pub source: SourceId,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Reader {
    /// Starts the thread; `open` runs on it.
    pub(crate) fn start<M: From<Report> + Send + 'static>(
        source: SourceId,
        slot: Arc<Slot>,
        reports: SyncSender<M>,
        open: impl FnOnce() -> Result<Box<dyn Driver>, Fault> + Send + 'static,
    ) -> std::io::Result<Reader> {
        let stop = Arc::new(AtomicBool::new(false));
        let seen = stop.clone();
        let thread = thread::Builder::new()
            .name(format!("camera-reader-{}", source.0))
            .spawn(move || {
                // A full inbox means that the owner is gone or busy with a later reader: nobody needs this report.
                let tell = |news| {
                    let _ = reports.try_send(M::from(Report { source, news }));
                };
                let outcome = catch_unwind(AssertUnwindSafe(|| {
                    read(source, &slot, &seen, open, |device, format| {
                        tell(News::Opened { device, format });
                    })
                }));
                tell(News::Ended(outcome.unwrap_or_else(|_| {
                    Fault::Failing(FailureReason::Driver("the driver crashed".to_owned()))
                })));
            })?;
        Ok(Reader {
            source,
            stop,
            thread,
        })
    }

    /// Asks it to end at its next chance.
    pub(crate) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.thread.is_finished()
    }

    /// Joins it if it has ended; otherwise gives it back.
    pub(crate) fn join_if_finished(self) -> Result<(), Reader> {
        if !self.thread.is_finished() {
            return Err(self);
        }
        // Its panics were caught and reported inside.
        let _ = self.thread.join();
        Ok(())
    }
}

/// Opens and reads until the source ends, is stopped, or is replaced.
fn read(
    source: SourceId,
    slot: &Slot,
    stop: &AtomicBool,
    open: impl FnOnce() -> Result<Box<dyn Driver>, Fault>,
    opened: impl FnOnce(Device, String),
) -> Fault {
    let mut driver = match open() {
        Ok(driver) => driver,
        Err(fault) => return fault,
    };
    if stop.load(Ordering::Relaxed) {
        return Fault::Missing;
    }
    opened(driver.device().clone(), driver.format());
    while !stop.load(Ordering::Relaxed) {
        match driver.next(READ_STEP) {
            Ok(Some(shot)) => {
                if !slot.put(source, shot, Instant::now()) {
                    break;
                }
            }
            Ok(None) => {}
            Err(Fault::Damaged) => {
                if !slot.count_damaged(source) {
                    break;
                }
            }
            Err(fault) => return fault,
        }
    }
    Fault::Missing
}
