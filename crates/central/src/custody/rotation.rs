//! Rotation: a new receipt key and a new ingest key take the place of the old ones. What was sealed to the old one is opened for as long
//! as custody has it; receipts go out under the old one to whoever has no lease of the new one yet, for 90 days.

pub(crate) use super::keys::Known;
use super::keys::{FOLDER, certificate_file, certificate_for, certify};
use super::{KeyRing, Name, Purpose};
use crate::{CentreError, Store, custody, private_file};
use domain::Timestamp;
use envelope::{KeyCertificate, Opener, Signed, Signer};
use serde::Serialize;
use std::path::Path;
use std::sync::Arc;

/// A generation as an administrator sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// `centre` signs receipts and leases, `ingest` opens packets.
    pub purpose: &'static str,
    /// Counted from 1.
    pub number: i32,
    /// Its public side.
    pub public: String,
    /// From when it is in force.
    pub since: Timestamp,
    /// Until when the root vouches for it, for a key that signs.
    pub not_after: Option<Timestamp>,
    /// Whether custody has it.
    pub here: bool,
}

/// All generations, newest first.
///
/// # Errors
/// [`CentreError`].
pub async fn list(store: &Store) -> Result<Vec<Line>, CentreError> {
    let keys = store.keys();
    let mut lines = Vec::new();
    for known in known(store).await? {
        let certified = known.certificate.as_ref().map(Signed::peek).transpose()?;
        let own = keys
            .current()
            .ok()
            .filter(|key| key.number == known.name.number);
        lines.push(Line {
            purpose: known.name.purpose.as_str(),
            number: known.name.number,
            here: keys.public_of(known.name).as_deref() == Some(known.public.as_str()),
            since: known.since,
            not_after: match known.name.purpose {
                Purpose::Receipts => certified.map(|c| c.not_after).or(own.map(|k| k.not_after)),
                Purpose::Ingest => None,
            },
            public: known.public,
        });
    }
    lines.reverse();
    Ok(lines)
}

/// What the database knows of keys, oldest first.
pub(crate) async fn known(store: &Store) -> Result<Vec<Known>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select purpose, number, public, certificate, since from key_generation order by purpose, number",
            &[],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let purpose = match row.get(0) {
                "centre" => Purpose::Receipts,
                _ => Purpose::Ingest,
            };
            let certificate: Option<Vec<u8>> = row.get(3);
            Ok(Known {
                name: Name {
                    purpose,
                    number: row.get(1),
                },
                public: row.get(2),
                certificate: certificate.map(Signed::from_bytes).transpose()?,
                since: Timestamp::from_millis(row.get(4)),
            })
        })
        .collect()
}

/// The generation that comes next.
fn next(keys: &KeyRing, purpose: Purpose) -> Name {
    Name {
        purpose,
        number: keys.newest(purpose) + 1,
    }
}

/// Makes the next keys, where they are not made yet, and writes the request that the root is to sign. Nothing changes by it.
///
/// # Errors
/// [`CentreError::Refused`] where custody lacks a key that is in force already.
pub fn request(store: &Store, to: &Path) -> Result<(), CentreError> {
    let keys = complete(store)?;
    let signer = make_next(store, &keys)?;
    let wanted = certificate_for(signer.public(), store.clock().now());
    let request = Signed::sign(&wanted, signer.as_ref())?;
    private_file::write(to, request.as_bytes())
}

/// Brings the next keys into force by the root's word about the receipt key; gives their number.
///
/// # Errors
/// [`CentreError::Refused`] where the certificate is not the root's, or not about the key that was made for it.
pub async fn enact(store: &Store, certificate: &Path) -> Result<i32, CentreError> {
    let refused = |why: &str| CentreError::Refused(format!("{}: {why}", certificate.display()));
    let bytes = private_file::read(certificate)?.ok_or_else(|| refused("there is no such file"))?;
    enact_signed(store, Signed::from_bytes(bytes)?, refused).await
}

/// The same where the root is here, as only a centre for development has it.
///
/// # Errors
/// [`CentreError::Refused`] where it is not here.
pub async fn at_once(store: &Store) -> Result<i32, CentreError> {
    let keys = complete(store)?;
    let root = keys.root_key().ok_or_else(|| {
        let why = "the policy root is away: --request makes what it is to sign, --certificate takes its answer";
        CentreError::Refused(why.to_owned())
    })?;
    let signer = make_next(store, &keys)?;
    let certificate = certify(root, signer.public(), store.clock().now())?;
    let refused = |why: &str| CentreError::Refused(why.to_owned());
    enact_signed(store, certificate, refused).await
}

