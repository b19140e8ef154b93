//! De-duplication: every new template is searched among all others, as a job in PostgreSQL over a
//! gallery in this process.

use crate::ingest::outcome;
use crate::{CentreError, Store, policy};
use domain::{OutcomeKind, PacketId};
use face::Template;
use face::gallery::Gallery;
use std::collections::HashMap;
use std::time::Duration;

/// Candidates of one search.
const CANDIDATES: usize = 20;
/// How often jobs are looked for without being told.
const ROUND: Duration = Duration::from_secs(2);
/// Templates that are loaded in one step.
const LOAD_STEP: i64 = 5000;

/// The galleries, one for each template model, filled from the database in its order.
#[derive(Default)]
struct Galleries {
    by_model: HashMap<String, Gallery>,
    loaded: i64,
}

struct Job {
    packet: PacketId,
    record: i64,
    biometric: i64,
}

/// Works until its task is aborted.
pub(crate) async fn work(store: Store) {
    let mut galleries = Galleries::default();
    loop {
        match step(&store, &mut galleries).await {
            Ok(true) => {}
            Ok(false) => {
                let _ = tokio::time::timeout(ROUND, store.jobs().notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "de-duplication failed, will try again");
                tokio::time::sleep(ROUND).await;
            }
        }
    }
}

impl Galleries {
    /// Brings the galleries up to a template, in the order in which templates took effect: a packet
    /// is compared with those before it, so that of two alike the later one is the suspect.
    async fn load_up_to(&mut self, store: &Store, newest: i64) -> Result<(), CentreError> {
        loop {
            let rows = store
                .client()
                .await?
                .query(
                    "select id, template from biometric where id > $1 and id <= $2 order by id limit $3",
                    &[&self.loaded, &newest, &LOAD_STEP],
                )
                .await?;
            for row in &rows {
                let id: i64 = row.get(0);
                if let Ok(template) = Template::from_bytes(row.get(1)) {
                    let model = template.model().as_str();
                    self.by_model
                        .entry(model.to_owned())
                        .or_insert_with(|| Gallery::new(model))
                        .insert_vector(id.unsigned_abs(), model, template.vector())
                        .map_err(|e| CentreError::Refused(e.to_string()))?;
                }
                self.loaded = id;
            }
            if (rows.len() as i64) < LOAD_STEP {
                return Ok(());
            }
        }
    }
}

/// One job; false where there is none.
async fn step(store: &Store, galleries: &mut Galleries) -> Result<bool, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "select packet, record, biometric from dedup_job where state = 'open'
             order by biometric limit 1 for update skip locked",
            &[],
        )
        .await?;
    let Some(row) = row else {
        return Ok(false);
    };
    let job = Job {
        packet: PacketId::from_uuid(row.get(0)),
        record: row.get(1),
        biometric: row.get(2),
    };
    galleries.load_up_to(store, job.biometric).await?;
    let bytes = transaction
        .query_one(
            "select template from biometric where id = $1",
            &[&job.biometric],
        )
        .await?;
    let template =
        Template::from_bytes(bytes.get(0)).map_err(|_| CentreError::Keys("biometric reference"))?;
    let model = template.model().as_str();
    let least = policy::current(&transaction).await?.candidate_score;
    let found = match galleries.by_model.get(model) {
        Some(gallery) => gallery
            .search_vector(model, template.vector(), CANDIDATES)
            .map_err(|e| CentreError::Refused(e.to_string()))?,
        None => Vec::new(),
    };
    let office: String = transaction
        .query_one(
            "select office from packet where id = $1",
            &[&job.packet.uuid()],
        )
        .await?
        .get(0);
    let now = store.clock().now().millis();
    let mut suspects = 0;
    for candidate in found.iter().filter(|c| c.score >= least) {
        // The same person under the same number is no duplicate.
        suspects += transaction
            .execute(
                "insert into adjudication (packet, office, record, other, score, at)
                 select $1, $2, mine.id, other.id, $5, $6
                 from record mine, record other join biometric b on b.record = other.id
                 where mine.id = $3 and b.id = $4 and b.id < $7
                   and (mine.cnic is null or other.cnic is null or mine.cnic <> other.cnic)
                 on conflict do nothing",
                &[
                    &job.packet.uuid(),
                    &office,
                    &job.record,
                    &(candidate.id as i64),
                    &candidate.score,
                    &now,
                    &job.biometric,
                ],
            )
            .await?;
    }
    let kind = if suspects > 0 {
        OutcomeKind::DuplicateSuspected
    } else {
        OutcomeKind::Registered
    };
    outcome(store, &transaction, &office, &job.packet, kind, None).await?;
    transaction
        .execute(
            "update dedup_job set state = 'done' where packet = $1",
            &[&job.packet.uuid()],
        )
        .await?;
    transaction.commit().await?;
    store.announce();
    Ok(true)
}
