//! The centre's key ring: every generation of its two keys, the policy root's public side, whom stations seal to.

use super::files::{identity, signing_key, text};
use super::{Custody, Name, Purpose, TokenChoice};
use crate::authority::Authority;
use crate::{CentreError, cluster::random_name, custody, operators, private_file};
use domain::{OperatorId, StationId, Timestamp};
use envelope::{
    EnvelopeError, ExtensionCode, Identity, KeyCertificate, KeyId, KeyPurpose, Opener,
    OperatorCode, PublicKey, Recipient, Signed, Signer, SigningKey, Zeroizing,
};
use std::fmt;
use std::path::Path;
use std::sync::Arc;

/// Days that a key which was replaced goes on: stations that have no lease of the new one yet are answered with it.
pub const OVERLAP_DAYS: i64 = 90;
/// Days that a certificate of a receipt key is good for: a year, and the overlap.
pub const CERTIFICATE_DAYS: i64 = 365 + OVERLAP_DAYS;
/// Days before its end at which a new one is made, where the root is here.
const RENEW_DAYS: i64 = 30;

/// Every key that a running centre needs.
pub struct KeyRing {
    root: Root,
    receipts: Vec<ReceiptKey>,
    ingest: Vec<IngestKey>,
    /// The database knows of a generation that custody does not have.
    lacking: bool,
    recovery: Recipient,
    office_recovery: Recipient,
    codes: ring::hmac::Key,
}

/// A generation of the key that signs receipts and leases.
#[derive(Clone)]
pub(crate) struct ReceiptKey {
    pub number: i32,
    signer: Arc<dyn Signer>,
    pub certificate: Signed<KeyCertificate>,
    pub not_after: Timestamp,
    /// From when it is in force.
    pub since: Timestamp,
}

impl ReceiptKey {
    pub(crate) fn signer(&self) -> &dyn Signer {
        self.signer.as_ref()
    }
}

/// A generation of the key that opens packets.
#[derive(Clone)]
struct IngestKey {
    number: i32,
    opener: Arc<dyn Opener>,
}

/// What the database knows of a generation.
pub(crate) struct Known {
    pub name: Name,
    pub public: String,
    pub certificate: Option<Signed<KeyCertificate>>,
    pub since: Timestamp,
}

impl KeyRing {
    /// Reads the first keys of a centre's folder. None is ever made or replaced here.
    ///
    /// # Errors
    /// [`CentreError::KeyMissing`] and [`CentreError::Keys`] name the one that is missing or damaged.
    pub fn open(folder: &Path, now: Timestamp) -> Result<Self, CentreError> {
        let folder = folder.join(FOLDER);
        let root = Root::open(&folder)?;
        let custody = custody::of(&folder)?;
        let first = |purpose: Purpose| Name { purpose, number: 1 };
        let missing = |purpose: Purpose| CentreError::KeyMissing(purpose.words());
        let signer = custody.signer(first(Purpose::Receipts))?;
        let signer = signer.ok_or(missing(Purpose::Receipts))?;
        let opener = custody.opener(first(Purpose::Ingest))?;
        let opener = opener.ok_or(missing(Purpose::Ingest))?;
        let codes = text(&folder.join(CODES), "key of activation codes")?;
        let bytes = private_file::read(&folder.join(CERTIFICATE))?;
        let signed = Signed::from_bytes(bytes.ok_or(CentreError::KeyMissing("key certificate"))?)?;
        let mut ring = Self {
            receipts: Vec::new(),
            ingest: vec![IngestKey { number: 1, opener }],
            lacking: false,
            recovery: recipient(&folder, RECOVERY, "recovery recipient")?,
            office_recovery: recipient(&folder, OFFICE_RECOVERY, "office-recovery recipient")?,
            codes: ring::hmac::Key::new(ring::hmac::HMAC_SHA256, codes.as_bytes()),
            root,
        };
        let since = Timestamp::default();
        let key = ring.receipt_key(1, signer, signed, since, now)?;
        if let Root::Here(_) = ring.root {
            private_file::write(&folder.join(CERTIFICATE), key.certificate.as_bytes())?;
        }
        ring.receipts.push(key);
        Ok(ring)
    }

    /// The same with all that the database knows of and custody has.
    pub(crate) fn with(
        mut self,
        folder: &Path,
        known: Vec<Known>,
        now: Timestamp,
    ) -> Result<Self, CentreError> {
        let custody = custody::of(&folder.join(FOLDER))?;
        for Known {
            name,
            public,
            certificate,
            since,
        } in known
        {
            if name.number == 1 {
                if self.public_of(name).as_deref() != Some(public.as_str()) {
                    return Err(CentreError::OtherKeys(name.purpose.words()));
                }
                continue;
            }
            let found = match name.purpose {
                Purpose::Receipts => {
                    self.take_receipts(custody.as_ref(), name, certificate, since, now)?
                }
                Purpose::Ingest => self.take_ingest(custody.as_ref(), name)?,
            };
            if !found {
                tracing::error!(key = %name, "custody does not have a key that is in force");
                self.lacking = true;
            } else if self.public_of(name).as_deref() != Some(public.as_str()) {
                return Err(CentreError::OtherKeys(name.purpose.words()));
            }
        }
        self.receipts.sort_by_key(|key| -key.number);
        self.ingest.sort_by_key(|key| -key.number);
        Ok(self)
    }

