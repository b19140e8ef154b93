//! Key files of staff: signing key and age identity under a passphrase.

use crate::seal::{read_sealed, write_sealed};
use crate::{EnvelopeError, Identity, PublicKey, Recipient, SigningKey};
use secrecy::SecretString;
use std::fmt;
use zeroize::Zeroizing;

/// The most bytes a key file may have.
const KEY_FILE_LIMIT_BYTES: usize = 4096;

/// The cost of one guess: log2 of scrypt's N.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkFactor(u8);

impl WorkFactor {
    /// 2^17 blocks of 1 kB: 128 MiB and about half a second a guess.
    pub const STAFF: Self = Self(17);
    /// For tests, which guess often.
    pub const TEST: Self = Self(4);
}

/// The opened keys of a member of staff; wiped when dropped.
#[derive(Clone)]
pub struct StaffKeys {
    /// Signs statements and decisions.
    pub signing: SigningKey,
    /// Opens drafts and review copies.
    pub identity: Identity,
}

impl StaffKeys {
    /// New keys.
    ///
    /// # Errors
    /// [`EnvelopeError::SealFailed`] without randomness.
    pub fn generate() -> Result<Self, EnvelopeError> {
        Ok(Self {
            signing: SigningKey::generate()?,
            identity: Identity::generate(),
        })
    }

    /// What the lease lists.
    pub fn public(&self) -> (PublicKey, Recipient) {
        (self.signing.public(), self.identity.recipient())
    }
}

impl fmt::Debug for StaffKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StaffKeys(..)")
    }
}

/// A key file as it lies on the disk: an age file under a passphrase. The public `age -d` command
/// opens it to two lines: the signing seed in hexadecimal, and the age identity.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyFile(Vec<u8>);

impl KeyFile {
    /// Wraps keys under a passphrase.
    ///
    /// # Errors
    /// [`EnvelopeError::SealFailed`].
    pub fn create(
        keys: &StaffKeys,
        passphrase: &SecretString,
        cost: WorkFactor,
    ) -> Result<Self, EnvelopeError> {
        let mut plain = Zeroizing::new(String::with_capacity(256));
        let seed = Zeroizing::new(hex::encode(keys.signing.expose_seed()));
        plain.push_str("shanakht-seed ");
        plain.push_str(&seed);
        plain.push('\n');
        plain.push_str(&keys.identity.to_secret());
        plain.push('\n');
        let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
        recipient.set_work_factor(cost.0);
        let encryptor =
            age::Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
                .map_err(|_| EnvelopeError::SealFailed)?;
        Ok(Self(write_sealed(encryptor, plain.as_bytes())?))
    }

    /// Takes bytes from a disk; checks their size only.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        if bytes.len() > KEY_FILE_LIMIT_BYTES {
            return Err(EnvelopeError::TooLarge {
                limit: KEY_FILE_LIMIT_BYTES,
            });
        }
        Ok(Self(bytes))
    }

    /// The bytes for the disk.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Unwraps the keys. Costs about half a second and 128 MiB: call it off the screen's thread.
    ///
    /// # Errors
    /// [`EnvelopeError::WrongPassphrase`], or [`EnvelopeError::Malformed`] for a damaged file.
    pub fn open(&self, passphrase: &SecretString) -> Result<StaffKeys, EnvelopeError> {
        let malformed = || EnvelopeError::Malformed("key file");
        let mut identity = age::scrypt::Identity::new(passphrase.clone());
        identity.set_max_work_factor(WorkFactor::STAFF.0 + 1);
        let plain = read_sealed(&self.0, &identity, KEY_FILE_LIMIT_BYTES).map_err(|e| match e {
            EnvelopeError::WrongPassphrase => e,
            _ => malformed(),
        })?;
        let text = std::str::from_utf8(&plain).map_err(|_| malformed())?;
        let (first, second) = text.split_once('\n').ok_or_else(malformed)?;
        let hex_seed = first.strip_prefix("shanakht-seed ").ok_or_else(malformed)?;
        let mut seed = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(hex_seed, seed.as_mut()).map_err(|_| malformed())?;
        Ok(StaffKeys {
            signing: SigningKey::from_seed(seed.as_ref())?,
            identity: Identity::parse(second)?,
        })
    }
}

impl fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyFile({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_passphrase_opens_a_key_file() {
        let keys = StaffKeys::generate().unwrap();
        let file = KeyFile::create(&keys, &"correct horse".into(), WorkFactor::TEST).unwrap();
        let opened = file.open(&"correct horse".into()).unwrap();
        assert_eq!(opened.public(), keys.public());
        assert_eq!(
            file.open(&"wrong".into()).unwrap_err(),
            EnvelopeError::WrongPassphrase
        );
    }

    #[test]
    fn a_damaged_key_file_is_not_called_a_wrong_passphrase_when_cut() {
        let keys = StaffKeys::generate().unwrap();
        let file = KeyFile::create(&keys, &"x".into(), WorkFactor::TEST).unwrap();
        let cut = KeyFile::from_bytes(file.as_bytes()[..40].to_vec()).unwrap();
        assert_eq!(
            cut.open(&"x".into()).unwrap_err(),
            EnvelopeError::Malformed("key file")
        );
        assert!(KeyFile::from_bytes(vec![0; 5000]).is_err());
    }
}
