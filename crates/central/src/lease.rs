//! Leases: what a station may do, until when, and with whom.

use crate::{CentreError, Store, policy};
use deadpool_postgres::GenericClient;
use domain::{OfficeId, Role, StaffId, StationId, Timestamp};
use envelope::{Digest, Lease, OfficeInfo, PublicKey, Recipient, Signed, StaffEntry, to_cbor};
use tokio_postgres::Row;
use wire::{LeaseReply, SignedText};

/// A lease is renewed once this part of its life has passed.
const RENEW_AFTER: f64 = 0.25;

/// A station's current lease, as signed.
pub(crate) struct Current {
    pub signed: Signed<Lease>,
    pub serial: u64,
}

impl Current {
    /// What `ETag` says: the serial and the start of the digest.
    pub(crate) fn tag(&self) -> String {
        let digest: String = self.signed.digest().to_string().chars().take(16).collect();
        format!("\"{}-{digest}\"", self.serial)
    }

    pub(crate) fn reply(&self, store: &Store) -> LeaseReply {
        LeaseReply {
            lease: SignedText::of(&self.signed),
            centre_key: SignedText::of(store.keys().certificate()),
        }
    }
}

/// The lease in force: the last one while it still says what is true, is young, and its packets
/// are not half used up; else a new one with the next serial.
pub(crate) async fn current(store: &Store, station: &StationId) -> Result<Current, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let current = current_in(store, &transaction, station).await?;
    transaction.commit().await?;
    Ok(current)
}

/// The station says that it has its lease: from now on older rules are no excuse.
pub(crate) async fn acknowledge(
    store: &Store,
    station: &StationId,
    serial: u64,
) -> Result<(), CentreError> {
    store
        .client()
        .await?
        .execute(
            "update station set lease_seen = $2, lease_seen_at = $3 where id = $1 and lease_seen < $2",
            &[
                &station.as_str(),
                &(serial as i64),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(())
}

/// The same inside a transaction of the caller's.
pub(crate) async fn current_in(
    store: &Store,
    client: &impl GenericClient,
    station: &StationId,
) -> Result<Current, CentreError> {
    let now = store.clock().now();
    let mut lease = draft(store, client, station, now).await?;
    let content = Digest::of(&to_cbor(&(
        &lease.office,
        &lease.policy,
        &lease.staff,
        &lease.ingest,
        &lease.station_key,
    ))?);
    let last = client
        .query_opt(
            "select l.document, l.serial, l.content, l.issued_at, l.expires_at,
                    (select count(*) from packet p where p.station = l.station and p.lease_serial = l.serial)
             from lease l where l.station = $1 order by l.serial desc limit 1",
            &[&station.as_str()],
        )
        .await?;
    if let Some(row) = last
        && still_good(&row, &content, now, lease.policy.limits.packets)
    {
        return Ok(Current {
            signed: Signed::from_bytes(row.get(0))?,
            serial: row.get::<_, i64>(1) as u64,
        });
    }
    let serial: i64 = client
        .query_one(
            "update station set lease_serial = lease_serial + 1 where id = $1 returning lease_serial",
            &[&station.as_str()],
        )
        .await?
        .get(0);
    lease.serial = serial as u64;
    let signed = Signed::sign(&lease, store.keys().centre())?;
    client
        .execute(
            "insert into lease (station, serial, document, content, policy_version, issued_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)",
            &[
                &station.as_str(),
                &serial,
                &signed.as_bytes(),
                &content.as_bytes().as_slice(),
                &(lease.policy.version as i32),
                &lease.issued_at.millis(),
                &lease.expires_at.millis(),
            ],
        )
        .await?;
    Ok(Current {
        signed,
        serial: lease.serial,
    })
}

fn still_good(row: &Row, content: &Digest, now: Timestamp, packets: u32) -> bool {
    let (issued, expires): (i64, i64) = (row.get(3), row.get(4));
    let age = now.millis().saturating_sub(issued);
    let life = expires.saturating_sub(issued);
    let young = age >= 0 && (age as f64) < life as f64 * RENEW_AFTER;
    let used: i64 = row.get(5);
    row.get::<_, &[u8]>(2) == content.as_bytes() && young && used * 2 < i64::from(packets)
}

/// The lease as it would be issued now, with serial 0.
async fn draft(
    store: &Store,
    client: &impl GenericClient,
    station: &StationId,
    now: Timestamp,
) -> Result<Lease, CentreError> {
    let damaged = || CentreError::Keys("station's row");
    // The row's lock orders two requests of one station.
    let row = client
        .query_one(
            "select o.id, o.name_latin, o.name_urdu, k.key
             from station s join office o on o.id = s.office
             join station_key k on k.station = s.id and k.epoch = s.epoch
             where s.id = $1 for update of s",
            &[&station.as_str()],
        )
        .await?;
    let office = OfficeInfo {
        id: OfficeId::parse(row.get(0)).map_err(|_| damaged())?,
        name_latin: row.get(1),
        name_urdu: row.get(2),
    };
    let staff = staff(client, &office.id).await?;
    let policy = policy::current(client).await?;
    Ok(Lease {
        station: station.clone(),
        office,
        serial: 0,
        issued_at: now,
        expires_at: now.plus_days(i64::from(policy.limits.lease_days)),
        policy,
        staff,
        ingest: store.keys().recipients(),
        station_key: public_key(row.get(3)).ok_or_else(damaged)?,
    })
}

async fn staff(
    client: &impl GenericClient,
    office: &OfficeId,
) -> Result<Vec<StaffEntry>, CentreError> {
    let rows = client
        .query(
            "select id, name_latin, name_urdu, role, signing_key, recipient
             from staff where office = $1 and revoked_at is null order by id",
            &[&office.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| staff_entry(row).ok_or(CentreError::Keys("staff list")))
        .collect()
}

fn staff_entry(row: &Row) -> Option<StaffEntry> {
    Some(StaffEntry {
        id: StaffId::parse(row.get(0)).ok()?,
        name_latin: row.get(1),
        name_urdu: row.get(2),
        role: match row.get::<_, &str>(3) {
            "supervisor" => Role::Supervisor,
            _ => Role::Officer,
        },
        key: public_key(row.get(4))?,
        recipient: Recipient::parse(row.get(5)).ok()?,
    })
}

pub(crate) fn public_key(bytes: &[u8]) -> Option<PublicKey> {
    bytes.try_into().ok().map(PublicKey::from_bytes)
}
