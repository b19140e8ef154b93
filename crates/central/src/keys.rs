//! The centre's keys as files: for development; an authority keeps the root offline and the ingest
//! identity in a token.

use crate::{CentreError, cluster::random_name, private_file};
use domain::Timestamp;
use envelope::{
    Identity, KeyCertificate, KeyPurpose, PublicKey, Recipient, Signed, SigningKey, Zeroizing,
};
use std::fmt;
use std::path::Path;

/// Days that a certificate of the centre's key is good for.
const CERTIFICATE_DAYS: i64 = 365;
/// Days before its end at which a new one is made.
const RENEW_DAYS: i64 = 30;

/// Every key of a development centre.
pub struct KeyRing {
    centre: SigningKey,
    root: PublicKey,
    certificate: Signed<KeyCertificate>,
    ingest: Identity,
    recovery: Recipient,
    office_recovery: Recipient,
    codes: ring::hmac::Key,
}

impl KeyRing {
    /// Reads the keys of `folder`, making those that are missing. All files are 0600.
    ///
    /// # Errors
    /// [`CentreError::Keys`] names a damaged one; it is never replaced.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, CentreError> {
        private_file::make_folder(folder)?;
        let root = signing_key(&folder.join("policy-root.seed"), "policy root")?;
        let centre = signing_key(&folder.join("centre.seed"), "signing key")?;
        let ingest = identity(&folder.join("ingest.identity"), "ingest identity")?;
        let recovery = identity(&folder.join("recovery.identity"), "recovery identity")?;
        let office_recovery = identity(
            &folder.join("office-recovery.identity"),
            "office-recovery identity",
        )?;
        let certificate = certificate(&folder.join("centre.certificate"), &root, &centre, now)?;
        let pepper = text(&folder.join("activation-codes.key"), || random_name(64))?;
        Ok(Self {
            root: root.public(),
            certificate,
            ingest,
            recovery: recovery.recipient(),
            office_recovery: office_recovery.recipient(),
            codes: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, pepper.as_bytes()),
            centre,
        })
    }

    /// Signs receipts and leases.
    pub(crate) fn centre(&self) -> &SigningKey {
        &self.centre
    }

    /// The policy root's public side: what stations pin.
    pub fn root(&self) -> PublicKey {
        self.root
    }

    /// The policy root's word about the centre's key.
    pub fn certificate(&self) -> &Signed<KeyCertificate> {
        &self.certificate
    }

    /// Opens packets.
    pub(crate) fn ingest(&self) -> &Identity {
        &self.ingest
    }

    /// Whom stations seal packets to: ingest and disaster recovery.
    pub fn recipients(&self) -> Vec<Recipient> {
        vec![self.ingest.recipient(), self.recovery.clone()]
    }

    /// Drafts and review copies are sealed to it too; its secret half is carried away and never at a station.
    pub fn office_recovery(&self) -> &Recipient {
        &self.office_recovery
    }

    /// The tag under which an activation code is kept.
    pub(crate) fn code_tag(&self, code: &str) -> Vec<u8> {
        ring::hmac::sign(&self.codes, code.as_bytes())
            .as_ref()
            .to_vec()
    }

    /// Whether `tag` is this code's, in constant time.
    pub(crate) fn code_matches(&self, code: &str, tag: &[u8]) -> bool {
        ring::hmac::verify(&self.codes, code.as_bytes(), tag).is_ok()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(..)")
    }
}

fn signing_key(path: &Path, name: &'static str) -> Result<SigningKey, CentreError> {
    let seed = text(path, || {
        Ok(hex::encode(SigningKey::generate()?.expose_seed()))
    })?;
    let mut bytes = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(seed.as_str(), bytes.as_mut()).map_err(|_| CentreError::Keys(name))?;
    SigningKey::from_seed(bytes.as_ref()).map_err(|_| CentreError::Keys(name))
}

fn identity(path: &Path, name: &'static str) -> Result<Identity, CentreError> {
    let secret = text(path, || Ok(Identity::generate().to_secret().to_string()))?;
    Identity::parse(&secret).map_err(|_| CentreError::Keys(name))
}

fn certificate(
    path: &Path,
    root: &SigningKey,
    centre: &SigningKey,
    now: Timestamp,
) -> Result<Signed<KeyCertificate>, CentreError> {
    if let Some(bytes) = private_file::read(path)? {
        let signed = Signed::<KeyCertificate>::from_bytes(bytes)?;
        let known = signed
            .verify(&root.public())
            .map_err(|_| CentreError::Keys("key certificate"))?;
        if known.key == centre.public() && known.not_after >= now.plus_days(RENEW_DAYS) {
            return Ok(signed);
        }
    }
    let document = KeyCertificate {
        purpose: KeyPurpose::Centre,
        key: centre.public(),
        // A station's clock may lag; a day is more than clocks of the same decade differ.
        not_before: now.plus_days(-1),
        not_after: now.plus_days(CERTIFICATE_DAYS),
    };
    let signed = Signed::sign(&document, root)?;
    private_file::write(path, signed.as_bytes())?;
    Ok(signed)
}

/// The text of a key file, made by `make` where there is none.
fn text(
    path: &Path,
    make: impl FnOnce() -> Result<String, CentreError>,
) -> Result<Zeroizing<String>, CentreError> {
    if let Some(bytes) = private_file::read(path)? {
        let bytes = Zeroizing::new(bytes);
        let text = std::str::from_utf8(&bytes).map_err(|_| CentreError::Keys("key file"))?;
        return Ok(Zeroizing::new(text.trim().to_owned()));
    }
    let made = Zeroizing::new(make()?);
    private_file::write(path, made.as_bytes())?;
    Ok(made)
}
