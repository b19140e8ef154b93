//! Times as values: whoever calls brings the clock.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00Z.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// This time plus so many milliseconds, saturating.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis))
    }

    /// This time plus so many days, saturating.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_millis(days.saturating_mul(86_400_000))
    }

    /// Milliseconds from `earlier` to this time; negative where `earlier` is later.
    pub const fn millis_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The UTC date and time as `2026-11-23T23:40:05Z`.
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_millisecond(self.0)
            .map(|t| t.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
            .unwrap_or_default()
    }

    /// The UTC date as `2026-11-23`.
    pub fn to_date(self) -> String {
        self.to_rfc3339().chars().take(10).collect()
    }
}

/// How far the station's clock can be believed; it travels in every statement and manifest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClockConfidence {
    /// At or after every time this station has seen, and set by the centre within the lease.
    Trusted,
    /// Behind a time this station has already seen: the clock was set back.
    SetBack,
    /// Far ahead of the last time the centre confirmed.
    SetForward,
}

impl ClockConfidence {
    /// Judges `now` against the latest time ever seen, allowing five minutes of correction back
    /// and a year ahead.
    pub fn judge(now: Timestamp, floor: Timestamp) -> Self {
        let ahead = now.millis_since(floor);
        if ahead < -300_000 {
            Self::SetBack
        } else if floor.millis() > 0 && ahead > 366 * 86_400_000 {
            Self::SetForward
        } else {
            Self::Trusted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_a_year_is_seen() {
        let floor = Timestamp::from_millis(1_800_000_000_000);
        assert_eq!(
            ClockConfidence::judge(floor.plus_days(-365), floor),
            ClockConfidence::SetBack
        );
        assert_eq!(
            ClockConfidence::judge(floor.plus_days(1), floor),
            ClockConfidence::Trusted
        );
        assert_eq!(
            ClockConfidence::judge(floor.plus_days(400), floor),
            ClockConfidence::SetForward
        );
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(
            Timestamp::from_millis(0).to_rfc3339(),
            "1970-01-01T00:00:00Z"
        );
        assert_eq!(Timestamp::from_millis(i64::MAX).to_rfc3339(), "");
    }
}
