//! Operators of the centre: who they are is proved up to the policy root, whatever the database says. The centre has public keys only.

mod enrol;
mod roster;

pub use enrol::{
    Enrolled, add, confirm, enrol, introduce_by_root, open_key_file, revoke, take_enrolment,
    take_introduction, write_private,
};
pub(crate) use enrol::{first_introductions, take_first};
pub use roster::{Member, Roster};

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::OperatorId;
use envelope::{Document, Signed};

/// Operators as they are proved now.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn roster(store: &Store) -> Result<Roster, CentreError> {
    let client = store.client().await?;
    Roster::read(&client, &store.keys().root()).await
}

/// The place that an operator's next signature has.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn next_counter(store: &Store, operator: &OperatorId) -> Result<u64, CentreError> {
    let client = store.client().await?;
    Ok(signed_so_far(&client, operator).await? + 1)
}

/// How much an operator has signed.
pub(crate) async fn signed_so_far(
    client: &impl GenericClient,
    operator: &OperatorId,
) -> Result<u64, CentreError> {
    let row = client
        .query_one(
            "select coalesce(max(counter), 0) from operator_document where operator = $1",
            &[&operator.as_str()],
        )
        .await?;
    Ok(row.get::<_, i64>(0).unsigned_abs())
}

/// What a document is kept under.
pub(crate) struct Kept<'a> {
    pub kind: &'static str,
    pub operator: Option<&'a OperatorId>,
    pub counter: u64,
    pub case: Option<i64>,
}

/// Keeps a document, once; says whether it was not there.
pub(crate) async fn keep<T: Document>(
    store: &Store,
    client: &impl GenericClient,
    signed: &Signed<T>,
    kept: &Kept<'_>,
) -> Result<bool, CentreError> {
    let rows = client
        .execute(
            "insert into operator_document (digest, kind, operator, counter, case_file, document, at)
             values ($1, $2, $3, $4, $5, $6, $7) on conflict (digest) do nothing",
            &[
                &signed.digest().as_bytes().as_slice(),
                &kept.kind,
                &kept.operator.map(OperatorId::as_str),
                &i64::try_from(kept.counter).unwrap_or(i64::MAX),
                &kept.case,
                &signed.as_bytes(),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(rows > 0)
}
