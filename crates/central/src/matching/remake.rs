//! References of earlier models are made anew from their portraits, in the background: a few at a time, claimed, so that whatever ends in
//! between goes on where it was and several centres share the work.

use super::Probes;
use crate::{CentreError, Store};
use face::Template;
use std::time::Duration;
use tokio_postgres::Row;

/// References that are claimed at a time.
const AT_A_TIME: i64 = 8;
/// How long a claim lasts; a template takes a tenth of a second.
const CLAIM_SECONDS: f64 = 120.0;
/// How often it looks for references of an earlier model once there are none.
const ROUND: Duration = Duration::from_mins(1);
/// How long it waits after the database failed.
const REST: Duration = Duration::from_secs(2);

/// Works until its task is aborted.
pub(crate) async fn remake(store: Store, probes: Probes) {
    loop {
        match some(&store, &probes).await {
            Ok(0) => tokio::time::sleep(ROUND).await,
            Ok(made) => {
                tracing::info!(made, "references made anew");
                store.jobs().notify_one();
            }
            Err(error) => {
                tracing::error!(%error, "references could not be made anew, will try again");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

/// Claims some, and says how many there were.
async fn some(store: &Store, probes: &Probes) -> Result<usize, CentreError> {
    let today = probes.today().templates().id().as_str();
    let rows = store
        .client()
        .await?
        .query(
            "update biometric set remake_until = now() + $3 * interval '1 second'
             where id in (select id from biometric where model <> $1 and portrait is not null and not synthetic
                              and remake_failed is distinct from $1
                              and (remake_until is null or remake_until < now())
                          order by id limit $2 for update skip locked)
             returning id, model, portrait",
            &[&today, &AT_A_TIME, &CLAIM_SECONDS],
        )
        .await?;
    for row in &rows {
        one(store, probes, today, row).await?;
    }
    Ok(rows.len())
}

/// Makes one, unless it was exchanged meanwhile. A portrait that gives no template keeps the one it has.
async fn one(store: &Store, probes: &Probes, today: &str, row: &Row) -> Result<(), CentreError> {
    let (id, model): (i64, &str) = (row.get(0), row.get(1));
    let (network, portrait) = (probes.clone(), row.get::<_, Vec<u8>>(2));
    let made = tokio::task::spawn_blocking(move || network.today().template_of(&portrait)).await;
    let made: Result<Template, &str> = match made {
        Ok(made) => made,
        Err(_) => Err("crashed"),
    };
    let client = store.client().await?;
    match made {
        Ok(template) => {
            client
                .execute(
                    "update biometric set template = $3, model = $4, remake_until = null, remake_failed = null
                     where id = $1 and model = $2",
                    &[&id, &model, &template.to_bytes(), &today],
                )
                .await?;
        }
        // The centre's own engine, not the picture: the claim lapses, and it is tried again.
        Err("engine") => return Err(CentreError::Ended("making a template")),
        Err(reason) => {
            tracing::warn!(
                reference = id,
                reason,
                "no template can be made of a portrait on record"
            );
            client
                .execute(
                    "update biometric set remake_until = null, remake_failed = $3 where id = $1 and model = $2",
                    &[&id, &model, &today],
                )
                .await?;
        }
    }
    Ok(())
}
