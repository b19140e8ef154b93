//! The scan: integer dot products over all coarse codes, the best rows kept, those re-scored with their remainders.
//!
//! The loops are plain Rust that LLVM turns into vector instructions. `pulp` picks, while running, the compilation for the widest instruction set of the
//! processor (AVX-512, AVX2 or the baseline), so that one binary serves every machine without `unsafe` here.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::quantise::Probe;
use super::segment::Segment;
use super::{Candidate, DIMENSIONS};

/// Rows scored before the best are looked at: their scores stay in the first-level cache.
const BLOCK_ROWS: usize = 256;
/// Rows re-scored: the coarse score of a row is off by about 0.0005 (one standard deviation), so the best are surely among a few times as many.
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
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Hit {
    fn cmp(&self, other: &Self) -> Ordering {
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
    let hits = if threads <= 1 {
        scan(segments, 0, 1, probe, keep)
    } else {
        scan_in_threads(segments, probe, keep, threads)
    };
    let mut candidates: Vec<Candidate> = hits
        .iter()
        .filter_map(|hit| segments.get(hit.segment as usize)?.row(hit.row as usize))
        .map(|row| Candidate {
            id: row.id,
            score: probe.exact_score(row.coarse, row.fine, row.scale),
        })
        .collect();
    candidates.sort_unstable_by(|a, b| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id)));
    candidates.truncate(k);
    candidates
}

/// Blocks are dealt out in turn, so that threads finish together however few segments there are.
fn scan_in_threads(segments: &[Segment], probe: &Probe, keep: usize, threads: usize) -> Vec<Hit> {
    std::thread::scope(|scope| {
        let workers: Vec<_> = (1..threads)
            .map(|first| scope.spawn(move || scan(segments, first, threads, probe, keep)))
            .collect();
        let mut hits = scan(segments, 0, threads, probe, keep);
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

/// The best `keep` rows of this worker's share: in every segment the `share`-th of `of` equal stretches.
fn scan(segments: &[Segment], share: usize, of: usize, probe: &Probe, keep: usize) -> Vec<Hit> {
    let arch = pulp::Arch::new();
    let mut best = BinaryHeap::with_capacity(keep + 1);
    let mut scores = [0.0_f32; BLOCK_ROWS];
    for (place, segment) in segments.iter().enumerate() {
        let (start, end) = (segment.len() * share / of, segment.len() * (share + 1) / of);
        let (codes, scales) = segment.codes();
        let mut first = start;
        while first < end {
            let last = (first + BLOCK_ROWS).min(end);
            let (Some(codes), Some(scales)) = (codes.get(first..last), scales.get(first..last))
            else {
                break;
            };
            arch.dispatch(ScoreBlock {
                codes,
                scales,
                probe,
                scores: &mut scores,
            });
            for (row, &score) in (first..).zip(scores.iter().take(last - first)) {
                offer(
                    &mut best,
                    keep,
                    Hit {
                        score,
                        segment: place as u32,
                        row: row as u32,
                    },
                );
            }
            first = last;
        }
    }
    best.into_iter().map(|Reverse(hit)| hit).collect()
}

fn offer(best: &mut BinaryHeap<Reverse<Hit>>, keep: usize, hit: Hit) {
    if best.len() < keep {
        best.push(Reverse(hit));
    } else if best
        .peek()
        .is_some_and(|Reverse(worst)| hit.score > worst.score)
    {
        best.pop();
        best.push(Reverse(hit));
    }
}

/// Coarse scores of a block of rows.
struct ScoreBlock<'a> {
    codes: &'a [[i8; DIMENSIONS]],
    scales: &'a [f32],
    probe: &'a Probe,
    scores: &'a mut [f32],
}

impl pulp::WithSimd for ScoreBlock<'_> {
    type Output = ();

    // Must be inlined into pulp's per-processor function, or it is compiled for the baseline.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        for ((codes, scale), score) in self
            .codes
            .iter()
            .zip(self.scales)
            .zip(self.scores.iter_mut())
        {
            let mut sum = 0_i32;
            for (&code, &value) in codes.iter().zip(&self.probe.wide) {
                sum += i32::from(code) * i32::from(value);
            }
            *score = sum as f32 * (scale * self.probe.scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_values_do_not_overflow() {
        let probe = Probe {
            wide: [4095; DIMENSIONS],
            scale: 1.0,
            exact: [0.0; DIMENSIONS],
        };
        let mut scores = [0.0];
        pulp::Arch::new().dispatch(ScoreBlock {
            codes: &[[127; DIMENSIONS]],
            scales: &[1.0],
            probe: &probe,
            scores: &mut scores,
        });
        assert!((scores[0] - 512.0 * 127.0 * 4095.0).abs() < 64.0);
    }

    #[test]
    fn every_instruction_set_gives_the_same_scores() {
        let codes: Vec<[i8; DIMENSIONS]> = (0..7)
            .map(|r| std::array::from_fn(|i| ((i * 37 + r * 91) % 255) as u8 as i8))
            .collect();
        let probe = Probe {
            wide: std::array::from_fn(|i| (i as i16 * 29) % 4095),
            scale: 0.5,
            exact: [0.0; DIMENSIONS],
        };
        let (mut wide, mut baseline) = ([0.0; 7], [0.0; 7]);
        pulp::Arch::new().dispatch(ScoreBlock {
            codes: &codes,
            scales: &[0.25; 7],
            probe: &probe,
            scores: &mut wide,
        });
        pulp::Arch::Scalar.dispatch(ScoreBlock {
            codes: &codes,
            scales: &[0.25; 7],
            probe: &probe,
            scores: &mut baseline,
        });
        assert!(
            wide.iter()
                .zip(&baseline)
                .all(|(a, b)| a.to_bits() == b.to_bits())
        );
    }
}