    fn take_receipts(
        &mut self,
        custody: &dyn Custody,
        name: Name,
        certificate: Option<Signed<KeyCertificate>>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<bool, CentreError> {
        let Some(signer) = custody.signer(name)? else {
            return Ok(false);
        };
        let certificate = certificate.ok_or(CentreError::KeyMissing("key certificate"))?;
        let key = self.receipt_key(name.number, signer, certificate, since, now)?;
        self.receipts.push(key);
        Ok(true)
    }

    fn take_ingest(&mut self, custody: &dyn Custody, name: Name) -> Result<bool, CentreError> {
        let Some(opener) = custody.opener(name)? else {
            return Ok(false);
        };
        let number = name.number;
        self.ingest.push(IngestKey { number, opener });
        Ok(true)
    }

    /// With the root's word about it. Where the root is here, a new one is made before the old one ends.
    fn receipt_key(
        &self,
        number: i32,
        signer: Arc<dyn Signer>,
        mut certificate: Signed<KeyCertificate>,
        since: Timestamp,
        now: Timestamp,
    ) -> Result<ReceiptKey, CentreError> {
        let name = "key certificate";
        let damaged = |_| CentreError::Keys(name);
        let mut known = certificate.verify(&self.root()).map_err(damaged)?;
        if known.key != signer.public() {
            return Err(CentreError::Keys(name));
        }
        if let Root::Here(root) = &self.root
            && known.not_after < now.plus_days(RENEW_DAYS)
        {
            certificate = certify(root, signer.public(), now)?;
            known = certificate.verify(&self.root()).map_err(damaged)?;
        }
        Ok(ReceiptKey {
            number,
            not_after: known.not_after,
            signer,
            certificate,
            since,
        })
    }

    /// Whether the policy root lies beside the other keys, as only a centre for development has it.
    pub fn is_development(&self) -> bool {
        matches!(self.root, Root::Here(_))
    }

    pub(super) fn root_key(&self) -> Option<&SigningKey> {
        match &self.root {
            Root::Here(key) => Some(key),
            Root::Away(_) => None,
        }
    }

    /// The public side of a generation, as the database has it.
    pub(crate) fn public_of(&self, name: Name) -> Option<String> {
        match name.purpose {
            Purpose::Receipts => {
                let mut keys = self.receipts.iter();
                let key = keys.find(|key| key.number == name.number)?;
                Some(hex::encode(key.signer.public().as_bytes()))
            }
            Purpose::Ingest => {
                let mut keys = self.ingest.iter();
                let key = keys.find(|key| key.number == name.number)?;
                Some(key.opener.recipient().as_str().to_owned())
            }
        }
    }

    /// The newest generation that is here.
    pub(crate) fn newest(&self, purpose: Purpose) -> i32 {
        match purpose {
            Purpose::Receipts => self.receipts.first().map_or(0, |key| key.number),
            Purpose::Ingest => self.ingest.first().map_or(0, |key| key.number),
        }
    }

    /// Whether a key that is in force is not here: another replica's packets may be sealed to it.
    pub(crate) fn is_lacking(&self) -> bool {
        self.lacking
    }

    /// The key of today: signs leases, and receipts for whoever knows it.
    pub(crate) fn current(&self) -> Result<&ReceiptKey, CentreError> {
        self.receipts
            .first()
            .ok_or(CentreError::KeyMissing(Purpose::Receipts.words()))
    }

    /// The key that a station knows by its lease, within the overlap; else the one of today.
    pub(crate) fn known_to(&self, number: i32, now: Timestamp) -> Result<&ReceiptKey, CentreError> {
        let current = self.current()?;
        let known = self.receipts.iter().position(|key| key.number == number);
        let Some(place) = known.filter(|place| *place > 0) else {
            return Ok(current);
        };
        // Newest first: the one before it in the list took its place.
        let replaced = self.receipts.get(place - 1).map(|next| next.since);
        let key = self.receipts.get(place).filter(|key| {
            let overlaps = replaced.is_some_and(|at| now < at.plus_days(OVERLAP_DAYS));
            overlaps && now <= key.not_after
        });
        Ok(key.unwrap_or(current))
    }

    /// The key that signed a document, by the name that it gives.
    pub(crate) fn of(&self, id: KeyId) -> Option<&ReceiptKey> {
        let mut keys = self.receipts.iter();
        keys.find(|key| key.signer.public().id() == id)
    }

    /// The root's words about all keys but this one.
    pub(crate) fn certificates_but(
        &self,
        number: i32,
    ) -> impl Iterator<Item = &Signed<KeyCertificate>> {
        let others = self.receipts.iter().filter(move |key| key.number != number);
        others.map(|key| &key.certificate)
    }

    /// The policy root's public side: what stations pin.
    pub fn root(&self) -> PublicKey {
        self.root.public()
    }

    /// The policy root's word about the key of today.
    ///
    /// # Errors
    /// [`CentreError::KeyMissing`] where there is none.
    pub fn certificate(&self) -> Result<&Signed<KeyCertificate>, CentreError> {
        Ok(&self.current()?.certificate)
    }

    /// What opens packets: the key of today and those before it.
    pub(crate) fn openers(&self) -> Openers {
        Openers {
            keys: self.ingest.iter().map(|key| key.opener.clone()).collect(),
            lacking: self.lacking,
        }
    }

    /// Whom stations seal packets to: ingest and disaster recovery.
    pub fn recipients(&self) -> Vec<Recipient> {
        let ingest = self.ingest.first().map(|key| key.opener.recipient());
        ingest.into_iter().chain([self.recovery.clone()]).collect()
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

/// Opens what stations have sealed to any generation of the ingest key.
pub(crate) struct Openers {
    keys: Vec<Arc<dyn Opener>>,
    lacking: bool,
}

impl Openers {
    /// Opens with the first key that fits.
    ///
    /// # Errors
    /// [`EnvelopeError::KeyAway`] where the right key may be one that is not here; else as [`envelope::open`].
    pub(crate) fn open(
        &self,
        sealed: &[u8],
        limit: usize,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        for key in &self.keys {
            match key.open(sealed, limit) {
                Err(EnvelopeError::NotAddressed) => {}
                opened => return opened,
            }
        }
        Err(if self.lacking {
            EnvelopeError::KeyAway
        } else {
            EnvelopeError::NotAddressed
        })
    }
}

/// Makes the keys of a centre whose folder has none, in a folder beside that gets its name at the end. An authority's policy root and
/// recovery identities go into the folder `away`, to be carried away; a centre for development keeps them. Receipt and ingest key are
/// made in the token, where one is named. Gives the names and codes of the first two operators, which are kept nowhere.
///
/// # Errors
/// [`CentreError::Refused`] where there are keys already, or something lies in `away`.
pub fn init(
    folder: &Path,
    now: Timestamp,
    away: Option<&Path>,
    token: Option<&TokenChoice>,
) -> Result<Vec<(OperatorId, OperatorCode)>, CentreError> {
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
    let seed = Zeroizing::new(hex::encode(root.expose_seed()));
    put(secrets, ROOT, &seed)?;
    put(&fresh, ROOT_PUBLIC, &hex::encode(root.public().as_bytes()))?;
    make_first(&fresh, &root, now, token)?;
    for name in [RECOVERY, OFFICE_RECOVERY] {
        make_recovery(&fresh, secrets, name)?;
    }
    put(&fresh, CODES, &random_name(64)?)?;
    Authority::make(&fresh, now)?;
    let codes = operators::first_introductions(&fresh, &root, now)?;
    // An empty folder may be in the way.
    std::fs::rename(&fresh, &keys)
        .map_err(|e| CentreError::file(format!("{} could not be named", keys.display()), e))?;
    private_file::keep_names(folder)?;
    Ok(codes)
}

/// The first receipt key, with the root's word, and the first ingest key.
fn make_first(
    fresh: &Path,
    root: &SigningKey,
    now: Timestamp,
    token: Option<&TokenChoice>,
) -> Result<(), CentreError> {
    if let Some(token) = token {
        custody::note_token(fresh, token)?;
    }
    let custody = custody::of(fresh)?;
    let first = |purpose| Name { purpose, number: 1 };
    let centre = custody.make_signer(first(Purpose::Receipts))?;
    custody.make_opener(first(Purpose::Ingest))?;
    let certificate = certify(root, centre.public(), now)?;
    private_file::write(&fresh.join(CERTIFICATE), certificate.as_bytes())
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
    init(folder, now, None, None).map(drop)
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
/// The policy root's secret, as `init` carries it away.
pub(super) const ROOT: &str = "policy-root.seed";
const ROOT_PUBLIC: &str = "policy-root.public";
const CERTIFICATE: &str = "centre.certificate";

/// Where the root's word about a later generation lies, so that another database than the first knows it too.
pub(super) fn certificate_file(number: i32) -> String {
    format!("centre-{number}.certificate")
}

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
    fn open(folder: &Path) -> Result<Self, CentreError> {
        match text(&folder.join(ROOT), "policy root") {
            Ok(seed) => Ok(Self::Here(Box::new(signing_key(&seed, "policy root")?))),
            Err(CentreError::KeyMissing(_)) => Ok(Self::Away(public_root(folder)?)),
            Err(error) => Err(error),
        }
    }

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

/// The document by which the root vouches for a receipt key.
pub(super) fn certificate_for(key: PublicKey, now: Timestamp) -> KeyCertificate {
    KeyCertificate {
        purpose: KeyPurpose::Centre,
        key,
        // A station's clock may lag; a day is more than clocks of the same decade differ.
        not_before: now.plus_days(-1),
        not_after: now.plus_days(CERTIFICATE_DAYS),
    }
}

pub(super) fn certify(
    root: &SigningKey,
    key: PublicKey,
    now: Timestamp,
) -> Result<Signed<KeyCertificate>, CentreError> {
    Ok(Signed::sign(&certificate_for(key, now), root)?)
}
