//! Measures what a threshold for the gallery's size does: the share of searches for people who are not there that give a candidate.
//!
//! `shanakht-identification-bench [--references N] [--searches N] [--rate R] [--json FILE]`
//! Synthetic references lie in a 62-dimensional subspace of the template's 704 dimensions, whose inner products fall off about as those
//! that were measured of faces; the table of thresholds is measured on as many impostor pairs as the manifest's, to 10⁻⁵, and what lies
//! beyond is extrapolated. Vectors that are isotropic in 704 dimensions are never near each other, so that any threshold looks perfect:
//! one row shows it. No relatives, no twins, no bad pictures are in such galleries.

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;
use face::gallery::Gallery;
use face::verify::{Calibration, CalibrationPoint, Identification};
use serde::Serialize;

const MODEL: &str = "synthetic";
/// Values of a template, as the shipped networks give.
const VALUES: usize = 704;
/// Dimensions of the subspace in which references lie.
const SUBSPACE: usize = 62;
/// People of the table: 10.1 million pairs, about as many as the manifest's.
const TABLE_PEOPLE: usize = 4500;
/// Sizes of galleries.
const SIZES: [usize; 4] = [10_000, 100_000, 1_000_000, 5_000_000];
/// The largest gallery of the row that misleads.
const ISOTROPIC: usize = 100_000;
/// The false match rate of a 1:1 decision's lower threshold: what every search used before.
const FIXED_FMR: f64 = 1e-3;

