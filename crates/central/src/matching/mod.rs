//! Matching: who may be the same person. The comparison of two templates (1:1) needs no engine; the search among all references (1:N) has
//! a home behind [`Engine`]: exact in this process by default ([`Exact`]), or an engine past one machine.
//!
//! A home is a cache of the registry that says how far it is. It gives candidates, never decisions.

mod exact;
mod keep;
mod probe;
mod progress;
mod remake;
mod search;

pub use exact::Exact;
pub(crate) use keep::up_to_date;
pub(crate) use probe::{Asked, Probes, compared};
pub(crate) use progress::Progress;
pub(crate) use remake::remake;
pub(crate) use search::candidates;

use crate::{CentreError, Store};
use face::Template;
use face::gallery::Candidate;
use futures::future::BoxFuture;
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How long a home may take for one thing that it is asked for.
pub(crate) const DEADLINE: Duration = Duration::from_secs(30);

/// A reference by its number in the registry.
#[derive(Debug, Clone)]
pub struct Reference {
    /// Positive.
    pub id: i64,
    /// Of any model.
    pub template: Template,
}

/// What a home answers in the end.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, EngineError>>;

/// Why a home did not do what it was asked for. No text holds anything personal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It cannot be reached.
    #[error("the engine of the search cannot be reached: {0}")]
    Away(String),
    /// It takes no more references.
    #[error("the engine of the search is full: {0}")]
    Full(String),
    /// It answers with an error.
    #[error("the engine of the search answers with an error: {0}")]
    Failed(String),
    /// It did not answer in time.
    #[error("the engine of the search did not answer in time")]
    Late,
}

/// A home of the 1:N search. Whatever `upsert`, `remove` and `clear` did is seen by every search that begins after they returned.
pub trait Engine: fmt::Debug + Send + Sync {
    /// What the log and the centre's health call it.
    fn name(&self) -> &'static str;
    /// Whether several centres write into the same one.
    fn is_shared(&self) -> bool;
    /// The number of the registry's last change that it holds: what [`Engine::mark`] was told last. 0 where it holds nothing or is not sure of it.
    fn reached(&self) -> Answer<'_, i64>;
    /// Holds these references in place of earlier ones of the same numbers, whatever model those were of.
    fn upsert<'a>(&'a self, references: &'a [Reference]) -> Answer<'a, ()>;
    /// Forgets references; numbers that it does not know are no error.
    fn remove<'a>(&'a self, ids: &'a [i64]) -> Answer<'a, ()>;
    /// It holds every change up to this one. Lost together with the references or not at all.
    fn mark(&self, change: i64) -> Answer<'_, ()>;
    /// Forgets everything.
    fn clear(&self) -> Answer<'_, ()>;
    /// The best `count` references of the probe's model and length, best first.
    fn search<'a>(&'a self, probe: &'a Template, count: usize) -> Answer<'a, Vec<Candidate>>;
    /// How many references it holds of each model; may be a minute old.
    fn sizes(&self) -> Answer<'_, BTreeMap<String, u64>>;
}

/// Why a search did not come to its end. Nothing is registered that was not searched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unsearched {
    /// Its engine's business: it waits for that.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// References that can only be compared once they are made anew.
    #[error("references of {0} are not made anew yet")]
    NotRemade(String),
    /// Anything else.
    #[error(transparent)]
    Centre(#[from] CentreError),
}

impl From<tokio_postgres::Error> for Unsearched {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Centre(error.into())
    }
}

/// What a home answers within its deadline.
pub(crate) async fn in_time<T>(answer: Answer<'_, T>) -> Result<T, EngineError> {
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(EngineError::Late),
    }
}

/// Removes the reference of a record, its portrait included: every gallery forgets it before its next search. A search of its own ends
/// without a result. Says how many references there were.
///
/// # Errors
/// [`CentreError`] where the database cannot be reached; then nothing was changed.
pub async fn forget(store: &Store, record: i64) -> Result<u64, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "update dedup_job set state = 'done' where record = $1 and state = 'open'",
            &[&record],
        )
        .await?;
    let removed = transaction
        .execute(
            "update biometric set template = ''::bytea, portrait = null, removed_at = $2
             where record = $1 and removed_at is null",
            &[&record, &store.clock().now().millis()],
        )
        .await?;
    transaction.commit().await?;
    store.jobs().notify_one();
    Ok(removed)
}
