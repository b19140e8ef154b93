//! Keys instead of free text: what the store keeps in words can hold no personal data.

use crate::QueueError;

/// The longest key, and the longest list of them.
const KEY_LIMIT_BYTES: usize = 160;

/// Checks a key, or keys joined by commas: lower-case ASCII letters, digits, `- _ . : = ,`.
pub(crate) fn check(text: &str, what: &'static str) -> Result<(), QueueError> {
    let good = text.len() <= KEY_LIMIT_BYTES
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.:=,".contains(&b));
    if good {
        Ok(())
    } else {
        Err(QueueError::NotAKey(what))
    }
}

/// Checks the detail of an audit row: keys separated by spaces, capitals allowed (station names,
/// hexadecimal digests). A CNIC's thirteen digits are refused.
pub(crate) fn check_detail(text: &str) -> Result<(), QueueError> {
    let good = text.len() <= KEY_LIMIT_BYTES
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.:=,/ ".contains(&b));
    if good && !holds_cnic(text) {
        Ok(())
    } else {
        Err(QueueError::NotAKey("detail"))
    }
}

/// `12345-1234567-1`, or a word that is just its thirteen digits. A digest in hexadecimal may hold
/// such digits by chance (one in a hundred does) and is not searched.
fn holds_cnic(text: &str) -> bool {
    text.split([' ', '=', ',', '/', ':'])
        .filter(|word| !is_digest(word))
        .flat_map(|word| word.split(|c: char| !(c.is_ascii_digit() || c == '-')))
        .any(|word| {
            let digits = word.bytes().filter(u8::is_ascii_digit).count();
            let hyphens: Vec<usize> = word.match_indices('-').map(|(at, _)| at).collect();
            digits == 13
                && (hyphens.is_empty()
                    && word.starts_with(|c: char| ('1'..='8').contains(&c))
                    && !looks_like_millis(word)
                    || hyphens == [5, 13])
        })
}

fn is_digest(word: &str) -> bool {
    word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Times in milliseconds of this century have thirteen digits too.
fn looks_like_millis(word: &str) -> bool {
    word.starts_with("16")
        || word.starts_with("17")
        || word.starts_with("18")
        || word.starts_with("19")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_is_no_key() {
        assert!(check("photo-dark,name-mismatch", "reason").is_ok());
        assert!(check("", "reason").is_ok());
        for bad in ["Zainab Noor", "زینب", "a b", &"a".repeat(161)] {
            assert_eq!(check(bad, "reason"), Err(QueueError::NotAKey("reason")));
        }
    }

    #[test]
    fn a_detail_holds_no_cnic() {
        assert!(check_detail("serial=4 policy=2 MUL-03").is_ok());
        assert!(check_detail("from=1795000000000").is_ok());
        assert!(check_detail("36302-0004512-4").is_err());
        assert!(check_detail("cnic=3630200045124").is_err());
        assert!(check_detail("cnic3630200045124").is_err());
    }
    #[test]
    fn a_digest_with_thirteen_digits_in_a_row_is_no_cnic() {
        let digest = format!("digest={}", "a3630200045124b".repeat(5));
        assert!(check_detail(&digest[..7 + 64]).is_ok());
        assert!(check_detail(&digest[..7 + 63]).is_err(), "cut, it is none");
    }
}
