//! The run: one template a picture, on all cores, then the pairs.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::pairs::PairList;

/// Why a picture gave no template: the words are for a report and name no file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{0}")]
pub struct EnrolFailure(pub String);

/// Makes templates from picture files and compares them. Each worker thread owns one.
pub trait TemplateSource {
    /// What is compared.
    type Template: Send + Sync;

    /// The template of the picture at `path`.
    ///
    /// # Errors
    /// No template can be made; counted as a failure to enrol.
    fn template(&mut self, path: &Path) -> Result<Self::Template, EnrolFailure>;

    /// The comparison score, higher for more alike. `None` where the two cannot be compared.
    fn score(a: &Self::Template, b: &Self::Template) -> Option<f32>;
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pictures tried.
    pub done: usize,
    /// Pictures in all.
    pub total: usize,
}

/// One compared pair; no score where a picture gave no template.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ScoredPair {
    /// Place of the first picture in the list.
    pub a: u32,
    /// Place of the second.
    pub b: u32,
    /// True for a mated pair.
    pub same: bool,
    /// Comparison score.
    pub score: Option<f32>,
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError<E> {
    /// A worker could not be set up.
    #[error("a worker could not start: {0}")]
    Start(E),
    /// A worker panicked.
    #[error("a worker stopped unexpectedly")]
    Worker,
}

/// Scores of every pair, and per picture why it has no template (`None` where it has one).
pub type Compared = (Vec<ScoredPair>, Vec<Option<EnrolFailure>>);

/// Makes each picture's template once with `threads` workers and compares the pairs. `root` is put before each name. `progress` is called after every picture,
/// from any worker.
///
/// # Errors
/// A worker cannot be set up, or panics. Pictures that fail are results, not errors.
pub fn compare_pairs<S, E>(
    list: &PairList,
    root: &Path,
    threads: usize,
    start: impl Fn() -> Result<S, E> + Sync,
    progress: impl Fn(Progress) + Sync,
) -> Result<Compared, VerifyError<E>>
where
    S: TemplateSource,
    E: Send,
{
    let (templates, failures) = make_templates(list, root, threads, start, progress)?;
    let template = |place: u32| templates.get(place as usize).and_then(Option::as_ref);
    let scored = list
        .pairs
        .iter()
        .map(|pair| {
            let score = template(pair.a)
                .zip(template(pair.b))
                .and_then(|(a, b)| S::score(a, b));
            ScoredPair {
                a: pair.a,
                b: pair.b,
                same: pair.same,
                score,
            }
        })
        .collect();
    Ok((scored, failures))
}

type Made<T> = (Vec<Option<T>>, Vec<Option<EnrolFailure>>);

fn make_templates<S, E>(
    list: &PairList,
    root: &Path,
    threads: usize,
    start: impl Fn() -> Result<S, E> + Sync,
    progress: impl Fn(Progress) + Sync,
) -> Result<Made<S::Template>, VerifyError<E>>
where
    S: TemplateSource,
    E: Send,
{
    let total = list.pictures.len();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let results: Mutex<Made<S::Template>> = Mutex::new((
        (0..total).map(|_| None).collect(),
        (0..total).map(|_| None).collect(),
    ));
    let work = || -> Result<(), E> {
        let mut source = start()?;
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(name) = list.pictures.get(place) else {
                return Ok(());
            };
            let path: PathBuf = root.join(name);
            let made = source.template(&path);
            // A poisoned lock only means that another worker panicked, which is reported below.
            let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
            match made {
                Ok(template) => put(&mut results.0, place, template),
                Err(failure) => put(&mut results.1, place, failure),
            }
            drop(results);
            progress(Progress {
                done: done.fetch_add(1, Ordering::Relaxed) + 1,
                total,
            });
        }
    };
    let outcomes: Vec<_> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.clamp(1, 64))
            .map(|_| scope.spawn(work))
            .collect();
        workers
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    for outcome in outcomes {
        outcome
            .map_err(|_| VerifyError::Worker)?
            .map_err(VerifyError::Start)?;
    }
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn put<T>(slots: &mut [Option<T>], place: usize, value: T) {
    if let Some(slot) = slots.get_mut(place) {
        *slot = Some(value);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A picture named `3.7` has the template 3.7; `bad` has none.
    struct Numbers<'a>(&'a AtomicUsize);

    impl TemplateSource for Numbers<'_> {
        type Template = f32;
        fn template(&mut self, path: &Path) -> Result<f32, EnrolFailure> {
            self.0.fetch_add(1, Ordering::Relaxed);
            let name = path
                .file_name()
                .and_then(|n| n.to_str())
                .unwrap_or_default();
            name.parse().map_err(|_| EnrolFailure("no face".to_owned()))
        }
        fn score(a: &f32, b: &f32) -> Option<f32> {
            Some(1.0 - (a - b).abs())
        }
    }

    fn list(text: &str) -> PairList {
        PairList::read(text.as_bytes()).unwrap()
    }

    #[test]
    fn each_picture_is_made_once_however_often_it_is_compared() {
        let made = AtomicUsize::new(0);
        let reports = AtomicUsize::new(0);
        let list = list("1.0,1.5,1\n1.0,2.0,0\n1.5,2.0,0\nbad,1.0,1\n");
        let start = || Ok::<_, std::convert::Infallible>(Numbers(&made));
        let (scored, failures) = compare_pairs(&list, Path::new("/"), 2, start, |p| {
            assert!(p.done <= p.total);
            reports.fetch_add(1, Ordering::Relaxed);
        })
        .unwrap();
        assert_eq!(
            (
                made.load(Ordering::Relaxed),
                reports.load(Ordering::Relaxed)
            ),
            (4, 4)
        );
        assert_eq!(
            scored.iter().map(|p| p.score).collect::<Vec<_>>(),
            [Some(0.5), Some(0.0), Some(0.5), None]
        );
        assert_eq!(failures.iter().flatten().count(), 1);
    }

    #[test]
    fn a_worker_that_cannot_start_or_panics_is_an_error_not_a_result() {
        let list = list("1,2,1\n");
        let refused =
            compare_pairs::<Numbers<'_>, _>(&list, Path::new("/"), 2, || Err("no models"), |_| {});
        assert!(matches!(refused, Err(VerifyError::Start("no models"))));
        let made = AtomicUsize::new(0);
        let start = || Ok::<_, ()>(Numbers(&made));
        let broken = compare_pairs(&list, Path::new("/"), 1, start, |_| panic!("told to"));
        assert!(matches!(broken, Err(VerifyError::Worker)));
    }
}
