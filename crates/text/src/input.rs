//! What may enter a text, whether typed, pasted or composed.

/// Why a part of what was typed or pasted did not enter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The text is as long as it may be; the rest was cut.
    TooLong,
    /// It held characters that would change the direction of what is read (U+202A … U+202E, U+2066 … U+2069, marks).
    Direction,
    /// It held control characters.
    Control,
}

/// A text that may enter, and why it is shorter than what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered {
    /// What is left.
    pub text: String,
    /// The gravest thing that was taken out.
    pub refusal: Option<Refusal>,
}

/// Takes out control and direction-changing characters, makes every line break a space, and cuts at `max_chars`.
pub fn filter(text: &str, max_chars: usize) -> Filtered {
    let mut out = String::new();
    let mut count = 0;
    let mut refusal = None;
    for c in text.chars() {
        let c = match c {
            '\u{061C}'
            | '\u{200E}'
            | '\u{200F}'
            | '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}' => {
                refusal = Some(Refusal::Direction);
                continue;
            }
            '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' | '\u{0085}' => ' ',
            '\u{FEFF}'
            | '\u{200B}'
            | '\u{2060}'..='\u{2065}'
            | '\u{206A}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E007F}' => {
                refusal = refusal.or(Some(Refusal::Control));
                continue;
            }
            c if c.is_control() => {
                refusal = refusal.or(Some(Refusal::Control));
                continue;
            }
            c => c,
        };
        if count == max_chars {
            refusal = refusal.or(Some(Refusal::TooLong));
            break;
        }
        out.push(c);
        count += 1;
    }
    Filtered { text: out, refusal }
}

/// Urdu (U+06F0 …) and Arabic (U+0660 …) digits become 0 … 9; all else stays.
pub fn ascii_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{06F0}'..='\u{06F9}' => ascii_digit(c, 0x06F0),
            '\u{0660}'..='\u{0669}' => ascii_digit(c, 0x0660),
            c => c,
        })
        .collect()
}

fn ascii_digit(c: char, zero: u32) -> char {
    char::from_digit(u32::from(c) - zero, 10).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_never_enters() {
        let got = filter("Ali\u{202E}nahK", 100);
        assert_eq!(
            got,
            Filtered {
                text: "AlinahK".into(),
                refusal: Some(Refusal::Direction)
            }
        );
    }

    #[test]
    fn ten_thousand_letters_are_cut_and_said_so() {
        let got = filter(&"ب".repeat(10_000), 60);
        assert_eq!(
            (got.text.chars().count(), got.refusal),
            (60, Some(Refusal::TooLong))
        );
    }

    #[test]
    fn joiners_that_urdu_needs_may_enter() {
        assert_eq!(filter("می\u{200C}خواہ", 60).refusal, None);
    }

    #[test]
    fn urdu_digits_are_understood() {
        assert_eq!(ascii_digits("۳۵۲۰۲-٠١٢ ab"), "35202-012 ab");
    }
}
