//! How somebody becomes an operator, and how that ends.

use super::{Kept, Roster, keep, signed_so_far};
use crate::{CentreError, Store, audit, private_file};
use deadpool_postgres::Transaction;
use domain::{OperatorId, OperatorRole, Timestamp};
use envelope::{
    KeyFile, OPERATOR_FORMAT, OperatorCode, OperatorEnrolment, OperatorIntroduction,
    OperatorRevocation, PublicKey, Signed, SigningKey, StaffKeys, WorkFactor,
};
use secrecy::SecretString;
use std::path::Path;

/// The names of the first two, whom the policy root introduces when a centre is made.
const FIRST: [&str; 2] = ["adjudicator-1", "adjudicator-2"];
/// The ending of their introductions in the folder of the keys.
const ENDING: &str = "introduction";

/// The policy root's word about somebody who is given this code; offline.
///
/// # Errors
/// [`CentreError::Envelope`] where the key is unusable.
pub fn introduce_by_root(
    root: &SigningKey,
    operator: &OperatorId,
    role: OperatorRole,
    code: &OperatorCode,
    now: Timestamp,
) -> Result<Signed<OperatorIntroduction>, CentreError> {
    let introduction = OperatorIntroduction {
        format: OPERATOR_FORMAT,
        operator: operator.clone(),
        role,
        key: code.key()?.public(),
        by: None,
        counter: 0,
        at: now,
    };
    Ok(Signed::sign(&introduction, root)?)
}

/// Introduces the first two adjudicators with the keys that are made: their names and codes.
pub(crate) fn first_introductions(
    keys: &Path,
    root: &SigningKey,
    now: Timestamp,
) -> Result<Vec<(OperatorId, OperatorCode)>, CentreError> {
    let mut codes = Vec::new();
    for name in FIRST {
        let operator = OperatorId::parse(name).map_err(|_| CentreError::Keys("operator's name"))?;
        let code = OperatorCode::generate()?;
        let role = OperatorRole::Adjudicator;
        let signed = introduce_by_root(root, &operator, role, &code, now)?;
        private_file::write(&keys.join(format!("{name}.{ENDING}")), signed.as_bytes())?;
        codes.push((operator, code));
    }
    Ok(codes)
}

/// Brings the first introductions from the folder of the keys into the database, where there are any.
pub(crate) async fn take_first(store: &Store, keys: &Path) -> Result<(), CentreError> {
    for name in FIRST {
        let path = keys.join(format!("{name}.{ENDING}"));
        if let Some(bytes) = private_file::read(&path)? {
            let client = store.client().await?;
            put_introduction(store, &client, &Signed::from_bytes(bytes)?).await?;
        }
    }
    Ok(())
}

async fn put_introduction(
    store: &Store,
    client: &impl deadpool_postgres::GenericClient,
    signed: &Signed<OperatorIntroduction>,
) -> Result<(), CentreError> {
    let said = signed.peek()?;
    let kept = Kept {
        kind: "introduction",
        operator: said.by.as_ref(),
        counter: said.counter,
        case: None,
    };
    keep(store, client, signed, &kept).await.map(drop)
}

/// Takes an introduction by the policy root, such as for somebody whose code or key was lost.
///
/// # Errors
/// [`CentreError::Refused`] where the policy root did not sign it.
pub async fn take_introduction(
    store: &Store,
    signed: &Signed<OperatorIntroduction>,
    by: &str,
) -> Result<OperatorIntroduction, CentreError> {
    let said = signed
        .verify(&store.keys().root())
        .map_err(|_| CentreError::Refused("the policy root did not sign this".to_owned()))?
        .into_document();
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    put_introduction(store, &transaction, signed).await?;
    audit::note(
        store,
        &transaction,
        by,
        ("operator-introduce", said.operator.as_str()),
    )
    .await?;
    transaction.commit().await?;
    Ok(said)
}

/// An adjudicator's word that somebody may become an operator; a second one makes it count. Gives the code, to be carried to the newcomer.
///
/// # Errors
/// [`CentreError::Refused`] where the name is taken or `by` may not.
pub async fn add(
    store: &Store,
    (by, key): (&OperatorId, &SigningKey),
    operator: &OperatorId,
    role: OperatorRole,
) -> Result<OperatorCode, CentreError> {
    let code = OperatorCode::generate()?;
    say(store, (by, key), operator, (role, code.key()?.public())).await?;
    Ok(code)
}

/// The second adjudicator's word about the newest newcomer of that name.
///
/// # Errors
/// [`CentreError::Refused`] where nobody introduced them.
pub async fn confirm(
    store: &Store,
    (by, key): (&OperatorId, &SigningKey),
    operator: &OperatorId,
) -> Result<OperatorRole, CentreError> {
    let client = store.client().await?;
    let rows = client
        .query(
            "select document from operator_document where kind = 'introduction' and operator is not null
             order by number desc",
            &[],
        )
        .await?;
    drop(client);
    let first = rows
        .iter()
        .filter_map(|row| {
            Signed::<OperatorIntroduction>::from_bytes(row.get(0))
                .ok()?
                .peek()
                .ok()
        })
        .find(|said| said.operator == *operator && said.by.as_ref() != Some(by))
        .ok_or_else(|| CentreError::Refused(format!("nobody else has introduced {operator}")))?;
    say(store, (by, key), operator, (first.role, first.key)).await?;
    Ok(first.role)
}

