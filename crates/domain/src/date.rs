//! Civil dates as people write them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A date of birth.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BirthDate(jiff::civil::Date);

/// Why a text is not a date of birth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    /// Not day, month and year as numbers.
    #[error("write day/month/year")]
    Form,
    /// The month has fewer days, or there is no such month.
    #[error("there is no such day")]
    NoSuchDay,
    /// Before 1890.
    #[error("too long ago")]
    TooEarly,
    /// After today.
    #[error("in the future")]
    Future,
}

impl BirthDate {
    /// Reads `31/12/1984`, also with `-` or `.`, without anything in between (`31121984`), and with Urdu digits.
    ///
    /// `today` is the newest date that is believed.
    ///
    /// # Errors
    /// [`DateError`] says which part to mend.
    pub fn parse(text: &str, today: crate::Timestamp) -> Result<Self, DateError> {
        let mut text: String = crate::ascii_digits(text.trim()).chars().take(32).collect();
        if text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit()) {
            text.insert(4, '/');
            text.insert(2, '/');
        }
        let mut parts = text.split(['/', '-', '.']);
        let (Some(d), Some(m), Some(y), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(DateError::Form);
        };
        let number = |part: &str, longest: usize| {
            let good =
                (1..=longest).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
            if good {
                part.parse::<i16>().map_err(|_| DateError::Form)
            } else {
                Err(DateError::Form)
            }
        };
        let (day, month, year) = (number(d, 2)?, number(m, 2)?, number(y, 4)?);
        if y.len() != 4 {
            return Err(DateError::Form);
        }
        let (Ok(day), Ok(month)) = (i8::try_from(day), i8::try_from(month)) else {
            return Err(DateError::Form);
        };
        let date = jiff::civil::Date::new(year, month, day).map_err(|_| DateError::NoSuchDay)?;
        if year < 1890 {
            return Err(DateError::TooEarly);
        }
        let today = jiff::Timestamp::from_millisecond(today.millis())
            .map_err(|_| DateError::Future)?
            .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(5))) // Pakistan has one zone, UTC+5
            .date();
        if date > today {
            Err(DateError::Future)
        } else {
            Ok(Self(date))
        }
    }

    /// `31/12/1984`: personal data.
    pub fn expose(&self) -> String {
        format!(
            "{:02}/{:02}/{:04}",
            self.0.day(),
            self.0.month(),
            self.0.year()
        )
    }

    /// Whole years from birth to `now`.
    pub fn age_years(&self, now: crate::Timestamp) -> i16 {
        let Ok(now) = jiff::Timestamp::from_millisecond(now.millis()) else {
            return 0;
        };
        let today = now
            .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(5)))
            .date();
        let passed = (today.month(), today.day()) >= (self.0.month(), self.0.day());
        today.year() - self.0.year() - i16::from(!passed)
    }
}

impl fmt::Debug for BirthDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BirthDate(..)")
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NOW: crate::Timestamp = crate::Timestamp::from_millis(1_795_000_000_000); // 2026-11

    #[test]
    fn dates_are_read_as_they_are_written() {
        let date = BirthDate::parse("13/02/1984", NOW).unwrap();
        assert_eq!(BirthDate::parse("۱۳-۰۲-۱۹۸۴", NOW).unwrap(), date);
        assert_eq!(BirthDate::parse("13021984", NOW).unwrap(), date);
        assert_eq!(date.expose(), "13/02/1984");
        assert_eq!(date.age_years(NOW), 42);
    }

    #[test]
    fn days_that_do_not_exist_are_refused() {
        assert_eq!(
            BirthDate::parse("31/02/1984", NOW),
            Err(DateError::NoSuchDay)
        );
        assert_eq!(
            BirthDate::parse("29/02/2023", NOW),
            Err(DateError::NoSuchDay)
        );
        assert_eq!(BirthDate::parse("1/1/1800", NOW), Err(DateError::TooEarly));
        assert_eq!(BirthDate::parse("1/1/2030", NOW), Err(DateError::Future));
        assert_eq!(BirthDate::parse("1/1/84", NOW), Err(DateError::Form));
        assert_eq!(BirthDate::parse("", NOW), Err(DateError::Form));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = BirthDate::parse(&text, NOW);
        }
    }
}
