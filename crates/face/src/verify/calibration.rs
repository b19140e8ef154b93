//! From a comparison score to the false match rate at that score: a measured table, interpolated, never extrapolated.

use serde::{Deserialize, Serialize};

use super::interval::Rate;
use super::run::ScoredPair;

/// Points of a table a decade of FMR.
const POINTS_A_DECADE: u32 = 4;
/// A point needs this many false matches to be believed.
const MIN_FALSE_MATCHES: usize = 10;
/// The longest table that is read.
const MAX_POINTS: usize = 1000;

/// One row: a threshold at `score` was measured to let through `fmr` of the non-mated comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CalibrationPoint {
    /// Comparison score.
    pub score: f64,
    /// False match rate of a threshold at that score.
    pub fmr: f64,
    /// Upper end of its 95 % interval, where it was computed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high95: Option<f64>,
    /// False non-match rate at that score, where mated pairs were compared too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fnmr: Option<f64>,
}

/// A score table of one template model: made by a verification run, or stated by the model's manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Calibration {
    /// The template model that it holds for.
    pub model: String,
    /// The data that it was measured on, in words.
    pub data: String,
    /// Non-mated comparisons behind it.
    pub nonmated: u64,
    points: Vec<CalibrationPoint>,
}

/// What a score says about false matches.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "is", content = "fmr")]
pub enum FalseMatch {
    /// Below the table: a threshold here would let through more than this.
    MoreThan(f64),
    /// Inside the table.
    About(f64),
    /// Above the table: less than this (the last rate's upper end where that is known); how much less was not measured.
    LessThan(f64),
}

/// Why a table is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CalibrationError {
    /// Fewer than two usable points: too few non-mated comparisons.
    #[error(
        "a calibration needs at least two measured points; {nonmated} non-mated comparisons gave fewer"
    )]
    TooFew {
        /// How many comparisons there were.
        nonmated: u64,
    },
    /// Scores must rise while rates fall, all inside 0..=1 and finite.
    #[error("a calibration's scores must rise and its rates fall")]
    Disordered,
}

impl Calibration {
    /// A table from measured points, by rising score.
    ///
    /// # Errors
    /// Fewer than two points, or points out of order.
    pub fn from_points(
        model: impl Into<String>,
        data: impl Into<String>,
        nonmated: u64,
        points: Vec<CalibrationPoint>,
    ) -> Result<Self, CalibrationError> {
        if points.len() < 2 || points.len() > MAX_POINTS {
            return Err(CalibrationError::TooFew { nonmated });
        }
        let sane = points.iter().all(|p| {
            p.score.is_finite()
                && p.fmr > 0.0
                && p.fmr <= 1.0
                && p.high95.is_none_or(|high| (p.fmr..=1.0).contains(&high))
                && p.fnmr.is_none_or(|fnmr| (0.0..=1.0).contains(&fnmr))
        });
        let ordered = points
            .windows(2)
            .all(|w| matches!(w, [a, b] if a.score < b.score && a.fmr > b.fmr));
        if !(sane && ordered) {
            return Err(CalibrationError::Disordered);
        }
        Ok(Self {
            model: model.into(),
            data: data.into(),
            nonmated,
            points,
        })
    }

    /// The table of the non-mated scores among `pairs`, four points a decade down to where ten false matches were seen.
    ///
    /// # Errors
    /// Too few non-mated comparisons.
    pub fn measure(
        model: impl Into<String>,
        data: impl Into<String>,
        pairs: &[ScoredPair],
    ) -> Result<Self, CalibrationError> {
        let mut scores: Vec<f32> = pairs
            .iter()
            .filter(|p| !p.same)
            .filter_map(|p| p.score)
            .filter(|s| s.is_finite())
            .collect();
        scores.sort_unstable_by(|a, b| b.total_cmp(a));
        let trials = scores.len() as u64;
        let mut points: Vec<CalibrationPoint> = Vec::new();
        for step in 1.. {
            let fmr = 10_f64.powf(-f64::from(step) / f64::from(POINTS_A_DECADE));
            let false_matches = (fmr * trials as f64).round() as usize;
            let Some(&score) = scores.get(false_matches.max(1) - 1) else {
                break;
            };
            if false_matches < MIN_FALSE_MATCHES {
                break;
            }
            // Equal scores match too: count them.
            let seen = scores.partition_point(|&s| s >= score) as u64;
            let rate = Rate::of(seen, trials);
            let (score, fmr) = (f64::from(score), rate.value.unwrap_or(1.0));
            if points
                .last()
                .is_none_or(|last| last.score < score && last.fmr > fmr)
            {
                points.push(CalibrationPoint {
                    score,
                    fmr,
                    high95: Some(rate.high95),
                    fnmr: None,
                });
            }
        }
        Self::from_points(model, data, trials, points)
    }