async fn say(
    store: &Store,
    (by, key): (&OperatorId, &SigningKey),
    operator: &OperatorId,
    (role, of_code): (OperatorRole, PublicKey),
) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let roster = Roster::read(&transaction, &store.keys().root()).await?;
    if roster.member(operator).is_some() {
        return Err(CentreError::Refused(format!(
            "the name {operator} is taken"
        )));
    }
    let counter = signed_so_far(&transaction, by).await? + 1;
    let introduction = OperatorIntroduction {
        format: OPERATOR_FORMAT,
        operator: operator.clone(),
        role,
        key: of_code,
        by: Some(by.clone()),
        counter,
        at: store.clock().now(),
    };
    let signed = Signed::sign(&introduction, key)?;
    let member = roster.verify(&signed, by, counter);
    if member.is_none_or(|member| member.role != OperatorRole::Adjudicator) {
        return Err(CentreError::Refused(format!(
            "{by} may not introduce anybody"
        )));
    }
    put_introduction(store, &transaction, &signed).await?;
    audit::note(
        store,
        &transaction,
        by.as_str(),
        ("operator-add", operator.as_str()),
    )
    .await?;
    Ok(transaction.commit().await?)
}

/// What somebody makes on their own machine.
pub struct Enrolled {
    /// Stays there, under their passphrase.
    pub key_file: KeyFile,
    /// Goes to the centre.
    pub enrolment: Signed<OperatorEnrolment>,
}

impl std::fmt::Debug for Enrolled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Enrolled(..)")
    }
}

/// Makes an operator's key under a passphrase. Needs no centre.
///
/// # Errors
/// [`CentreError::Refused`] for a weak passphrase.
pub fn enrol(
    operator: &OperatorId,
    code: &OperatorCode,
    passphrase: &SecretString,
    (now, cost): (Timestamp, WorkFactor),
) -> Result<Enrolled, CentreError> {
    envelope::check_passphrase(passphrase, &[operator.as_str()])
        .map_err(|weak| CentreError::Refused(format!("the passphrase is not taken: {weak}")))?;
    let keys = StaffKeys::generate()?;
    let enrolment = OperatorEnrolment {
        format: OPERATOR_FORMAT,
        operator: operator.clone(),
        key: keys.signing.public(),
        at: now,
    };
    Ok(Enrolled {
        key_file: KeyFile::create(&keys, passphrase, cost)?,
        enrolment: Signed::sign(&enrolment, &code.key()?)?,
    })
}

/// Writes a file that its owner alone may read.
///
/// # Errors
/// [`CentreError::File`].
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), CentreError> {
    private_file::write(path, bytes)
}

/// The signing key of an operator's key file.
///
/// # Errors
/// [`CentreError::Envelope`] for a wrong passphrase or a damaged file.
pub fn open_key_file(path: &Path, passphrase: &SecretString) -> Result<SigningKey, CentreError> {
    let bytes = private_file::read(path)?.ok_or(CentreError::KeyMissing("operator's key file"))?;
    Ok(KeyFile::from_bytes(bytes)?.open(passphrase)?.signing)
}

/// Takes the public half of a newcomer's key: their role.
///
/// # Errors
/// [`CentreError::Refused`] where the code is nobody's who was introduced, or was used.
pub async fn take_enrolment(
    store: &Store,
    signed: &Signed<OperatorEnrolment>,
) -> Result<OperatorRole, CentreError> {
    let said = signed.peek()?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // One at a time, so that a code is spent once.
    transaction
        .execute("lock table operator_document in exclusive mode", &[])
        .await?;
    let root = store.keys().root();
    if Roster::read(&transaction, &root)
        .await?
        .member(&said.operator)
        .is_some()
    {
        return Err(CentreError::Refused(format!(
            "{} has enrolled already",
            said.operator
        )));
    }
    let kept = Kept {
        kind: "enrolment",
        operator: Some(&said.operator),
        counter: 0,
        case: None,
    };
    keep(store, &transaction, signed, &kept).await?;
    let role = Roster::read(&transaction, &root)
        .await?
        .member(&said.operator)
        .filter(|member| member.key == said.key)
        .map(|member| member.role)
        .ok_or_else(|| {
            CentreError::Refused(format!(
                "the code is not that of {}, or only one adjudicator has introduced them",
                said.operator
            ))
        })?;
    let act = ("operator-enrol", said.operator.as_str());
    audit::note(store, &transaction, said.operator.as_str(), act).await?;
    transaction.commit().await?;
    Ok(role)
}

/// Ends an operator: what they have signed so far counts, nothing more.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such operator, or `by` is none, or the same.
pub async fn revoke(
    store: &Store,
    (by, key): (&OperatorId, &SigningKey),
    operator: &OperatorId,
) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let roster = Roster::read(&transaction, &store.keys().root()).await?;
    let counter = signed_so_far(&transaction, by).await? + 1;
    let revocation = OperatorRevocation {
        format: OPERATOR_FORMAT,
        operator: operator.clone(),
        last: signed_so_far(&transaction, operator).await?,
        by: by.clone(),
        counter,
        at: store.clock().now(),
    };
    let signed = Signed::sign(&revocation, key)?;
    let may = roster
        .verify(&signed, by, counter)
        .is_some_and(|member| member.role != OperatorRole::Auditor);
    if !may || by == operator || roster.member(operator).is_none() {
        return Err(CentreError::Refused(format!(
            "{by} cannot revoke {operator}"
        )));
    }
    put_revocation(store, &transaction, &signed, &revocation).await?;
    transaction.commit().await?;
    Ok(())
}

async fn put_revocation(
    store: &Store,
    transaction: &Transaction<'_>,
    signed: &Signed<OperatorRevocation>,
    said: &OperatorRevocation,
) -> Result<(), CentreError> {
    let kept = Kept {
        kind: "revocation",
        operator: Some(&said.by),
        counter: said.counter,
        case: None,
    };
    keep(store, transaction, signed, &kept).await?;
    let act = ("operator-revoke", said.operator.as_str());
    audit::note(store, transaction, said.by.as_str(), act)
        .await
        .map(drop)
}
