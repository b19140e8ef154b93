//! Opening what was sealed to a key that never leaves its token: the token computes the shared secret of X25519, the rest of age's
//! stanza is done here.

use crate::seal::read_sealed;
use crate::{EnvelopeError, Recipient};
use age_core::format::{FILE_KEY_BYTES, FileKey, Stanza};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{Bech32, Hrp};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf;
use std::cell::Cell;
use zeroize::Zeroizing;

/// What age names its X25519 recipients with.
const PREFIX: &str = "age";
const STANZA: &str = "X25519";
const LABEL: &[u8] = b"age-encryption.org/v1/X25519";
/// A file key and its tag.
const BODY_BYTES: usize = FILE_KEY_BYTES + 16;

/// An X25519 key that stays where it is.
pub trait Agreement: Send + Sync {
    /// The secret that it shares with whoever sent `share`: X25519 of RFC 7748.
    ///
    /// # Errors
    /// [`EnvelopeError::KeyAway`] where the key's keeper does not answer.
    fn agree(&self, share: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, EnvelopeError>;
}

/// A key that opens envelopes, wherever its secret half is.
pub trait Opener: Send + Sync {
    /// Whom to seal to.
    fn recipient(&self) -> Recipient;

    /// As [`crate::open`].
    ///
    /// # Errors
    /// As [`crate::open`], and [`EnvelopeError::KeyAway`], which says nothing about the envelope.
    fn open(&self, sealed: &[u8], limit: usize) -> Result<Zeroizing<Vec<u8>>, EnvelopeError>;
}

impl Opener for crate::Identity {
    fn recipient(&self) -> Recipient {
        crate::Identity::recipient(self)
    }

    fn open(&self, sealed: &[u8], limit: usize) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        crate::open(sealed, self, limit)
    }
}

/// The recipient of an X25519 public key.
///
/// # Errors
/// [`EnvelopeError::UnknownRecipient`].
pub fn recipient_of(public: &[u8; 32]) -> Result<Recipient, EnvelopeError> {
    let prefix = Hrp::parse(PREFIX).map_err(|_| EnvelopeError::UnknownRecipient)?;
    let text =
        bech32::encode::<Bech32>(prefix, public).map_err(|_| EnvelopeError::UnknownRecipient)?;
    Recipient::parse(&text)
}

/// Opens an envelope for the holder of an X25519 key.
///
/// # Errors
/// As [`Opener::open`].
pub fn open_by_agreement(
    sealed: &[u8],
    public: &[u8; 32],
    key: &dyn Agreement,
    limit: usize,
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let away = Cell::new(None);
    let opened = read_sealed(
        sealed,
        &Held {
            public,
            key,
            away: &away,
        },
        limit,
    );
    away.take().map_or(opened, Err)
}

struct Held<'a> {
    public: &'a [u8; 32],
    key: &'a dyn Agreement,
    /// Why the key was not asked: not the envelope's fault.
    away: &'a Cell<Option<EnvelopeError>>,
}

impl age::Identity for Held<'_> {
    fn unwrap_stanza(&self, stanza: &Stanza) -> Option<Result<FileKey, age::DecryptError>> {
        if stanza.tag != STANZA {
            return None;
        }
        let Some(share) = share(stanza) else {
            return Some(Err(age::DecryptError::InvalidHeader));
        };
        match self.key.agree(&share) {
            // A share of low order.
            Ok(shared) if shared.iter().all(|byte| *byte == 0) => {
                Some(Err(age::DecryptError::InvalidHeader))
            }
            Ok(shared) => unwrap(&shared, &share, self.public, &stanza.body).map(Ok),
            Err(error) => {
                self.away.set(Some(error));
                Some(Err(age::DecryptError::NoMatchingKeys))
            }
        }
    }
}

/// The sender's share, where the stanza has age's form.
fn share(stanza: &Stanza) -> Option<[u8; 32]> {
    let [argument] = stanza.args.as_slice() else {
        return None;
    };
    let bytes = STANDARD_NO_PAD.decode(argument).ok()?;
    let share = bytes.try_into().ok()?;
    (stanza.body.len() == BODY_BYTES).then_some(share)
}

/// None where it is somebody else's.
fn unwrap(shared: &[u8; 32], share: &[u8; 32], public: &[u8; 32], body: &[u8]) -> Option<FileKey> {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, &[share.as_slice(), public].concat());
    let mut key = Zeroizing::new([0; 32]);
    let derived = salt.extract(shared);
    derived
        .expand(&[LABEL], Length)
        .ok()?
        .fill(key.as_mut())
        .ok()?;
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).ok()?);
    let mut body = Zeroizing::new(body.to_vec());
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    let plain = key.open_in_place(nonce, Aad::empty(), &mut body).ok()?;
    let plain: &[u8] = plain;
    (plain.len() == FILE_KEY_BYTES)
        .then(|| FileKey::init_with_mut(|file| file.copy_from_slice(plain)))
}
