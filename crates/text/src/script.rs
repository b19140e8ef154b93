//! Which stretch of a text is set in which font.

use std::ops::Range;

use crate::style::Direction;

/// The two families of letters the product is set in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Script {
    Latin,
    Nastaliq,
}

/// Does the text hold letters, digits or marks that are set in Nastaliq?
pub fn has_urdu(text: &str) -> bool {
    text.chars().any(is_nastaliq)
}

fn is_nastaliq(c: char) -> bool {
    matches!(c,
        '\u{0600}'..='\u{061B}' | '\u{061D}'..='\u{06FF}' | '\u{0750}'..='\u{077F}' | '\u{08A0}'..='\u{08FF}'
        | '\u{FB50}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFE}')
}

/// Spaces and punctuation belong to the letters around them; joiners to the letter before them.
fn is_neutral(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200C}' | '\u{200D}')
        || (c.is_ascii_punctuation()
            && !matches!(c, '@' | '#' | '$' | '%' | '&' | '+' | '_' | '\'' | '"'))
        || matches!(c, '–' | '—' | '’' | '‘' | '“' | '”' | '«' | '»')
}

/// Cuts a text into stretches of one script. A neutral stands with its neighbours when both agree, else with the base
/// direction's script, so that the comma of an Urdu address is Nastaliq's and the hyphen of a CNIC is not.
pub(crate) fn stretches(text: &str, direction: Direction) -> Vec<(Range<usize>, Script)> {
    let base = match direction {
        Direction::Ltr => Script::Latin,
        Direction::Rtl => Script::Nastaliq,
    };
    let mut out: Vec<(Range<usize>, Script)> = Vec::new();
    let mut push = |range: Range<usize>, script: Script| {
        if range.is_empty() {
            return;
        }
        match out.last_mut() {
            Some((last, s)) if *s == script => last.end = range.end,
            _ => out.push((range, script)),
        }
    };
    let mut strong: Option<Script> = None;
    let mut neutral_from = 0;
    for (at, c) in text.char_indices() {
        if is_neutral(c) {
            continue;
        }
        let script = if is_nastaliq(c) {
            Script::Nastaliq
        } else {
            Script::Latin
        };
        match strong {
            Some(before) if before != script => {
                // Nastaliq's space is too narrow beside Latin letters.
                for (offset, neutral) in text
                    .get(neutral_from..at)
                    .unwrap_or_default()
                    .char_indices()
                {
                    let start = neutral_from + offset;
                    push(
                        start..start + neutral.len_utf8(),
                        if neutral == ' ' { Script::Latin } else { base },
                    );
                }
            }
            Some(_) => push(neutral_from..at, script),
            None => push(neutral_from..at, base),
        }
        let end = at + c.len_utf8();
        push(at..end, script);
        strong = Some(script);
        neutral_from = end;
    }
    push(neutral_from..text.len(), strong.unwrap_or(base));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_with_hyphens_stays_in_one_latin_stretch() {
        let text = "کارڈ 35202-0001234-1 ہے";
        let cut = stretches(text, Direction::Rtl);
        let latin: Vec<&str> = cut
            .iter()
            .filter(|(_, s)| *s == Script::Latin)
            .map(|(r, _)| &text[r.clone()])
            .collect();
        assert_eq!(latin, [" 35202-0001234-1 "]);
    }

    #[test]
    fn the_stretches_cover_the_text_in_order() {
        for text in ["", " ", "abc", "نام (اردو) Ali, 12", "،،", "  ا"] {
            let mut at = 0;
            for (range, _) in stretches(text, Direction::Rtl) {
                assert_eq!(range.start, at);
                at = range.end;
            }
            assert_eq!(at, text.len());
        }
    }
}
