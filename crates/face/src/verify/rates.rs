//! Scores to rates: FMR and FNMR at thresholds, failure to enrol, operating points, DET points.

use serde::{Deserialize, Serialize};

use super::interval::Rate;
use super::run::ScoredPair;

/// Thresholds of the table, for cosine scores: -0.1 to 0.9 in steps of 0.05.
const TABLE_STEPS: std::ops::RangeInclusive<i32> = -2..=18;
/// False match rates for which a threshold is looked up.
const TARGETS: [f64; 5] = [1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/// DET points kept; more would not be seen in a plot.
const MAX_DET_POINTS: usize = 400;

/// One threshold's error rates.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ThresholdRow {
    /// Scores equal to or above it match.
    pub threshold: f64,
    /// False match rate over the non-mated comparisons.
    pub fmr: Rate,
    /// False non-match rate over the mated comparisons that could be made.
    pub fnmr: Rate,
    /// Mated pairs refused for whatever reason: not matched, or a picture without a template.
    pub mated_refused: Rate,
}

/// The lowest threshold whose observed FMR is at most the target.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The false match rate that was asked for.
    pub target_fmr: f64,
    /// True when so many non-mated comparisons were made that about ten false matches would be expected at the target. Otherwise the threshold is only
    /// "above what was seen", and the interval says how little that shows.
    pub supported: bool,
    /// The rates there.
    pub row: ThresholdRow,
}

/// One point of the detection error trade-off.
pub type DetPoint = ThresholdRow;

/// All that a verification run says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How the intervals were made.
    pub interval: String,
    /// Pictures without a template, of all pictures.
    pub failure_to_enrol: Rate,
    /// Mated pairs in the list.
    pub mated_pairs: u64,
    /// Non-mated pairs in the list.
    pub nonmated_pairs: u64,
    /// Mated pairs that were compared.
    pub mated_compared: u64,
    /// Non-mated pairs that were compared.
    pub nonmated_compared: u64,
    /// Error rates at evenly spaced thresholds.
    pub table: Vec<ThresholdRow>,
    /// Thresholds at wanted false match rates.
    pub at_fmr: Vec<OperatingPoint>,
    /// The threshold where FMR and FNMR are nearest; absent without both kinds of pair.
    pub equal_error: Option<ThresholdRow>,
    /// The detection error trade-off, by rising threshold.
    pub det: Vec<DetPoint>,
}

impl Report {
    /// The statistics of `pairs`, of whose `pictures` so many gave no template. Scores that are not finite count as not compared.
    #[must_use]
    pub fn of(pairs: &[ScoredPair], pictures: u64, pictures_failed: u64) -> Self {
        let scores = Scores::of(pairs);
        let table = TABLE_STEPS
            .map(|step| scores.row(f64::from(step) * 0.05))
            .collect();
        let at_fmr = TARGETS
            .iter()
            .filter_map(|&target| scores.at_fmr(target))
            .collect();
        let det = scores.det();
        let equal_error = (!scores.mated.is_empty() && !scores.nonmated.is_empty())
            .then(|| {
                det.iter()
                    .copied()
                    .min_by(|a, b| imbalance(a).total_cmp(&imbalance(b)))
            })
            .flatten();
        Self {
            interval: "Clopper-Pearson, two-sided 95 %, comparisons taken as independent"
                .to_owned(),
            failure_to_enrol: Rate::of(pictures_failed, pictures),
            mated_pairs: scores.mated_pairs,
            nonmated_pairs: scores.nonmated_pairs,
            mated_compared: scores.mated.len() as u64,
            nonmated_compared: scores.nonmated.len() as u64,
            table,
            at_fmr,
            equal_error,
            det,
        }
    }

    /// The rates at any one threshold.
    #[must_use]
    pub fn at_threshold(pairs: &[ScoredPair], threshold: f64) -> ThresholdRow {
        Scores::of(pairs).row(threshold)
    }
}

fn imbalance(row: &ThresholdRow) -> f64 {
    (row.fmr.value.unwrap_or(1.0) - row.fnmr.value.unwrap_or(1.0)).abs()
}

/// Finite scores by kind, sorted upwards.
struct Scores {
    mated: Vec<f32>,
    nonmated: Vec<f32>,
    mated_pairs: u64,
    nonmated_pairs: u64,
}

impl Scores {
    fn of(pairs: &[ScoredPair]) -> Self {
        let sorted = |same: bool| {
            let mut scores: Vec<f32> = pairs
                .iter()
                .filter(|p| p.same == same)
                .filter_map(|p| p.score)
                .filter(|s| s.is_finite())
                .collect();
            scores.sort_unstable_by(f32::total_cmp);
            scores
        };
        let mated_pairs = pairs.iter().filter(|p| p.same).count() as u64;
        Self {
            mated: sorted(true),
            nonmated: sorted(false),
            mated_pairs,
            nonmated_pairs: pairs.len() as u64 - mated_pairs,
        }
    }

    fn row(&self, threshold: f64) -> ThresholdRow {
        let below = |scores: &[f32]| scores.partition_point(|&s| f64::from(s) < threshold) as u64;
        let not_matched = below(&self.mated);
        let compared = self.mated.len() as u64;
        ThresholdRow {
            threshold,
            fmr: Rate::of(
                self.nonmated.len() as u64 - below(&self.nonmated),
                self.nonmated.len() as u64,
            ),
            fnmr: Rate::of(not_matched, compared),
            mated_refused: Rate::of(
                not_matched + (self.mated_pairs - compared),
                self.mated_pairs,
            ),
        }
    }

