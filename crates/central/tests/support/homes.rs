//! What every home of the search does, whichever it is. Templates are synthetic: unit vectors of a seeded generator.
#![allow(dead_code, clippy::unwrap_used)]

use central::matching::{Engine, Reference};
use face::gallery::Candidate;
use face::{ModelId, Template};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// Scores of two homes differ by rounding: templates are kept in 16 bits in one of them.
const ROUNDING: f32 = 1e-4;
/// More than a home takes in one request.
const MANY: i64 = 1200;

/// A template of a model, `length` values long; near another where one is given.
pub fn template(model: &str, length: usize, seed: u64, near: Option<&Template>) -> Template {
    let mut random = StdRng::seed_from_u64(seed);
    let mut values: Vec<f32> = (0..length)
        .map(|_| (0..6).map(|_| random.random_range(-1.0_f32..1.0)).sum())
        .collect();
    if let Some(near) = near {
        let size = values.iter().map(|v| v * v).sum::<f32>().sqrt();
        for (value, of) in values.iter_mut().zip(near.vector()) {
            *value = of + 0.8 * *value / size;
        }
    }
    Template::from_raw(ModelId::new(model).unwrap(), values).unwrap()
}

pub fn reference(id: i64, template: Template) -> Reference {
    Reference { id, template }
}

/// The best of all references by a plain dot product in double precision.
fn plainly(references: &[Reference], probe: &Template, count: usize) -> Vec<Candidate> {
    let mut scored: Vec<Candidate> = references
        .iter()
        .filter(|one| one.template.model() == probe.model())
        .map(|one| {
            let pairs = one.template.vector().iter().zip(probe.vector());
            let score: f64 = pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            Candidate {
                id: one.id.unsigned_abs(),
                score: score as f32,
            }
        })
        .collect();
    scored.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    scored.truncate(count);
    scored
}

async fn ids(engine: &dyn Engine, probe: &Template, count: usize) -> Vec<u64> {
    let found = engine.search(probe, count).await.unwrap();
    found.iter().map(|one| one.id).collect()
}

/// Every promise of a home; it begins empty and ends empty.
pub async fn keeps_every_promise(engine: &dyn Engine) {
    engine.clear().await.unwrap();
    assert_eq!(engine.reached().await.unwrap(), 0);
    gives_the_same_candidates_and_scores(engine).await;
    says_how_far_it_is(engine).await;
    forgets_whom_it_is_told_to_forget(engine).await;
    keeps_two_models_side_by_side(engine).await;
    engine.clear().await.unwrap();
    assert_eq!(engine.reached().await.unwrap(), 0);
    assert_eq!(engine.sizes().await.unwrap().values().sum::<u64>(), 0);
    let probe = template("model-a", 704, 1, None);
    assert!(ids(engine, &probe, 5).await.is_empty());
}

async fn gives_the_same_candidates_and_scores(engine: &dyn Engine) {
    let references: Vec<Reference> = (1..=MANY)
        .map(|id| reference(id, template("model-a", 704, id.unsigned_abs(), None)))
        .collect();
    engine.upsert(&references).await.unwrap();
    assert_eq!(engine.sizes().await.unwrap()["model-a"], MANY as u64);
    for number in [1_u64, 77, 600, 1200] {
        let of = &references[number as usize - 1].template;
        let probe = template("model-a", 704, 90_000 + number, Some(of));
        let found = engine.search(&probe, 20).await.unwrap();
        let right = plainly(&references, &probe, 20);
        assert_eq!(found.len(), 20);
        assert_eq!(found[0].id, number);
        for (one, other) in found.iter().zip(&right) {
            assert!(
                (one.score - other.score).abs() < ROUNDING,
                "{one:?} {other:?}"
            );
            // Two that differ by less than rounding may change places.
            let same = one.id == other.id
                || right
                    .iter()
                    .any(|r| r.id == one.id && (r.score - other.score).abs() < ROUNDING);
            assert!(same, "{one:?} instead of {other:?}");
        }
    }
}

async fn says_how_far_it_is(engine: &dyn Engine) {
    engine.mark(41).await.unwrap();
    engine.mark(MANY + 5).await.unwrap();
    assert_eq!(engine.reached().await.unwrap(), MANY + 5);
}

async fn forgets_whom_it_is_told_to_forget(engine: &dyn Engine) {
    let probe = template("model-a", 704, 77, None);
    assert_eq!(ids(engine, &probe, 1).await, [77]);
    engine.remove(&[77, 5_000_000]).await.unwrap();
    let found = engine.search(&probe, 1000).await.unwrap();
    assert_eq!(found.len(), 1000);
    assert!(found.iter().all(|one| one.id != 77 && one.score < 0.5));
    // Another comes under a number that was there before.
    let other = template("model-a", 704, 123_456, None);
    engine
        .upsert(&[reference(78, other.clone())])
        .await
        .unwrap();
    assert_eq!(ids(engine, &other, 1).await, [78]);
    let before = template("model-a", 704, 78, None);
    assert_ne!(ids(engine, &before, 1).await, [78]);
}

async fn keeps_two_models_side_by_side(engine: &dyn Engine) {
    let of = |model: &str, length| template(model, length, 4242, None);
    // One of the same length, one of another.
    let references = [
        reference(2001, of("model-b", 704)),
        reference(2002, of("model-c", 192)),
    ];
    engine.upsert(&references).await.unwrap();
    let same_figures = of("model-a", 704);
    assert!(!ids(engine, &same_figures, 5).await.contains(&2001));
    assert_eq!(ids(engine, &of("model-b", 704), 5).await, [2001]);
    assert_eq!(ids(engine, &of("model-c", 192), 5).await, [2002]);
    assert!(ids(engine, &of("model-d", 192), 5).await.is_empty());
    // Made anew under another model it stands in one place only.
    let anew = [
        reference(2002, of("model-b", 704)),
        reference(2001, of("model-c", 192)),
    ];
    engine.upsert(&anew).await.unwrap();
    assert_eq!(ids(engine, &of("model-b", 704), 5).await, [2002]);
    assert_eq!(ids(engine, &of("model-c", 192), 5).await, [2001]);
    let sizes = engine.sizes().await.unwrap();
    assert_eq!((sizes["model-b"], sizes["model-c"]), (1, 1));
}
