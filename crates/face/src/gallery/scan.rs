//! The scan, in three steps that read ever more of ever fewer rows: integer dot products with the upper four bits of all codes; with all eight bits of
//! the rows that could be among the best; with the remainders of the best.
//!
//! The loops are plain Rust that LLVM turns into vector instructions (but for the first step, `upper.rs`). `pulp` picks, while running, the compilation for the widest instruction set of the
//! processor (AVX-512, AVX2 or the baseline), so that one binary serves every machine without `unsafe` here.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Candidate;
use super::quantise::Probe;
use super::segment::{CODE_ZERO, LINE_VALUES, NIBBLES, RowRef, SEGMENT_ROWS, Segment};
use super::upper::HighestScores;

/// Rows scored before the best are looked at: their scores stay in the first-level cache.
const BLOCK_ROWS: usize = 256;
/// Rows that are passed over together.
const PART_ROWS: usize = 16;
/// Rows that a thread takes at a time.
const STRETCH_ROWS: usize = 2048;
/// Rows re-scored with their remainders: the score by eight bits is off by about 0.0005 (one standard deviation), so the best are surely among a few
/// times as many.
const RESCORED_AT_LEAST: usize = 64;

/// A row and its coarse score; ordered by score, then by place, so that a search gives the same answer every time.
#[derive(Clone, Copy, PartialEq)]
struct Hit {
    score: f32,
    segment: u32,
    row: u32,
}

impl Eq for Hit {}
impl PartialOrd for Hit {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Hit {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score
            .total_cmp(&other.score)
            .then_with(|| (other.segment, other.row).cmp(&(self.segment, self.row)))
    }
}

/// The best `k` rows of all segments for a probe.
pub(super) fn best(
    segments: &[Segment],
    probe: &Probe,
    k: usize,
    threads: usize,
) -> Vec<Candidate> {
    let keep = (k * 4).max(RESCORED_AT_LEAST);
    let scan = Scan {
        segments,
        probe,
        keep,
        next: AtomicUsize::new(0),
    };
    let hits = if threads <= 1 {
        scan.share()
    } else {
        scan.in_threads(threads)
    };
    let mut candidates: Vec<Candidate> = hits
        .iter()
        .filter_map(|hit| segments.get(hit.segment as usize)?.row(hit.row as usize))
        .map(|row| Candidate {
            id: row.id,
            score: probe.exact_score(&row),
        })
        .collect();
    candidates.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    candidates.truncate(k);
    candidates
}

/// One search under way.
struct Scan<'a> {
    segments: &'a [Segment],
    probe: &'a Probe,
    keep: usize,
    /// The next stretch of rows that nobody has taken.
    next: AtomicUsize,
}