    /// The false match rate of a threshold at `score`, interpolated in its logarithm. A score that is not a number is worth nothing.
    #[must_use]
    pub fn false_match(&self, score: f64) -> FalseMatch {
        let (Some(first), Some(last)) = (self.points.first(), self.points.last()) else {
            return FalseMatch::MoreThan(0.0);
        };
        if score.is_nan() || score < first.score {
            return FalseMatch::MoreThan(first.fmr);
        }
        if score > last.score {
            return FalseMatch::LessThan(last.high95.unwrap_or(last.fmr));
        }
        for w in self.points.windows(2) {
            if let [a, b] = w
                && score <= b.score
            {
                let t = (score - a.score) / (b.score - a.score);
                return FalseMatch::About((a.fmr.ln() + t * (b.fmr.ln() - a.fmr.ln())).exp());
            }
        }
        FalseMatch::About(last.fmr)
    }

    /// The score whose threshold has this false match rate; `None` outside the table.
    #[must_use]
    pub fn threshold(&self, fmr: f64) -> Option<f64> {
        self.points.windows(2).find_map(|w| match w {
            [a, b] if fmr <= a.fmr && fmr >= b.fmr => {
                let t = (fmr.ln() - a.fmr.ln()) / (b.fmr.ln() - a.fmr.ln());
                Some(a.score + t * (b.score - a.score))
            }
            _ => None,
        })
    }

    /// The same table for a model that has no name of its own in the file.
    #[must_use]
    pub(crate) fn of_model(self, model: &str) -> Self {
        Self {
            model: model.into(),
            ..self
        }
    }

    /// The rows, by rising score.
    #[must_use]
    pub fn points(&self) -> &[CalibrationPoint] {
        &self.points
    }
}

/// The stored form: checked on the way in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    /// A manifest leaves it out: its tables are of its own templates.
    #[serde(default)]
    model: String,
    data: String,
    nonmated: u64,
    points: Vec<CalibrationPoint>,
}

impl TryFrom<Stored> for Calibration {
    type Error = CalibrationError;
    fn try_from(stored: Stored) -> Result<Self, CalibrationError> {
        Self::from_points(stored.model, stored.data, stored.nonmated, stored.points)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Non-mated scores with FMR(t) = 10^(-10 t): an exponential tail known in closed form.
    fn exponential(n: u32) -> Vec<ScoredPair> {
        (0..n)
            .map(|i| ScoredPair {
                a: i,
                b: i,
                same: false,
                score: Some((-((f64::from(i) + 0.5) / f64::from(n)).log10() / 10.0) as f32),
            })
            .collect()
    }

    #[test]
    fn a_measured_table_gives_back_the_known_distribution() {
        let table = Calibration::measure("m", "synthetic", &exponential(1_000_000)).unwrap();
        for score in [0.1, 0.2, 0.25, 0.3, 0.4] {
            let FalseMatch::About(fmr) = table.false_match(score) else {
                panic!("{score} is inside the table")
            };
            assert!((fmr.log10() + 10.0 * score).abs() < 0.05, "{score}: {fmr}");
        }
        assert!((table.threshold(1e-3).unwrap() - 0.3).abs() < 0.005);
    }

    #[test]
    fn nothing_is_said_beyond_what_was_measured() {
        let table = Calibration::measure("m", "synthetic", &exponential(10_000)).unwrap();
        assert!(matches!(table.false_match(0.9), FalseMatch::LessThan(bound) if bound > 1e-3));
        assert!(matches!(table.false_match(-1.0), FalseMatch::MoreThan(_)));
        assert!(matches!(
            table.false_match(f64::NAN),
            FalseMatch::MoreThan(_)
        ));
        assert_eq!(table.threshold(1e-6), None);
        assert!(Calibration::measure("m", "few", &exponential(12)).is_err());
    }

    #[test]
    fn a_stored_table_is_checked_when_read() {
        let table = Calibration::measure("m", "synthetic", &exponential(10_000)).unwrap();
        let text = serde_json::to_string(&table).unwrap();
        let read: Calibration = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&read.model, read.nonmated, read.points.len()),
            (&table.model, table.nonmated, table.points.len())
        );
        assert!(
            read.points
                .iter()
                .zip(&table.points)
                .all(|(a, b)| (a.score - b.score).abs() < 1e-12 && (a.fmr - b.fmr).abs() < 1e-12)
        );
        let disordered = r#"{"model":"m","data":"d","nonmated":9,"points":[{"score":0.5,"fmr":0.1,"high95":0.2},{"score":0.4,"fmr":0.05,"high95":0.1}]}"#;
        assert!(serde_json::from_str::<Calibration>(disordered).is_err());
    }
}
