//! Measures the gallery's scan against FAISS SQ8 and against the machine's read bandwidth, in one run, on synthetic templates.
//!
//! `shanakht-gallery-bench [--templates N] [--searches N] [--python PROGRAM] [--json FILE]`
//! The peer runs when the Python program can import `faiss` (PyPI `faiss-cpu`); otherwise its figures are null.

use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, ensure};
use clap::Parser;
use face::gallery::Gallery;
use serde::Serialize;

const MODEL: &str = "synthetic";
/// Values of a template, as the shipped networks give; the peer's script has the same.
const DIMENSIONS: usize = 704;
const PEER_SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/faiss_sq8.py");
/// Mean cosine of genuine pairs in the mated-noise model, low as for a template of modest accuracy.
const MATED_COSINE: f32 = 0.6;
/// Read for the bandwidth: far larger than any cache.
const BANDWIDTH_WORDS: usize = (1 << 30) / 8;

/// The gallery's scan against FAISS SQ8 and the read bandwidth.
#[derive(Parser)]
struct Options {
    /// Synthetic templates in the gallery.
    #[arg(long, default_value_t = 5_000_000)]
    templates: usize,
    /// Searches that are timed.
    #[arg(long, default_value_t = 20)]
    searches: usize,
    /// The Python program that runs the peer; by default SHANAKHT_PYTHON or python3.
    #[arg(long)]
    python: Option<String>,
    /// Where the rows go; standard output without it.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// One row of the bench table.
#[derive(Serialize)]
struct Row {
    name: &'static str,
    value: f64,
    unit: &'static str,
    peer: Option<String>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    samples: usize,
}

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    ensure!(
        options.templates > 0 && options.searches > 0,
        "templates and searches must be more than nought"
    );
    let mut vectors = Vectors(1);
    let mut gallery = Gallery::bounded(MODEL, DIMENSIONS, options.templates);
    let started = Instant::now();
    for id in 0..options.templates as u64 {
        gallery.insert_vector(id, MODEL, &vectors.unit())?;
    }
    eprintln!(
        "{} templates in {:.1} s",
        options.templates,
        started.elapsed().as_secs_f64()
    );
    let words = vec![3_u64; BANDWIDTH_WORDS];
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut scans, mut reads) = (Vec::new(), Vec::new());
    for _ in 0..options.searches {
        // In turn, so that a neighbour's load meets both alike.
        let probe = vectors.unit();
        let started = Instant::now();
        std::hint::black_box(gallery.search_vector(MODEL, &probe, 10)?);
        scans.push(started.elapsed().as_secs_f64());
        let started = Instant::now();
        std::hint::black_box(read_all(&words, threads));
        reads.push(started.elapsed().as_secs_f64());
    }
    drop(words);
    let recall = recall_at_one(&mut vectors)?;
    let scan_bytes = gallery.scan_bytes() as f64;
    drop(gallery);
    let peer = run_peer(&options);
    let scan = median(&mut scans);
    let scan_rate = scan_bytes / scan / 1e9;
    let read_rate = (BANDWIDTH_WORDS * 8) as f64 / median(&mut reads) / 1e9;
    let peer_seconds = peer.as_ref().map(|p| p.alone_seconds.min(p.batch_seconds));
    let rows = [
        Row {
            name: "gallery search",
            value: scan * 1e3,
            unit: "ms a search",
            peer: peer
                .as_ref()
                .map(|p| format!("FAISS {} SQ8, {} threads", p.version, p.threads)),
            peer_value: peer_seconds.map(|s| s * 1e3),
            ratio: peer_seconds.map(|s| s / scan),
            samples: options.searches,
        },
        Row {
            name: "gallery scan rate",
            value: scan_rate,
            unit: "GB/s",
            peer: Some(format!("read bandwidth, {threads} threads")),
            peer_value: Some(read_rate),
            ratio: Some(scan_rate / read_rate),
            samples: options.searches,
        },
        Row {
            name: "gallery recall at 1 against float",
            value: recall.0,
            unit: "share",
            peer: None,
            peer_value: None,
            ratio: None,
            samples: recall.1,
        },
    ];
    let text = serde_json::to_string_pretty(&rows)?;
    match &options.json {
        Some(path) => {
            std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))?;
        }
        None => print_line(&text),
    }
    Ok(())
}

