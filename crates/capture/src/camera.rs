//! The owner of a source: a thread that starts readers, watches them, and starts them again.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::detail;
use crate::device::{Admission, Device};
use crate::driver::Fault;
use crate::frame::{Counts, Frame, Slot, SourceId};
use crate::modes::SMOOTH_FPS;
use crate::open::opener;
use crate::reader::{News, Reader, Report};
use crate::source::{CameraOptions, SourceSpec};
use crate::status::{CameraStatus, FailureReason, Live};

/// Orders and reports that may wait for the owner's thread. A reader sends two in its life, the user a few a minute.
const INBOX: usize = 32;
/// How often the owner looks at the source.
const WATCH_STEP: Duration = Duration::from_millis(50);
/// Readers that hang are left behind; with so many of them no more are started until one comes back.
const STRAY_LIMIT: usize = 4;
/// A size beyond the wanted one is judged after this long.
const MEASURED_AFTER: Duration = Duration::from_secs(3);
/// Of the rate that is needed so much must arrive.
const RATE_SHARE: f64 = 0.8;
/// So many damaged frames without a good one and the officer is told of damage, not of silence.
const DAMAGED_LIMIT: u64 = 5;

/// A source of frames that looks after itself: it is opened and read on threads of its own, and every fault is followed by new tries
/// until the source is back. Dropping it ends its threads within [`CameraOptions::join_timeout`] even if a driver hangs.
pub struct Camera {
    shared: Arc<Shared>,
    inbox: SyncSender<Message>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    slot: Arc<Slot>,
    status: Mutex<CameraStatus>,
    format: Mutex<Option<String>>,
}

enum Message {
    Switch(Box<SourceSpec>),
    Admit(Box<Admission>),
    Stop,
    Report(Report),
}

impl From<Report> for Message {
    fn from(report: Report) -> Message {
        Message::Report(report)
    }
}

impl Camera {
    /// Starts to open `spec` and returns at once; [`Camera::status`] tells how it goes.
    pub fn open(spec: SourceSpec, options: CameraOptions) -> Camera {
        let (inbox, messages) = sync_channel(INBOX);
        let shared = Arc::new(Shared {
            slot: Arc::new(Slot::new()),
            status: Mutex::new(CameraStatus::Starting),
            format: Mutex::new(None),
        });
        let owner = Owner {
            shared: shared.clone(),
            reports: inbox.clone(),
            options,
            spec,
            known: None,
            openings: 0,
            strays: Vec::new(),
            phase: Phase::Waiting {
                until: Instant::now(),
            },
            failures: 0,
            was_live: false,
            given_up: None,
        };
        let thread = thread::Builder::new()
            .name("camera".to_owned())
            .spawn(move || owner.run(&messages));
        if let Err(error) = &thread {
            shared.set_status(CameraStatus::Failing {
                reason: FailureReason::Driver(error.to_string()),
            });
        }
        Camera {
            shared,
            inbox,
            thread: thread.ok(),
        }
    }

    /// The newest frame, if it is not older than [`crate::LIVE_LIMIT`].
    pub fn latest(&self) -> Option<Arc<Frame>> {
        self.shared.slot.latest()
    }

    /// Waits up to `wait` for a live frame with a higher sequence number than `seen`; start with 0.
    pub fn newer_than(&self, seen: u64, wait: Duration) -> Option<Arc<Frame>> {
        self.shared.slot.newer_than(seen, wait)
    }

    /// How the source is.
    pub fn status(&self) -> CameraStatus {
        lock(&self.shared.status).clone()
    }

    /// What frames the open source gives, in words.
    pub fn format(&self) -> Option<String> {
        lock(&self.shared.format).clone()
    }

    /// What has been seen since the camera was opened, over all its sources.
    pub fn counts(&self) -> Counts {
        self.shared.slot.counts()
    }

    /// Leaves the source and opens another. Frames of the old one are gone when this returns.
    pub fn switch(&self, spec: SourceSpec) {
        self.shared.slot.hand_to(SourceId(0));
        self.shared.set_status(CameraStatus::Starting);
        // The owner's thread never blocks, so the inbox drains; should the thread be gone, the status has said why.
        let _ = self.inbox.send(Message::Switch(Box::new(spec)));
    }

    /// Says which cameras may be read from now on. One that is open and no longer may be is left at once.
    pub fn admit(&self, admission: Admission) {
        let _ = self.inbox.send(Message::Admit(Box::new(admission)));
    }
}

