//! A home of the search whose answers a test bends; behind it is the real one.
#![allow(dead_code, clippy::unwrap_used)]

use central::matching::{Answer, Engine, EngineError, Exact, Reference};
use face::Template;
use face::gallery::Candidate;
use futures::FutureExt;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::watch;

/// What it does instead of answering.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Fault {
    None,
    Away,
    /// Takes no more references.
    Full,
    Errors,
    /// Never answers while this lasts.
    Silent,
}

#[derive(Debug)]
pub struct Faulty {
    pub real: Exact,
    fault: watch::Sender<Fault>,
    pub asked: AtomicU64,
}

impl Faulty {
    pub fn new() -> Self {
        Self {
            real: Exact::new(),
            fault: watch::Sender::new(Fault::None),
            asked: AtomicU64::new(0),
        }
    }

    pub fn have(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    fn answer<'a, T: Send + 'a>(&self, writes: bool, real: Answer<'a, T>) -> Answer<'a, T> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut fault = self.fault.subscribe();
        async move {
            let now = *fault.borrow_and_update();
            match now {
                Fault::Away => Err(EngineError::Away("a test".to_owned())),
                Fault::Errors => Err(EngineError::Failed("a test".to_owned())),
                Fault::Full if writes => Err(EngineError::Full("a test".to_owned())),
                Fault::Silent => {
                    let _ = fault.wait_for(|fault| *fault != Fault::Silent).await;
                    real.await
                }
                Fault::None | Fault::Full => real.await,
            }
        }
        .boxed()
    }
}

impl Engine for Faulty {
    fn name(&self) -> &'static str {
        "faulty"
    }
    fn is_shared(&self) -> bool {
        true
    }
    fn reached(&self) -> Answer<'_, i64> {
        self.answer(false, self.real.reached())
    }
    fn upsert<'a>(&'a self, references: &'a [Reference]) -> Answer<'a, ()> {
        self.answer(true, self.real.upsert(references))
    }
    fn remove<'a>(&'a self, ids: &'a [i64]) -> Answer<'a, ()> {
        self.answer(false, self.real.remove(ids))
    }
    fn mark(&self, change: i64) -> Answer<'_, ()> {
        self.answer(true, self.real.mark(change))
    }
    fn clear(&self) -> Answer<'_, ()> {
        self.answer(false, self.real.clear())
    }
    fn search<'a>(&'a self, probe: &'a Template, count: usize) -> Answer<'a, Vec<Candidate>> {
        self.answer(false, self.real.search(probe, count))
    }
    fn sizes(&self) -> Answer<'_, BTreeMap<String, u64>> {
        self.answer(false, self.real.sizes())
    }
}
