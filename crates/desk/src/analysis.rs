//! The analysis thread: newest frame in, live view and captures out.

use crate::best_shot::Captured;
use crate::capture_session::CaptureSession;
use crate::{ChallengeView, Live, Notice};
use capture::{Camera, CameraStatus, Frame};
use domain::{CaptureReason, PacketId, Policy, VouchReason};
use face::Analyser;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Orders that wait: the desk sends one a click.
const INBOX: usize = 32;
/// How long the thread waits for a frame before it looks at its inbox again.
const FRAME_WAIT: Duration = Duration::from_millis(100);

/// What the desk asks of the analysis.
#[derive(Debug)]
pub(crate) enum Order {
    /// Starts to watch for a new person, under this policy.
    Watch {
        packet: PacketId,
        policy: Box<Policy>,
        /// Challenges that may still fail before only the officer's ways are left.
        tries_left: u32,
    },
    /// Goes on after a retake or a failed challenge.
    Again,
    /// Goes on without the challenge, or with an easier one.
    Vouch(VouchReason),
    /// Takes a burst now, whatever the checks say.
    Take(Option<CaptureReason>),
    /// Stops watching and forgets the last person.
    Rest,
}

/// What the analysis tells the desk.
#[derive(Debug)]
pub(crate) enum Seen {
    /// A burst is being taken.
    Burst { taken: u32, of: u32 },
    /// The best shot is being made.
    Working,
    /// A photograph, in memory only.
    Captured(Box<Captured>),
    /// How far the liveness challenge is.
    Challenge(ChallengeView),
    /// A message for the officer; watching goes on.
    Told(Notice),
    /// No photograph came of it, through no fault of the person.
    Failed(Notice),
    /// The person's burst was refused: a try.
    Refused(Notice),
    /// The models cannot be used: no photograph at all.
    Broken(Notice),
}

/// The newest live view: a slot, not a queue.
#[derive(Debug, Clone, Default)]
pub(crate) struct LiveSlot(Arc<Mutex<Option<Arc<Live>>>>);

impl LiveSlot {
    pub(crate) fn newest(&self) -> Option<Arc<Live>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn put(&self, live: Option<Live>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = live.map(Arc::new);
    }
}

/// The thread's owner.
pub(crate) struct Analysis {
    inbox: Option<SyncSender<Order>>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread works with.
/// Tells the desk's thread what was seen.
pub(crate) type Tell = Box<dyn Fn(Option<(PacketId, Seen)>) + Send>;

pub(crate) struct AnalysisParts {
    pub(crate) models: PathBuf,
    pub(crate) camera: Arc<Camera>,
    pub(crate) live: LiveSlot,
    /// Called with everything seen and whose application it belongs to, and with `None` when a new
    /// live view is there.
    pub(crate) tell: Tell,
}

impl Analysis {
    pub(crate) fn start(parts: AnalysisParts) -> std::io::Result<Self> {
        let (inbox, orders) = sync_channel(INBOX);
        let thread = std::thread::Builder::new()
            .name("analysis".to_owned())
            .spawn(move || run(&parts, &orders))?;
        Ok(Self {
            inbox: Some(inbox),
            thread: Some(thread),
        })
    }

    /// Whether the thread has ended, which it does only when it crashes.
    pub(crate) fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Gives an order; a full inbox means that the thread is gone or hangs.
    pub(crate) fn order(&self, order: Order) -> bool {
        self.inbox
            .as_ref()
            .is_some_and(|inbox| inbox.try_send(order).is_ok())
    }
}

impl Drop for Analysis {
    fn drop(&mut self) {
        self.inbox = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(parts: &AnalysisParts, orders: &Receiver<Order>) {
    // Models load on the first order, so that the window is there before them.
    let mut analyser: Option<Analyser> = None;
    let mut session: Option<CaptureSession> = None;
    let mut seen_sequence = 0;
    loop {
        let order = if session.is_some() {
            match orders.try_recv() {
                Ok(order) => Some(order),
                Err(std::sync::mpsc::TryRecvError::Empty) => None,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return,
            }
        } else {
            match orders.recv_timeout(Duration::from_secs(1)) {
                Ok(order) => Some(order),
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        };
        if let Some(order) = order {
            obey(order, &mut session, &mut analyser, parts);
        }
        let (Some(current), Some(analyser)) = (session.as_mut(), analyser.as_mut()) else {
            continue;
        };
        if let Some(frame) = parts.camera.newer_than(seen_sequence, FRAME_WAIT) {
            seen_sequence = frame.sequence;
            look(current, analyser, &frame, parts);
        } else {
            // A cheap camera in a dark room gives a few frames a second: only a view that is no
            // longer live is taken away.
            if parts.camera.latest().is_some() {
                continue;
            }
            parts.live.put(None);
            (parts.tell)(None);
            for event in current.no_frame() {
                (parts.tell)(Some((current.packet(), event)));
            }
        }
    }
}

fn obey(
    order: Order,
    session: &mut Option<CaptureSession>,
    analyser: &mut Option<Analyser>,
    parts: &AnalysisParts,
) {
    match order {
        Order::Watch {
            packet,
            policy,
            tries_left,
        } => {
            if analyser.is_none() {
                match Analyser::new(&parts.models) {
                    Ok(loaded) => *analyser = Some(loaded),
                    Err(error) => {
                        tracing::error!(%error, "models cannot be used");
                        let notice = Notice::stop("notice-models").with("file", error.to_string());
                        (parts.tell)(Some((packet, Seen::Broken(notice))));
                        return;
                    }
                }
            }
            if let Some(analyser) = analyser {
                analyser.reset_track();
            }
            *session = Some(CaptureSession::new(packet, *policy, tries_left));
        }
        Order::Again => {
            if let Some(session) = session {
                session.again();
            }
        }
        Order::Vouch(why) => {
            // Without a live frame there is nothing to vouch for.
            if let (Some(session), Some(frame)) = (session, parts.camera.latest()) {
                let view = session.vouch(why, frame.source);
                (parts.tell)(Some((session.packet(), Seen::Challenge(view))));
            }
        }
        Order::Take(reason) => {
            if let Some(session) = session {
                session.take(reason);
            }
        }
        Order::Rest => {
            *session = None;
            parts.live.put(None);
        }
    }
}

fn look(
    session: &mut CaptureSession,
    analyser: &mut Analyser,
    frame: &Frame,
    parts: &AnalysisParts,
) {
    let device = match parts.camera.status() {
        CameraStatus::Live(live) => Some(live.device),
        _ => None,
    };
    let packet = session.packet();
    let (live, events) = session.frame(analyser, frame, device.as_ref(), |working| {
        (parts.tell)(Some((packet, working)));
    });
    parts.live.put(live);
    (parts.tell)(None);
    for event in events {
        (parts.tell)(Some((packet, event)));
    }
}
