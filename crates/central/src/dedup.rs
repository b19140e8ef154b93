//! De-duplication: every new template is searched among all others, as a job in PostgreSQL over a
//! gallery in this process.

use crate::ingest::outcome;
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{OutcomeKind, PacketId};
use face::gallery::{Candidate, Gallery};
use face::{Template, TemplateModel, compare};
use futures::FutureExt;
use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// References of one number that are looked through for one that can be compared.
const REFERENCES: i64 = 16;
/// Candidates of one search.
const CANDIDATES: usize = 20;
/// How often jobs are looked for without being told.
const ROUND: Duration = Duration::from_secs(2);
/// Templates that are loaded in one step.
const LOAD_STEP: i64 = 5000;

/// The galleries, one for each template model and length, filled from the database in its order.
#[derive(Default)]
struct Galleries {
    by_model: HashMap<(String, usize), Gallery>,
    loaded: i64,
}

struct Job {
    packet: PacketId,
    record: i64,
    biometric: i64,
}

/// Works until its task is aborted. A search that fails waits, and those behind it have their turn.
pub(crate) async fn work(store: Store, templates: TemplateModel) {
    let mut galleries = Galleries::default();
    loop {
        match next(&store).await {
            Ok(Some(job)) => {
                let packet = job.packet;
                let searching = AssertUnwindSafe(search(&store, &templates, &mut galleries, job));
                let failure = match searching.catch_unwind().await {
                    Ok(Ok(())) => continue,
                    Ok(Err(error)) => error,
                    Err(_) => {
                        // Whatever it left half done.
                        galleries = Galleries::default();
                        CentreError::Ended("a search")
                    }
                };
                tracing::error!(%packet, error = %failure, "de-duplication failed, will try again");
                if put_off(&store, &packet).await.is_err() {
                    tokio::time::sleep(ROUND).await;
                }
            }
            Ok(None) => {
                let _ = tokio::time::timeout(ROUND, store.jobs().notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "de-duplication cannot reach its queue");
                tokio::time::sleep(ROUND).await;
            }
        }
    }
}

/// The oldest job that is not put off. It is not claimed: whichever of several centres ends it first has done it.
async fn next(store: &Store) -> Result<Option<Job>, CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "update dedup_job set next_try_at = null where state = 'open' and next_try_at <= now()",
            &[],
        )
        .await?;
    let row = client
        .query_opt(
            "select packet, record, biometric from dedup_job where state = 'open' and next_try_at is null
             order by biometric limit 1 for update skip locked",
            &[],
        )
        .await?;
    Ok(row.map(|row| Job {
        packet: PacketId::from_uuid(row.get(0)),
        record: row.get(1),
        biometric: row.get(2),
    }))
}

async fn put_off(store: &Store, packet: &PacketId) -> Result<(), CentreError> {
    store
        .client()
        .await?
        .execute(
            "update dedup_job set failures = failures + 1,
                    next_try_at = now() + least(2::bigint << least(failures, 16), 300) * interval '1 second'
             where packet = $1 and state = 'open'",
            &[&packet.uuid()],
        )
        .await?;
    Ok(())
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
                    let length = template.vector().len();
                    self.by_model
                        .entry((model.to_owned(), length))
                        .or_insert_with(|| Gallery::new(model, length))
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

    /// Whoever may be the same person. A template of today is searched among its like, and its part
    /// that is a template of an earlier identity among those of that identity: scores of two
    /// identities have thresholds of their own and are never mixed.
    fn candidates(
        &self,
        templates: &TemplateModel,
        template: &Template,
    ) -> Result<Vec<Candidate>, CentreError> {
        let of_former = templates
            .former()
            .iter()
            .find(|former| former.id() == template.model());
        let decisions = of_former.map_or(templates.decisions(), |former| former.decisions());
        let mut found = self.search(template, decisions.non_match_below)?;
        if template.model() == templates.id() {
            for former in templates.former() {
                if let Some(inside) = former.inside(template) {
                    found.extend(self.search(&inside, former.decisions().non_match_below)?);
                }
            }
        }
        Ok(found)
    }

    fn search(&self, template: &Template, least: f32) -> Result<Vec<Candidate>, CentreError> {
        let place = (
            template.model().as_str().to_owned(),
            template.vector().len(),
        );
        let Some(gallery) = self.by_model.get(&place) else {
            return Ok(Vec::new());
        };
        let mut found = gallery
            .search(template, CANDIDATES)
            .map_err(|e| CentreError::Refused(e.to_string()))?;
        found.retain(|candidate| candidate.score >= least);
        Ok(found)
    }
}

