//! Which passphrases a key file may have.

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// The least length in characters.
pub const LEAST_CHARACTERS: usize = 12;
/// The longest that is looked at: estimating takes time that grows with the length.
const MOST_CHARACTERS: usize = 100;

/// Letters and digits that must be more than the person's own names and numbers.
const LEAST_BEYOND: usize = 6;

/// Why a passphrase is not taken; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassphrase {
    /// Fewer than [`LEAST_CHARACTERS`] characters.
    #[error("shorter than {LEAST_CHARACTERS} characters")]
    Short,
    /// More characters than anybody types.
    #[error("longer than {MOST_CHARACTERS} characters")]
    Long,
    /// A list, a pattern, or the person's own name or number would find it soon.
    #[error("too easy to guess")]
    Guessable,
}

/// Whether a passphrase may protect a key file of somebody with these names and numbers.
///
/// The estimate is `zxcvbn`'s (Wheeler, USENIX Security 2016): lists of common passwords and names, keyboard patterns, dates. Three of
/// its four points, about 10^8 guesses, are asked for; each guess costs 128 MiB and half a second here.
///
/// # Errors
/// [`WeakPassphrase`] says why not.
pub fn check_passphrase(passphrase: &SecretString, person: &[&str]) -> Result<(), WeakPassphrase> {
    let text = passphrase.expose_secret();
    let characters = text.chars().count();
    if characters < LEAST_CHARACTERS {
        return Err(WeakPassphrase::Short);
    }
    if characters > MOST_CHARACTERS {
        return Err(WeakPassphrase::Long);
    }
    let words: Vec<&str> = person.iter().flat_map(|name| name.split(' ')).collect();
    let score = zxcvbn::zxcvbn(text, &words).score();
    if score < zxcvbn::Score::Three || left_without(text, &words) < LEAST_BEYOND {
        Err(WeakPassphrase::Guessable)
    } else {
        Ok(())
    }
}

/// Letters and digits that are not the person's own names and numbers. The estimate counts three known words as a good passphrase.
fn left_without(text: &str, words: &[&str]) -> usize {
    let mut rest = Zeroizing::new(text.to_lowercase());
    for word in words.iter().filter(|word| word.chars().count() > 2) {
        rest = Zeroizing::new(rest.replace(&word.to_lowercase(), " "));
    }
    rest.chars().filter(|c| c.is_alphanumeric()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_patterns_and_ones_own_name_are_no_passphrases() {
        let check = |text: &str| check_passphrase(&text.into(), &["Bilal Ahmed", "40007"]);
        assert_eq!(check("short"), Err(WeakPassphrase::Short));
        assert_eq!(check(&"a b ".repeat(40)), Err(WeakPassphrase::Long));
        for bad in [
            "passwordpassword",
            "qwertyuiop12",
            "123456789012",
            "bilalahmed40007",
            "aaaaaaaaaaaaaaaa",
        ] {
            assert_eq!(check(bad), Err(WeakPassphrase::Guessable), "{bad}");
        }
        for good in [
            "multan morning officer",
            "mango tree by the canal",
            "blue tiles of the old gate",
            "نیلی ٹائلیں پرانے دروازے کی",
        ] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
    }
}
