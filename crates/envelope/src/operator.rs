//! What operators of the centre sign, and the code by which somebody becomes one.
//!
//! The chain begins at the policy root, which is offline: it signs the public side of a key that comes of a code on paper. Whoever has the
//! code makes a key of their own on their own machine and signs its public side with the code's key. Later ones are introduced by two
//! operators. So no key that a running centre has, and no row of its database, makes an operator or speaks for one.

use crate::documents::document;
use crate::{Digest, Document, EnvelopeError, PublicKey, SigningKey};
use domain::{CaseKind, OperatorId, OperatorRole, Ruling, RulingGround, Timestamp};
use ring::rand::{SecureRandom, SystemRandom};
use serde::{Deserialize, Serialize};
use std::fmt;
use zeroize::Zeroizing;

/// The version of these documents.
pub const OPERATOR_FORMAT: u16 = 2;

document! {
    "operator-introduction"
    /// The word of the policy root, or of an operator, that whoever has the code of this key may become an operator.
    pub struct OperatorIntroduction {
        /// Version of this document.
        pub format: u16,
        /// Under which name.
        pub operator: OperatorId,
        /// What they may do.
        pub role: OperatorRole,
        /// The public side of the code's key.
        pub key: PublicKey,
        /// Who says so; none for the policy root.
        pub by: Option<OperatorId>,
        /// The place among all that this operator has signed, from 1; 0 for the policy root.
        pub counter: u64,
        /// When, by the signer's clock.
        pub at: Timestamp,
    }
}

impl OperatorIntroduction {
    /// Whether both say the same of the same newcomer.
    pub fn agrees(&self, other: &Self) -> bool {
        (&self.operator, self.role, self.key) == (&other.operator, other.role, other.key)
    }
}

document! {
    "operator-enrolment"
    /// The newcomer's own key, signed with the code's.
    pub struct OperatorEnrolment {
        /// Version of this document.
        pub format: u16,
        /// Who.
        pub operator: OperatorId,
        /// Verifies what they sign; its secret side never leaves their machine.
        pub key: PublicKey,
        /// When, by their clock.
        pub at: Timestamp,
    }
}

document! {
    "operator-revocation"
    /// An operator's word that another's key signs nothing more.
    pub struct OperatorRevocation {
        /// Version of this document.
        pub format: u16,
        /// Whose key.
        pub operator: OperatorId,
        /// What they signed up to this place counts.
        pub last: u64,
        /// Who says so.
        pub by: OperatorId,
        /// The place among all that this operator has signed.
        pub counter: u64,
        /// When, by the signer's clock.
        pub at: Timestamp,
    }
}

/// The written notice of an adverse decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its number in the authority's files.
    pub number: String,
    /// When it was given.
    pub at: Timestamp,
    /// In which language: `en` or `ur`.
    pub language: String,
    /// Whether the person was heard.
    pub heard: bool,
    /// Until when they may appeal.
    pub appeal_until: Timestamp,
}

/// What is decided: two operators say the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRuling {
    /// The case's number.
    pub case: u64,
    /// Its kind.
    pub kind: CaseKind,
    /// Digest of what it is about: packets by their own digests, records, reason.
    pub subject: Digest,
    /// What.
    pub ruling: Ruling,
    /// On what ground.
    pub ground: RulingGround,
    /// The notice, where the decision is adverse.
    pub notice: Option<Notice>,
}

document! {
    "case-word"
    /// An operator's word on a case.
    pub struct CaseWord {
        /// Version of this document.
        pub format: u16,
        /// What.
        pub ruling: CaseRuling,
        /// Who says so.
        pub operator: OperatorId,
        /// The place among all that this operator has signed, from 1.
        pub counter: u64,
        /// When, by their clock.
        pub at: Timestamp,
    }
}

document! {
    "import-batch"
    /// An adjudicator's word that a batch of existing records may be taken into the registry; two are needed.
    pub struct ImportBatch {
        /// Version of this document.
        pub format: u16,
        /// SHA-256 of the batch's list, which names every portrait by its digest.
        pub list: Digest,
        /// How many records it has.
        pub rows: u64,
        /// Who says so.
        pub operator: OperatorId,
        /// The place among all that this operator has signed.
        pub counter: u64,
        /// When, by their clock.
        pub at: Timestamp,
    }
}

/// Crockford's base 32: nothing that is mistaken for another letter.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 130 bits, since whoever has the public side may try codes without asking anybody.
const LETTERS: usize = 26;

/// The code by which somebody becomes an operator, on paper. Only its key's public side is known to the centre.
#[derive(Clone, PartialEq, Eq)]
pub struct OperatorCode(Zeroizing<String>);

impl OperatorCode {
    /// A new one.
    ///
    /// # Errors
    /// [`EnvelopeError::SealFailed`] without randomness.
    pub fn generate() -> Result<Self, EnvelopeError> {
        let mut random = Zeroizing::new([0_u8; LETTERS]);
        SystemRandom::new()
            .fill(random.as_mut())
            .map_err(|_| EnvelopeError::SealFailed)?;
        let letters = random
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
        Ok(Self(Zeroizing::new(letters.collect())))
    }

    /// What was typed: any case, with or without hyphens and spaces, O for 0, I and L for 1.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] for what no code is.
    pub fn parse(typed: &str) -> Result<Self, EnvelopeError> {
        let malformed = EnvelopeError::Malformed("operator's code");
        let mut letters = Zeroizing::new(String::with_capacity(LETTERS));
        for letter in typed.chars().filter(|c| *c != '-' && !c.is_whitespace()) {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || letters.len() == LETTERS {
                return Err(malformed);
            }
            letters.push(letter);
        }
        if letters.len() == LETTERS {
            Ok(Self(letters))
        } else {
            Err(malformed)
        }
    }

    /// The code in groups of four, for paper.
    pub fn expose(&self) -> String {
        let mut text = String::with_capacity(LETTERS * 5 / 4);
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// The key that it leads to.
    ///
    /// # Errors
    /// As [`SigningKey::from_seed`].
    pub fn key(&self) -> Result<SigningKey, EnvelopeError> {
        let salt = ring::hkdf::Salt::new(ring::hkdf::HKDF_SHA256, b"shanakht operator code 1");
        let drawn = salt.extract(self.0.as_bytes());
        let mut seed = Zeroizing::new([0; 32]);
        drawn
            .expand(&[b"signing key"], ring::hkdf::HKDF_SHA256)
            .and_then(|okm| okm.fill(seed.as_mut()))
            .map_err(|_| EnvelopeError::SealFailed)?;
        SigningKey::from_seed(seed.as_ref())
    }
}

impl fmt::Debug for OperatorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorCode(..)")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_paper_and_leads_to_its_own_key_alone() {
        let code = OperatorCode::generate().unwrap();
        let typed = code.expose().to_lowercase().replace('0', "o");
        assert_eq!(OperatorCode::parse(&typed).unwrap(), code);
        let key = code.key().unwrap().public();
        assert_eq!(
            OperatorCode::parse(&typed).unwrap().key().unwrap().public(),
            key
        );
        let other = OperatorCode::generate().unwrap();
        assert_ne!(other.key().unwrap().public(), key);
        assert!(!format!("{code:?}").contains(&code.expose()[..4]));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let code = OperatorCode::generate().unwrap().expose();
        let longer = format!("{code}7");
        for bad in [
            "",
            "abc",
            &code[..code.len() - 1],
            &longer,
            "U234-5678-9012-3456-7890-1234-56",
        ] {
            assert!(OperatorCode::parse(bad).is_err(), "{bad}");
        }
    }
}
