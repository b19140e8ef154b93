//! Sealing to whoever reads next: the public age format.

use crate::EnvelopeError;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::io::{Read, Write};
use zeroize::Zeroizing;

/// Whom an envelope is sealed to, as the public text `age1…`.
///
/// The list of recipients is data, so that it can move to post-quantum recipients as a whole.
#[derive(Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient(String);

impl Recipient {
    /// Reads an X25519 recipient.
    ///
    /// # Errors
    /// [`EnvelopeError::UnknownRecipient`].
    pub fn parse(text: &str) -> Result<Self, EnvelopeError> {
        text.parse::<age::x25519::Recipient>()
            .map(|r| Self(r.to_string()))
            .map_err(|_| EnvelopeError::UnknownRecipient)
    }

    /// The public text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Recipient({})", self.0)
    }
}

impl TryFrom<String> for Recipient {
    type Error = EnvelopeError;
    fn try_from(text: String) -> Result<Self, EnvelopeError> {
        Self::parse(&text)
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> String {
        recipient.0
    }
}

/// The secret that opens what was sealed to its recipient.
#[derive(Clone)]
pub struct Identity(age::x25519::Identity);

impl Identity {
    /// A new one, from the system's randomness.
    pub fn generate() -> Self {
        Self(age::x25519::Identity::generate())
    }

    /// Reads `AGE-SECRET-KEY-1…`.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`].
    pub fn parse(secret: &str) -> Result<Self, EnvelopeError> {
        secret
            .trim()
            .parse()
            .map(Self)
            .map_err(|_| EnvelopeError::Malformed("identity"))
    }

    /// The text that the public `age` command reads; for key files only.
    pub fn to_secret(&self) -> Zeroizing<String> {
        let secret: SecretString = self.0.to_string();
        Zeroizing::new(secret.expose_secret().to_owned())
    }

