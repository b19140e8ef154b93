//! Seeded numbers, so that a seed and a run's number mean the same run for ever: `SplitMix64` (Steele, Lea, Flood 2014).

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The dice of one run.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// The dice of run `run` under `seed`: runs of one seed have nothing in common.
    pub fn of_run(seed: u64, run: u64) -> Self {
        let mut seeds = Self(seed);
        let base = seeds.number();
        let mut runs = Self(base ^ run.wrapping_mul(GOLDEN));
        Self(runs.number())
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// The next number below `limit`; 0 where that is 0.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.number().checked_rem(limit).unwrap_or(0)
    }

    /// True once in `n`.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    /// One of these.
    pub fn pick<T: Copy>(&mut self, among: &[T], otherwise: T) -> T {
        let at = self.below(among.len() as u64) as usize;
        among.get(at).copied().unwrap_or(otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_and_a_run_mean_the_same_dice_and_the_next_run_others() {
        let mut same = Random::of_run(7, 41);
        assert_eq!(Random::of_run(7, 41).number(), same.number());
        assert_ne!(
            Random::of_run(7, 41).number(),
            Random::of_run(7, 42).number()
        );
        assert_ne!(
            Random::of_run(7, 41).number(),
            Random::of_run(8, 41).number()
        );
    }
}
