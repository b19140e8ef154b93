//! The authority's policy, by version.

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::Policy;

/// Puts the development policy where there is none.
pub(crate) async fn ensure(store: &Store) -> Result<(), CentreError> {
    let policy = Policy::default();
    let client = store.client().await?;
    let document = to_json(&policy)?;
    client
        .execute(
            "insert into policy (version, document, since)
             select $1, $2, $3 where not exists (select from policy) on conflict do nothing",
            &[
                &(policy.version as i32),
                &document,
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(())
}

/// Brings a policy into force: the next lease of every station carries it.
///
/// # Errors
/// [`CentreError::Refused`] where its version is not newer than the one in force.
pub async fn enact(store: &Store, policy: &Policy) -> Result<(), CentreError> {
    let client = store.client().await?;
    let document = to_json(policy)?;
    let rows = client
        .execute(
            "insert into policy (version, document, since)
             select $1, $2, $3 where not exists (select from policy where version >= $1)",
            &[
                &(policy.version as i32),
                &document,
                &store.clock().now().millis(),
            ],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(
            "a policy of this version or a newer one is in force".to_owned(),
        ));
    }
    Ok(())
}

/// The policy in force.
pub(crate) async fn current(client: &impl GenericClient) -> Result<Policy, CentreError> {
    let row = client
        .query_one(
            "select document from policy order by version desc limit 1",
            &[],
        )
        .await?;
    from_json(row.get(0))
}

fn to_json(policy: &Policy) -> Result<serde_json::Value, CentreError> {
    serde_json::to_value(policy).map_err(|_| CentreError::Keys("policy"))
}

fn from_json(value: serde_json::Value) -> Result<Policy, CentreError> {
    serde_json::from_value(value).map_err(|_| CentreError::Keys("policy"))
}