impl Scan<'_> {
    fn in_threads(&self, threads: usize) -> Vec<Hit> {
        std::thread::scope(|scope| {
            let workers: Vec<_> = (1..threads).map(|_| scope.spawn(|| self.share())).collect();
            let mut hits = self.share();
            for worker in workers {
                match worker.join() {
                    Ok(more) => hits.extend(more),
                    // A part of the gallery that was not looked at must not pass as "no candidate".
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            hits
        })
    }

    /// The best `keep` rows of what one thread comes to. Stretches are taken one by one, so that a thread whose core is busy with something else does
    /// not hold up the rest.
    fn share(&self) -> Vec<Hit> {
        let mut best = Best::new(self.keep);
        loop {
            let first = self.next.fetch_add(STRETCH_ROWS, Ordering::Relaxed);
            let (place, first) = (first / SEGMENT_ROWS, first % SEGMENT_ROWS);
            let Some(segment) = self.segments.get(place) else {
                return best.hits.into_iter().map(|Reverse(hit)| hit).collect();
            };
            for block in (first..first + STRETCH_ROWS).step_by(BLOCK_ROWS) {
                self.block(place as u32, segment, block, &mut best);
            }
        }
    }

    /// A block of rows: those that could be among the best are scored by all eight bits.
    fn block(&self, place: u32, segment: &Segment, first: usize, best: &mut Best) {
        let arch = pulp::Arch::new();
        let (mut products, mut scores) = ([0; BLOCK_ROWS], [0.0; BLOCK_ROWS]);
        let (codes, scales) = segment.upper(first..first + BLOCK_ROWS);
        HighestScores {
            codes,
            scales,
            probe: &self.probe.narrow,
        }
        .into(arch, &mut products, &mut scores);
        let scores = scores.get(..scales.len()).unwrap_or_default();
        for (part, highest) in (first..).step_by(PART_ROWS).zip(scores.chunks(PART_ROWS)) {
            // Nearly always no row of a part is worth a look, which whole parts are asked at once.
            let floor = best.floor();
            if highest.iter().filter(|score| **score > floor).count() == 0 {
                continue;
            }
            for (row, &highest) in (part..).zip(highest) {
                if highest > best.floor()
                    && let Some(codes) = segment.row(row)
                {
                    best.offer(Hit {
                        score: arch.dispatch(Score {
                            row: &codes,
                            probe: self.probe,
                        }),
                        segment: place,
                        row: row as u32,
                    });
                }
            }
        }
    }
}

/// The best hits so far.
struct Best {
    keep: usize,
    hits: BinaryHeap<Reverse<Hit>>,
}

impl Best {
    fn new(keep: usize) -> Self {
        Self {
            keep,
            hits: BinaryHeap::with_capacity(keep + 1),
        }
    }

    /// A score that is not above this one is not among the best.
    fn floor(&self) -> f32 {
        match self.hits.peek() {
            Some(Reverse(worst)) if self.hits.len() >= self.keep => worst.score,
            _ => f32::MIN,
        }
    }

    fn offer(&mut self, hit: Hit) {
        if hit.score > self.floor() {
            if self.hits.len() >= self.keep {
                self.hits.pop();
            }
            self.hits.push(Reverse(hit));
        }
    }
}

/// A row's score by all eight bits of its codes.
struct Score<'a> {
    row: &'a RowRef<'a>,
    probe: &'a Probe,
}

impl pulp::WithSimd for Score<'_> {
    type Output = f32;

    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) -> f32 {
        let Self { row, probe } = self;
        let mut sum = -i32::from(CODE_ZERO) * probe.wide.sum;
        let lines = probe.wide.values.as_chunks::<LINE_VALUES>().0;
        for (line, (upper, lower)) in lines.iter().zip(row.upper.iter().zip(row.lower)) {
            let (first, second) = line.split_at(NIBBLES);
            let halves = upper.0.iter().zip(&lower.0);
            for ((&upper, &lower), (&a, &b)) in halves.zip(first.iter().zip(second)) {
                sum += i32::from(upper << 4 | lower & 0xf) * i32::from(a);
                sum += i32::from(upper & 0xf0 | lower >> 4) * i32::from(b);
            }
        }
        sum as f32 * (row.scale * probe.wide.scale)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::quantise::Quantised;
    use super::*;

    #[test]
    fn eight_bits_give_nearly_the_exact_score_with_every_instruction_set() {
        let value = |i: u16| if i % 7 < 3 { 1.0 } else { -0.7 } / (1.0 + f32::from(i)).sqrt();
        let mut vector: Vec<f32> = (0..704).map(value).collect();
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        for v in &mut vector {
            *v /= length;
        }
        let mut segment = Segment::new(6);
        segment.push(1, &Quantised::of(&vector));
        let (row, probe) = (segment.row(0).unwrap(), Probe::of(&vector));
        let score = |arch: pulp::Arch| {
            arch.dispatch(Score {
                row: &row,
                probe: &probe,
            })
        };
        assert!((score(pulp::Arch::new()) - 1.0).abs() < 0.005);
        assert_eq!(
            score(pulp::Arch::new()).to_bits(),
            score(pulp::Arch::Scalar).to_bits()
        );
    }
}