    fn at_fmr(&self, target: f64) -> Option<OperatingPoint> {
        let trials = self.nonmated.len();
        let allowed = ((trials as f64) * target).floor() as usize;
        // The highest score that must not match; the threshold is the next number above it.
        let highest_refused = *self.nonmated.get(trials.checked_sub(allowed + 1)?)?;
        let threshold = f64::from(highest_refused.next_up());
        Some(OperatingPoint {
            target_fmr: target,
            supported: (trials as f64) * target >= 10.0,
            row: self.row(threshold),
        })
    }

    fn det(&self) -> Vec<DetPoint> {
        let mut thresholds: Vec<f32> = Vec::new();
        for scores in [&self.mated, &self.nonmated] {
            // Evenly by rank, and every one of the extremes, where rates are smallest.
            let step = scores.len().div_ceil(MAX_DET_POINTS / 4).max(1);
            thresholds.extend(scores.iter().step_by(step));
            thresholds.extend(scores.iter().take(MAX_DET_POINTS / 8));
            thresholds.extend(scores.iter().rev().take(MAX_DET_POINTS / 8));
        }
        thresholds.sort_unstable_by(f32::total_cmp);
        thresholds.dedup();
        if let Some(&last) = thresholds.last() {
            thresholds.push(last.next_up());
        }
        thresholds
            .into_iter()
            .map(|t| self.row(f64::from(t)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp)]
    use super::*;

    fn pair(same: bool, score: f32) -> ScoredPair {
        ScoredPair {
            a: 0,
            b: 1,
            same,
            score: Some(score),
        }
    }

    /// Uniform scores: mated on 0.4..1.0, non-mated on 0.0..0.5, so that every rate is known in closed form.
    fn uniform(n: u32) -> Vec<ScoredPair> {
        (0..n)
            .flat_map(|i| {
                let u = (f64::from(i) + 0.5) / f64::from(n);
                [
                    pair(true, (0.4 + 0.6 * u) as f32),
                    pair(false, (0.5 * u) as f32),
                ]
            })
            .collect()
    }

    #[test]
    fn rates_of_a_known_distribution_come_out_exactly() {
        let pairs = uniform(10_000);
        let row = Report::at_threshold(&pairs, 0.45);
        assert!((row.fmr.value.unwrap() - 0.1).abs() < 1e-3, "{row:?}");
        assert!(
            (row.fnmr.value.unwrap() - 1.0 / 12.0).abs() < 1e-3,
            "{row:?}"
        );
        let report = Report::of(&pairs, 20_000, 10);
        let equal = report.equal_error.unwrap();
        // FMR (0.5-t)/0.5 meets FNMR (t-0.4)/0.6 at t = 5/11: both 1/11.
        assert!(
            (equal.threshold - 5.0 / 11.0).abs() < 0.005
                && (equal.fmr.value.unwrap() - 1.0 / 11.0).abs() < 0.01,
            "{equal:?}"
        );
        assert_eq!(
            (
                report.failure_to_enrol.errors,
                report.failure_to_enrol.trials
            ),
            (10, 20_000)
        );
    }

    #[test]
    fn a_threshold_at_a_target_never_exceeds_it_and_says_whether_the_sample_supports_it() {
        let pairs = uniform(10_000);
        let report = Report::of(&pairs, 1, 0);
        for point in &report.at_fmr {
            assert!(
                point.row.fmr.value.unwrap() <= point.target_fmr,
                "{point:?}"
            );
        }
        let at_thousandth = report.at_fmr.iter().find(|p| p.target_fmr == 1e-3).unwrap();
        assert!(at_thousandth.supported && at_thousandth.row.fmr.errors == 10);
        assert!(
            !report
                .at_fmr
                .iter()
                .find(|p| p.target_fmr == 1e-5)
                .unwrap()
                .supported
        );
    }

    #[test]
    fn a_score_equal_to_the_threshold_matches() {
        let pairs = [pair(true, 0.5), pair(false, 0.5)];
        let row = Report::at_threshold(&pairs, 0.5);
        assert_eq!((row.fmr.errors, row.fnmr.errors), (1, 0));
    }

    #[test]
    fn pictures_without_a_template_are_counted_apart_from_false_non_matches() {
        let pairs = [
            pair(true, 0.9),
            pair(true, 0.1),
            ScoredPair {
                a: 0,
                b: 1,
                same: true,
                score: None,
            },
            pair(false, f32::NAN),
        ];
        let row = Report::at_threshold(&pairs, 0.5);
        assert_eq!((row.fnmr.errors, row.fnmr.trials), (1, 2));
        assert_eq!((row.mated_refused.errors, row.mated_refused.trials), (2, 3));
        assert_eq!(row.fmr.trials, 0);
        let report = Report::of(&pairs, 4, 1);
        assert!(report.at_fmr.is_empty() && report.equal_error.is_none());
    }

    #[test]
    fn the_trade_off_is_monotone_and_bounded() {
        let report = Report::of(&uniform(50_000), 1, 0);
        assert!(report.det.len() <= 2 * MAX_DET_POINTS);
        for two in report.det.windows(2) {
            assert!(two[0].threshold < two[1].threshold);
            assert!(
                two[0].fmr.errors >= two[1].fmr.errors && two[0].fnmr.errors <= two[1].fnmr.errors
            );
        }
        assert_eq!(report.det.last().unwrap().fmr.errors, 0);
        assert_eq!(report.det.first().unwrap().fnmr.errors, 0);
    }
}
