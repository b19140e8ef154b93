//! The first step of the scan: what a row's score can be at most, by the upper four bits of its codes.

use super::quantise::Rounded;
use super::segment::{CODE_ZERO, LINE_VALUES, NIBBLES, Nibbles};

/// Standard deviations by which the score by four bits may be too low for a row to be passed over. The error is a sum of hundreds of small ones, so a row that
/// belongs among the best is missed about once in 10^14.
const DEVIATIONS: f32 = 6.0;
/// Steps of the code that four bits do not tell apart.
const UNTOLD: f32 = 16.0;
/// The middle of those steps: what stands for the lower four bits while they are not read.
const MIDDLE: f32 = 7.5;

/// The highest scores that a block of rows can have.
pub(super) struct HighestScores<'a> {
    /// So many lines a row as the probe has.
    pub codes: &'a [Nibbles],
    pub scales: &'a [f32],
    pub probe: &'a Rounded<i8>,
}

impl HighestScores<'_> {
    /// Computes them with the instructions of this processor; `products` is room for one number a row.
    pub fn into(self, arch: pulp::Arch, products: &mut [i32], scores: &mut [f32]) {
        let Self {
            codes,
            scales,
            probe,
        } = self;
        Products {
            codes,
            probe: &probe.values,
            sums: products,
        }
        .by(arch);
        let rest = (MIDDLE - f32::from(CODE_ZERO)) * probe.sum as f32 * probe.scale;
        // The standard deviation of an even spread over the untold steps, for a probe of length 1.
        let margin = DEVIATIONS * UNTOLD / 12.0_f32.sqrt();
        for ((score, scale), sum) in scores.iter_mut().zip(scales).zip(products) {
            *score = scale * (UNTOLD * probe.scale * *sum as f32 + rest + margin);
        }
    }
}

/// The sums of products of rows' half codes and a probe.
struct Products<'a> {
    codes: &'a [Nibbles],
    probe: &'a [i8],
    sums: &'a mut [i32],
}

impl Products<'_> {
    fn by(self, arch: pulp::Arch) {
        #[cfg(target_arch = "x86_64")]
        match arch {
            pulp::Arch::V3(simd) => return simd.vectorize(avx2::Bytes { simd, of: self }),
            pulp::Arch::V4(newer) => {
                return newer.vectorize(avx2::Bytes {
                    simd: *newer,
                    of: self,
                });
            }
            _ => {}
        }
        arch.dispatch(self);
    }
}

impl pulp::WithSimd for Products<'_> {
    type Output = ();

    // Must be inlined into pulp's per-processor function, or it is compiled for the baseline.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _simd: S) {
        let lines = self.probe.as_chunks::<LINE_VALUES>().0;
        for (codes, sum) in self.codes.chunks_exact(lines.len()).zip(self.sums) {
            *sum = 0;
            for (codes, line) in codes.iter().zip(lines) {
                let (first, second) = line.split_at(NIBBLES);
                for ((&byte, &a), &b) in codes.0.iter().zip(first).zip(second) {
                    *sum +=
                        i32::from(byte & 0xf) * i32::from(a) + i32::from(byte >> 4) * i32::from(b);
                }
            }
        }
    }
}