/// Those that a request made already are taken.
fn make_next(store: &Store, keys: &KeyRing) -> Result<Arc<dyn Signer>, CentreError> {
    let custody = custody::of(&store.folder().join(FOLDER))?;
    let (receipts, ingest) = (next(keys, Purpose::Receipts), next(keys, Purpose::Ingest));
    if custody.opener(ingest)?.is_none() {
        custody.make_opener(ingest)?;
    }
    match custody.signer(receipts)? {
        Some(made) => Ok(made),
        None => custody.make_signer(receipts),
    }
}

fn complete(store: &Store) -> Result<Arc<KeyRing>, CentreError> {
    let keys = store.keys();
    if keys.is_lacking() {
        return Err(CentreError::Refused(
            "custody does not have a key that is in force; bring it here first".to_owned(),
        ));
    }
    Ok(keys)
}

async fn enact_signed(
    store: &Store,
    signed: Signed<KeyCertificate>,
    refused: impl Fn(&str) -> CentreError,
) -> Result<i32, CentreError> {
    let keys = complete(store)?;
    let now = store.clock().now();
    let certified = signed
        .verify(&keys.root())
        .map_err(|_| refused("it is not signed by this centre's policy root"))?;
    let custody = custody::of(&store.folder().join(FOLDER))?;
    let (receipts, ingest) = (next(&keys, Purpose::Receipts), next(&keys, Purpose::Ingest));
    let missing = || refused("no key was made for it here: begin with --request");
    let signer = custody.signer(receipts)?.ok_or_else(missing)?;
    let opener = custody.opener(ingest)?.ok_or_else(missing)?;
    if certified.key != signer.public() {
        return Err(refused(
            "it is about another key than the one that was made",
        ));
    }
    if !(certified.not_before..=certified.not_after).contains(&now) {
        return Err(refused("it does not hold today"));
    }
    let beside = store
        .folder()
        .join(FOLDER)
        .join(certificate_file(receipts.number));
    private_file::write(&beside, signed.as_bytes())?;
    insert(
        store,
        &signed,
        signer.as_ref(),
        opener.as_ref(),
        receipts.number,
    )
    .await?;
    tracing::info!(number = receipts.number, "keys rotated");
    Ok(receipts.number)
}

/// Where a database was begun anew beside keys that were rotated: it learns their generations.
pub(crate) async fn learn(store: &Store) -> Result<(), CentreError> {
    let folder = store.folder().join(FOLDER);
    let mut number = 2;
    while let Some(bytes) = private_file::read(&folder.join(certificate_file(number)))? {
        let custody = custody::of(&folder)?;
        let name = |purpose| Name { purpose, number };
        let (signer, opener) = (
            custody.signer(name(Purpose::Receipts))?,
            custody.opener(name(Purpose::Ingest))?,
        );
        let (Some(signer), Some(opener)) = (signer, opener) else {
            break;
        };
        insert(
            store,
            &Signed::from_bytes(bytes)?,
            signer.as_ref(),
            opener.as_ref(),
            number,
        )
        .await?;
        number += 1;
    }
    Ok(())
}

async fn insert(
    store: &Store,
    signed: &Signed<KeyCertificate>,
    signer: &dyn Signer,
    opener: &dyn Opener,
    number: i32,
) -> Result<(), CentreError> {
    let now = store.clock().now();
    let name = |purpose| Name { purpose, number };
    let (receipts, ingest) = (name(Purpose::Receipts), name(Purpose::Ingest));
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let generations = [
        (
            receipts,
            hex::encode(signer.public().as_bytes()),
            Some(signed.as_bytes()),
        ),
        (ingest, opener.recipient().as_str().to_owned(), None),
    ];
    for (name, public, certificate) in generations {
        transaction
            .execute(
                "insert into key_generation (purpose, number, public, certificate, since) values ($1, $2, $3, $4, $5) on conflict do nothing",
                &[
                    &name.purpose.as_str(),
                    &name.number,
                    &public,
                    &certificate,
                    &now.millis(),
                ],
            )
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}
