//! The computerised national identity card's number.

use crate::Gender;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Thirteen digits: locality (the first names the province), serial, and a last digit that is odd
/// for men and even for women.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cnic([u8; 13]);

/// Why a text is not a CNIC, in the order in which an officer would mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CnicError {
    /// A character that is neither a digit nor a separator.
    #[error("a CNIC has digits only")]
    NotADigit,
    /// Not thirteen digits.
    #[error("a CNIC has 13 digits, not {digits}")]
    Length {
        /// How many digits were typed, counted up to 64.
        digits: usize,
    },
    /// The first digit names no province.
    #[error("no CNIC begins with {0}")]
    Province(u8),
}

/// What the first digit of a CNIC stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Province {
    /// 1
    KhyberPakhtunkhwa,
    /// 2
    FormerTribalAreas,
    /// 3
    Punjab,
    /// 4
    Sindh,
    /// 5
    Balochistan,
    /// 6
    Islamabad,
    /// 7
    GilgitBaltistan,
    /// 8
    AzadKashmir,
}

impl Cnic {
    /// Reads ASCII, Urdu or Arabic-Indic digits, with or without hyphens and spaces.
    ///
    /// # Errors
    /// [`CnicError`] names the first thing to mend.
    pub fn parse(text: &str) -> Result<Self, CnicError> {
        let mut digits = [0_u8; 13];
        let mut count = 0_usize;
        for c in text.chars().take(64) {
            match crate::name::digit(c) {
                Some(d) => {
                    if let Some(slot) = digits.get_mut(count) {
                        *slot = d;
                    }
                    count += 1;
                }
                None if matches!(c, '-' | ' ' | '\u{2010}' | '\u{2011}' | '\u{2013}') => {}
                None => return Err(CnicError::NotADigit),
            }
        }
        if count != 13 {
            return Err(CnicError::Length { digits: count });
        }
        if !(1..=8).contains(&digits[0]) {
            return Err(CnicError::Province(digits[0]));
        }
        Ok(Self(digits))
    }

    /// The thirteen digits with hyphens, `35202-0001234-1`. Personal data: for forms, sealed parts
    /// and the centre's records only.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(15);
        for (i, d) in self.0.iter().enumerate() {
            if i == 5 || i == 12 {
                text.push('-');
            }
            text.push(char::from(b'0' + d));
        }
        text
    }

    /// The province that issued it.
    pub fn province(&self) -> Province {
        match self.0[0] {
            1 => Province::KhyberPakhtunkhwa,
            2 => Province::FormerTribalAreas,
            3 => Province::Punjab,
            4 => Province::Sindh,
            5 => Province::Balochistan,
            6 => Province::Islamabad,
            7 => Province::GilgitBaltistan,
            _ => Province::AzadKashmir,
        }
    }

    /// The gender that the last digit says.
    pub fn gender(&self) -> Gender {
        if self.0[12] % 2 == 1 {
            Gender::Male
        } else {
            Gender::Female
        }
    }
}

impl fmt::Debug for Cnic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cnic(..)")
    }
}

impl TryFrom<String> for Cnic {
    type Error = CnicError;
    fn try_from(text: String) -> Result<Self, CnicError> {
        Self::parse(&text)
    }
}

impl From<Cnic> for String {
    fn from(cnic: Cnic) -> String {
        cnic.expose()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn digits_of_any_script_and_hyphens_are_read() {
        let cnic = Cnic::parse("35202-0001234-1").unwrap();
        for same in [
            "3520200012341",
            " 35202 0001234 1",
            "۳۵۲۰۲-۰۰۰۱۲۳۴-۱",
            "٣٥٢٠٢٠٠٠١٢٣٤١",
        ] {
            assert_eq!(Cnic::parse(same).unwrap(), cnic);
        }
        assert_eq!(cnic.expose(), "35202-0001234-1");
        assert_eq!(cnic.province(), Province::Punjab);
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        assert_eq!(
            Cnic::parse("35202-000123-1"),
            Err(CnicError::Length { digits: 12 })
        );
        assert_eq!(Cnic::parse("95202-0001234-1"), Err(CnicError::Province(9)));
        assert_eq!(Cnic::parse("35202-000I234-1"), Err(CnicError::NotADigit));
        assert_eq!(
            Cnic::parse("\u{202e}3520200012341"),
            Err(CnicError::NotADigit)
        );
        assert!(Cnic::parse(&"1".repeat(10_000)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = Cnic::parse(&text);
        }
    }
}
