//! The thread that talks to the centre: `sync`'s driver, with the desk's thread as its store.

use crate::core::Input;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::thread::JoinHandle;
use std::time::Duration;
use sync::{Activated, ActivationError, Connection, NewStation, Order, StoreAct, StoreReply};
use tokio::sync::{Notify, mpsc, oneshot};

/// Orders that may wait; each only says "look again" or "pause".
const ORDERS: usize = 16;
/// How long to wait before a full inbox is tried again.
const INBOX_REST: Duration = Duration::from_millis(20);

/// The running link; dropping it ends the thread and joins it.
pub(crate) struct Link {
    orders: mpsc::Sender<Order>,
    stop: Arc<Notify>,
    thread: Option<JoinHandle<()>>,
}

impl Link {
    pub(crate) fn start(
        connection: Connection,
        inbox: SyncSender<Input>,
        seed: u64,
    ) -> std::io::Result<Self> {
        let (orders, taken) = mpsc::channel(ORDERS);
        let stop = Arc::new(Notify::new());
        let stopped = stop.clone();
        let runtime = runtime()?;
        let thread = std::thread::Builder::new()
            .name("link".to_owned())
            .spawn(move || {
                let reports = inbox.clone();
                let tell = move |report: &sync::LinkReport| {
                    // A report that finds no room is followed by the next one.
                    let _ = reports.try_send(Input::LinkReport(report.clone()));
                };
                runtime.block_on(async {
                    tokio::select! {
                        _ = sync::run(connection, Port(inbox), taken, seed, tell) => {}
                        () = stopped.notified() => {}
                    }
                });
            })?;
        Ok(Self {
            orders,
            stop,
            thread: Some(thread),
        })
    }

    /// Whether the thread has ended, which it does only when it crashes.
    pub(crate) fn ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Hands an order over; where many wait already, this one says nothing new.
    pub(crate) fn order(&self, order: Order) {
        let _ = self.orders.try_send(order);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.stop.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Asks the desk's thread, which owns the store.
struct Port(SyncSender<Input>);

impl sync::StorePort for Port {
    async fn act(&self, act: StoreAct) -> Option<StoreReply> {
        let (reply, answer) = oneshot::channel();
        let mut input = Input::Store(Box::new(act), reply);
        loop {
            match self.0.try_send(input) {
                Ok(()) => break,
                Err(TrySendError::Full(again)) => {
                    input = again;
                    tokio::time::sleep(INBOX_REST).await;
                }
                Err(TrySendError::Disconnected(_)) => return None,
            }
        }
        answer.await.ok()
    }
}

/// Activates; it takes as long as the centre does.
pub(crate) fn activate(new: NewStation, time: sync::Time) -> Result<Activated, ActivationError> {
    let runtime = runtime().map_err(|_| ActivationError::Unreachable)?;
    runtime.block_on(sync::activate(new, time))
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}
