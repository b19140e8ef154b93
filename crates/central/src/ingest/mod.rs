//! Ingest: a job queue in PostgreSQL over the packets that arrived; each takes effect once.

mod chain;
mod checks;
mod effect;
mod key_file;
mod signers;

pub(crate) use chain::{Place, take_void};
use checks::{Judged, LeaseSeen, Reason, Submission, check};
pub(crate) use effect::{next_receipt, outcome};

use crate::lease::public_key;
use crate::portrait::PortraitCheck;
use crate::{CentreError, Store};
use deadpool_postgres::Object;
use domain::{PacketId, StaffId, Timestamp};
use envelope::{Decision, Lease, Manifest, Signed, Statement};
use object_store::ObjectStoreExt;
use std::sync::Arc;
use std::time::Duration;

/// Times that a packet may bring a worker down before it is put aside.
const ATTEMPTS_LIMIT: i32 = 5;
/// How often waiting packets are looked at without being told.
const ROUND: Duration = Duration::from_secs(2);
/// How long a packet waits after the centre failed at it, so that those behind it have their turn.
const PAUSE_MILLIS: i64 = 10_000;
/// Leases that a packet of the first release may mean.
const LEASES_LIMIT: i64 = 200;

/// Works until its task is aborted.
pub(crate) async fn work(store: Store, portraits: Arc<PortraitCheck>) {
    loop {
        match next(&store).await {
            Ok(Some(job)) => {
                let id = job.packet;
                if let Err(error) = process(&store, &portraits, job).await {
                    tracing::error!(packet = %id, %error, "ingest failed, will try again");
                    give_back(&store, &id).await;
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
    office: String,
    epoch: i32,
    chain: i32,
    attempts: i32,
    received_at: i64,
    manifest: Vec<u8>,
    statement: Vec<u8>,
    decision: Option<Vec<u8>>,
}

/// The next packet, the urgent first, then as they came: none waits for one that has not come.
async fn next(store: &Store) -> Result<Option<Job>, CentreError> {
    let now = store.clock().now().millis();
    let row = store
        .client()
        .await?
        .query_opt(
            "with chosen as (
                select id from packet where state = 'received' and next_try_at <= $1
                order by priority, received_at limit 1 for update skip locked)
             update packet set attempts = attempts + 1 from chosen where packet.id = chosen.id
             returning packet.id, blob, station, office, epoch, chain, attempts, received_at,
                       manifest, statement, decision",
            &[&now],
        )
        .await?;
    Ok(row.map(|row| Job {
        packet: PacketId::from_uuid(row.get(0)),
        blob: row.get(1),
        station: row.get(2),
        office: row.get(3),
        epoch: row.get(4),
        chain: row.get(5),
        attempts: row.get(6),
        received_at: row.get(7),
        manifest: row.get(8),
        statement: row.get(9),
        decision: row.get(10),
    }))
}

/// A failure of the centre is not the packet's: it does not count, and the next packet comes first.
async fn give_back(store: &Store, packet: &PacketId) {
    let later = store.clock().now().plus_millis(PAUSE_MILLIS).millis();
    let given = match store.client().await {
        Ok(client) => client
            .execute(
                "update packet set attempts = attempts - 1, next_try_at = $2 where id = $1",
                &[&packet.uuid(), &later],
            )
            .await
            .is_ok(),
        Err(_) => false,
    };
    if !given {
        tokio::time::sleep(ROUND).await;
    }
}

async fn process(
    store: &Store,
    portraits: &Arc<PortraitCheck>,
    job: Job,
) -> Result<(), CentreError> {
    let (packet, chain, attempts) = (job.packet, job.chain, job.attempts);
    let submission = gather(store, job).await?;
    let manifest = submission.manifest.clone();
    let judged: Result<Judged, Reason> = if attempts > ATTEMPTS_LIMIT {
        Err("unprocessable")
    } else {
        let (ingest, portraits) = (store.keys().ingest().clone(), portraits.clone());
        tokio::task::spawn_blocking(move || check(&submission, &ingest, &portraits))
            .await
            .unwrap_or(Err("unprocessable"))
    };
    effect::settle(store, &manifest, chain, judged).await?;
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
    let signers = [
        stated.map(|s| s.officer),
        decided.as_ref().map(|d| d.supervisor.clone()),
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
        after_revocation: revoked_before(&client, &job, &signers).await?,
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
    read_leases(&rows)
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
    read_leases(&rows)
}

fn read_leases(rows: &[tokio_postgres::Row]) -> Result<Vec<Lease>, CentreError> {
    let read = |row: &tokio_postgres::Row| Signed::<Lease>::from_bytes(row.get(0))?.peek();
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// Whether the packet came after the revocation of its station, of the key that signed it, or of somebody who signed.
async fn revoked_before(
    client: &Object,
    job: &Job,
    signers: &[Option<StaffId>],
) -> Result<bool, CentreError> {
    let signers: Vec<&str> = signers.iter().flatten().map(StaffId::as_str).collect();
    let row = client
        .query_one(
            "select exists (select from station where id = $1 and revoked_at <= $4)
                 or exists (select from station_key where station = $1 and epoch = $2 and revoked_at <= $4)
                 or exists (select from staff where id = any($3) and revoked_at <= $4)",
            &[&job.station, &job.epoch, &signers, &job.received_at],
        )
        .await?;
    Ok(row.get(0))
}
