//! Tasks of the centre that come back: one that panics is counted and started again.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// How long a task of the centre that panicked rests before it comes back, so that one that always panics does not take the processor.
pub(crate) const REST: Duration = Duration::from_secs(1);

/// How often tasks of this centre came back.
#[derive(Debug, Clone, Default)]
pub(crate) struct Restarts(Arc<AtomicU64>);

impl Restarts {
    /// So many since the start.
    pub(crate) fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs a task until it ends by itself or is aborted; a panic ends only that run of it.
pub(crate) async fn supervise<F>(
    name: &'static str,
    restarts: Restarts,
    rest: Duration,
    task: impl Fn() -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    loop {
        // In a set, so that it is aborted with this future.
        let mut running = JoinSet::new();
        running.spawn(task());
        match running.join_next().await {
            Some(Err(ended)) if ended.is_panic() => {
                restarts.0.fetch_add(1, Ordering::Relaxed);
                tracing::error!(task = name, "a task panicked and comes back");
                tokio::time::sleep(rest).await;
            }
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_comes_back_and_is_counted() {
        let (restarts, runs) = (Restarts::default(), Arc::new(AtomicU64::new(0)));
        supervise("test", restarts.clone(), Duration::ZERO, || {
            let runs = runs.clone();
            async move {
                assert!(runs.fetch_add(1, Ordering::SeqCst) >= 2, "not yet");
            }
        })
        .await;
        assert_eq!((restarts.count(), runs.load(Ordering::SeqCst)), (2, 3));
    }
}
