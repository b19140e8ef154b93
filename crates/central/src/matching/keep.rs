//! Brings a home up to the registry, step by step: whatever ends in between goes on where it was.

use super::{Engine, Reference, Unsearched, in_time};
use crate::Store;
use deadpool_postgres::Transaction;
use face::Template;

/// Changes of one step.
const STEP: i64 = 5000;

/// Returns once the home holds what the registry held when this began, and has forgotten what that had removed.
pub(crate) async fn up_to_date(store: &Store, engine: &dyn Engine) -> Result<(), Unsearched> {
    while step(store, engine).await? {}
    Ok(())
}

/// Whether there may be more.
async fn step(store: &Store, engine: &dyn Engine) -> Result<bool, Unsearched> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    if engine.is_shared() {
        // Of two that write, the slower would bring back what the other had removed.
        let turn = "select from matching_turn for update";
        transaction.execute(turn, &[]).await?;
    }
    let mut reached = in_time(engine.reached()).await?;
    let newest = "select reference from sequence";
    let newest: i64 = transaction.query_one(newest, &[]).await?.get(0);
    if reached == newest {
        store.progress().reached(reached);
        return Ok(false);
    }
    if reached > newest {
        tracing::error!("the gallery is ahead of the registry, as after a restore: made anew");
        in_time(engine.clear()).await?;
        reached = 0;
    }
    let changes = changes(&transaction, reached, newest).await?;
    in_time(engine.upsert(&changes.references)).await?;
    in_time(engine.remove(&changes.gone)).await?;
    in_time(engine.mark(changes.last)).await?;
    store.progress().reached(changes.last);
    Ok(true)
}

/// What a home has yet to do.
struct Changes {
    references: Vec<Reference>,
    gone: Vec<i64>,
    /// How far it is then.
    last: i64,
}

/// The next changes after one. `newest` was read before: where fewer than a step are left, all up to it are among them.
async fn changes(
    transaction: &Transaction<'_>,
    after: i64,
    newest: i64,
) -> Result<Changes, Unsearched> {
    let rows = transaction
        .query(
            "select change, id, template from biometric where change > $1
             union all select change, biometric, null from reference_gone where change > $1
             order by 1 limit $2",
            &[&after, &STEP],
        )
        .await?;
    let mut changes = Changes {
        references: Vec::new(),
        gone: Vec::new(),
        last: after,
    };
    for row in &rows {
        changes.last = row.get(0);
        let id: i64 = row.get(1);
        match row.get::<_, Option<&[u8]>>(2).map(Template::from_bytes) {
            Some(Ok(template)) => changes.references.push(Reference { id, template }),
            // What cannot be read is in no gallery; neither is what it was before.
            Some(Err(_)) | None => changes.gone.push(id),
        }
    }
    if (rows.len() as i64) < STEP {
        changes.last = changes.last.max(newest);
    }
    Ok(changes)
}