#[allow(clippy::print_stdout)]
fn print_line(text: &str) {
    println!("{text}");
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// How often the best candidate is that of a float search, over a gallery small enough to hold as floats; half the probes have a mate, half have none.
fn recall_at_one(vectors: &mut Vectors) -> anyhow::Result<(f64, usize)> {
    const PEOPLE: usize = 100_000;
    const PROBES: usize = 1000;
    let people: Vec<[f32; DIMENSIONS]> = (0..PEOPLE).map(|_| vectors.unit()).collect();
    let mut gallery = Gallery::new(MODEL, DIMENSIONS);
    for (id, vector) in (0_u64..).zip(&people) {
        gallery.insert_vector(id, MODEL, vector)?;
    }
    let mut same = 0;
    for i in 0..PROBES {
        let probe = match people.get(i * 97) {
            Some(person) if i % 2 == 0 => vectors.mate(person),
            _ => vectors.unit(),
        };
        let exact = people
            .iter()
            .map(|p| dot(p, &probe))
            .enumerate()
            .max_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(id, _)| id as u64);
        let found = gallery
            .search_vector(MODEL, &probe, 1)?
            .first()
            .map(|c| c.id);
        same += usize::from(exact == found);
    }
    Ok((same as f64 / PROBES as f64, PROBES))
}

fn dot(a: &[f32; DIMENSIONS], b: &[f32; DIMENSIONS]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    for (x, y) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

/// The sum of a large buffer by all threads, in the widest instructions: what reading alone costs.
fn read_all(words: &[u64], threads: usize) -> u64 {
    std::thread::scope(|scope| {
        let share = words.len().div_ceil(threads.max(1)).max(1);
        let workers: Vec<_> = words
            .chunks(share)
            .map(|part| scope.spawn(move || pulp::Arch::new().dispatch(Sum(part))))
            .collect();
        workers
            .into_iter()
            .filter_map(|w| w.join().ok())
            .fold(0, u64::wrapping_add)
    })
}

struct Sum<'a>(&'a [u64]);

impl pulp::WithSimd for Sum<'_> {
    type Output = u64;

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> u64 {
        let mut lanes = [0_u64; 64];
        for chunk in self.0.as_chunks::<64>().0 {
            for (lane, word) in lanes.iter_mut().zip(chunk) {
                *lane = lane.wrapping_add(*word);
            }
        }
        lanes.iter().fold(0, |a, b| a.wrapping_add(*b))
    }
}

#[derive(serde::Deserialize)]
struct Peer {
    version: String,
    threads: usize,
    alone_seconds: f64,
    batch_seconds: f64,
}

/// The peer's figures, or none where it cannot run here.
fn run_peer(options: &Options) -> Option<Peer> {
    let python = options
        .python
        .clone()
        .or_else(|| std::env::var("SHANAKHT_PYTHON").ok())
        .unwrap_or_else(|| "python3".to_owned());
    let output = Command::new(python)
        .arg(PEER_SCRIPT)
        .arg(options.templates.to_string())
        .arg(options.searches.to_string())
        .output()
        .ok()?;
    if !output.status.success() {
        eprintln!("no peer: FAISS did not run (PyPI faiss-cpu and numpy are needed)");
        return None;
    }
    serde_json::from_slice(&output.stdout).ok()
}

/// A seeded generator of unit vectors (splitmix64): each value is the sum of four random bytes, near normal, so directions are near uniform.
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
        let mut vector = [0.0; DIMENSIONS];
        for two in vector.as_chunks_mut::<2>().0 {
            let bytes = self.next().to_le_bytes().map(f32::from);
            *two = [
                bytes[0] + bytes[1] + bytes[2] + bytes[3] - 510.0,
                bytes[4] + bytes[5] + bytes[6] + bytes[7] - 510.0,
            ];
        }
        normalised(vector)
    }

    /// A mated probe: the reference's direction with noise.
    fn mate(&mut self, of: &[f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
        let mut noise = self.unit();
        for (value, reference) in noise.iter_mut().zip(of) {
            *value = MATED_COSINE * reference + (1.0 - MATED_COSINE * MATED_COSINE).sqrt() * *value;
        }
        normalised(noise)
    }
}

fn normalised(mut vector: [f32; DIMENSIONS]) -> [f32; DIMENSIONS] {
    let length = dot(&vector, &vector).sqrt();
    for value in &mut vector {
        *value /= length;
    }
    vector
}
