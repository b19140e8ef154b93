//! Times, spans and sizes in words.

use desk::Words;
use domain::Timestamp;

/// Pakistan's clock: UTC+5, without summer time since 2009.
const OFFICE_OFFSET_MILLIS: i64 = 5 * 3_600_000;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// "3 min ago".
pub fn ago(words: &Words, now: Timestamp, then: Timestamp) -> String {
    let millis = now.millis_since(then).max(0);
    let n = |unit: i64| (millis / unit).unsigned_abs();
    if millis < 2_000 {
        words.get("time-now")
    } else if millis < MINUTE {
        words.count("time-seconds", n(1000))
    } else if millis < HOUR {
        words.count("time-minutes", n(MINUTE))
    } else if millis < DAY {
        words.count("time-hours", n(HOUR))
    } else {
        words.count("time-days", n(DAY))
    }
}

/// "2 h 10 min", as long as something has lasted or will last.
pub fn span(words: &Words, millis: i64) -> String {
    let millis = millis.max(0);
    let n = |unit: i64| (millis / unit).unsigned_abs();
    if millis < MINUTE {
        words.count("span-seconds", n(1000))
    } else if millis < HOUR {
        words.count("span-minutes", n(MINUTE))
    } else if millis < DAY {
        let minutes = (millis % HOUR / MINUTE).to_string();
        if minutes == "0" {
            return words.count("span-hours", n(HOUR));
        }
        words.with(
            "span-hours-minutes",
            &[
                ("hours", n(HOUR).to_string().into()),
                ("minutes", minutes.into()),
            ],
        )
    } else {
        words.count("span-days", n(DAY))
    }
}

/// How long something has lasted.
pub fn since(words: &Words, now: Timestamp, then: Timestamp) -> String {
    span(words, now.millis_since(then))
}

/// "24 Nov 2026, 14:02" on the office's clock.
pub fn exact(words: &Words, at: Timestamp) -> String {
    // 2026-11-24T14:02:05Z
    let text = at.plus_millis(OFFICE_OFFSET_MILLIS).to_rfc3339();
    let part = |range: std::ops::Range<usize>| text.get(range).unwrap_or_default().to_owned();
    let month = words.get(&format!("month-{}", part(5..7).trim_start_matches('0')));
    words.with(
        "time-exact",
        &[
            ("day", part(8..10).trim_start_matches('0').to_owned().into()),
            ("month", month.into()),
            ("year", part(0..4).into()),
            ("clock", part(11..16).into()),
        ],
    )
}

/// "14:02" on the office's clock.
pub fn clock(at: Timestamp) -> String {
    at.plus_millis(OFFICE_OFFSET_MILLIS)
        .to_rfc3339()
        .get(11..16)
        .unwrap_or_default()
        .to_owned()
}

/// A number of bytes as people say it.
pub fn size(words: &Words, bytes: u64) -> String {
    let tenths = |unit: u64| {
        let n = bytes.saturating_mul(10) / unit;
        if n >= 100 || n.is_multiple_of(10) {
            (n / 10).to_string()
        } else {
            format!("{}.{}", n / 10, n % 10)
        }
    };
    let (key, n) = match bytes {
        0..1_000_000 => ("size-kilobytes", bytes.div_ceil(1000).to_string()),
        1_000_000..1_000_000_000 => ("size-megabytes", tenths(1_000_000)),
        _ => ("size-gigabytes", tenths(1_000_000_000)),
    };
    words.with(key, &[("n", n.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use desk::Lang;

    /// 23 November 2026, 21:40:05 UTC: the next morning in Multan.
    const NIGHT: Timestamp = Timestamp::from_millis(1_795_470_005_000);

    fn plain(text: &str) -> String {
        text.chars()
            .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
            .collect()
    }

    #[test]
    fn times_are_told_on_the_offices_clock() {
        let en = Words::new(Lang::En);
        assert_eq!(plain(&exact(&en, NIGHT)), "24 Nov 2026, 02:40");
        assert_eq!(
            plain(&exact(&Words::new(Lang::Ur), NIGHT)),
            "24 نومبر 2026، 02:40"
        );
    }

    #[test]
    fn spans_and_ages_are_told_as_people_say_them() {
        let en = Words::new(Lang::En);
        assert_eq!(
            plain(&ago(&en, NIGHT, NIGHT.plus_millis(-3 * MINUTE))),
            "3 min ago"
        );
        assert_eq!(plain(&ago(&en, NIGHT, NIGHT.plus_days(-1))), "yesterday");
        assert_eq!(plain(&ago(&en, NIGHT, NIGHT.plus_millis(HOUR))), "just now");
        assert_eq!(plain(&span(&en, 130 * MINUTE)), "2 h 10 min");
        assert_eq!(plain(&span(&en, 5 * DAY)), "5 days");
        assert_eq!(plain(&span(&en, 2 * HOUR)), "2 h");
    }

    #[test]
    fn sizes_are_told_in_three_figures_at_most() {
        let en = Words::new(Lang::En);
        assert_eq!(plain(&size(&en, 348_211)), "349 kB");
        assert_eq!(plain(&size(&en, 1_500_000)), "1.5 MB");
        assert_eq!(plain(&size(&en, 212_000_000_000)), "212 GB");
    }
}
