//! The handle that a window or a simulation holds.

use crate::analysis::LiveSlot;
use crate::core::{Core, CoreParts, Input};
use crate::{Clock, Command, Live, State};
use capture::{CameraOptions, SourceSpec};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Inputs that may wait for the desk's thread: clicks, analysis events and the sync's requests.
const INBOX: usize = 256;

/// Crashes in a row after which the desk is not started again.
const CRASHES_LIMIT: u32 = 5;
/// After so long without one, crashes are counted anew.
const CALM: Duration = Duration::from_mins(1);

/// Called when there is something new to draw.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// What a desk works with.
#[derive(Clone)]
pub struct DeskOptions {
    /// The folder of the station's store and keys; made where there is none, readable by its owner only.
    pub data: PathBuf,
    /// The folder of the models and their manifest.
    pub models: PathBuf,
    /// Where pictures come from.
    pub source: SourceSpec,
    /// How the camera is opened and watched.
    pub camera: CameraOptions,
    /// The clocks.
    pub clock: Arc<dyn Clock>,
    /// The name of a registered VFS under the store; none for the system's. For fault runs.
    pub vfs: Option<String>,
    /// Called when there is something new to draw.
    pub wake: Wake,
}

/// The desk did not start.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// The data folder cannot be made or read.
    #[error("the folder for the station's data cannot be used: {0}")]
    Folder(std::io::Error),
    /// The system gives no thread.
    #[error("no thread could be started: {0}")]
    Thread(std::io::Error),
}

#[derive(Default)]
pub(crate) struct StateSlot {
    newest: Mutex<Arc<State>>,
    changed: Condvar,
}

impl StateSlot {
    pub(crate) fn put(&self, state: State) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(state);
        self.changed.notify_all();
    }

    pub(crate) fn newest(&self) -> Arc<State> {
        self.newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A running desk. Dropping it seals the open draft, takes the keys out of memory and joins its threads.
pub struct Desk {
    inbox: SyncSender<Input>,
    state: Arc<StateSlot>,
    live: LiveSlot,
    thread: Option<JoinHandle<()>>,
}

impl Desk {
    /// Starts the desk's threads. A damaged store or missing models do not fail here: the state says
    /// so, and what is readable is kept.
    ///
    /// # Errors
    /// [`DeskError`] when the folder cannot be used or the system gives no thread.
    pub fn start(options: DeskOptions) -> Result<Self, DeskError> {
        crate::hardening::forbid_dumps();
        crate::station_keys::private_folder(&options.data).map_err(DeskError::Folder)?;
        let (inbox, inputs) = sync_channel(INBOX);
        let state = Arc::new(StateSlot::default());
        let live = LiveSlot::default();
        let parts = CoreParts {
            options,
            inbox: inbox.clone(),
            state: state.clone(),
            live: live.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || run(&parts, &inputs))
            .map_err(DeskError::Thread)?;
        Ok(Self {
            inbox,
            state,
            live,
            thread: Some(thread),
        })
    }

    /// Hands over an act without waiting; `false` when the desk is gone or cannot keep up.
    pub fn send(&self, command: Command) -> bool {
        match self.inbox.try_send(Input::Command(command)) {
            Ok(()) => true,
            Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) => false,
        }
    }

    /// The newest state.
    pub fn state(&self) -> Arc<State> {
        self.state.newest()
    }

    /// The newest live view; none while nothing is watched or the camera gives nothing.
    pub fn live(&self) -> Option<Arc<Live>> {
        self.live.newest()
    }

    /// Waits until the state is as wished, for tests and simulations; the last state seen otherwise.
    ///
    /// # Errors
    /// The newest state when `limit` has passed.
    pub fn wait_for(
        &self,
        limit: Duration,
        wish: impl Fn(&State) -> bool,
    ) -> Result<Arc<State>, Arc<State>> {
        let until = Instant::now() + limit;
        let mut newest = self
            .state
            .newest
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            if wish(&newest) {
                return Ok(newest.clone());
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(newest.clone());
            }
            newest = self
                .state
                .changed
                .wait_timeout(newest, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Seals the open draft, takes the keys out of memory and ends the threads.
    pub fn stop(self) {
        drop(self);
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = self.inbox.send(Input::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Runs the core until it is told to stop. After a panic it begins anew from what is on the disk: whoever was signed in signs in again, and
/// what was typed since the last sealing is gone. Too many in a row end it: then something on the disk makes it so.
fn run(parts: &CoreParts, inputs: &Receiver<Input>) {
    let mut crashes = 0;
    loop {
        let begun = Instant::now();
        let ended = catch_unwind(AssertUnwindSafe(|| {
            Core::new(parts.clone()).is_none_or(|mut core| {
                if crashes > 0 {
                    core.say_restarted();
                }
                core.run(inputs);
                true
            })
        }));
        if ended.is_ok() {
            return;
        }
        crashes = if begun.elapsed() > CALM {
            1
        } else {
            crashes + 1
        };
        tracing::error!(crashes, "the desk's thread crashed");
        if crashes >= CRASHES_LIMIT {
            return;
        }
    }
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk(..)")
    }
}
