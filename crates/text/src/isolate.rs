//! Numbers and names inside a text of the other direction.

/// First strong isolate and its siblings, and the end of an isolate (UAX #9).
const LEFT_TO_RIGHT_ISOLATE: char = '\u{2066}';
const POP_ISOLATE: char = '\u{2069}';

/// Wraps a CNIC, date, number or Latin run so that it reads left to right inside Urdu.
///
/// Without it `35202-1234567-1` after Urdu letters is shown as `1-1234567-35202`: the hyphens take the paragraph's direction.
/// ```
/// assert_eq!(text::isolate("1-2"), "\u{2066}1-2\u{2069}");
/// ```
pub fn isolate(number: &str) -> String {
    let mut out = String::with_capacity(number.len() + 6);
    out.push(LEFT_TO_RIGHT_ISOLATE);
    out.push_str(number);
    out.push(POP_ISOLATE);
    out
}

/// The same text without isolates: for the clipboard, a screen reader, a search.
pub fn without_isolates(text: &str) -> String {
    text.chars()
        .filter(|c| !matches!(c, '\u{2066}'..='\u{2069}'))
        .collect()
}
