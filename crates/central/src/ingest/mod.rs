//! Ingest: a job queue in PostgreSQL over the packets that arrived; each takes effect once.

mod chain;
mod checks;
mod deadline;
mod effect;
mod key_file;
mod queue;
mod reason;
mod signers;

pub(crate) use chain::{Place, take_void};
use checks::{Judged, LeaseSeen, Submission, Unjudged, check};
pub(crate) use deadline::Stuck;
use deadline::{Ended, within};
pub(crate) use effect::{next_receipt, outcome, refuse, station_knows};
use queue::Job;
use reason::Reason;
pub(crate) use reason::again_at_start;
pub use reason::{Which, judge_again};

use crate::custody::Purpose;
use crate::lease::public_key;
use crate::portrait::PortraitCheck;
use crate::{CentreError, Store, cases};
use deadpool_postgres::Object;
use domain::Timestamp;
use envelope::{Decision, EnvelopeError, Lease, Manifest, Signed, Statement};
use object_store::ObjectStoreExt;
use std::sync::Arc;
use std::time::Duration;

/// Workers that a packet may bring down before the centre lets it rest: it is kept, and a person is told.
const CRASHES_LIMIT: i32 = 5;
/// How often waiting packets are looked at without being told.
const ROUND: Duration = Duration::from_secs(2);
/// How often lapsed claims and packets that were put off are looked for.
const WAKE_ROUND: Duration = Duration::from_millis(500);
/// Leases that a packet of the first release may mean.
const LEASES_LIMIT: i64 = 200;

/// How a centre works through the packets that wait.
#[derive(Debug, Clone, Copy)]
pub struct Ingest {
    /// Packets that are judged at a time. Without any, another centre over the same database judges them.
    pub workers: usize,
    /// How long one packet may take; its claim lasts half as long again.
    pub deadline: Duration,
}

impl Default for Ingest {
    /// Half as many again as there are processors, since each waits for the disk and the database in between; at least two, so that one
    /// large picture holds up nobody; a minute.
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            workers: (processors * 3 / 2).clamp(2, 12),
            deadline: Duration::from_mins(1),
        }
    }
}

/// Works until its task is aborted.
pub(crate) async fn work(store: Store, portraits: Arc<PortraitCheck>, deadline: Duration) {
    loop {
        match queue::claim(&store, deadline * 3 / 2).await {
            Ok(Some(job)) => {
                // There may be one for a colleague too.
                store.arrived().notify_one();
                judge(&store, &portraits, job, deadline).await;
            }
            Ok(None) => {
                let _ = tokio::time::timeout(ROUND, store.arrived().notified()).await;
            }
            Err(error) => {
                tracing::error!(%error, "ingest cannot reach its queue");
                tokio::time::sleep(ROUND).await;
            }
        }
    }
}

/// Wakes what lies still, until its task is aborted.
pub(crate) async fn keep_awake(store: Store) {
    loop {
        match queue::wake(&store).await {
            Ok(0) => {}
            Ok(_) => store.arrived().notify_one(),
            Err(error) => tracing::error!(%error, "ingest cannot reach its queue"),
        }
        tokio::time::sleep(WAKE_ROUND).await;
    }
}

/// Judges one packet. Whatever goes wrong here is not held against it, but for the crashes that it causes.
async fn judge(store: &Store, portraits: &Arc<PortraitCheck>, job: Job, deadline: Duration) {
    let (packet, claim) = (job.packet, job.claim);
    let processing = process(store.clone(), portraits.clone(), job);
    let given_back = match within(deadline, store.stuck(), processing).await {
        Ended::Done => return,
        Ended::Failed(error) => {
            tracing::error!(%packet, %error, "ingest failed, will try again");
            queue::put_off(store, claim).await
        }
        Ended::Panicked => {
            tracing::error!(%packet, "a packet brought down its worker");
            queue::crashed(store, claim).await
        }
        Ended::Late => {
            let stuck = store.stuck().count();
            tracing::error!(%packet, stuck, "a packet is past its deadline");
            queue::crashed(store, claim).await
        }
    };
    if given_back.is_err() {
        // The claim lapses by itself.
        tokio::time::sleep(ROUND).await;
    }
}

