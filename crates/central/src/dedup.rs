//! De-duplication: every new template is compared with the reference of its number (1:1), then searched among all others (1:N), as a
//! job in PostgreSQL. The first needs the registry alone; the second waits where its engine does not answer, and nothing is registered
//! before it.

use crate::matching::{Asked, Engine, Probes, Unsearched, candidates, in_time, up_to_date};
use crate::registry::{self, Searched};
use crate::{CentreError, Store, policy};
use deadpool_postgres::{GenericClient, Transaction};
use domain::PacketId;
use face::Template;
use futures::FutureExt;
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How often jobs are looked for without being told.
const ROUND: Duration = Duration::from_secs(2);
/// The first rest of an engine that does not answer; it doubles each time.
const REST: Duration = Duration::from_millis(500);
/// The longest.
const REST_LIMIT: Duration = Duration::from_secs(10);
/// How long a claim lasts: longer than an engine may take for what one search asks of it.
const CLAIM_SECONDS: f64 = 180.0;

struct Job {
    packet: PacketId,
    record: i64,
    biometric: i64,
}

/// What a job needs next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Step {
    /// The comparison with its number's reference.
    Compare,
    /// The search among all.
    Search,
}

/// When the engine is asked again, after it did not answer.
struct Rest {
    until: Instant,
    next: Duration,
}

impl Rest {
    fn none() -> Self {
        Self {
            until: Instant::now(),
            next: REST,
        }
    }

    fn longer(&mut self) {
        self.until = Instant::now() + self.next;
        self.next = (self.next * 2).min(REST_LIMIT);
    }

    fn left(&self) -> Duration {
        self.until.saturating_duration_since(Instant::now())
    }
}

/// What compares and searches.
pub(crate) struct Matcher {
    pub store: Store,
    pub probes: Probes,
    pub engine: Arc<dyn Engine>,
}

/// Works until its task is aborted. A job that fails waits, and those behind it have their turn; where the engine does not answer, every
/// search waits and comparisons go on.
pub(crate) async fn work(matcher: Arc<Matcher>) {
    let store = &matcher.store;
    store.progress().named(matcher.engine.name());
    let mut rest = Rest::none();
    loop {
        match matcher.turn(&mut rest).await {
            Ok(true) => {}
            Ok(false) => {
                let left = rest.left();
                let round = if left.is_zero() {
                    ROUND
                } else {
                    left.min(ROUND)
                };
                let _ = tokio::time::timeout(round, store.jobs().notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "de-duplication cannot reach its queue");
                tokio::time::sleep(ROUND).await;
            }
        }
    }
}

impl Matcher {
    /// One step of one job; whether there was any. Comparisons first: they wait for no engine.
    async fn turn(&self, rest: &mut Rest) -> Result<bool, CentreError> {
        if let Some(job) = claim(&self.store, Step::Compare).await? {
            if let Err(failure) = unbroken(self.compare(&job)).await {
                put_off(&self.store, &job.packet, &failure).await?;
            }
            return Ok(true);
        }
        if !rest.left().is_zero() {
            return Ok(false);
        }
        let Some(job) = claim(&self.store, Step::Search).await? else {
            // Whoever was removed is forgotten without waiting for the next search.
            self.answered(unbroken(up_to_date(&self.store, &*self.engine)).await, rest);
            return Ok(false);
        };
        match unbroken(self.search(&job)).await {
            Err(failure @ Unsearched::Centre(_)) => {
                put_off(&self.store, &job.packet, &failure).await?;
                Ok(true)
            }
            answer => {
                if answer.is_err() {
                    give_back(&self.store, &job.packet).await?;
                }
                let searched = answer.is_ok();
                self.answered(answer, rest);
                Ok(searched)
            }
        }
    }

    /// Says once that searches wait, and once that they go on.
    fn answered(&self, answer: Result<(), Unsearched>, rest: &mut Rest) {
        let waited = self.store.progress().waits(answer.is_err());
        match answer {
            Ok(()) => {
                *rest = Rest::none();
                if waited {
                    tracing::info!("searches go on");
                }
            }
            Err(error) => {
                rest.longer();
                if !waited {
                    tracing::error!(%error, "searches wait");
                }
            }
        }
    }

