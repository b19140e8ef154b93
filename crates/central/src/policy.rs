//! The authority's policy, by version.

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::Policy;

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
    let version = i32::try_from(policy.version)
        .map_err(|_| CentreError::Refused("the policy's version is too large".to_owned()))?;
    let rows = client
        .execute(
            "insert into policy (version, document, since)
             select $1, $2, $3 where not exists (select from policy where version >= $1)",
            &[&version, &document, &store.clock().now().millis()],
        )
        .await?;
    if rows == 0 {
        return Err(CentreError::Refused(
            "a policy of this version or a newer one is in force".to_owned(),
        ));
    }
    Ok(())
}

/// The policy that the next lease carries.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn in_force(store: &Store) -> Result<Policy, CentreError> {
    let client = store.client().await?;
    current(&client).await
}

/// The same on a connection of the caller's.
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
