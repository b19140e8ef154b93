//! The code by which a lease is extended once: short enough to dictate over the telephone or to scan.
//!
//! A signature has 64 bytes, too many to dictate, and a shared key at the station would let its disk make codes. So the centre signs
//! beforehand: the lease holds what the code leads to, and only the centre knows the code. Whoever has the station's disk, the lease or
//! all earlier codes is no nearer to it.

use crate::Digest;
use bech32::primitives::checksum::{Engine, PackedFe32};
use bech32::{Bech32m, Fe32, Hrp};
use domain::StationId;
use std::fmt;
use std::num::NonZeroU32;
use zeroize::Zeroizing;

/// Crockford's base 32: nothing that is mistaken for another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters that are secret: 70 bits.
const SECRET: usize = 14;
/// Check letters: as many as Bech32m has (BIP 350).
const CHECK: usize = 6;
/// Rounds of PBKDF2 for each guess: 20 ms of one core would be felt by a centre that issues thousands of leases, 5 ms are not.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19_999);
/// So much is read of what was typed.
const TYPED_LIMIT: usize = 200;

/// What is wrong with a code as it was typed, before anybody is asked whether it is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeFault {
    /// Not as many letters as a code has.
    #[error("{letters} letters instead of {}", ExtensionCode::LETTERS)]
    Length {
        /// How many there are.
        letters: usize,
    },
    /// A letter that no code has.
    #[error("letter {place} is in no code")]
    Letter {
        /// Which one, from 1.
        place: usize,
    },
    /// The check letters do not fit: one or some letters are wrong or in the wrong order.
    #[error("a letter is wrong")]
    Check,
}

/// The code of one lease of one station.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtensionCode(Zeroizing<[u8; SECRET]>);

impl ExtensionCode {
    /// How many letters a code has, check letters included.
    pub const LETTERS: usize = SECRET + CHECK;

    /// The code that the first 70 bits of a MAC make; none for fewer bits.
    pub fn from_mac(mac: &[u8]) -> Option<Self> {
        let nine: [u8; 9] = mac.get(..9)?.try_into().ok()?;
        let bits = nine
            .iter()
            .fold(0_u128, |bits, byte| bits << 8 | u128::from(*byte));
        let mut letters = Zeroizing::new([0; SECRET]);
        for (at, letter) in letters.iter_mut().enumerate() {
            // 72 bits, of which the last two are left out.
            *letter = (bits >> (67 - 5 * at) & 31) as u8;
        }
        Some(Self(letters))
    }

    /// What was typed, pasted or scanned: any case, any digits of the two languages, with or without hyphens and spaces, O for 0, I and
    /// L for 1.
    ///
    /// # Errors
    /// [`CodeFault`]: a typing error is told as one, without a try being spent.
    pub fn parse(typed: &str) -> Result<Self, CodeFault> {
        let mut letters = Zeroizing::new(Vec::with_capacity(TYPED_LIMIT));
        for letter in typed.chars().filter(|c| !is_between(*c)).take(TYPED_LIMIT) {
            let value = value(letter).ok_or(CodeFault::Letter {
                place: letters.len() + 1,
            })?;
            letters.push(value);
        }
        let wrong = CodeFault::Length {
            letters: letters.len(),
        };
        let (secret, check) = letters.split_at_checked(SECRET).ok_or(wrong)?;
        let secret: [u8; SECRET] = secret.try_into().map_err(|_| wrong)?;
        if check.len() != CHECK {
            return Err(wrong);
        }
        if check_letters(&secret) == *check {
            Ok(Self(Zeroizing::new(secret)))
        } else {
            Err(CodeFault::Check)
        }
    }

    /// The code in groups of four, to be dictated.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(Self::LETTERS * 5 / 4);
        for (at, value) in self.0.iter().chain(&check_letters(&self.0)).enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(*value & 31)]));
        }
        text
    }

    /// What the lease of that serial holds of it. Nobody finds the code from it: 70 bits, each guess 20,000 rounds of PBKDF2, and for this
    /// lease alone.
    pub fn commitment(&self, station: &StationId, serial: u64) -> Digest {
        let salt = format!("shanakht lease extension 1\0{station}\0{serial}");
        let mut out = [0; 32];
        ring::pbkdf2::derive(
            ring::pbkdf2::PBKDF2_HMAC_SHA256,
            ROUNDS,
            salt.as_bytes(),
            self.0.as_slice(),
            &mut out,
        );
        Digest::from_slice(&out).unwrap_or_default()
    }
}

impl fmt::Debug for ExtensionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExtensionCode(..)")
    }
}

