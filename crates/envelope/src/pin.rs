//! The letters by which a person carries a certificate authority to a station that knows nobody yet.

use crate::Digest;
use std::fmt;

/// Crockford's base 32: nothing that is mistaken for another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The first 80 bits of the SHA-256 of a certificate authority's certificate (DER), as 16 letters. Who wants to pass for that authority
/// has to find another certificate with the same 80 bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorityPin(String);

impl AuthorityPin {
    /// How many letters a pin has.
    pub const LETTERS: usize = 16;

    /// The pin of a certificate.
    pub fn of(certificate_der: &[u8]) -> Self {
        let digest = Digest::of(certificate_der);
        let mut bits = 0_u128;
        for byte in digest.as_bytes().iter().take(10) {
            bits = bits << 8 | u128::from(*byte);
        }
        let letters = (0..Self::LETTERS)
            .map(|at| bits >> (5 * (Self::LETTERS - 1 - at)) & 31)
            .filter_map(|five| ALPHABET.get(five as usize))
            .map(|letter| char::from(*letter))
            .collect();
        Self(letters)
    }

    /// Reads what was typed; `None` when it is not a pin.
    pub fn parse(letters: &str) -> Option<Self> {
        let good = letters.len() == Self::LETTERS && letters.bytes().all(|b| ALPHABET.contains(&b));
        good.then(|| Self(letters.to_owned()))
    }
}

impl fmt::Display for AuthorityPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_the_first_80_bits_of_the_certificates_sha_256() {
        // SHA-256 of nothing begins e3b0c44298fc1c149afb (FIPS 180-4).
        let pin = AuthorityPin::of(b"");
        assert_eq!(pin.to_string(), "WERC8GMRZGE196QV");
        assert_eq!(AuthorityPin::parse("WERC8GMRZGE196QV"), Some(pin));
        assert_eq!(AuthorityPin::parse("WERC8GMRZGEI96QV"), None);
    }
}