/// Searches one template among those before it, in one transaction, unless another centre does or has done so.
async fn search(
    store: &Store,
    templates: &TemplateModel,
    galleries: &mut Galleries,
    job: Job,
) -> Result<(), CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let mine = transaction
        .query_opt(
            "select from dedup_job where packet = $1 and state = 'open' for update skip locked",
            &[&job.packet.uuid()],
        )
        .await?;
    if mine.is_none() {
        return Ok(());
    }
    galleries.load_up_to(store, job.biometric).await?;
    let bytes = transaction
        .query_one(
            "select template from biometric where id = $1",
            &[&job.biometric],
        )
        .await?;
    let template =
        Template::from_bytes(bytes.get(0)).map_err(|_| CentreError::Keys("biometric reference"))?;
    let found = galleries.candidates(templates, &template)?;
    let office: String = transaction
        .query_one(
            "select office from packet where id = $1",
            &[&job.packet.uuid()],
        )
        .await?
        .get(0);
    let now = store.clock().now().millis();
    let mut suspects =
        against_number(&transaction, &job, (&office, now), templates, &template).await?;
    for candidate in &found {
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
    Ok(())
}

/// The score of two templates, with the threshold of the identity by which they can be compared; none where they cannot.
fn compared(
    templates: &TemplateModel,
    template: &Template,
    reference: &Template,
) -> Option<(f32, f32)> {
    let former = |of: &Template| templates.former().iter().find(|f| f.id() == of.model());
    if template.model() == reference.model() {
        let decisions = former(template).map_or(templates.decisions(), |f| f.decisions());
        let score = compare(template, reference).ok()?;
        return Some((score.value(), decisions.match_from));
    }
    let former = former(reference).filter(|_| template.model() == templates.id())?;
    let score = compare(&former.inside(template)?, reference).ok()?;
    Some((score.value(), former.decisions().match_from))
}

/// A number belongs to one person: whoever comes under one that has a usable reference is compared with the newest that nobody doubts. A
/// second first card under one number is a doubt whatever the faces. Says how many doubts there are.
async fn against_number(
    transaction: &Transaction<'_>,
    job: &Job,
    (office, now): (&str, i64),
    templates: &TemplateModel,
    template: &Template,
) -> Result<u64, CentreError> {
    let rows = transaction
        .query(
            "select other.id, b.template, mine.kind = 'new' and not other.invented
             from record mine join record other on other.cnic = mine.cnic
             join biometric b on b.record = other.id
             where mine.id = $1 and b.id < $2
               and not exists (select from adjudication a where a.record = other.id and a.state <> 'distinct')
             order by b.id desc limit $3",
            &[&job.record, &job.biometric, &REFERENCES],
        )
        .await?;
    let mut newest = None;
    for row in &rows {
        let reference = Template::from_bytes(row.get(1))
            .map_err(|_| CentreError::Keys("biometric reference"))?;
        if let Some(compared) = compared(templates, template, &reference) {
            newest = Some((row, compared));
            break;
        }
    }
    let Some((row, (score, match_from))) = newest else {
        return Ok(0);
    };
    if score >= match_from && !row.get::<_, bool>(2) {
        return Ok(0);
    }
    let doubts = transaction
        .execute(
            "insert into adjudication (packet, office, record, other, score, at) values ($1, $2, $3, $4, $5, $6)
             on conflict do nothing",
            &[
                &job.packet.uuid(),
                &office,
                &job.record,
                &row.get::<_, i64>(0),
                &score,
                &now,
            ],
        )
        .await?;
    Ok(doubts)
}
