//! An upload's row: what is known of it beside its bytes.

use super::lock::Held;
use super::{Claim, OPEN_UPLOADS_LIMIT, UPLOAD_DAYS, part_file};
use crate::cluster::random_name;
use crate::peer::Carrier;
use crate::problem::ApiError;
use crate::upload::Locks;
use crate::{CentreError, Store};
use deadpool_postgres::Transaction;
use domain::{PacketId, StationId, Timestamp};
use envelope::{Digest, Signed};
use tokio_postgres::Row;

/// An upload.
#[derive(Debug, Clone)]
pub(crate) struct Upload {
    pub id: String,
    pub packet: PacketId,
    /// Which station's packet it is; another may carry it.
    pub station: String,
    /// Whose connection brings it.
    pub carrier: String,
    pub digest: Digest,
    pub length: u64,
    pub received: u64,
    pub completed: bool,
    pub expires: Timestamp,
}

const COLUMNS: &str =
    "id, packet, station, digest, length, received, completed, expires_at, carrier";

impl Upload {
    fn from_row(row: &Row) -> Result<Self, CentreError> {
        Ok(Self {
            id: row.get(0),
            packet: PacketId::from_uuid(row.get(1)),
            station: row.get(2),
            digest: Digest::from_slice(row.get(3)).ok_or(CentreError::Keys("upload's row"))?,
            length: row.get::<_, i64>(4) as u64,
            received: row.get::<_, i64>(5) as u64,
            completed: row.get(6),
            expires: Timestamp::from_millis(row.get(7)),
            carrier: row.get(8),
        })
    }

    /// An upload of this carrier. Another station's does not exist for it.
    pub(crate) async fn find(
        store: &Store,
        id: &str,
        carrier: &StationId,
    ) -> Result<Self, ApiError> {
        let sql = format!("select {COLUMNS} from upload where id = $1 and carrier = $2");
        let row = store
            .client()
            .await?
            .query_opt(&sql, &[&id, &carrier.as_str()])
            .await?;
        let gone = || {
            ApiError::new(
                404,
                "upload-unknown",
                "There is no such upload, or it has expired.",
                "Begin the upload again: the packet is on the station.",
            )
        };
        let upload = Self::from_row(&row.ok_or_else(gone)?)?;
        if upload.expires < store.clock().now() {
            return Err(gone());
        }
        Ok(upload)
    }

