//! Signed documents: `COSE_Sign1` (RFC 9052) with `EdDSA` over deterministic CBOR.

use crate::locked::LockedSeed;
use crate::{Digest, EnvelopeError, from_cbor, to_cbor};
use ciborium::Value;
use coset::{
    CborSerializable, CoseSign1, CoseSign1Builder, HeaderBuilder, RegisteredLabelWithPrivate, iana,
};
use ring::rand::SecureRandom;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::marker::PhantomData;
use zeroize::Zeroizing;

/// The largest signed document: a lease of a large office has about 40 kB.
pub const DOCUMENT_LIMIT_BYTES: usize = 1 << 20;

/// What can be signed: a type whose name is part of the signature, so that no document passes for
/// another.
pub trait Document: Serialize + DeserializeOwned {
    /// The media type in the protected header.
    const TYPE: &'static str;
    /// The fields that this build understands.
    const FIELDS: &'static [&'static str];
}

/// An Ed25519 public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey([u8; 32]);

impl PublicKey {
    /// From its 32 bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn verify_bytes(&self, bytes: &[u8], signature: &[u8]) -> Result<(), EnvelopeError> {
        UnparsedPublicKey::new(&ED25519, self.0)
            .verify(bytes, signature)
            .map_err(|_| EnvelopeError::BadSignature)
    }

    /// The name of the key in headers: the first 16 bytes of its SHA-256.
    pub fn id(&self) -> KeyId {
        let mut id = [0; 16];
        id.copy_from_slice(&Digest::of(&self.0).as_bytes()[..16]);
        KeyId(id)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", hex::encode(self.0))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut out = [0; 32];
        hex::decode_to_slice(text, &mut out).map_err(|_| "not 64 hexadecimal digits")?;
        Ok(Self(out))
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        hex::encode(key.0)
    }
}

/// The short name of a public key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct KeyId([u8; 16]);

/// An Ed25519 signing key. Only the seed is kept, in memory that is wiped and never swapped out; *ring* does not wipe its own.
#[derive(Clone)]
pub struct SigningKey {
    seed: LockedSeed,
    public: PublicKey,
}

impl SigningKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// [`EnvelopeError::SealFailed`] when there is none.
    pub fn generate() -> Result<Self, EnvelopeError> {
        let mut seed = Zeroizing::new([0; 32]);
        ring::rand::SystemRandom::new()
            .fill(seed.as_mut())
            .map_err(|_| EnvelopeError::SealFailed)?;
        Self::from_seed(seed.as_ref())
    }

    /// The key of a 32-byte seed (RFC 8032).
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] for another length.
    pub fn from_seed(seed: &[u8]) -> Result<Self, EnvelopeError> {
        let seed: Zeroizing<[u8; 32]> = seed
            .try_into()
            .map(Zeroizing::new)
            .map_err(|_| EnvelopeError::Malformed("signing key"))?;
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_ref())
            .map_err(|_| EnvelopeError::Malformed("signing key"))?;
        let mut public = [0; 32];
        public.copy_from_slice(pair.public_key().as_ref());
        Ok(Self {
            seed: LockedSeed::new(&seed),
            public: PublicKey(public),
        })
    }

    /// The seed: for key files only.
    pub fn expose_seed(&self) -> &[u8; 32] {
        self.seed.expose()
    }

    /// The public side.
    pub fn public(&self) -> PublicKey {
        self.public
    }
}

/// Whoever signs with an Ed25519 key, wherever its secret half is.
pub trait Signer: Send + Sync {
    /// The public side.
    fn public(&self) -> PublicKey;

    /// The 64 bytes of the signature.
    ///
    /// # Errors
    /// [`EnvelopeError::SealFailed`] for an unusable key, [`EnvelopeError::KeyAway`] where its keeper does not answer.
    fn sign_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, EnvelopeError>;
}

impl Signer for SigningKey {
    fn public(&self) -> PublicKey {
        self.public
    }