    /// 1:1, in one transaction, unless another centre has done so.
    async fn compare(&self, job: &Job) -> Result<(), Unsearched> {
        let mut client = self.store.client().await?;
        let transaction = client.transaction().await?;
        let Some(office) = mine(&transaction, job, Step::Compare).await? else {
            return Ok(());
        };
        if let Some(asked) = self.asked(&transaction, job).await? {
            self.judged(&transaction, job, (&office, &asked), None)
                .await?;
        }
        transaction
            .execute(
                "update dedup_job set compared = true, claimed_until = null where packet = $1",
                &[&job.packet.uuid()],
            )
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// What a job's newcomer is asked for by, under every identity of which there are references; none where it was removed.
    async fn asked(
        &self,
        client: &impl GenericClient,
        job: &Job,
    ) -> Result<Option<Vec<Asked>>, Unsearched> {
        let row = client
            .query_opt(
                "select template, portrait from biometric where id = $1 and removed_at is null",
                &[&job.biometric],
            )
            .await?;
        let Some(row) = row else { return Ok(None) };
        let template = Template::from_bytes(row.get(0))
            .map_err(|_| CentreError::Keys("biometric reference"))?;
        let mut asked = self.probes.of(&template);
        let known = models(client).await?;
        self.probes
            .by_portrait(&mut asked, &known, row.get(1))
            .await?;
        Ok(Some(asked))
    }

    /// 1:N; its result in one transaction, unless another centre has written one.
    async fn search(&self, job: &Job) -> Result<(), Unsearched> {
        let mut client = self.store.client().await?;
        let Some(asked) = self.asked(&client, job).await? else {
            return Ok(());
        };
        self.all_made_anew(&client, &asked).await?;
        let rate = policy::genuine(&self.store, &client).await?;
        let rate = rate.false_positive_identification();
        // Whoever the registry has now is searched, and nobody whom it has no more.
        up_to_date(&self.store, &*self.engine).await?;
        let sizes = in_time(self.engine.sizes()).await?;
        let mut found = Vec::new();
        for one in &asked {
            let size = sizes.get(one.template.model().as_str());
            let least = one.candidate_from(rate, size.copied().unwrap_or_default());
            found.extend(candidates(&*self.engine, one, least, job.biometric).await?);
        }
        let transaction = client.transaction().await?;
        let Some(office) = mine(&transaction, job, Step::Search).await? else {
            return Ok(());
        };
        let alike: Vec<(i64, f32)> = found.iter().map(|one| (one.id as i64, one.score)).collect();
        self.judged(&transaction, job, (&office, &asked), Some(&alike))
            .await?;
        transaction
            .execute(
                "update dedup_job set state = 'done', claimed_until = null where packet = $1",
                &[&job.packet.uuid()],
            )
            .await?;
        transaction.commit().await?;
        self.store.announce();
        Ok(())
    }

    /// What a job's number says of it, and, where it was searched, what the search does.
    async fn judged(
        &self,
        transaction: &Transaction<'_>,
        job: &Job,
        (office, asked): (&str, &[Asked]),
        alike: Option<&[(i64, f32)]>,
    ) -> Result<(), CentreError> {
        // Before any person's row, as everything that takes effect.
        transaction
            .execute("update sequence set receipt = receipt", &[])
            .await?;
        let found = Searched {
            packet: job.packet,
            record: job.record,
            biometric: job.biometric,
            office,
            claim: registry::judge(&self.store, transaction, job.record, asked).await?,
            alike: alike.unwrap_or_default(),
        };
        if alike.is_some() {
            registry::conclude(&self.store, transaction, &found).await
        } else {
            registry::compared(&self.store, transaction, &found).await
        }
    }

    /// Nobody is registered while there are references that can be compared only once they are made anew.
    async fn all_made_anew(
        &self,
        client: &impl GenericClient,
        asked: &[Asked],
    ) -> Result<(), Unsearched> {
        let today = self.probes.today().templates().id().as_str();
        for model in models(client).await? {
            if model == today
                || asked
                    .iter()
                    .any(|one| one.template.model().as_str() == model)
            {
                continue;
            }
            let waits = client
                .query_opt(
                    "select from biometric where model = $1 and not synthetic and portrait is not null
                     and remake_failed is distinct from $2 limit 1",
                    &[&model, &today],
                )
                .await?;
            if waits.is_some() {
                return Err(Unsearched::NotRemade(model));
            }
        }
        Ok(())
    }
}

/// A panic ends one step only.
async fn unbroken(step: impl Future<Output = Result<(), Unsearched>>) -> Result<(), Unsearched> {
    let done = AssertUnwindSafe(step).catch_unwind().await;
    done.unwrap_or_else(|_| Err(CentreError::Ended("a search").into()))
}

/// The oldest job for a step that is not put off, for so long as its claim lasts.
async fn claim(store: &Store, step: Step) -> Result<Option<Job>, CentreError> {
    let client = store.client().await?;
    client
        .execute(
            "update dedup_job set next_try_at = null where state = 'open' and next_try_at <= now()",
            &[],
        )
        .await?;
    // Whoever was removed needs no search.
    client
        .execute(
            "update dedup_job set state = 'done' where state = 'open' and biometric is null",
            &[],
        )
        .await?;
    let row = client
        .query_opt(
            "update dedup_job set claimed_until = now() + $2 * interval '1 second'
             where packet = (select packet from dedup_job
                             where state = 'open' and compared = $1 and next_try_at is null
                               and biometric is not null and (claimed_until is null or claimed_until < now())
                             order by biometric limit 1 for update skip locked)
             returning packet, record, biometric",
            &[&(step == Step::Search), &CLAIM_SECONDS],
        )
        .await?;
    Ok(row.map(|row| Job {
        packet: PacketId::from_uuid(row.get(0)),
        record: row.get(1),
        biometric: row.get(2),
    }))
}

async fn put_off(
    store: &Store,
    packet: &PacketId,
    failure: &Unsearched,
) -> Result<(), CentreError> {
    tracing::error!(%packet, error = %failure, "de-duplication failed, will try again");
    store
        .client()
        .await?
        .execute(
            "update dedup_job set failures = failures + 1, claimed_until = null,
                    next_try_at = now() + least(2::bigint << least(failures, 16), 300) * interval '1 second'
             where packet = $1 and state = 'open'",
            &[&packet.uuid()],
        )
        .await?;
    Ok(())
}

/// What failed was not the job's fault: it is the first again.
async fn give_back(store: &Store, packet: &PacketId) -> Result<(), CentreError> {
    store
        .client()
        .await?
        .execute(
            "update dedup_job set claimed_until = null where packet = $1 and state = 'open'",
            &[&packet.uuid()],
        )
        .await?;
    Ok(())
}

/// The office of a job whose step nobody has taken yet; its row is held.
async fn mine(
    transaction: &Transaction<'_>,
    job: &Job,
    step: Step,
) -> Result<Option<String>, CentreError> {
    let row = transaction
        .query_opt(
            "select p.office from dedup_job j join packet p on p.id = j.packet
             where j.packet = $1 and j.state = 'open' and j.compared = $2 for update of j",
            &[&job.packet.uuid(), &(step == Step::Search)],
        )
        .await?;
    Ok(row.map(|row| row.get(0)))
}

/// The identities of all references: a step for each, however many references there are.
async fn models(client: &impl GenericClient) -> Result<BTreeSet<String>, CentreError> {
    let rows = client
        .query(
            "with recursive known as (
                (select model from biometric order by model limit 1)
                union all
                select (select model from biometric where model > known.model order by model limit 1)
                from known where known.model is not null)
             select model from known where model is not null",
            &[],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