    /// Uploads that were received whole but not yet taken over: a crash came between.
    pub(crate) async fn left_over(store: &Store) -> Result<Vec<Self>, CentreError> {
        let sql = format!("select {COLUMNS} from upload where not completed and received = length");
        let rows = store.client().await?.query(&sql, &[]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Uploads whose time is over.
    pub(crate) async fn expired(store: &Store) -> Result<Vec<Self>, CentreError> {
        let sql = format!("select {COLUMNS} from upload where expires_at < $1 limit 1000");
        let now = store.clock().now().millis();
        let rows = store.client().await?.query(&sql, &[&now]).await?;
        rows.iter().map(Self::from_row).collect()
    }

    /// Makes an upload for a claim, making room among the carrier's where it has too many.
    pub(crate) async fn create(
        store: &Store,
        locks: &Locks,
        claim: &Claim,
        by: &Carrier,
    ) -> Result<Self, ApiError> {
        let carrier = &by.station;
        // One request of a carrier counts at a time: here, so that the others hold no connection to the database meanwhile, and there over
        // all centres.
        let _counting = locks
            .hold(&format!("of {carrier}"))
            .await
            .ok_or_else(busy)?;
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        transaction
            .execute(
                "select pg_advisory_xact_lock(hashtextextended($1, 0))",
                &[&carrier.as_str()],
            )
            .await?;
        refuse_beyond_quota(store, &transaction, carrier, claim.manifest.length).await?;
        let forgotten = make_room(&transaction, locks, carrier).await?;
        let now = store.clock().now();
        let manifest = &claim.manifest;
        let upload = Self {
            id: random_name(32)?,
            packet: manifest.packet,
            station: manifest.station.as_str().to_owned(),
            carrier: carrier.as_str().to_owned(),
            digest: manifest.digest,
            length: manifest.length,
            received: 0,
            completed: false,
            expires: now.plus_days(UPLOAD_DAYS),
        };
        transaction
            .execute(
                "insert into upload (id, carrier, packet, station, epoch, counter, priority, digest, length,
                                     manifest, statement, decision, touched_at, expires_at, kind, lease_claimed, carrier_revoked)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
                &[
                    &upload.id,
                    &carrier.as_str(),
                    &manifest.packet.uuid(),
                    &manifest.station.as_str(),
                    &claim.epoch,
                    &(manifest.counter as i64),
                    &(manifest.priority.rank() as i16),
                    &manifest.digest.as_bytes().as_slice(),
                    &(manifest.length as i64),
                    &claim.signed_manifest.as_bytes(),
                    &claim.statement.as_bytes(),
                    &claim.decision.as_ref().map(Signed::as_bytes),
                    &now.millis(),
                    &upload.expires.millis(),
                    &manifest.item().key(),
                    &manifest.lease.map(|serial| serial as i64),
                    &by.revoked,
                ],
            )
            .await?;
        transaction.commit().await?;
        for (old, _held) in &forgotten {
            part_file::delete(store, &old.id).await?;
        }
        Ok(upload)
    }

    /// Records that so many bytes are on the disk for good.
    pub(crate) async fn confirm(
        &mut self,
        store: &Store,
        received: u64,
    ) -> Result<(), CentreError> {
        let now = store.clock().now();
        self.expires = now.plus_days(UPLOAD_DAYS);
        store
            .client()
            .await?
            .execute(
                "update upload set received = $2, touched_at = $3, expires_at = $4 where id = $1",
                &[
                    &self.id,
                    &(received as i64),
                    &now.millis(),
                    &self.expires.millis(),
                ],
            )
            .await?;
        self.received = received;
        Ok(())
    }

    /// Forgets the upload and its bytes.
    pub(crate) async fn forget(&self, store: &Store) -> Result<(), CentreError> {
        store
            .client()
            .await?
            .execute("delete from upload where id = $1", &[&self.id])
            .await?;
        part_file::delete(store, &self.id).await
    }
}

/// What one station's connections may bring in a day, unfinished or whole: a hundred times what a busy counter takes.
async fn refuse_beyond_quota(
    store: &Store,
    transaction: &Transaction<'_>,
    carrier: &StationId,
    length: u64,
) -> Result<(), ApiError> {
    let day = store.clock().now().plus_days(-1).millis();
    let row = transaction
        .query_one(
            "select (coalesce((select sum(length) from upload where carrier = $1 and not completed), 0)
                   + coalesce((select sum(length) from packet where carrier = $1 and received_at > $2), 0))::bigint",
            &[&carrier.as_str(), &day],
        )
        .await?;
    if row.get::<_, i64>(0).unsigned_abs() + length <= store.quota() {
        return Ok(());
    }
    Err(ApiError::new(
        429,
        "quota",
        "This station has brought more in a day than the centre takes.",
        "Nothing was lost. The station keeps the packet and sends it later.",
    )
    .with("retry-after", "3600"))
}

/// Takes those that rested longest out of the carrier's uploads; their bytes go once that is committed.
async fn make_room(
    transaction: &Transaction<'_>,
    locks: &Locks,
    carrier: &StationId,
) -> Result<Vec<(Upload, Held)>, ApiError> {
    let sql = format!(
        "select {COLUMNS} from upload where carrier = $1 and not completed order by touched_at"
    );
    let rows = transaction.query(&sql, &[&carrier.as_str()]).await?;
    let surplus = (rows.len() as i64 - OPEN_UPLOADS_LIMIT + 1)
        .max(0)
        .unsigned_abs() as usize;
    let mut forgotten = Vec::new();
    for row in &rows {
        if forgotten.len() == surplus {
            break;
        }
        let upload = Upload::from_row(row)?;
        if let Some(held) = locks.try_hold(&upload.id) {
            transaction
                .execute("delete from upload where id = $1", &[&upload.id])
                .await?;
            forgotten.push((upload, held));
        }
    }
    if forgotten.len() == surplus {
        return Ok(forgotten);
    }
    Err(busy())
}

fn busy() -> ApiError {
    ApiError::new(
        429,
        "too-many-uploads",
        "This station has too many uploads under way.",
        "Nothing was lost. Finish one of them first.",
    )
    .with("retry-after", "10")
}