/// Thresholds for the gallery's size against one for all sizes.
#[derive(Parser)]
struct Options {
    /// References of the largest gallery; 1.6 kB each.
    #[arg(long, default_value_t = 1_000_000)]
    references: usize,
    /// Searches for people who are not there, in each gallery.
    #[arg(long, default_value_t = 1000)]
    searches: usize,
    /// Share of them that may give a candidate.
    #[arg(long, default_value_t = 0.01)]
    rate: f64,
    /// Where the rows go; standard output without it.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One row of the bench table.
#[derive(Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    peer: String,
    peer_value: f64,
    ratio: Option<f64>,
    samples: usize,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(
        options.searches > 0 && options.rate > 0.0 && options.rate < 1.0,
        "searches must be more than nought, and the rate a share"
    );
    let mut vectors = Vectors::new(1);
    let table = vectors.table()?;
    let fixed = table.threshold(FIXED_FMR).context("the table is short")?;
    let mut rows = Vec::new();
    let mut gallery = Gallery::bounded(MODEL, VALUES, options.references);
    for size in SIZES.into_iter().filter(|size| *size <= options.references) {
        while gallery.len() < size {
            let vector = vectors.reference();
            gallery.insert_vector(gallery.len() as u64, MODEL, &vector)?;
        }
        rows.push(row(&options, &gallery, &table, fixed, || {
            vectors.reference()
        })?);
    }
    let mut gallery = Gallery::bounded(MODEL, VALUES, ISOTROPIC);
    while gallery.len() < ISOTROPIC.min(options.references) {
        let vector = vectors.isotropic();
        gallery.insert_vector(gallery.len() as u64, MODEL, &vector)?;
    }
    let mut misled = row(&options, &gallery, &table, fixed, || vectors.isotropic())?;
    misled.name = format!("isotropic vectors, which mislead: {}", misled.name);
    rows.push(misled);
    let text = serde_json::to_string_pretty(&rows)? + "\n";
    match options.json {
        Some(file) => std::fs::write(&file, text).with_context(|| file.display().to_string()),
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}

/// Searches for people who are not there.
fn row(
    options: &Options,
    gallery: &Gallery,
    table: &Calibration,
    fixed: f64,
    mut probe: impl FnMut() -> Vec<f32>,
) -> anyhow::Result<Row> {
    let asked = Identification {
        rate: options.rate,
        references: gallery.len() as u64,
    };
    let sized = asked.threshold(table).context("the table is short")?;
    let (mut by_size, mut by_fixed) = (0, 0);
    let start = Instant::now();
    for _ in 0..options.searches {
        let best = gallery.search_vector(MODEL, &probe(), 1)?;
        let score = best.first().map_or(-1.0, |best| f64::from(best.score));
        by_size += usize::from(score >= sized.score);
        by_fixed += usize::from(score >= fixed);
    }
    let each = start.elapsed().as_secs_f64() / options.searches as f64;
    eprintln!(
        "{} references: FMR {:.1e}, threshold {:.3} ({:.1} decades beyond the table), {:.1} ms a search",
        gallery.len(),
        sized.fmr,
        sized.score,
        sized.decades_beyond,
        each * 1e3
    );
    let share = |count: usize| count as f64 / options.searches as f64;
    Ok(Row {
        name: format!(
            "false positive identification, {} references",
            gallery.len()
        ),
        value: share(by_size),
        unit: "share",
        peer: format!(
            "one threshold for all sizes, {fixed:.3}; wanted {}",
            options.rate
        ),
        peer_value: share(by_fixed),
        ratio: (by_fixed > 0).then(|| by_size as f64 / by_fixed as f64),
        samples: options.searches,
    })
}

/// A seeded generator (splitmix64); each value is the sum of four random bytes, near normal, so directions are near uniform.
struct Vectors {
    state: u64,
    /// Orthonormal, one row a dimension of the subspace.
    basis: Vec<Vec<f32>>,
}

impl Vectors {
    fn new(seed: u64) -> Self {
        let mut vectors = Self {
            state: seed,
            basis: Vec::new(),
        };
        while vectors.basis.len() < SUBSPACE {
            let mut next = vectors.direction(VALUES);
            for other in &vectors.basis {
                let along = dot(&next, other);
                for (value, other) in next.iter_mut().zip(other) {
                    *value -= along * other;
                }
            }
            vectors.basis.push(normalised(next));
        }
        vectors
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn direction(&mut self, dimensions: usize) -> Vec<f32> {
        let mut vector = Vec::with_capacity(dimensions + 1);
        while vector.len() < dimensions {
            let bytes = self.next().to_le_bytes().map(f32::from);
            vector.push(bytes[0] + bytes[1] + bytes[2] + bytes[3] - 510.0);
            vector.push(bytes[4] + bytes[5] + bytes[6] + bytes[7] - 510.0);
        }
        vector.truncate(dimensions);
        normalised(vector)
    }

    /// Somebody, in all values of a template.
    fn reference(&mut self) -> Vec<f32> {
        let inside = self.direction(SUBSPACE);
        let mut vector = vec![0.0; VALUES];
        for (along, row) in inside.iter().zip(&self.basis) {
            for (value, part) in vector.iter_mut().zip(row) {
                *value += along * part;
            }
        }
        normalised(vector)
    }

    fn isotropic(&mut self) -> Vec<f32> {
        self.direction(VALUES)
    }

    /// What a measurement of impostor pairs shows, down to 10⁻⁵.
    fn table(&mut self) -> anyhow::Result<Calibration> {
        let people: Vec<Vec<f32>> = (0..TABLE_PEOPLE)
            .map(|_| self.direction(SUBSPACE))
            .collect();
        let mut scores = Vec::new();
        for (number, one) in people.iter().enumerate() {
            scores.extend(people.iter().take(number).map(|other| dot(one, other)));
        }
        scores.sort_unstable_by(|a, b| b.total_cmp(a));
        let pairs = scores.len();
        let point = |fmr: f64| CalibrationPoint {
            score: scores
                .get((fmr * pairs as f64) as usize)
                .map_or(1.0, |score| f64::from(*score)),
            fmr,
            high95: None,
            fnmr: None,
        };
        let points = [1e-2, 1e-3, 1e-4, 1e-5].map(point).to_vec();
        for point in &points {
            eprintln!(
                "table of {pairs} pairs: FMR {:.0e} at {:.3}",
                point.fmr, point.score
            );
        }
        let table = Calibration::from_points(MODEL, "synthetic", pairs as u64, points);
        table.context("the table")
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = dot(&vector, &vector).sqrt();
    for value in &mut vector {
        *value /= length;
    }
    vector
}