impl Drop for Camera {
    fn drop(&mut self) {
        let _ = self.inbox.send(Message::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn set_status(&self, status: CameraStatus) {
        *lock(&self.status) = status;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The owner's thread. It calls no driver and so never waits for one.
struct Owner {
    shared: Arc<Shared>,
    reports: SyncSender<Message>,
    options: CameraOptions,
    spec: SourceSpec,
    /// The device that was last open: looked for first when it has to be found again.
    known: Option<Device>,
    openings: u64,
    strays: Vec<Reader>,
    phase: Phase,
    failures: u32,
    was_live: bool,
    /// A device whose larger size was measured and given up.
    given_up: Option<Device>,
}

enum Phase {
    /// No reader; the next one starts at `until`.
    Waiting { until: Instant },
    /// A reader is opening the device.
    Opening { reader: Reader, since: Instant },
    /// The device is open.
    Reading {
        reader: Reader,
        since: Instant,
        device: Device,
        /// Whether the size was judged.
        measured: bool,
    },
}

impl Owner {
    fn run(mut self, messages: &Receiver<Message>) {
        loop {
            match messages.recv_timeout(WATCH_STEP) {
                Ok(Message::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(Message::Switch(spec)) => self.switch(*spec),
                Ok(Message::Admit(admission)) => self.admit(*admission),
                Ok(Message::Report(report)) => self.hear(report),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.watch(Instant::now());
        }
        self.end();
    }

    fn switch(&mut self, spec: SourceSpec) {
        self.spec = spec;
        self.known = None;
        self.failures = 0;
        self.was_live = false;
        self.leave_reader();
        self.say(CameraStatus::Starting);
        self.phase = Phase::Waiting {
            until: Instant::now(),
        };
    }

    fn admit(&mut self, admission: Admission) {
        self.options.admission = admission;
        let open = match &self.phase {
            Phase::Reading { device, .. } => Some(device),
            _ => None,
        };
        let cameras = matches!(self.spec, SourceSpec::Camera(_));
        let refused = open.is_some_and(|device| self.options.admission.refuses(device).is_some());
        if cameras && (refused || open.is_none()) {
            self.leave_reader();
            self.phase = Phase::Waiting {
                until: Instant::now(),
            };
        }
    }

    fn hear(&mut self, report: Report) {
        if self.reader().map(|reader| reader.source) != Some(report.source) {
            return;
        }
        match report.news {
            News::Opened { device, format } => self.opened(device, format),
            News::Ended(fault) => self.failed(fault),
        }
    }

    fn opened(&mut self, device: Device, format: String) {
        let phase = self.take_phase();
        let Phase::Opening { reader, .. } = phase else {
            self.phase = phase;
            return;
        };
        tracing::info!(trust = ?device.trust, bus = ?device.bus, format, "camera opened");
        *lock(&self.shared.format) = Some(format);
        self.known = Some(device.clone());
        self.phase = Phase::Reading {
            reader,
            since: Instant::now(),
            device,
            measured: false,
        };
    }

    /// A reader has ended: say why, and try again later.
    fn failed(&mut self, fault: Fault) {
        let status = match fault {
            Fault::Missing | Fault::Unplugged if self.was_live => CameraStatus::Unplugged,
            Fault::Missing | Fault::Unplugged => CameraStatus::Missing,
            // The other program is one of our own readers, which hangs: the officer can only act on the silence.
            Fault::Busy if !self.strays.is_empty() => CameraStatus::NoFrames,
            Fault::Busy => CameraStatus::Busy,
            Fault::NotAllowed(why) => CameraStatus::NotAllowed(why),
            Fault::Damaged => CameraStatus::Failing {
                reason: FailureReason::DamagedFrames,
            },
            Fault::Failing(reason) => CameraStatus::Failing { reason },
        };
        self.leave_reader();
        self.say(status);
        self.phase = Phase::Waiting {
            until: Instant::now() + self.retry_delay(),
        };
        self.failures = self.failures.saturating_add(1);
    }

    fn retry_delay(&self) -> Duration {
        let doubled = self.options.retry_first * 2_u32.saturating_pow(self.failures.min(16));
        doubled.min(self.options.retry_most)
    }

    /// One look at the source: what the clock alone decides.
    fn watch(&mut self, now: Instant) {
        self.forget_ended_strays();
        match &self.phase {
            Phase::Waiting { until } if self.may_start(now, *until) => self.start(now),
            Phase::Waiting { .. } => {}
            Phase::Opening { reader, since } => {
                let waited = now.duration_since(*since);
                if reader.is_finished() && waited > WATCH_STEP * 4 {
                    // Its last report was lost; its end says enough.
                    self.failed(Fault::driver("the reader ended"));
                } else if waited > self.options.open_timeout {
                    self.say(CameraStatus::Failing {
                        reason: FailureReason::NoAnswer,
                    });
                    if waited > self.options.open_timeout + self.options.reopen_after {
                        self.retry_without_reader();
                    }
                }
            }
            Phase::Reading { since, device, .. } => {
                let (since, device) = (*since, device.clone());
                self.watch_frames(now, since, device);
            }
        }
    }

    fn watch_frames(&mut self, now: Instant, since: Instant, device: Device) {
        let newest = self.shared.slot.newest();
        let (silent, allowed) = match &newest {
            Some(frame) => (
                now.saturating_duration_since(frame.arrived_at),
                self.options.silence,
            ),
            None => (
                now.saturating_duration_since(since),
                self.options.first_frame_timeout,
            ),
        };
        if silent > allowed {
            self.say(self.silence());
            if silent > allowed + self.options.reopen_after {
                self.retry_without_reader();
            }
        } else if let Some(frame) = newest {
            self.was_live = true;
            self.failures = 0;
            self.say(CameraStatus::Live(Live {
                width: frame.width,
                height: frame.height,
                fps: self.shared.slot.rate(),
                device,
            }));
            self.measure_size(now.saturating_duration_since(since), &frame);
        }
    }

    /// Gives up a size beyond the wanted one where what arrives is slow, or has no more detail than the wanted one would have.
    fn measure_size(&mut self, open_for: Duration, frame: &Frame) {
        let best = self.options.best;
        let beyond = best.is_some_and(|best| frame.width >= best.0 && frame.height >= best.1);
        let Phase::Reading {
            device, measured, ..
        } = &mut self.phase
        else {
            return;
        };
        if *measured || open_for < MEASURED_AFTER {
            return;
        }
        *measured = true;
        let device = device.clone();
        if !beyond || !matches!(self.spec, SourceSpec::Camera(_)) {
            return;
        }
        let rate = f64::from(self.shared.slot.rate());
        if rate >= SMOOTH_FPS * RATE_SHARE && detail::is_real(frame) != Some(false) {
            return;
        }
        tracing::info!(rate, "the larger size is given up");
        self.given_up = Some(device);
        self.leave_reader();
        self.phase = Phase::Waiting {
            until: Instant::now(),
        };
    }

    /// What a source without good frames is told to be: most often a cable or a port that loses data shows as damage.
    fn silence(&self) -> CameraStatus {
        if self.shared.slot.damaged_run() < DAMAGED_LIMIT {
            return CameraStatus::NoFrames;
        }
        CameraStatus::Failing {
            reason: FailureReason::DamagedFrames,
        }
    }

    /// A reader that was told to end still holds its device for a moment; one that hangs is not waited for.
    fn may_start(&self, now: Instant, until: Instant) -> bool {
        match self.strays.len() {
            0 => now >= until,
            1..STRAY_LIMIT => now >= until + self.options.join_timeout,
            _ => false,
        }
    }

    fn retry_without_reader(&mut self) {
        self.leave_reader();
        self.phase = Phase::Waiting {
            until: Instant::now() + self.retry_delay(),
        };
        self.failures = self.failures.saturating_add(1);
    }

    fn start(&mut self, now: Instant) {
        self.openings += 1;
        let source = SourceId(self.openings);
        self.shared.slot.hand_to(source);
        *lock(&self.shared.format) = None;
        let mut options = self.options.clone();
        let is_known = |device: &Device| self.known.as_ref().is_some_and(|k| k.same_camera(device));
        if self.given_up.as_ref().is_some_and(is_known) {
            options.best = None;
        }
        let open = opener(
            &self.spec,
            &options,
            self.known.clone(),
            !self.strays.is_empty(),
        );
        match Reader::start(source, self.shared.slot.clone(), self.reports.clone(), open) {
            Ok(reader) => self.phase = Phase::Opening { reader, since: now },
            Err(error) => self.failed(Fault::driver(error)),
        }
    }

    /// Sets the status and counts faults and recoveries where it changes.
    fn say(&self, status: CameraStatus) {
        let mut told = lock(&self.shared.status);
        if std::mem::discriminant(&*told) != std::mem::discriminant(&status) {
            tracing::info!(from = told.key(), to = status.key(), "camera status");
            if status.is_fault() {
                self.shared.slot.count_fault();
            }
            if told.is_fault() && status.is_live() {
                self.shared.slot.count_recovery();
            }
        }
        *told = status;
    }

    fn reader(&self) -> Option<&Reader> {
        match &self.phase {
            Phase::Waiting { .. } => None,
            Phase::Opening { reader, .. } | Phase::Reading { reader, .. } => Some(reader),
        }
    }

    fn take_phase(&mut self) -> Phase {
        let idle = Phase::Waiting {
            until: Instant::now(),
        };
        std::mem::replace(&mut self.phase, idle)
    }

    /// The reader can put no more frames and is asked to end; it is joined when it has.
    fn leave_reader(&mut self) {
        self.shared.slot.hand_to(SourceId(0));
        *lock(&self.shared.format) = None;
        if let Phase::Opening { reader, .. } | Phase::Reading { reader, .. } = self.take_phase() {
            reader.stop();
            self.strays.push(reader);
        }
    }

    fn forget_ended_strays(&mut self) {
        let strays = std::mem::take(&mut self.strays);
        self.strays = strays
            .into_iter()
            .filter_map(|reader| reader.join_if_finished().err())
            .collect();
    }

    fn end(mut self) {
        self.leave_reader();
        let until = Instant::now() + self.options.join_timeout;
        while !self.strays.is_empty() && Instant::now() < until {
            thread::sleep(Duration::from_millis(5));
            self.forget_ended_strays();
        }
        if !self.strays.is_empty() {
            tracing::warn!(
                left = self.strays.len(),
                "camera drivers hang; their threads are left behind"
            );
        }
    }
}