    fn sign_bytes(&self, bytes: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
        let pair = Ed25519KeyPair::from_seed_and_public_key(self.seed.expose(), &self.public.0)
            .map_err(|_| EnvelopeError::SealFailed)?;
        Ok(pair.sign(bytes).as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A signed document as bytes: what travels and is stored. Nothing in it is believed before
/// [`Signed::verify`].
#[derive(Clone)]
pub struct Signed<T> {
    bytes: Vec<u8>,
    kind: PhantomData<fn() -> T>,
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl<T> Eq for Signed<T> {}

/// A document whose signature verified: only [`Signed::verify`] makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Verified<T> {
    document: T,
    signer: PublicKey,
}

impl<T> Verified<T> {
    /// The document.
    pub fn document(&self) -> &T {
        &self.document
    }

    /// Whose signature it is.
    pub fn signer(&self) -> PublicKey {
        self.signer
    }

    /// The document itself.
    pub fn into_document(self) -> T {
        self.document
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.document
    }
}

impl<T: Document> Signed<T> {
    /// Signs a document.
    ///
    /// # Errors
    /// [`EnvelopeError`] when the document cannot be expressed or the key is unusable.
    pub fn sign<S: Signer + ?Sized>(document: &T, key: &S) -> Result<Self, EnvelopeError> {
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::EdDSA)
            .content_type(T::TYPE.to_owned())
            .key_id(key.public().id().0.to_vec())
            .build();
        let bytes = CoseSign1Builder::new()
            .protected(protected)
            .payload(to_cbor(document)?)
            .try_create_signature(T::TYPE.as_bytes(), |tbs| key.sign_bytes(tbs))?
            .build()
            .to_vec()
            .map_err(|_| EnvelopeError::SealFailed)?;
        Ok(Self {
            bytes,
            kind: PhantomData,
        })
    }

    /// Takes bytes from outside; checks their size only.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`].
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, EnvelopeError> {
        if bytes.len() > DOCUMENT_LIMIT_BYTES {
            return Err(EnvelopeError::TooLarge {
                limit: DOCUMENT_LIMIT_BYTES,
            });
        }
        Ok(Self {
            bytes,
            kind: PhantomData,
        })
    }

    /// The bytes that travel.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The SHA-256 of the whole signed document.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }

    /// Reads the document without believing it: to learn whose key to verify with, or to show it
    /// as unverified.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] or [`EnvelopeError::OtherDocument`].
    pub fn peek(&self) -> Result<T, EnvelopeError> {
        self.parse().map(|(_, document)| document)
    }

    /// The key that it says it is signed with, without believing it and without reading the document: to choose among many keys.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] where it names none.
    pub fn key_id(&self) -> Result<KeyId, EnvelopeError> {
        let malformed = || EnvelopeError::Malformed("signed document");
        let cose = CoseSign1::from_slice(&self.bytes).map_err(|_| malformed())?;
        let id = cose.protected.header.key_id;
        id.try_into().map(KeyId).map_err(|_| malformed())
    }

    /// Verifies the signature, the document's kind and its encoding.
    ///
    /// # Errors
    /// [`EnvelopeError::BadSignature`] when `key` did not sign these bytes,
    /// [`EnvelopeError::OtherDocument`] for another kind, else [`EnvelopeError::Malformed`].
    pub fn verify(&self, key: &PublicKey) -> Result<Verified<T>, EnvelopeError> {
        let (cose, document) = self.parse()?;
        if cose.protected.header.key_id != key.id().0 {
            return Err(EnvelopeError::BadSignature);
        }
        cose.verify_signature(T::TYPE.as_bytes(), |signature, tbs| {
            key.verify_bytes(tbs, signature)
        })?;
        Ok(Verified {
            document,
            signer: *key,
        })
    }

    fn parse(&self) -> Result<(CoseSign1, T), EnvelopeError> {
        let malformed = || EnvelopeError::Malformed("signed document");
        let cose = CoseSign1::from_slice(&self.bytes).map_err(|_| malformed())?;
        let header = &cose.protected.header;
        let known = header.alg
            == Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::EdDSA))
            && cose.unprotected.is_empty();
        if !known {
            return Err(malformed());
        }
        if header.content_type != Some(coset::ContentType::Text(T::TYPE.to_owned())) {
            return Err(EnvelopeError::OtherDocument(T::TYPE));
        }
        let payload = cose.payload.as_deref().ok_or_else(malformed)?;
        understood(payload, T::FIELDS)?;
        let document = from_cbor(payload)?;
        Ok((cose, document))
    }
}