async fn process(store: Store, portraits: Arc<PortraitCheck>, job: Job) -> Result<(), CentreError> {
    let (packet, chain, crashes) = (job.packet, job.chain, job.crashes);
    let (manifest, judged): (Manifest, Result<Judged, Reason>) = if crashes >= CRASHES_LIMIT {
        let manifest = Signed::<Manifest>::from_bytes(job.manifest)?.peek()?;
        (manifest, Err("unprocessable"))
    } else {
        let submission = gather(&store, job).await?;
        let manifest = submission.manifest.clone();
        let ingest = store.keys().openers();
        let checking = tokio::task::spawn_blocking(move || check(&submission, &ingest, &portraits));
        match checking.await {
            Ok(Err(Unjudged::KeyAway)) => return Err(EnvelopeError::KeyAway.into()),
            // Perhaps another centre over this database was told of a new key a moment earlier.
            Ok(Err(Unjudged::Not("not-addressed"))) if store.refresh_keys().await? => {
                return Err(CentreError::KeyMissing(Purpose::Ingest.words()));
            }
            Ok(Err(Unjudged::Not(reason))) => (manifest, Err(reason)),
            Ok(Ok(judged)) => (manifest, Ok(judged)),
            Err(ended) if ended.is_panic() => std::panic::resume_unwind(ended.into_panic()),
            Err(_) => return Err(CentreError::Ended("judging a packet")),
        }
    };
    effect::settle(&store, &manifest, chain, judged).await?;
    tracing::info!(%packet, "packet settled");
    store.announce();
    store.jobs().notify_one();
    Ok(())
}

async fn gather(store: &Store, job: Job) -> Result<Submission, CentreError> {
    let sealed = store
        .blobs()
        .get(&job.blob.clone().into())
        .await?
        .bytes()
        .await?;
    let manifest = Signed::<Manifest>::from_bytes(job.manifest.clone())?.peek()?;
    let statement = Signed::<Statement>::from_bytes(job.statement.clone())?;
    let decision = job
        .decision
        .clone()
        .map(Signed::<Decision>::from_bytes)
        .transpose()?;
    let client = store.client().await?;
    let stated = statement.peek().ok();
    let decided = decision.as_ref().and_then(|d| d.peek().ok());
    let decided_under = decided.as_ref().and_then(|d| d.lease);
    let serials = [
        manifest.lease,
        stated.as_ref().and_then(|s| s.lease),
        decided_under,
    ];
    let row = client
        .query_one(
            "select k.key, s.lease_seen, s.lease_seen_at
             from station_key k join station s on s.id = k.station
             where k.station = $1 and k.epoch = $2",
            &[&job.station, &job.epoch],
        )
        .await?;
    let seen = row.get::<_, Option<i64>>(2).map(|at| LeaseSeen {
        serial: row.get::<_, i64>(1) as u64,
        at: Timestamp::from_millis(at),
    });
    Ok(Submission {
        now: store.clock().now(),
        after_revocation: job.after_revocation,
        admitted: cases::admission(&client, &store.keys().root(), &job.packet, &manifest.digest)
            .await?,
        leases: leases(&client, &job.station, &serials).await?,
        colleagues: colleagues(&client, &job, decided_under).await?,
        station_key: public_key(row.get(0)).ok_or(CentreError::Keys("station's key"))?,
        manifest,
        statement,
        decision,
        sealed: sealed.to_vec(),
        seen,
    })
}

/// The newest leases of a station, which packets of the first release may mean, and those whose serials the documents name.
async fn leases(
    client: &Object,
    station: &str,
    serials: &[Option<u64>],
) -> Result<Vec<Lease>, CentreError> {
    let named: Vec<i64> = serials
        .iter()
        .filter_map(|serial| i64::try_from((*serial)?).ok())
        .collect();
    let rows = client
        .query(
            "select document from lease where station = $1
             and (serial = any($2) or serial > (select lease_serial from station where id = $1) - $3)
             order by serial desc",
            &[&station, &named, &LEASES_LIMIT],
        )
        .await?;
    Ok(read_leases(&rows))
}

/// Leases of the office's other stations with the serial that the decision names.
async fn colleagues(
    client: &Object,
    job: &Job,
    serial: Option<u64>,
) -> Result<Vec<Lease>, CentreError> {
    let Some(serial) = serial.and_then(|serial| i64::try_from(serial).ok()) else {
        return Ok(Vec::new());
    };
    let rows = client
        .query(
            "select l.document from lease l join station s on s.id = l.station
             where s.office = $1 and s.id <> $2 and l.serial = $3 limit 100",
            &[&job.office, &job.station, &serial],
        )
        .await?;
    Ok(read_leases(&rows))
}

/// Those that can be read. What only one that cannot would have shown waits at the centre.
fn read_leases(rows: &[tokio_postgres::Row]) -> Vec<Lease> {
    let read = |row: &tokio_postgres::Row| Signed::<Lease>::from_bytes(row.get(0))?.peek();
    rows.iter()
        .filter_map(|row| match read(row) {
            Ok(lease) => Some(lease),
            Err(error) => {
                tracing::error!(%error, "a lease in the database cannot be read");
                None
            }
        })
        .collect()
}
