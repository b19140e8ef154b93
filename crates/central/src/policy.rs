//! The authority's policy, by version. Each version is signed by the centre and names the one before: what the database says is believed
//! only where its signature says the same.

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::{Policy, Timestamp};
use envelope::{Digest, Document, Signed};
use serde::{Deserialize, Serialize};
use tokio_postgres::Row;

/// The centre's word that a policy was brought into force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Enacted {
    /// Version of this document.
    format: u16,
    policy: Policy,
    /// Digest of the word about the version before; none for the first that was signed.
    previous: Option<Digest>,
    /// Who did it.
    by: String,
    at: Timestamp,
}

impl Document for Enacted {
    const TYPE: &'static str = "application/vnd.shanakht.policy+cbor";
    const FIELDS: &'static [&'static str] = &["format", "policy", "previous", "by", "at"];
}

/// How a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Genuine {
    /// Its signature says the same, and names the version before.
    Signed,
    /// From before versions were signed.
    Unsigned,
    /// Somebody changed the database: no lease carries it.
    Altered,
}

/// A version of the policy.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// Its number.
    pub version: i32,
    /// Since when.
    pub since: Timestamp,
    /// Who brought it into force; none where nobody wrote that down.
    pub by: Option<String>,
    /// How it stands.
    pub genuine: Genuine,
    /// What it says.
    pub policy: serde_json::Value,
}

/// Puts the first policy where there is none. Only a centre for development takes replayed pictures.
pub(crate) async fn ensure(store: &Store) -> Result<(), CentreError> {
    let policy = if store.keys().is_development() {
        Policy::development()
    } else {
        Policy {
            replay_allowed: false,
            ..Policy::default()
        }
    };
    let client = store.client().await?;
    if client
        .query_opt("select from policy limit 1", &[])
        .await?
        .is_none()
    {
        insert(store, &client, &policy, "init", None).await?;
    }
    Ok(())
}

/// Brings a policy into force: the next lease of every station carries it.
///
/// # Errors
/// [`CentreError::Refused`] where its version is not newer than the one in force.
pub async fn enact(store: &Store, policy: &Policy) -> Result<(), CentreError> {
    enact_by(store, policy, "a program").await
}

/// The same with who does it.
///
/// # Errors
/// As [`enact`].
pub async fn enact_by(store: &Store, policy: &Policy, by: &str) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let newest = "select signed from policy order by version desc limit 1 for update";
    let before = transaction.query_opt(newest, &[]).await?;
    let before = before.and_then(|row| row.get::<_, Option<Vec<u8>>>(0));
    let previous = before.map(|signed| Digest::of(&signed));
    let rows = insert(store, &transaction, policy, by, previous).await?;
    if rows == 0 {
        return Err(CentreError::Refused(
            "a policy of this version or a newer one is in force".to_owned(),
        ));
    }
    transaction.commit().await?;
    Ok(())
}

async fn insert(
    store: &Store,
    client: &impl GenericClient,
    policy: &Policy,
    by: &str,
    previous: Option<Digest>,
) -> Result<u64, CentreError> {
    let version = i32::try_from(policy.version)
        .map_err(|_| CentreError::Refused("the policy's version is too large".to_owned()))?;
    let word = Enacted {
        format: envelope::FORMAT,
        policy: policy.clone(),
        previous,
        by: by.to_owned(),
        at: store.clock().now(),
    };
    let signed = Signed::sign(&word, store.keys().current()?.signer())?;
    let rows = client
        .execute(
            "insert into policy (version, document, since, signed, by_whom)
             select $1, $2, $3, $4, $5 where not exists (select from policy where version >= $1)
             on conflict do nothing",
            &[
                &version,
                &to_json(policy)?,
                &word.at.millis(),
                &signed.as_bytes(),
                &by,
            ],
        )
        .await?;
    Ok(rows)
}

/// The policy that the next lease carries.
///
/// # Errors
/// [`CentreError`] where the database cannot be read, or says something else than was signed.
pub async fn in_force(store: &Store) -> Result<Policy, CentreError> {
    let client = store.client().await?;
    genuine(store, &client).await
}

/// The same on a connection of the caller's.
pub(crate) async fn genuine(
    store: &Store,
    client: &impl GenericClient,
) -> Result<Policy, CentreError> {
    let newest = "select document, signed from policy order by version desc limit 1";
    let row = client.query_one(newest, &[]).await?;
    let policy = from_json(row.get(0))?;
    match word(store, &row, 1)? {
        Some(word) if word.policy != policy => Err(CentreError::Keys("policy")),
        _ => Ok(policy),
    }
}

/// What was signed; none where nothing was.
fn word(store: &Store, row: &Row, place: usize) -> Result<Option<Enacted>, CentreError> {
    let Some(bytes) = row.get::<_, Option<Vec<u8>>>(place) else {
        return Ok(None);
    };
    let altered = CentreError::Keys("policy");
    let signed = Signed::<Enacted>::from_bytes(bytes)?;
    let keys = store.keys();
    let Some(key) = keys.of(signed.key_id()?) else {
        return Err(altered);
    };
    let word = signed.verify(&key.signer().public()).map_err(|_| altered)?;
    Ok(Some(word.into_document()))
}

/// All versions, newest first, each with how it stands.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn history(store: &Store) -> Result<Vec<Version>, CentreError> {
    let client = store.client().await?;
    let all = "select version, since, by_whom, document, signed from policy order by version";
    let mut before: Option<Vec<u8>> = None;
    let mut versions = Vec::new();
    for row in client.query(all, &[]).await? {
        let signed: Option<Vec<u8>> = row.get(4);
        let previous = before.as_deref().map(Digest::of);
        let genuine = match word(store, &row, 4) {
            Ok(None) if before.is_none() => Genuine::Unsigned,
            Ok(Some(word))
                if word.previous == previous
                    && from_json(row.get(3)).ok() == Some(word.policy.clone()) =>
            {
                Genuine::Signed
            }
            _ => Genuine::Altered,
        };
        versions.push(Version {
            version: row.get(0),
            since: Timestamp::from_millis(row.get(1)),
            by: row.get(2),
            genuine,
            policy: row.get(3),
        });
        before = signed.or(before);
    }
    versions.reverse();
    Ok(versions)
}

fn to_json(policy: &Policy) -> Result<serde_json::Value, CentreError> {
    serde_json::to_value(policy).map_err(|_| CentreError::Keys("policy"))
}

fn from_json(value: serde_json::Value) -> Result<Policy, CentreError> {
    serde_json::from_value(value).map_err(|_| CentreError::Keys("policy"))
}