/// The same by the processor's own multiplication of bytes, which no plain loop is turned into: twice as fast, so that memory stays the limit.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::__m256i;

    use prefetch_index::prefetch_index;
    use pulp::bytemuck::{cast, cast_ref};

    use super::{LINE_VALUES, Nibbles, Products};

    /// Rows at a time: the probe is read once for all of them.
    const ROWS: usize = 4;
    /// So many bytes ahead memory is asked for: without, one core reads 6 GB/s instead of 10.
    const AHEAD: usize = 3072;
    const CACHE_LINE: usize = 64;
    /// At most 15 × 127 × 2 comes to a lane twice a line, which 16 bits hold for four lines.
    const LINES_IN_16_BITS: usize = 4;

    pub(super) struct Bytes<'a> {
        pub simd: pulp::x86::V3,
        pub of: Products<'a>,
    }

    impl pulp::NullaryFnOnce for Bytes<'_> {
        type Output = ();

        #[allow(clippy::inline_always)]
        #[inline(always)]
        fn call(self) {
            let Self { simd, of } = self;
            let probe = of.probe.as_chunks::<LINE_VALUES>().0;
            let (sums, rest_sums) = of.sums.as_chunks_mut::<ROWS>();
            let mut fours = of.codes.chunks_exact(probe.len() * ROWS);
            for (rows, sums) in fours.by_ref().zip(sums) {
                for line in 0..rows.len() {
                    prefetch_index(rows[0].0.as_slice(), AHEAD + line * CACHE_LINE);
                }
                products(simd, rows, probe, sums);
            }
            let rest = fours.remainder().chunks_exact(probe.len());
            for (row, sum) in rest.zip(rest_sums) {
                products(simd, row, probe, std::array::from_mut(sum));
            }
        }
    }

    /// The sums of `N` rows that lie one behind the other.
    #[allow(clippy::inline_always, clippy::needless_range_loop)] // the loops must come out as straight code
    #[inline(always)]
    fn products<const N: usize>(
        simd: pulp::x86::V3,
        rows: &[Nibbles],
        probe: &[[i8; LINE_VALUES]],
        sums: &mut [i32; N],
    ) {
        let (avx, avx2) = (simd.avx, simd.avx2);
        let (mask, ones) = (avx._mm256_set1_epi8(0xf), avx._mm256_set1_epi16(1));
        let nought = avx._mm256_setzero_si256();
        let mut wide = [nought; N];
        for first in (0..probe.len()).step_by(LINES_IN_16_BITS) {
            let mut low = [nought; N];
            let mut high = low;
            for line in first..probe.len().min(first + LINES_IN_16_BITS) {
                let parts: &[[i8; 32]; 4] = cast_ref(&probe[line]);
                for part in 0..2 {
                    let (a, b) = (cast(parts[part]), cast(parts[part + 2]));
                    for row in 0..N {
                        let codes: &[[u8; 32]; 2] = cast_ref(&rows[row * probe.len() + line].0);
                        let codes: __m256i = cast(codes[part]);
                        let lower = avx2._mm256_and_si256(codes, mask);
                        let upper = avx2._mm256_and_si256(avx2._mm256_srli_epi16::<4>(codes), mask);
                        low[row] =
                            avx2._mm256_add_epi16(low[row], avx2._mm256_maddubs_epi16(lower, a));
                        high[row] =
                            avx2._mm256_add_epi16(high[row], avx2._mm256_maddubs_epi16(upper, b));
                    }
                }
            }
            for row in 0..N {
                let low = avx2._mm256_madd_epi16(low[row], ones);
                let high = avx2._mm256_madd_epi16(high[row], ones);
                let both = avx2._mm256_add_epi32(low, high);
                wide[row] = avx2._mm256_add_epi32(wide[row], both);
            }
        }
        for row in 0..N {
            let lanes: [i32; 8] = cast(wide[row]);
            sums[row] = lanes.iter().sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantise::{Probe, Quantised};
    use super::super::segment::Segment;
    use super::*;

    /// Values of the templates here: four lines, and six that the last is only half used of.
    const LENGTHS: [usize; 2] = [512, 704];

    fn sums(arch: pulp::Arch, codes: &[Nibbles], probe: &[i8]) -> Vec<i32> {
        let mut sums = vec![0; codes.len() * LINE_VALUES / probe.len()];
        Products {
            codes,
            probe,
            sums: &mut sums,
        }
        .by(arch);
        sums
    }

    #[test]
    fn the_widest_values_do_not_overflow() {
        for lines in [1, 4, 6, 16] {
            let values = lines * LINE_VALUES;
            for (probe, sign) in [(127, 1), (-127, -1)] {
                for rows in [1, 4] {
                    let codes = vec![Nibbles([0xff; NIBBLES]); rows * lines];
                    let sums = sums(pulp::Arch::new(), &codes, &vec![probe; values]);
                    assert_eq!(sums, vec![sign * values as i32 * 15 * 127; rows]);
                }
            }
        }
    }

    #[test]
    fn every_instruction_set_gives_the_same_sums() {
        for lines in [1, 4, 6] {
            let codes: Vec<Nibbles> = (0..7 * lines)
                .map(|row| Nibbles(std::array::from_fn(|i| (i * 37 + row * 91) as u8)))
                .collect();
            let values = 0..lines * LINE_VALUES;
            let probe: Vec<i8> = values.map(|i| ((i * 29) % 255) as u8 as i8).collect();
            assert_eq!(
                sums(pulp::Arch::new(), &codes, &probe),
                sums(pulp::Arch::Scalar, &codes, &probe)
            );
        }
    }

    #[test]
    fn no_row_scores_above_its_highest_score() {
        for length in LENGTHS {
            check_highest_scores(length);
        }
    }

    fn check_highest_scores(length: usize) {
        let mut state = 1_u64;
        let mut vector = || {
            let value = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state
                    .to_le_bytes()
                    .iter()
                    .map(|b| f32::from(*b) - 127.5)
                    .sum()
            };
            normalised(std::iter::repeat_with(value).take(length).collect())
        };
        let probe = vector();
        let lines = length.div_ceil(LINE_VALUES);
        let mut segment = Segment::new(lines);
        // Strangers, and rows ever more like the probe up to the probe itself.
        for nth in 0..2000_u64 {
            let (other, share) = (vector(), nth as f32 / 1999.0);
            let mixed = probe.iter().zip(other);
            let mixed = mixed.map(|(own, other)| share * own + (1.0 - share) * other);
            segment.push(nth, &Quantised::of(&normalised(mixed.collect())));
        }
        let probe = Probe::of(&probe);
        let (codes, scales) = segment.upper(0..2000);
        let (mut products, mut highest) = (vec![0; scales.len()], vec![0.0; scales.len()]);
        HighestScores {
            codes,
            scales,
            probe: &probe.narrow,
        }
        .into(pulp::Arch::new(), &mut products, &mut highest);
        for (row, highest) in highest.iter().enumerate() {
            let exact = segment
                .row(row)
                .map_or(f32::MAX, |row| probe.exact_score(&row));
            assert!(
                exact <= *highest && exact > highest - 0.12,
                "{row}: {exact} {highest}"
            );
        }
    }

    fn normalised(vector: Vec<f32>) -> Vec<f32> {
        let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        vector.into_iter().map(|v| v / length).collect()
    }
}
