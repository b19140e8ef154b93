//! Ingest: a job queue in PostgreSQL over the packets that arrived; each takes effect once.

mod checks;
mod effect;

use checks::{Enrolment, LeaseSeen, Reason, Submission, check};
pub(crate) use effect::outcome;

use crate::lease::public_key;
use crate::portrait::PortraitCheck;
use crate::{CentreError, Store};
use domain::{PacketId, Timestamp};
use envelope::{Lease, Manifest, Signed};
use object_store::ObjectStoreExt;
use std::sync::Arc;
use std::time::Duration;

/// How long a packet that came before its predecessors waits for them.
const GAP_DAYS: i64 = 7;
/// Times that a packet may bring a worker down before it is put aside.
const ATTEMPTS_LIMIT: i32 = 5;
/// How often waiting packets are looked at without being told.
const ROUND: Duration = Duration::from_secs(2);

/// Works until its task is aborted.
pub(crate) async fn work(store: Store, portraits: Arc<PortraitCheck>) {
    loop {
        match next(&store).await {
            Ok(Some(job)) => {
                let id = job.packet;
                if let Err(error) = process(&store, &portraits, job).await {
                    tracing::error!(packet = %id, %error, "ingest failed, will try again");
                    give_back(&store, &id).await;
                    tokio::time::sleep(ROUND).await;
                }
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

struct Job {
    packet: PacketId,
    blob: String,
    station: String,
    epoch: i32,
    attempts: i32,
    manifest: Vec<u8>,
    statement: Vec<u8>,
    decision: Vec<u8>,
}

/// The next packet whose turn it is: in the order of its station's counter, unless a person waits
/// for it or its predecessors are overdue.
async fn next(store: &Store) -> Result<Option<Job>, CentreError> {
    let overdue = store.clock().now().plus_days(-GAP_DAYS).millis();
    let row = store
        .client()
        .await?
        .query_opt(
            "with chosen as (
                select p.id from packet p
                join station_key k on k.station = p.station and k.epoch = p.epoch
                where p.state = 'received'
                  and (p.counter <= k.next_counter or p.priority < 2 or p.received_at <= $1)
                order by p.priority, p.received_at limit 1 for update of p skip locked)
             update packet set attempts = attempts + 1 from chosen where packet.id = chosen.id
             returning packet.id, blob, station, epoch, attempts, manifest, statement, decision",
            &[&overdue],
        )
        .await?;
    Ok(row.map(|row| Job {
        packet: PacketId::from_uuid(row.get(0)),
        blob: row.get(1),
        station: row.get(2),
        epoch: row.get(3),
        attempts: row.get(4),
        manifest: row.get(5),
        statement: row.get(6),
        decision: row.get(7),
    }))
}

/// A failure of the centre is not the packet's: it does not count.
async fn give_back(store: &Store, packet: &PacketId) {
    if let Ok(client) = store.client().await {
        let _ = client
            .execute(
                "update packet set attempts = attempts - 1 where id = $1",
                &[&packet.uuid()],
            )
            .await;
    }
}

async fn process(
    store: &Store,
    portraits: &Arc<PortraitCheck>,
    job: Job,
) -> Result<(), CentreError> {
    let (packet, epoch, attempts) = (job.packet, job.epoch, job.attempts);
    let submission = gather(store, job).await?;
    let manifest = submission.manifest.clone();
    let judged: Result<Enrolment, Reason> = if attempts > ATTEMPTS_LIMIT {
        Err("unprocessable")
    } else {
        let (ingest, portraits) = (store.keys().ingest().clone(), portraits.clone());
        tokio::task::spawn_blocking(move || check(&submission, &ingest, &portraits))
            .await
            .unwrap_or(Err("unprocessable"))
    };
    effect::settle(store, &manifest, epoch, judged).await?;
    tracing::info!(%packet, "packet settled");
    store.announce();
    store.jobs().notify_one();
    Ok(())
}

async fn gather(store: &Store, job: Job) -> Result<Submission, CentreError> {
    let sealed = store.blobs().get(&job.blob.into()).await?.bytes().await?;
    let client = store.client().await?;
    let rows = client
        .query(
            "select document from lease where station = $1 order by serial desc limit 200",
            &[&job.station],
        )
        .await?;
    let leases = rows
        .iter()
        .map(|row| Signed::<Lease>::from_bytes(row.get(0))?.peek())
        .collect::<Result<_, _>>()?;
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
        manifest: Signed::<Manifest>::from_bytes(job.manifest)?.peek()?,
        statement: Signed::from_bytes(job.statement)?,
        decision: Signed::from_bytes(job.decision)?,
        station_key: public_key(row.get(0)).ok_or(CentreError::Keys("station's key"))?,
        sealed: sealed.to_vec(),
        leases,
        seen,
    })
}
