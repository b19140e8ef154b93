//! Drives the engine: HTTP on one side, the desk's store on the other.

use crate::{Connection, Effect, Engine, Event, LinkReport, StoreAct, StoreReply};
use std::future::Future;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;

/// What a person or the desk asks of the link.
#[derive(Debug)]
pub enum Order {
    /// Something new waits, or a person asks to try now.
    Wake,
    /// Pauses or resumes.
    Pause(bool),
}

/// The store's side, answered by the desk.
pub trait StorePort {
    /// Carries out an act; `None` when the desk is gone.
    fn act(&self, act: StoreAct) -> impl Future<Output = Option<StoreReply>> + Send;
}

/// Runs until the orders' sender or the store is gone. `tell` gets the link's condition whenever it changes.
pub async fn run(
    connection: Connection,
    store: impl StorePort,
    mut orders: Receiver<Order>,
    seed: u64,
    mut tell: impl FnMut(&LinkReport),
) {
    let begun = Instant::now();
    let mut engine = Engine::new(seed);
    let mut told = LinkReport::default();
    let mut effect = engine.step(begun.elapsed(), Event::Begin);
    loop {
        if *engine.report() != told {
            told = engine.report().clone();
            tell(&told);
        }
        let event = match effect {
            Effect::Store(act) => match store.act(act).await {
                Some(reply) => Event::Store(reply),
                None => return,
            },
            Effect::Http(request) => {
                let sending = connection.carry_out(request);
                tokio::pin!(sending);
                loop {
                    tokio::select! {
                        answer = &mut sending => break Event::Http(answer),
                        order = orders.recv() => match order {
                            Some(Order::Pause(paused)) => engine.pause(paused),
                            // What is new is seen after this request.
                            Some(Order::Wake) => {}
                            None => return,
                        },
                    }
                }
            }
            Effect::Rest(wait) => {
                tokio::select! {
                    () = tokio::time::sleep(wait) => Event::Rested,
                    order = orders.recv() => match order {
                        Some(Order::Wake) => Event::Woken,
                        Some(Order::Pause(paused)) => {
                            engine.pause(paused);
                            Event::Woken
                        }
                        None => return,
                    },
                }
            }
        };
        effect = engine.step(begun.elapsed(), event);
    }
}
