#![allow(clippy::unwrap_used)]
use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const MODEL: &str = "synthetic";
/// Values of the templates here: five lines and a half.
const DIMENSIONS: usize = 704;

/// A seeded generator of unit vectors: near normal components, so directions are near uniform on the sphere.
struct Vectors(u64);

impl Vectors {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> [f32; DIMENSIONS] {
        let v = std::array::from_fn(|_| {
            self.next()
                .to_le_bytes()
                .iter()
                .map(|&b| f32::from(b) - 127.5)
                .sum::<f32>()
        });
        normalised(&v)
    }

    /// A mate: the same direction with noise, at a cosine of about 0.6, as genuine pairs of our template score.
    fn mate(&mut self, of: &[f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
        let noise = self.unit();
        normalised(&std::array::from_fn(|i| 0.6 * of[i] + 0.8 * noise[i]))
    }
}

fn normalised(v: &[f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
    let length = v.iter().map(|x| x * x).sum::<f32>().sqrt();
    v.map(|x| x / length)
}

fn dot(a: &[f32; DIMENSIONS], b: &[f32; DIMENSIONS]) -> f32 {
    a.iter()
        .zip(b)
        .map(|(x, y)| f64::from(*x) * f64::from(*y))
        .sum::<f64>() as f32
}

#[test]
fn the_best_candidate_is_that_of_a_float_search() {
    let mut vectors = Vectors(7);
    let people: Vec<_> = (0..5000).map(|_| vectors.unit()).collect();
    let mut gallery = Gallery::new(MODEL, DIMENSIONS);
    for (id, vector) in (0_u64..).zip(&people) {
        gallery.insert_vector(id, MODEL, vector).unwrap();
    }
    let (mut same, mut searches) = (0, 0);
    for i in 0..1500 {
        // Half mates of somebody, half strangers, whose best score is close to the next.
        let probe = if i % 2 == 0 {
            vectors.mate(&people[i * 3])
        } else {
            vectors.unit()
        };
        let exact = people
            .iter()
            .map(|p| dot(p, &probe))
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .unwrap();
        let best = gallery.search_vector(MODEL, &probe, 1).unwrap()[0];
        searches += 1;
        same += usize::from(best.id == exact.0 as u64);
        assert!(
            (best.score - exact.1).abs() < 1e-4,
            "{} is not {}",
            best.score,
            exact.1
        );
    }
    assert!(
        same as f64 >= 0.999 * f64::from(searches),
        "recall@1 {same} of {searches}"
    );
}

#[test]
fn candidates_come_best_first_and_threads_change_nothing() {
    let mut vectors = Vectors(11);
    let mut one = Gallery::new(MODEL, DIMENSIONS).with_threads(1);
    let mut three = Gallery::new(MODEL, DIMENSIONS).with_threads(3);
    for id in 0..40_000_u64 {
        let v = vectors.unit();
        one.insert_vector(id, MODEL, &v).unwrap();
        three.insert_vector(id, MODEL, &v).unwrap();
    }
    for _ in 0..10 {
        let probe = vectors.unit();
        let found = one.search_vector(MODEL, &probe, 50).unwrap();
        assert_eq!(found.len(), 50);
        assert!(found.windows(2).all(|w| w[0].score >= w[1].score));
        assert_eq!(found, three.search_vector(MODEL, &probe, 50).unwrap());
    }
}

#[test]
fn templates_of_another_model_are_never_compared() {
    let mut gallery = Gallery::new(MODEL, DIMENSIONS);
    let vector = Vectors(1).unit();
    assert!(matches!(
        gallery.insert_vector(1, "other", &vector),
        Err(GalleryError::OtherModel { .. })
    ));
    assert!(matches!(
        gallery.search_vector("other", &vector, 1),
        Err(GalleryError::OtherModel { .. })
    ));
    assert!(gallery.is_empty());
}

#[test]
fn a_vector_that_is_no_template_is_refused() {
    let mut gallery = Gallery::new(MODEL, DIMENSIONS);
    assert_eq!(
        gallery.insert_vector(1, MODEL, &[0.0; 3]),
        Err(GalleryError::WrongLength {
            wanted: DIMENSIONS,
            seen: 3
        })
    );
    for bad in [
        [0.0; DIMENSIONS],
        [1.0; DIMENSIONS],
        [f32::NAN; DIMENSIONS],
        [f32::INFINITY; DIMENSIONS],
    ] {
        assert_eq!(
            gallery.insert_vector(1, MODEL, &bad),
            Err(GalleryError::NotNormalised)
        );
        assert_eq!(
            gallery.search_vector(MODEL, &bad, 1),
            Err(GalleryError::NotNormalised)
        );
    }
}

#[test]
fn a_full_gallery_says_so_and_still_takes_replacements() {
    let mut vectors = Vectors(3);
    let mut gallery = Gallery::bounded(MODEL, DIMENSIONS, 2);
    let v = vectors.unit();
    assert_eq!(gallery.insert_vector(1, MODEL, &v), Ok(true));
    assert_eq!(gallery.insert_vector(2, MODEL, &v), Ok(true));
    assert_eq!(
        gallery.insert_vector(3, MODEL, &v),
        Err(GalleryError::Full { limit: 2 })
    );
    let other = vectors.unit();
    assert_eq!(gallery.insert_vector(2, MODEL, &other), Ok(false));
    assert_eq!(gallery.search_vector(MODEL, &other, 1).unwrap()[0].id, 2);
    assert!(gallery.search_vector(MODEL, &other, 0).unwrap().is_empty());
}

#[test]
fn debug_shows_sizes_only() {
    assert_eq!(
        format!("{:?}", Gallery::new(MODEL, DIMENSIONS)),
        "Gallery(0 templates of synthetic)"
    );
}

#[derive(Debug, Clone)]
enum Step {
    Insert(u64, u64),
    Remove(u64),
    Search(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0..12_u64, 0..6_u64).prop_map(|(id, vector)| Step::Insert(id, vector)),
        2 => (0..12_u64).prop_map(Step::Remove),
        2 => (0..6_u64).prop_map(Step::Search),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_history_answers_like_a_plain_map(steps in prop::collection::vec(step(), 0..60)) {
        let mut gallery = Gallery::new(MODEL, DIMENSIONS);
        let mut map: BTreeMap<u64, u64> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(id, vector) => {
                    let new = gallery.insert_vector(id, MODEL, &Vectors(vector).unit()).unwrap();
                    prop_assert_eq!(new, map.insert(id, vector).is_none());
                }
                Step::Remove(id) => prop_assert_eq!(gallery.remove(id), map.remove(&id).is_some()),
                Step::Search(vector) => {
                    let found = gallery.search_vector(MODEL, &Vectors(vector).unit(), 20).unwrap();
                    prop_assert_eq!(found.len(), map.len());
                    let same: Vec<u64> = found.iter().filter(|c| c.score > 0.99).map(|c| c.id).collect();
                    let wanted: Vec<u64> = map.iter().filter(|(_, v)| **v == vector).map(|(id, _)| *id).collect();
                    prop_assert_eq!(same, wanted);
                }
            }
            prop_assert_eq!(gallery.len(), map.len());
            prop_assert!(map.keys().all(|&id| gallery.contains(id)));
        }
    }
}