fn is_between(c: char) -> bool {
    // Pasted text may bring marks of direction along.
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || c.is_whitespace()
}

fn value(letter: char) -> Option<u8> {
    let ascii = match letter {
        '\u{0660}'..='\u{0669}' => char::from_digit(letter as u32 - 0x0660, 10)?,
        '\u{06f0}'..='\u{06f9}' => char::from_digit(letter as u32 - 0x06f0, 10)?,
        other => other.to_ascii_uppercase(),
    };
    let known = match ascii {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    let at = ALPHABET.iter().position(|a| char::from(*a) == known)?;
    u8::try_from(at).ok()
}

/// Bech32m's own, over another alphabet: what it notices does not depend on how the values are written.
fn check_letters(secret: &[u8; SECRET]) -> [u8; CHECK] {
    let mut engine = Engine::<Bech32m>::new();
    engine.input_hrp(Hrp::parse_unchecked("lease"));
    for value in secret {
        engine.input_fe(Fe32::try_from(*value & 31).unwrap_or(Fe32::Q));
    }
    engine.input_target_residue();
    std::array::from_fn(|at| engine.residue().unpack(CHECK - 1 - at))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn code(seed: u8) -> ExtensionCode {
        let mac = Digest::of(&[seed]);
        ExtensionCode::from_mac(mac.as_bytes()).unwrap()
    }

    fn station(name: &str) -> StationId {
        StationId::parse(name).unwrap()
    }

    #[test]
    fn a_code_is_the_first_70_bits_in_letters_that_nobody_mistakes() {
        // SHA-256 of nothing begins e3b0c44298fc1c149afb (FIPS 180-4).
        let code = ExtensionCode::from_mac(Digest::of(b"").as_bytes()).unwrap();
        let text = code.expose();
        assert_eq!(text.get(..17), Some("WERC-8GMR-ZGE1-96"), "{text}");
        assert_eq!(text.len(), 24);
        assert!(ExtensionCode::from_mac(&[7; 8]).is_none());
    }

    #[test]
    fn what_is_typed_in_other_ways_is_the_same_code() {
        let code = code(1);
        let text = code.expose();
        let urdu: String = text
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(digit) => char::from_u32(0x06f0 + digit).unwrap(),
                None => c,
            })
            .collect();
        for typed in [
            text.clone(),
            text.to_lowercase(),
            text.replace('-', ""),
            text.replace('-', " "),
            format!("\u{200e}{text}\n"),
            text.replace('0', "o").replace('1', "l"),
            urdu,
        ] {
            assert_eq!(ExtensionCode::parse(&typed).as_ref(), Ok(&code), "{typed}");
        }
    }

    #[test]
    fn every_wrong_letter_and_every_swap_is_told_as_a_typing_error() {
        for seed in 0..8 {
            let text = code(seed).expose().replace('-', "");
            for at in 0..text.len() {
                for letter in ALPHABET {
                    let mut typed = text.clone().into_bytes();
                    if typed[at] != *letter {
                        typed[at] = *letter;
                        let typed = String::from_utf8(typed).unwrap();
                        assert_eq!(ExtensionCode::parse(&typed), Err(CodeFault::Check));
                    }
                }
                let mut typed = text.clone().into_bytes();
                typed.swap(at, (at + 1) % text.len());
                let typed = String::from_utf8(typed).unwrap();
                if typed != text {
                    assert_eq!(ExtensionCode::parse(&typed), Err(CodeFault::Check));
                }
            }
        }
        let text = code(1).expose();
        let short = text.get(..22).unwrap();
        assert_eq!(
            ExtensionCode::parse(short),
            Err(CodeFault::Length { letters: 18 })
        );
        let odd = text.replacen(&text[5..6], "U", 1);
        assert!(matches!(
            ExtensionCode::parse(&odd),
            Err(CodeFault::Letter { .. })
        ));
        let endless = text.repeat(1000);
        assert!(matches!(
            ExtensionCode::parse(&endless),
            Err(CodeFault::Length { .. })
        ));
    }

    #[test]
    fn a_code_fits_one_lease_of_one_station_alone() {
        let code = code(1);
        let here = code.commitment(&station("MUL-03"), 7);
        assert_eq!(here, code.commitment(&station("MUL-03"), 7));
        assert_ne!(here, code.commitment(&station("MUL-03"), 8));
        assert_ne!(here, code.commitment(&station("MUL-04"), 7));
        assert_ne!(here, self::code(2).commitment(&station("MUL-03"), 7));
        assert_eq!(format!("{code:?}"), "ExtensionCode(..)");
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_a_code_panic(typed in ".*") {
            let _ = ExtensionCode::parse(&typed);
        }
    }
}
