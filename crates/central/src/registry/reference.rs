//! What a reference is worth, from how it was taken.

use domain::{Application, Exception, NumberRules, Timestamp};

/// Average length of a month, in days.
const MONTH_DAYS: i64 = 30;

/// How a biometric was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    /// `good` or `provisional`.
    pub grade: &'static str,
    /// When a provisional one is to be renewed.
    pub recall_at: Option<Timestamp>,
}

/// A face with an injury, a bandage or a device is a provisional reference.
pub(crate) fn taken(application: &Application, rules: &NumberRules, now: Timestamp) -> Taken {
    if application.exceptions.contains(&Exception::Injury) {
        let days = MONTH_DAYS * i64::from(rules.provisional_months);
        return Taken {
            grade: "provisional",
            recall_at: Some(now.plus_days(days)),
        };
    }
    Taken {
        grade: "good",
        recall_at: None,
    }
}

/// Whether a reference is so young and so old that it supports and never contradicts. Ages in years and months.
pub(super) fn only_supports(years_when_taken: f64, months_since: f64, rules: &NumberRules) -> bool {
    years_when_taken < 18.0 && months_since >= f64::from(rules.young_reference_months)
}

/// Into which class a comparison falls: faces change with the years between two pictures, and most in the young.
pub(super) fn class(years_when_taken: f64, years_since: f64) -> i16 {
    let young = i16::from(years_when_taken < 18.0) * 3;
    young
        + match years_since {
            years if years < 5.0 => 0,
            years if years < 10.0 => 1,
            _ => 2,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_childs_reference_stops_contradicting_with_time() {
        let rules = NumberRules::default();
        assert!(!only_supports(12.0, 35.9, &rules));
        assert!(only_supports(12.0, 36.0, &rules));
        assert!(!only_supports(18.0, 400.0, &rules));
    }

    #[test]
    fn comparisons_are_weighed_among_their_like() {
        let classes = [
            (30.0, 1.0),
            (30.0, 5.0),
            (30.0, 12.0),
            (15.0, 1.0),
            (15.0, 7.0),
            (15.0, 10.0),
        ];
        let of: Vec<i16> = classes
            .iter()
            .map(|(age, since)| class(*age, *since))
            .collect();
        assert_eq!(of, [0, 1, 2, 3, 4, 5]);
    }
}
