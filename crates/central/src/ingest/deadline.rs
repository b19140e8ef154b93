//! A deadline for every job. A thread cannot be ended from outside: a job past its deadline is given up and counted until it ends by
//! itself, and a process with several of them must begin anew.

use crate::CentreError;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Jobs past their deadline that a process bears.
const STUCK_LIMIT: usize = 3;

/// Jobs of this process that are past their deadline and have not ended; cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Stuck(Arc<watch::Sender<usize>>);

impl Default for Stuck {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Stuck {
    /// So many now.
    pub(crate) fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Returns once there are so many that the process must begin anew.
    pub(crate) async fn too_many(&self) {
        let mut counts = self.0.subscribe();
        // The sender lives as long as this does.
        let _ = counts.wait_for(|count| *count >= STUCK_LIMIT).await;
    }

    fn add(&self, mut job: JoinSet<Result<(), CentreError>>) {
        self.0.send_modify(|count| *count += 1);
        let counts = self.clone();
        tokio::spawn(async move {
            let _ = job.join_next().await;
            counts
                .0
                .send_modify(|count| *count = count.saturating_sub(1));
        });
    }
}

/// How a job ended.
#[derive(Debug)]
pub(crate) enum Ended {
    /// It did what it was there for.
    Done,
    /// The centre was not able to do it.
    Failed(CentreError),
    /// It panicked.
    Panicked,
    /// Its time was over.
    Late,
}

/// Runs a job for at most so long.
pub(crate) async fn within<F>(limit: Duration, stuck: &Stuck, job: F) -> Ended
where
    F: Future<Output = Result<(), CentreError>> + Send + 'static,
{
    // In a set, so that it ends with the worker that waits for it.
    let mut running = JoinSet::new();
    running.spawn(job);
    match tokio::time::timeout(limit, running.join_next()).await {
        Ok(Some(Ok(Ok(())))) => Ended::Done,
        Ok(Some(Ok(Err(error)))) => Ended::Failed(error),
        Ok(Some(Err(_)) | None) => Ended::Panicked,
        Err(_) => {
            stuck.add(running);
            Ended::Late
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn the_third_job_past_its_deadline_asks_for_a_new_process() {
        let stuck = Stuck::default();
        let mut free = Vec::new();
        for expected in 1..=STUCK_LIMIT {
            assert!(free.len() < STUCK_LIMIT, "asked too early");
            let (let_go, held) = oneshot::channel::<()>();
            let job = async move {
                let _ = held.await;
                Ok(())
            };
            let ended = within(Duration::from_millis(1), &stuck, job).await;
            assert!(matches!(ended, Ended::Late));
            assert_eq!(stuck.count(), expected);
            free.push(let_go);
        }
        stuck.too_many().await;
        // One that ends by itself after all is no longer counted.
        drop(free);
        let mut counts = stuck.0.subscribe();
        counts.wait_for(|count| *count == 0).await.unwrap();
    }

    #[tokio::test]
    async fn a_panic_and_a_failure_are_told_apart() {
        let stuck = Stuck::default();
        let long = Duration::from_mins(1);
        let panics = async { panic!("on purpose") };
        assert!(matches!(
            within(long, &stuck, panics).await,
            Ended::Panicked
        ));
        let fails = async { Err(CentreError::Ended("this")) };
        assert!(matches!(
            within(long, &stuck, fails).await,
            Ended::Failed(_)
        ));
        let works = async { Ok(()) };
        assert!(matches!(within(long, &stuck, works).await, Ended::Done));
        assert_eq!(stuck.count(), 0);
    }
}
