//! The centre's keys as files: for development; an authority keeps the root offline and the ingest
//! identity in a token.

use crate::authority::Authority;
use crate::{CentreError, cluster::random_name, private_file};
use domain::{StationId, Timestamp};
use envelope::{
    ExtensionCode, Identity, KeyCertificate, KeyPurpose, PublicKey, Recipient, Signed, SigningKey,
    Zeroizing,
};
use std::fmt;
use std::path::Path;

/// Days that a certificate of the centre's key is good for.
const CERTIFICATE_DAYS: i64 = 365;
/// Days before its end at which a new one is made.
const RENEW_DAYS: i64 = 30;

/// Every key that a running centre needs.
pub struct KeyRing {
    centre: SigningKey,
    root: Root,
    certificate: Signed<KeyCertificate>,
    ingest: Identity,
    recovery: Recipient,
    office_recovery: Recipient,
    codes: ring::hmac::Key,
}

impl KeyRing {
    /// Reads the keys of a centre's folder. None is ever made or replaced here.
    ///
    /// # Errors
    /// [`CentreError::KeyMissing`] and [`CentreError::Keys`] name the one that is missing or damaged.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, CentreError> {
        let folder = folder.join(FOLDER);
        let root = match text(&folder.join(ROOT), "policy root") {
            Ok(seed) => Root::Here(Box::new(signing_key(&seed, "policy root")?)),
            Err(CentreError::KeyMissing(_)) => Root::Away(public_root(&folder)?),
            Err(error) => return Err(error),
        };
        let name = "signing key";
        let centre = signing_key(&text(&folder.join(CENTRE), name)?, name)?;
        let name = "ingest identity";
        let ingest = identity(&text(&folder.join(INGEST), name)?, name)?;
        let codes = text(&folder.join(CODES), "key of activation codes")?;
        Ok(Self {
            certificate: certificate(&folder, &root, &centre, now)?,
            recovery: recipient(&folder, RECOVERY, "recovery recipient")?,
            office_recovery: recipient(&folder, OFFICE_RECOVERY, "office-recovery recipient")?,
            codes: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, codes.as_bytes()),
            root,
            ingest,
            centre,
        })
    }

    /// Whether the policy root lies beside the other keys, as only a centre for development has it.
    pub fn is_development(&self) -> bool {
        matches!(self.root, Root::Here(_))
    }

    /// What the database must say of these keys: their public sides by name.
    pub(crate) fn public(&self) -> [(&'static str, String); 3] {
        [
            ("policy-root", hex::encode(self.root().as_bytes())),
            ("centre", hex::encode(self.centre.public().as_bytes())),
            ("ingest", self.ingest.recipient().as_str().to_owned()),
        ]
    }

    /// Signs receipts and leases.
    pub(crate) fn centre(&self) -> &SigningKey {
        &self.centre
    }

    /// The policy root's public side: what stations pin.
    pub fn root(&self) -> PublicKey {
        self.root.public()
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

    /// The code by which the lease of that serial is extended: the same one however often it is asked for.
    pub(crate) fn extension_code(
        &self,
        station: &StationId,
        serial: u64,
    ) -> Result<ExtensionCode, CentreError> {
        // An activation code has 20 letters: no message of this key is both.
        let message = format!("lease extension 1\0{station}\0{serial}");
        let mac = ring::hmac::sign(&self.codes, message.as_bytes());
        ExtensionCode::from_mac(mac.as_ref()).ok_or(CentreError::Keys("key of codes"))
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing(..)")
    }
}

/// Makes the keys of a centre whose folder has none, in a folder beside that gets its name at the end. An authority's policy root and
/// recovery identities go into the folder `away`, to be carried away; a centre for development keeps them.
///
/// # Errors
/// [`CentreError::Refused`] where there are keys already, or something lies in `away`.
pub fn init(folder: &Path, now: Timestamp, away: Option<&Path>) -> Result<(), CentreError> {
    let keys = folder.join(FOLDER);
    if has_any(&keys)? {
        return Err(CentreError::Refused(format!(
            "there are keys in {}",
            keys.display()
        )));
    }
    let fresh = folder.join("keys.new");
    private_file::make_folder(&fresh)?;
    if let Some(away) = away {
        private_file::make_folder(away)?;
        if has_any(away)? {
            return Err(CentreError::Refused(format!(
                "{} is not empty",
                away.display()
            )));
        }
    }
    let secrets = away.unwrap_or(&fresh);
    let root = SigningKey::generate()?;
    let centre = SigningKey::generate()?;
    put(secrets, ROOT, &hex::encode(root.expose_seed()))?;
    put(&fresh, ROOT_PUBLIC, &hex::encode(root.public().as_bytes()))?;
    put(&fresh, CENTRE, &hex::encode(centre.expose_seed()))?;
    put(&fresh, INGEST, &Identity::generate().to_secret())?;
    for name in [RECOVERY, OFFICE_RECOVERY] {
        make_recovery(&fresh, secrets, name)?;
    }
    put(&fresh, CODES, &random_name(64)?)?;
    certify(&fresh, &root, &centre, now)?;
    Authority::make(&fresh, now)?;
    // An empty folder may be in the way.
    std::fs::rename(&fresh, &keys)
        .map_err(|e| CentreError::file(format!("{} could not be named", keys.display()), e))?;
    private_file::keep_names(folder)
}

/// Takes over the keys of the first release: what it did not have yet is made, nothing is replaced.
///
/// # Errors
/// As [`KeyRing::open`]: what it did have must be there.
pub fn adopt(folder: &Path, now: Timestamp) -> Result<(), CentreError> {
    let keys = folder.join(FOLDER);
    text(
        &keys.join(format!("{RECOVERY}.identity")),
        "recovery identity",
    )?;
    if private_file::read(&keys.join(format!("{OFFICE_RECOVERY}.identity")))?.is_none() {
        make_recovery(&keys, &keys, OFFICE_RECOVERY)?;
    }
    KeyRing::open(folder, now).map(drop)
}

/// Makes the keys of a centre for development where there is none at all.
pub(crate) fn make_where_none(folder: &Path, now: Timestamp) -> Result<(), CentreError> {
    if has_any(&folder.join(FOLDER))? {
        return Ok(());
    }
    private_file::make_folder(folder)?;
    init(folder, now, None)
}

fn has_any(folder: &Path) -> Result<bool, CentreError> {
    match std::fs::read_dir(folder) {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(CentreError::file(
            format!("{} could not be read", folder.display()),
            e,
        )),
    }
}

/// The folder of the keys in the centre's.
pub(crate) const FOLDER: &str = "keys";
const ROOT: &str = "policy-root.seed";
const ROOT_PUBLIC: &str = "policy-root.public";
const CENTRE: &str = "centre.seed";
const CERTIFICATE: &str = "centre.certificate";
const INGEST: &str = "ingest.identity";
const CODES: &str = "activation-codes.key";
/// Secret half with the ending `.identity`, public half with `.recipient`.
const RECOVERY: &str = "recovery";
const OFFICE_RECOVERY: &str = "office-recovery";

/// The policy root: its secret half is offline, but for development.
enum Root {
    Here(Box<SigningKey>),
    Away(PublicKey),
}

impl Root {
    fn public(&self) -> PublicKey {
        match self {
            Self::Here(key) => key.public(),
            Self::Away(key) => *key,
        }
    }
}

fn put(folder: &Path, name: &str, text: &str) -> Result<(), CentreError> {
    private_file::write(&folder.join(name), text.as_bytes())
}

fn make_recovery(public: &Path, secret: &Path, name: &str) -> Result<(), CentreError> {
    let made = Identity::generate();
    put(secret, &format!("{name}.identity"), &made.to_secret())?;
    put(
        public,
        &format!("{name}.recipient"),
        made.recipient().as_str(),
    )
}

/// From its public half, or from the secret one where that is here alone, as the first release had it.
fn recipient(folder: &Path, file: &str, name: &'static str) -> Result<Recipient, CentreError> {
    match text(&folder.join(format!("{file}.recipient")), name) {
        Ok(public) => Recipient::parse(&public).map_err(|_| CentreError::Keys(name)),
        Err(CentreError::KeyMissing(_)) => {
            let secret = text(&folder.join(format!("{file}.identity")), name)?;
            Ok(identity(&secret, name)?.recipient())
        }
        Err(error) => Err(error),
    }
}

fn public_root(folder: &Path) -> Result<PublicKey, CentreError> {
    let name = "policy root";
    let mut bytes = [0_u8; 32];
    hex::decode_to_slice(text(&folder.join(ROOT_PUBLIC), name)?.as_str(), &mut bytes)
        .map_err(|_| CentreError::Keys(name))?;
    Ok(PublicKey::from_bytes(bytes))
}

fn signing_key(seed: &str, name: &'static str) -> Result<SigningKey, CentreError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(seed, bytes.as_mut()).map_err(|_| CentreError::Keys(name))?;
    SigningKey::from_seed(bytes.as_ref()).map_err(|_| CentreError::Keys(name))
}

fn identity(secret: &str, name: &'static str) -> Result<Identity, CentreError> {
    Identity::parse(secret).map_err(|_| CentreError::Keys(name))
}

/// The root's word about the centre's key. Where the root is here, a new one is made before the old one ends.
fn certificate(
    folder: &Path,
    root: &Root,
    centre: &SigningKey,
    now: Timestamp,
) -> Result<Signed<KeyCertificate>, CentreError> {
    let name = "key certificate";
    let bytes = private_file::read(&folder.join(CERTIFICATE))?;
    let signed = Signed::<KeyCertificate>::from_bytes(bytes.ok_or(CentreError::KeyMissing(name))?)?;
    let known = signed
        .verify(&root.public())
        .map_err(|_| CentreError::Keys(name))?;
    if known.key != centre.public() {
        return Err(CentreError::Keys(name));
    }
    match root {
        Root::Here(root) if known.not_after < now.plus_days(RENEW_DAYS) => {
            certify(folder, root, centre, now)
        }
        Root::Away(_) if known.not_after < now => Err(CentreError::Keys(name)),
        _ => Ok(signed),
    }
}

fn certify(
    folder: &Path,
    root: &SigningKey,
    centre: &SigningKey,
    now: Timestamp,
) -> Result<Signed<KeyCertificate>, CentreError> {
    let document = KeyCertificate {
        purpose: KeyPurpose::Centre,
        key: centre.public(),
        // A station's clock may lag; a day is more than clocks of the same decade differ.
        not_before: now.plus_days(-1),
        not_after: now.plus_days(CERTIFICATE_DAYS),
    };
    let signed = Signed::sign(&document, root)?;
    private_file::write(&folder.join(CERTIFICATE), signed.as_bytes())?;
    Ok(signed)
}

/// The text of a key file.
fn text(path: &Path, name: &'static str) -> Result<Zeroizing<String>, CentreError> {
    let bytes = private_file::read(path)?.ok_or(CentreError::KeyMissing(name))?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| CentreError::Keys(name))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}
