//! Names, addresses and telephone numbers, in the script that their field asks for.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is not accepted in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but spaces.
    #[error("nothing was written")]
    Empty,
    /// More characters than the field holds.
    #[error("at most {limit} characters")]
    TooLong {
        /// The field's limit.
        limit: usize,
    },
    /// Control characters, or marks that change the reading direction.
    #[error("hidden control or direction characters")]
    Hidden,
    /// Letters of the other script.
    #[error("letters of another script")]
    Script,
    /// Digits or signs that do not belong into this field.
    #[error("a character that does not belong here")]
    Character,
}

/// The value of a decimal digit: ASCII, Urdu (Extended Arabic-Indic) or Arabic-Indic.
pub(crate) fn digit(c: char) -> Option<u8> {
    let base = match c {
        '0'..='9' => '0',
        '\u{6F0}'..='\u{6F9}' => '\u{6F0}',
        '\u{660}'..='\u{669}' => '\u{660}',
        _ => return None,
    };
    u8::try_from(u32::from(c) - u32::from(base)).ok()
}

/// The text with every Urdu and Arabic-Indic digit as its ASCII digit.
pub fn ascii_digits(text: &str) -> String {
    text.chars()
        .map(|c| digit(c).map_or(c, |d| char::from(b'0' + d)))
        .collect()
}

fn is_urdu_letter(c: char) -> bool {
    matches!(c, '\u{0620}'..='\u{065F}' | '\u{066E}'..='\u{06D5}' | '\u{06E5}'..='\u{06E6}' | '\u{06EE}'..='\u{06EF}' | '\u{06FA}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{0610}'..='\u{061A}')
}

fn is_latin_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || matches!(c, '\u{C0}'..='\u{24F}' if c.is_alphabetic())
}

/// Marks that reorder or hide text (Trojan-source characters); the zero-width non-joiner is a
/// letter's companion in Urdu and stays.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200B}' | '\u{200D}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{061C}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// Trims, folds runs of spaces, and refuses what is hidden or too long.
fn clean(text: &str, limit: usize) -> Result<String, TextError> {
    let mut out = String::new();
    let mut count = 0_usize;
    for word in text.split(' ').filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if is_hidden(c) {
                return Err(TextError::Hidden);
            }
            count += 1;
            if count > limit {
                return Err(TextError::TooLong { limit });
            }
            out.push(c);
        }
    }
    if out.is_empty() {
        Err(TextError::Empty)
    } else {
        Ok(out)
    }
}

macro_rules! personal_text {
    ($(#[$doc:meta])* $name:ident, $limit:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The longest text, in characters.
            pub const LIMIT: usize = $limit;

            /// Trims, folds spaces and checks length, hidden characters and script.
            ///
            /// # Errors
            /// [`TextError`] says what to mend.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                let text = clean(text, Self::LIMIT)?;
                let check: fn(&str) -> Result<(), TextError> = $check;
                check(&text)?;
                Ok(Self(text))
            }

            /// The text: personal data.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = TextError;
            fn try_from(text: String) -> Result<Self, TextError> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> String {
                value.0
            }
        }
    };
}

personal_text!(
    /// A name in Latin letters, as on the back of the card.
    LatinName,
    60,
    |text| {
        for c in text.chars() {
            if is_urdu_letter(c) {
                return Err(TextError::Script);
            }
            if !(is_latin_letter(c) || matches!(c, ' ' | '-' | '\'' | '.' | '\u{2019}')) {
                return Err(TextError::Character);
            }
        }
        if text.chars().any(is_latin_letter) { Ok(()) } else { Err(TextError::Character) }
    }
);

personal_text!(
    /// A name in Urdu.
    UrduName,
    60,
    |text| {
        for c in text.chars() {
            if is_latin_letter(c) {
                return Err(TextError::Script);
            }
            if !(is_urdu_letter(c) || matches!(c, ' ' | '-' | '\u{200C}' | '\u{06D4}')) {
                return Err(TextError::Character);
            }
        }
        if text.chars().any(is_urdu_letter) { Ok(()) } else { Err(TextError::Character) }
    }
);

personal_text!(
    /// An address in Urdu, with digits and signs of either script.
    Address,
    200,
    |text| {
        if text.chars().any(char::is_alphanumeric) { Ok(()) } else { Err(TextError::Character) }
    }
);

personal_text!(
    /// A mobile number in Pakistan, kept as eleven ASCII digits: `03001234567`.
    Phone,
    20,
    |text| {
        let good = text.len() == 11 && text.starts_with("03") && text.bytes().all(|b| b.is_ascii_digit());
        if good { Ok(()) } else { Err(TextError::Character) }
    }
);

impl Phone {
    /// Reads `0300-1234567`, `+92 300 1234567` and Urdu digits.
    ///
    /// # Errors
    /// [`TextError::Character`] when it is no mobile number.
    pub fn parse_loose(text: &str) -> Result<Self, TextError> {
        let text: String = clean(text, Self::LIMIT)?
            .chars()
            .filter(|c| !matches!(c, ' ' | '-'))
            .map(|c| digit(c).map_or(c, |d| char::from(b'0' + d)))
            .collect();
        let national = match text
            .strip_prefix("+92")
            .or_else(|| text.strip_prefix("0092"))
        {
            Some(rest) => format!("0{rest}"),
            None => text,
        };
        Self::parse(&national)
    }
}

/// One name in both scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BilingualName {
    /// As on the front of the card.
    pub urdu: UrduName,
    /// As on the back.
    pub latin: LatinName,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_keep_their_script() {
        assert_eq!(
            UrduName::parse("  محمد   علی ").unwrap().expose(),
            "محمد علی"
        );
        assert_eq!(UrduName::parse("Muhammad"), Err(TextError::Script));
        assert_eq!(LatinName::parse("محمد"), Err(TextError::Script));
        assert_eq!(LatinName::parse("Ali 3"), Err(TextError::Character));
        assert!(LatinName::parse("Zainab-un-Nisa O'Hara").is_ok());
    }

    #[test]
    fn hidden_direction_marks_and_endless_names_are_refused() {
        assert_eq!(LatinName::parse("Ali\u{202e}nahK"), Err(TextError::Hidden));
        assert_eq!(UrduName::parse("محمد\u{200f}علی"), Err(TextError::Hidden));
        assert_eq!(
            UrduName::parse(&"م".repeat(10_000)),
            Err(TextError::TooLong { limit: 60 })
        );
    }

    #[test]
    fn phones_are_kept_in_one_form() {
        for text in ["0300-1234567", "+92 300 1234567", "۰۳۰۰۱۲۳۴۵۶۷"] {
            assert_eq!(Phone::parse_loose(text).unwrap().expose(), "03001234567");
        }
        assert!(Phone::parse_loose("042-1234567").is_err());
    }

    #[test]
    fn debug_output_holds_no_name() {
        let name = LatinName::parse("Zainab Noor").unwrap();
        assert_eq!(format!("{name:?}"), "LatinName(..)");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".*") {
            let _ = (LatinName::parse(&text), UrduName::parse(&text), Address::parse(&text), Phone::parse_loose(&text));
        }
    }
}
