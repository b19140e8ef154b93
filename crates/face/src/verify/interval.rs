//! A rate with its counts and its exact 95 % interval.

use serde::{Deserialize, Serialize};

/// Errors out of trials, with the two-sided 95 % Clopper-Pearson interval.
///
/// With no trials the value is absent and the interval is the whole of 0..=1: nothing was shown.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Rate {
    /// How often it went wrong.
    pub errors: u64,
    /// How often it was tried.
    pub trials: u64,
    /// `errors / trials`; `None` without trials.
    pub value: Option<f64>,
    /// Lower end of the 95 % interval.
    pub low95: f64,
    /// Upper end of the 95 % interval.
    pub high95: f64,
}

impl Rate {
    /// The rate of `errors` in `trials`; more errors than trials count as all of them.
    #[must_use]
    pub fn of(errors: u64, trials: u64) -> Self {
        let errors = errors.min(trials);
        if trials == 0 {
            return Self {
                errors: 0,
                trials: 0,
                value: None,
                low95: 0.0,
                high95: 1.0,
            };
        }
        let (x, n) = (errors as f64, trials as f64);
        let low95 = if errors == 0 {
            0.0
        } else {
            beta_quantile(0.025, x, n - x + 1.0)
        };
        let high95 = if errors == trials {
            1.0
        } else {
            beta_quantile(0.975, x + 1.0, n - x)
        };
        Self {
            errors,
            trials,
            value: Some(x / n),
            low95,
            high95,
        }
    }
}

/// The `p` quantile of Beta(a, b), by bisection (on a logarithmic scale near nought, where false match rates live).
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..200 {
        let middle = if high < 0.1 && low > 0.0 {
            (low * high).sqrt()
        } else {
            f64::midpoint(low, high)
        };
        if beta_distribution(middle, a, b) < p {
            low = middle;
        } else {
            high = middle;
        }
        if (high - low) <= high * 1e-12 {
            break;
        }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function I_x(a, b).
fn beta_distribution(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    // The continued fraction converges fast on this side of the mean only.
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

/// Lentz's evaluation of the continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8).
fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    const MAX_TERMS: u32 = 100_000;
    let away_from_nought = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_nought(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..=MAX_TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_nought(1.0 + even * d);
        c = away_from_nought(1.0 + even / c);
        value *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_nought(1.0 + odd * d);
        c = away_from_nought(1.0 + odd / c);
        value *= d * c;
        if (d * c - 1.0).abs() < 1e-14 {
            break;
        }
    }
    value
}

/// The logarithm of the gamma function for positive x: Stirling's series after shifting x above 8.
fn ln_gamma(x: f64) -> f64 {
    let mut shifted = x;
    let mut correction = 0.0;
    while shifted < 8.0 {
        correction -= shifted.ln();
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (1.0 / 12.0
            - square
                * (1.0 / 360.0
                    - square * (1.0 / 1260.0 - square * (1.0 / 1680.0 - square / 1188.0))));
    correction + (shifted - 0.5) * shifted.ln() - shifted
        + 0.5 * (2.0 * std::f64::consts::PI).ln()
        + series
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(seen: f64, wanted: f64, tolerance: f64) {
        assert!((seen - wanted).abs() <= tolerance, "{seen} is not {wanted}");
    }

    #[test]
    fn intervals_equal_the_published_clopper_pearson_values() {
        // Closed forms: no errors gives 1 - 0.025^(1/n), and the mirror of it.
        let none = Rate::of(0, 10);
        close(none.high95, 1.0 - 0.025_f64.powf(0.1), 1e-9);
        close(none.low95, 0.0, 0.0);
        close(Rate::of(10, 10).low95, 0.025_f64.powf(0.1), 1e-9);
        // R: binom.test(5, 100)$conf.int = 0.01643187 0.11283491
        let some = Rate::of(5, 100);
        close(some.low95, 0.016_431_87, 1e-7);
        close(some.high95, 0.112_834_91, 1e-7);
        // R: binom.test(45, 1000)$conf.int, checked against the normal limit to its error
        let many = Rate::of(45, 1000);
        assert!(
            many.low95 > 0.032 && many.low95 < 0.0331 && many.high95 > 0.059 && many.high95 < 0.061,
            "{many:?}"
        );
    }

    #[test]
    fn an_interval_of_millions_stays_sharp() {
        let rate = Rate::of(2960, 29_600_000);
        close(rate.value.unwrap_or_default(), 1e-4, 1e-12);
        assert!(rate.low95 > 0.96e-4 && rate.high95 < 1.04e-4, "{rate:?}");
        // The rule of three: none in n shows no more than about 3.7/n at 97.5 %.
        close(Rate::of(0, 29_600_000).high95 * 29_600_000.0, 3.689, 0.01);
    }

    #[test]
    fn nothing_tried_shows_nothing() {
        let rate = Rate::of(0, 0);
        assert_eq!((rate.value, rate.low95, rate.high95), (None, 0.0, 1.0));
    }

    #[test]
    fn the_interval_holds_the_truth_as_often_as_it_says() {
        // Coverage over all outcomes of Binomial(60, 0.07), summed exactly: at least 95 %.
        let (n, p) = (60_u64, 0.07_f64);
        let mut covered = 0.0;
        let mut weight = (1.0 - p).powi(60);
        for x in 0..=n {
            let rate = Rate::of(x, n);
            if rate.low95 <= p && p <= rate.high95 {
                covered += weight;
            }
            weight *= (n - x) as f64 / (x + 1) as f64 * p / (1.0 - p);
        }
        assert!(covered >= 0.95, "{covered}");
    }
}
