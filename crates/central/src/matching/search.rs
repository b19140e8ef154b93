//! 1:N: who among all references may be the same person.

use super::{Asked, Engine, EngineError, in_time};
use face::gallery::{Candidate, MAX_CANDIDATES};

/// Candidates of one search.
const CANDIDATES: usize = 20;

/// The references of a probe's identity that were there before a reference, from a score on, best first. Those that came after it do not
/// crowd out those before: of two alike the later one is the suspect.
pub(crate) async fn candidates(
    engine: &dyn Engine,
    asked: &Asked,
    least: f32,
    before: i64,
) -> Result<Vec<Candidate>, EngineError> {
    let mut count = CANDIDATES;
    loop {
        let found = in_time(engine.search(&asked.template, count)).await?;
        let more = found.len() >= count && found.last().is_some_and(|c| c.score >= least);
        let mut kept: Vec<Candidate> = found
            .into_iter()
            .filter(|one| one.score >= least && one.id < before.unsigned_abs())
            .collect();
        if kept.len() >= CANDIDATES || !more || count >= MAX_CANDIDATES {
            kept.truncate(CANDIDATES);
            return Ok(kept);
        }
        count = (count * 4).min(MAX_CANDIDATES);
    }
}