/// A document of version 1 has no field that this build does not know. From version 2 on unknown fields are passed over, except those
/// that the document's `crit` list names (as in RFC 9052, 3.1).
fn understood(payload: &[u8], known: &[&str]) -> Result<(), EnvelopeError> {
    let malformed = || EnvelopeError::Malformed("signed document");
    let Value::Map(entries) = from_cbor::<Value>(payload)? else {
        return Ok(()); // not a record: there are no fields in it
    };
    let format = entries
        .iter()
        .find(|(key, _)| key.as_text() == Some("format"))
        .map_or(Some(1), |(_, value)| value.as_integer()?.try_into().ok())
        .ok_or_else(malformed)?;
    let mut critical = Vec::new();
    for (key, value) in &entries {
        let name = key.as_text().ok_or_else(malformed)?;
        if name == "crit" && format > 1 {
            critical.clone_from(value.as_array().ok_or_else(malformed)?);
        } else if format <= 1_u16 && !known.contains(&name) {
            return Err(malformed());
        }
    }
    for name in critical {
        let name = name.as_text().ok_or_else(malformed)?;
        if !known.contains(&name) {
            return Err(EnvelopeError::NotUnderstood);
        }
    }
    Ok(())
}

impl<T> fmt::Debug for Signed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// Seed, public key, message, signature: RFC 8032, 7.1, tests 1, 2, 3 and SHA(abc).
    const RFC_8032: [[&str; 4]; 4] = [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        ],
        [
            "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
            "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
        ],
    ];

    #[test]
    fn keys_and_signatures_are_those_of_rfc_8032() {
        for [seed, public, message, signature] in RFC_8032 {
            let key = SigningKey::from_seed(&hex::decode(seed).unwrap()).unwrap();
            assert_eq!(hex::encode(key.public().as_bytes()), public);
            let made = key.sign_bytes(&hex::decode(message).unwrap()).unwrap();
            assert_eq!(hex::encode(made), signature);
        }
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Note(String);

    impl Document for Note {
        const TYPE: &'static str = "application/vnd.shanakht.note+cbor";
        const FIELDS: &'static [&'static str] = &[];
    }

    #[test]
    fn a_document_names_the_key_that_signed_it() {
        let key = SigningKey::generate().unwrap();
        let signed = Signed::sign(&Note("a".to_owned()), &key).unwrap();
        assert_eq!(signed.key_id(), Ok(key.public().id()));
        for cut in 0..signed.as_bytes().len() {
            let bad = Signed::<Note>::from_bytes(signed.as_bytes()[..cut].to_vec()).unwrap();
            assert!(bad.key_id().is_err());
        }
    }

    /// The order of the group, little-endian (RFC 8032, 5.1).
    const ORDER: &str = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";

    #[test]
    fn one_document_has_no_second_signature_by_adding_the_group_order() {
        let key = SigningKey::generate().unwrap();
        let signed = Signed::sign(&Note("a".to_owned()), &key).unwrap();
        let mut cose = CoseSign1::from_slice(signed.as_bytes()).unwrap();
        let order = hex::decode(ORDER).unwrap();
        let mut carry = 0_u16;
        for (s, l) in cose.signature[32..].iter_mut().zip(order) {
            carry += u16::from(*s) + u16::from(l);
            *s = (carry & 0xff) as u8;
            carry >>= 8;
        }
        let other = Signed::<Note>::from_bytes(cose.to_vec().unwrap()).unwrap();
        assert_ne!(other, signed);
        assert_eq!(
            other.verify(&key.public()),
            Err(EnvelopeError::BadSignature)
        );
    }

    /// Project Wycheproof: signatures that verify, and those that no library may take (other encodings, S beyond the group's order, cut,
    /// with something behind).
    #[test]
    fn signatures_of_everybodys_vectors_hold_or_are_refused_as_they_must() {
        use wycheproof::TestResult;
        use wycheproof::eddsa::{TestName, TestSet};
        let set = TestSet::load(TestName::Ed25519).unwrap();
        let (mut held, mut refused) = (0, 0);
        for group in &set.test_groups {
            let key = PublicKey::from_bytes(group.key.pk.to_vec().try_into().unwrap());
            for test in &group.tests {
                let verified = key.verify_bytes(&test.msg, &test.sig).is_ok();
                assert_eq!(verified, test.result == TestResult::Valid, "{}", test.tc_id);
                if verified { held += 1 } else { refused += 1 }
            }
        }
        assert!(held > 50 && refused > 50, "{held} held, {refused} refused");
    }
}
