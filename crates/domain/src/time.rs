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
    /// Not before what the centre signed last and the powered time since, and not far ahead of it.
    Trusted,
    /// Behind a time that has surely passed: the clock was set back.
    SetBack,
    /// Further ahead than a station stays switched off.
    SetForward,
}

/// What a clock may differ from the centre's without being called wrong.
const SLACK_MILLIS: i64 = 5 * 60_000;
/// How far the wall clock is believed beyond what has surely passed: a station that was switched off for a month.
const AHEAD_DAYS: i64 = 30;

/// The time that has surely passed: what the centre signed last, and the time for which the station was powered since.
///
/// Only these two are stored. The wall clock is believed where it is later by at most 30 days, and never kept: a clock that was ahead
/// for an hour leaves no trace once it is right again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SurelyPassed {
    signed: Timestamp,
    powered_millis: i64,
}

impl SurelyPassed {
    /// From what was stored.
    pub fn new(signed: Timestamp, powered_millis: i64) -> Self {
        Self {
            signed,
            powered_millis: powered_millis.max(0),
        }
    }

    /// The last time that the centre signed; the epoch before the first.
    pub fn signed(self) -> Timestamp {
        self.signed
    }

    /// Milliseconds of powered, monotonic time since.
    pub fn powered_millis(self) -> i64 {
        self.powered_millis
    }

    /// The earliest that it can be now.
    pub fn floor(self) -> Timestamp {
        self.signed.plus_millis(self.powered_millis)
    }

    /// The time as it is believed, by a wall clock that may be anywhere.
    pub fn now(self, wall: Timestamp) -> Timestamp {
        let floor = self.floor();
        let known = self.signed > Timestamp::default();
        if wall > floor && (!known || wall <= floor.plus_days(AHEAD_DAYS)) {
            wall
        } else {
            floor
        }
    }

    /// What is to be said of that wall clock.
    pub fn judge(self, wall: Timestamp) -> ClockConfidence {
        let ahead = wall.millis_since(self.floor());
        if self.signed == Timestamp::default() {
            ClockConfidence::Trusted
        } else if ahead < -SLACK_MILLIS {
            ClockConfidence::SetBack
        } else if wall > self.floor().plus_days(AHEAD_DAYS) {
            ClockConfidence::SetForward
        } else {
            ClockConfidence::Trusted
        }
    }

    /// The centre signed this time; an earlier one than has passed already says nothing new.
    #[must_use]
    pub fn signed_at(self, at: Timestamp) -> Self {
        if at > self.floor() {
            Self::new(at, 0)
        } else {
            self
        }
    }

    /// So many milliseconds of powered time went by.
    #[must_use]
    pub fn powered(self, millis: i64) -> Self {
        Self::new(
            self.signed,
            self.powered_millis.saturating_add(millis.max(0)),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: Timestamp = Timestamp::from_millis(1_800_000_000_000);
    const HOUR: i64 = 3_600_000;

    #[test]
    fn a_wall_clock_ten_years_off_moves_nothing() {
        let passed = SurelyPassed::default().signed_at(SIGNED).powered(HOUR);
        for (wall, said) in [
            (SIGNED.plus_days(-3653), ClockConfidence::SetBack),
            (SIGNED.plus_days(3653), ClockConfidence::SetForward),
        ] {
            assert_eq!(passed.now(wall), SIGNED.plus_millis(HOUR));
            assert_eq!(passed.judge(wall), said);
        }
    }

    #[test]
    fn a_clock_that_was_ahead_for_an_hour_leaves_no_trace() {
        let passed = SurelyPassed::default().signed_at(SIGNED);
        assert_eq!(passed.now(SIGNED.plus_days(29)), SIGNED.plus_days(29));
        // Set right again after an hour: the time is what it is.
        let passed = passed.powered(HOUR);
        let right = SIGNED.plus_millis(HOUR + 5);
        assert_eq!(passed.now(right), right);
        assert_eq!(passed.judge(right), ClockConfidence::Trusted);
    }

    #[test]
    fn a_clock_that_is_set_back_every_day_does_not_stop_time() {
        let mut passed = SurelyPassed::default().signed_at(SIGNED);
        for _ in 0..20 {
            passed = passed.powered(8 * HOUR);
        }
        assert_eq!(passed.now(SIGNED), SIGNED.plus_millis(160 * HOUR));
    }

    #[test]
    fn before_the_centre_said_anything_the_wall_clock_is_all_there_is() {
        let passed = SurelyPassed::default().powered(HOUR);
        assert_eq!(passed.now(SIGNED), SIGNED);
        assert_eq!(passed.judge(SIGNED), ClockConfidence::Trusted);
    }

    #[test]
    fn an_earlier_signed_time_says_nothing_new() {
        let passed = SurelyPassed::default().signed_at(SIGNED).powered(HOUR);
        assert_eq!(passed.signed_at(SIGNED.plus_millis(1)), passed);
        let later = passed.signed_at(SIGNED.plus_days(1));
        assert_eq!(
            (later.signed(), later.powered_millis()),
            (SIGNED.plus_days(1), 0)
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
