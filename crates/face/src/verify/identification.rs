//! The threshold of a 1:N search: from the size of the gallery and the false positive identification rate that policy wants.
//!
//! A search among N references of other people gives a false candidate at a rate of 1 − (1 − FMR)^N, so that FMR = 1 − (1 − rate)^(1/N),
//! about rate / N. For one in a hundred searches among 10 million references that is 10⁻⁹, four decades beyond what a table of ten million
//! impostor pairs shows. Beyond its last point a table is continued by the tail of cosines in a space of few dimensions: the logarithm of
//! the FMR falls in proportion to ln(1 − score²), at the rate of the table's last two points. Brothers, sisters and twins are not in
//! such a tail: whoever sets the rate looks at the candidates that really come.

use serde::Serialize;

use super::calibration::{Calibration, CalibrationPoint};

/// What a search is asked to keep to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Identification {
    /// Share of searches for people who are not there that may give a candidate, above 0 and below 1.
    pub rate: f64,
    /// References that are searched.
    pub references: u64,
}

/// A threshold, and what it stands on.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SizedThreshold {
    /// The false match rate that it is for.
    pub fmr: f64,
    /// The score from which a reference is a candidate.
    pub score: f64,
    /// Decades of FMR that it lies beyond the table; 0 inside.
    pub decades_beyond: f64,
}

impl Identification {
    /// The false match rate of one comparison that gives the wanted rate of a search.
    #[must_use]
    pub fn fmr(&self) -> f64 {
        let rate = self.rate.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON);
        // 1 − (1 − rate)^(1/N), without the cancellation.
        -((-rate).ln_1p() / self.references.max(1) as f64).exp_m1()
    }

    /// The threshold by a table; `None` where the table's first point already lets fewer through: no search of so few needs one.
    #[must_use]
    pub fn threshold(&self, table: &Calibration) -> Option<SizedThreshold> {
        let fmr = self.fmr();
        if let Some(score) = table.threshold(fmr) {
            return Some(SizedThreshold {
                fmr,
                score,
                decades_beyond: 0.0,
            });
        }
        let [.., before, last] = table.points() else {
            return None;
        };
        (fmr < last.fmr).then(|| SizedThreshold {
            fmr,
            score: beyond(before, last, fmr),
            decades_beyond: (last.fmr / fmr).log10(),
        })
    }
}

/// The score at which the tail through two points has a false match rate.
fn beyond(before: &CalibrationPoint, last: &CalibrationPoint, fmr: f64) -> f64 {
    let width = |score: f64| (1.0 - score * score).max(f64::MIN_POSITIVE).ln();
    let (from, to) = (width(before.score), width(last.score));
    // How much ln(1 − score²) falls for each unit of ln(FMR).
    let slope = (to - from) / (last.fmr.ln() - before.fmr.ln());
    let wanted = to + slope * (fmr.ln() - last.fmr.ln());
    (1.0 - wanted.exp()).max(0.0).sqrt().max(last.score)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn point(score: f64, fmr: f64) -> CalibrationPoint {
        CalibrationPoint {
            score,
            fmr,
            high95: None,
            fnmr: None,
        }
    }

    fn table(points: &[(f64, f64)]) -> Calibration {
        let points = points.iter().map(|(score, fmr)| point(*score, *fmr));
        Calibration::from_points("m", "known", 10_000_000, points.collect()).unwrap()
    }

    /// FMR(t) = (1 − t²)^30, known in closed form.
    fn known() -> Calibration {
        let at = |fmr: f64| ((1.0 - fmr.powf(1.0 / 30.0)).sqrt(), fmr);
        table(&[at(1e-2), at(1e-3), at(1e-4), at(1e-5)])
    }

    #[test]
    fn a_hundred_times_as_many_references_ask_for_a_hundredth_of_the_false_match_rate() {
        let of = |references| Identification {
            rate: 0.01,
            references,
        };
        assert!((of(1).fmr() - 0.01).abs() < 1e-12);
        for references in [100, 10_000, 10_000_000, 250_000_000] {
            let fmr = of(references).fmr();
            let back = 1.0 - (1.0 - fmr).powf(references as f64);
            assert!((back - 0.01).abs() < 1e-4, "{references}: {back}");
        }
    }

    #[test]
    fn inside_the_table_it_is_the_tables_and_beyond_it_the_known_tail() {
        for (references, beyond) in [(1000, 0.0), (100_000, 2.0), (10_000_000, 4.0)] {
            let asked = Identification {
                rate: 0.01,
                references,
            };
            let found = asked.threshold(&known()).unwrap();
            let right = (1.0 - asked.fmr().powf(1.0 / 30.0)).sqrt();
            assert!((found.score - right).abs() < 1e-3, "{found:?}, {right}");
            assert!((found.decades_beyond - beyond).abs() < 0.01, "{found:?}");
        }
    }

    #[test]
    fn a_larger_gallery_never_has_a_lower_threshold() {
        let table = table(&[(0.32, 1e-2), (0.41, 1e-3), (0.482, 1e-4), (0.541, 1e-5)]);
        let mut last = 0.0;
        for power in 0..10 {
            // up to a thousand million
            let asked = Identification {
                rate: 0.01,
                references: 10_u64.pow(power),
            };
            let score = asked.threshold(&table).map_or(0.0, |found| found.score);
            assert!(score >= last && score < 1.0, "10^{power}: {score}");
            last = score;
        }
    }

    #[test]
    fn a_gallery_of_very_few_needs_no_threshold_of_its_own() {
        let table = table(&[(0.41, 1e-3), (0.482, 1e-4)]);
        let few = Identification {
            rate: 0.5,
            references: 2,
        };
        assert_eq!(few.threshold(&table), None);
    }
}