    /// Its public side.
    pub fn recipient(&self) -> Recipient {
        Recipient(self.0.to_public().to_string())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Identity(..)")
    }
}

/// The longest header that is read. The age crate reads a header again after each of its lines: 30 kB of short ones take seconds.
const HEADER_LIMIT_BYTES: usize = 8 << 10;
/// Recipients of one envelope: an office's supervisors, its recovery identity, and the stanza that the age crate invents.
const STANZAS_LIMIT: usize = 64;

/// Whether a header ends within its limits: known before the age crate sees it.
fn header_is_short(sealed: &[u8]) -> bool {
    let start = sealed.get(..HEADER_LIMIT_BYTES).unwrap_or(sealed);
    let mut stanzas = 0;
    for line in start.split(|byte| *byte == b'\n') {
        if line.starts_with(b"---") {
            return true;
        }
        stanzas += usize::from(line.starts_with(b"->"));
        if stanzas > STANZAS_LIMIT {
            return false;
        }
    }
    false
}

/// Seals `plain` to every recipient of the list, at most 62.
///
/// # Errors
/// [`EnvelopeError::UnknownRecipient`] for an empty or unreadable list, [`EnvelopeError::TooLarge`] for one that nobody could open,
/// [`EnvelopeError::SealFailed`] when the system gives no randomness.
pub fn seal(plain: &[u8], to: &[Recipient]) -> Result<Vec<u8>, EnvelopeError> {
    let limit = STANZAS_LIMIT - 2;
    if to.len() > limit {
        return Err(EnvelopeError::TooLarge { limit });
    }
    let keys = to
        .iter()
        .map(|r| {
            r.0.parse::<age::x25519::Recipient>()
                .map_err(|_| EnvelopeError::UnknownRecipient)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let encryptor = age::Encryptor::with_recipients(keys.iter().map(|k| k as &dyn age::Recipient))
        .map_err(|_| EnvelopeError::UnknownRecipient)?;
    write_sealed(encryptor, plain)
}

pub(crate) fn write_sealed(
    encryptor: age::Encryptor,
    plain: &[u8],
) -> Result<Vec<u8>, EnvelopeError> {
    let mut sealed = Vec::with_capacity(plain.len() + plain.len() / 4096 + 512);
    let mut writer = encryptor
        .wrap_output(&mut sealed)
        .map_err(|_| EnvelopeError::SealFailed)?;
    writer
        .write_all(plain)
        .map_err(|_| EnvelopeError::SealFailed)?;
    writer.finish().map_err(|_| EnvelopeError::SealFailed)?;
    Ok(sealed)
}

/// Opens an envelope whose content has at most `limit` bytes.
///
/// # Errors
/// [`EnvelopeError::NotAddressed`] for another's envelope, [`EnvelopeError::TooLarge`] past the
/// limit, [`EnvelopeError::Malformed`] for anything cut or changed.
pub fn open(
    sealed: &[u8],
    with: &Identity,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    read_sealed(sealed, &with.0, limit)
}

pub(crate) fn read_sealed(
    sealed: &[u8],
    with: &dyn age::Identity,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    if !header_is_short(sealed) {
        return Err(EnvelopeError::Malformed("envelope"));
    }
    let decryptor =
        age::Decryptor::new_buffered(sealed).map_err(|_| EnvelopeError::Malformed("envelope"))?;
    let reader = decryptor
        .decrypt(std::iter::once(with))
        .map_err(|e| match e {
            age::DecryptError::NoMatchingKeys => EnvelopeError::NotAddressed,
            age::DecryptError::DecryptionFailed | age::DecryptError::KeyDecryptionFailed => {
                EnvelopeError::WrongPassphrase
            }
            _ => EnvelopeError::Malformed("envelope"),
        })?;
    // Reserved whole, so that growing leaves no copy of the content behind.
    let expected = sealed.len().min(limit.saturating_add(1));
    let mut plain = Zeroizing::new(Vec::with_capacity(expected));
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(|_| EnvelopeError::Malformed("envelope"))?;
    if plain.len() > limit {
        Err(EnvelopeError::TooLarge { limit })
    } else {
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_addressee_opens_it() {
        let (centre, stranger) = (Identity::generate(), Identity::generate());
        let sealed = seal(b"face", &[centre.recipient()]).unwrap();
        assert_eq!(open(&sealed, &centre, 10).unwrap().as_slice(), b"face");
        assert_eq!(
            open(&sealed, &stranger, 10),
            Err(EnvelopeError::NotAddressed)
        );
        assert_eq!(
            open(&sealed, &centre, 3),
            Err(EnvelopeError::TooLarge { limit: 3 })
        );
        assert_eq!(seal(b"face", &[]), Err(EnvelopeError::UnknownRecipient));
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let centre = Identity::generate();
        let sealed = seal(b"face", &[centre.recipient()]).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut bad = sealed.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            assert!(open(&bad, &centre, 10).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_cut_envelope_is_refused() {
        let centre = Identity::generate();
        let sealed = seal(&vec![7; 200_000], &[centre.recipient()]).unwrap();
        for cut in [0, 1, 50, 300, 65_700, sealed.len() - 1] {
            assert!(
                open(&sealed[..cut], &centre, 1_000_000).is_err(),
                "cut at {cut}"
            );
        }
    }

    #[test]
    fn an_envelope_for_a_large_office_opens() {
        let people: Vec<_> = (0..62).map(|_| Identity::generate()).collect();
        let mut to: Vec<_> = people.iter().map(Identity::recipient).collect();
        let sealed = seal(b"face", &to).unwrap();
        for person in [&people[0], &people[61]] {
            assert_eq!(open(&sealed, person, 10).unwrap().as_slice(), b"face");
        }
        to.push(Identity::generate().recipient());
        assert_eq!(
            seal(b"face", &to),
            Err(EnvelopeError::TooLarge { limit: 62 })
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug() {
        let identity = Identity::generate();
        assert_eq!(format!("{identity:?}"), "Identity(..)");
    }
}
