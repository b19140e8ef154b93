//! Drives the engine: HTTP on one side, the desk's store on the other.

use crate::{Connection, Effect, Engine, Event, LinkReport, StoreAct, StoreReply};
use std::future::Future;
use std::time::Instant;
use tokio::sync::mpsc::Receiver;

/// What a person or the desk asks of the link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Something new waits.
    Wake,
    /// A person asks to try now: everything that was put off may go.
    TryNow,
    /// Pauses or resumes.
    Pause(bool),
}

/// Why the link ended. There is no other way out of [`run`] but a panic of the thread it runs on, which its owner sees and answers by
/// running it again: nothing is kept here that the store does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nobody gives orders any more.
    OrdersGone,
    /// The store does not answer any more.
    StoreGone,
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
) -> Ended {
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
                None => return Ended::StoreGone,
            },
            Effect::Http(request) => {
                let sending = connection.carry_out(request);
                tokio::pin!(sending);
                loop {
                    tokio::select! {
                        answer = &mut sending => break Event::Http(answer),
                        order = orders.recv() => match order {
                            // What is new is seen after this request.
                            Some(order) => obey(&mut engine, order),
                            None => return Ended::OrdersGone,
                        },
                    }
                }
            }
            Effect::Rest(wait) => {
                tokio::select! {
                    () = tokio::time::sleep(wait) => Event::Rested,
                    order = orders.recv() => match order {
                        Some(order) => {
                            obey(&mut engine, order);
                            Event::Woken
                        }
                        None => return Ended::OrdersGone,
                    },
                }
            }
        };
        effect = engine.step(begun.elapsed(), event);
    }
}

fn obey(engine: &mut Engine, order: Order) {
    match order {
        Order::Wake => {}
        Order::TryNow => engine.try_now(),
        Order::Pause(paused) => engine.pause(paused),
    }
}
