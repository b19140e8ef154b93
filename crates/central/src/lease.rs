//! Leases: what a station may do, until when, and with whom.

use crate::custody::{KeyRing, Purpose, ReceiptKey};
use crate::version::Version;
use crate::{CentreError, Store, kept, policy};
use deadpool_postgres::GenericClient;
use domain::{Limits, OfficeId, Role, StaffId, StationId, Timestamp};
use envelope::{
    Digest, FORMAT, KeyFileEntry, Lease, OfficeInfo, OfficeStation, PublicKey, Recipient, Signed,
    StaffEntry, to_cbor,
};
use tokio_postgres::Row;
use wire::{LeaseReply, SignedText};

/// Unlocks older than this have long reached their station.
const UNLOCK_DAYS: i64 = 60;

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

    /// With the root's word about the key that signed it, and about the others, whose receipts may be on their way.
    pub(crate) fn reply(&self, store: &Store, version: Version) -> Result<LeaseReply, CentreError> {
        let keys = store.keys();
        let signer = self.signer(&keys)?;
        let others = keys.certificates_but(signer.number);
        Ok(LeaseReply {
            lease: SignedText::of(&self.signed),
            centre_key: SignedText::of(&signer.certificate),
            other_keys: if version.is_first_release() {
                Vec::new()
            } else {
                others.map(SignedText::of).collect()
            },
        })
    }

    /// The key that signed it.
    pub(crate) fn signer<'a>(&self, keys: &'a KeyRing) -> Result<&'a ReceiptKey, CentreError> {
        let id = self.signed.key_id()?;
        keys.of(id)
            .ok_or(CentreError::KeyMissing(Purpose::Receipts.words()))
    }
}

/// The lease in force for a peer of that version: the last one while it still says what is true and the next one is not wanted yet; else
/// a new one with the next serial.
pub(crate) async fn current(
    store: &Store,
    station: &StationId,
    version: Version,
) -> Result<Current, CentreError> {
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let current = current_in(store, &transaction, station, version).await?;
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
    version: Version,
) -> Result<Current, CentreError> {
    let now = store.clock().now();
    let mut lease = draft(store, client, station, now).await?;
    if version.is_first_release() {
        lease = lease.for_first_release();
    }
    let content = content(&lease)?;
    let last = client
        .query_opt(
            "select l.document, l.serial, l.content, l.issued_at, l.expires_at,
                    (select count(*) from packet p where p.station = l.station and p.lease_serial = l.serial),
                    (select (t.report->>'begun')::numeric::bigint from station_status t
                     where t.station = l.station and (t.report->>'lease_serial')::numeric = l.serial)
             from lease l where l.station = $1 order by l.serial desc limit 1",
            &[&station.as_str()],
        )
        .await?;
    if let Some(row) = last
        && still_good(&row, &content, now, &lease.policy.limits)
    {
        return Ok(Current {
            signed: Signed::from_bytes(row.get(0))?,
            serial: row.get::<_, i64>(1) as u64,
        });
    }
    issue(store, client, lease, &content).await
}

/// Signs it with the station's next serial.
async fn issue(
    store: &Store,
    client: &impl GenericClient,
    mut lease: Lease,
    content: &Digest,
) -> Result<Current, CentreError> {
    let station = lease.station.clone();
    let serial: i64 = client
        .query_one(
            "update station set lease_serial = lease_serial + 1 where id = $1 returning lease_serial",
            &[&station.as_str()],
        )
        .await?
        .get(0);
    lease.serial = serial as u64;
    // A station of the first release knows of no extension.
    if lease.format > 1 && lease.policy.limits.extension.is_some() {
        let code = store.keys().extension_code(&station, lease.serial)?;
        lease.extension = Some(code.commitment(&station, lease.serial));
    }
    let keys = store.keys();
    let key = keys.current()?;
    let signed = Signed::sign(&lease, key.signer())?;
    client
        .execute(
            "insert into lease (station, serial, document, content, policy_version, issued_at, expires_at, signed_by)
             values ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &station.as_str(),
                &serial,
                &signed.as_bytes(),
                &content.as_bytes().as_slice(),
                &(lease.policy.version as i32),
                &lease.issued_at.millis(),
                &lease.expires_at.millis(),
                &key.number,
            ],
        )
        .await?;
    kept::keep_lease(store, &station, serial, signed.as_bytes()).await?;
    Ok(Current {
        signed,
        serial: lease.serial,
    })
}

/// What a lease says, whatever its serial and times: another version says it in another way.
fn content(lease: &Lease) -> Result<Digest, CentreError> {
    let mut timeless = lease.clone();
    timeless.issued_at = Timestamp::default();
    timeless.expires_at = Timestamp::default();
    Ok(Digest::of(&to_cbor(&timeless)?))
}

/// The station's own count of what it began tells more than what has arrived; a station that says nothing is counted here.
fn still_good(row: &Row, content: &Digest, now: Timestamp, limits: &Limits) -> bool {
    let (issued, expires) = (
        Timestamp::from_millis(row.get(3)),
        Timestamp::from_millis(row.get(4)),
    );
    let begun = row
        .get::<_, i64>(5)
        .max(row.get::<_, Option<i64>>(6).unwrap_or(0));
    row.get::<_, &[u8]>(2) == content.as_bytes()
        && now >= issued
        && !limits.wants_next(issued, expires, begun.unsigned_abs(), now)
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
    let key_files = key_files(client, &office.id).await?;
    let unlocks = unlocks(client, station, now).await?;
    let stations = stations(client, &office.id, station).await?;
    let policy = policy::genuine(store, client).await?;
    Ok(Lease {
        format: FORMAT,
        station: station.clone(),
        office,
        serial: 0,
        issued_at: now,
        expires_at: now.plus_days(i64::from(policy.limits.lease_days)),
        policy,
        staff,
        ingest: store.keys().recipients(),
        station_key: public_key(row.get(3)).ok_or_else(damaged)?,
        key_files,
        office_recovery: Some(store.keys().office_recovery().clone()),
        unlocks,
        stations,
        extension: None,
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

/// The newest key file of everybody who works at an office.
async fn key_files(
    client: &impl GenericClient,
    office: &OfficeId,
) -> Result<Vec<KeyFileEntry>, CentreError> {
    let rows = client
        .query(
            "select id, key_version, key_file from staff where office = $1 and revoked_at is null order by id",
            &[&office.as_str()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            Ok(KeyFileEntry {
                staff: StaffId::parse(row.get(0)).map_err(|_| CentreError::Keys("staff list"))?,
                version: row.get::<_, i64>(1).unsigned_abs(),
                file: row.get(2),
            })
        })
        .collect()
}

/// Keys of a station that the leases of others name: a PC that was replaced has left reviews.
const STATION_KEYS: i32 = 4;

/// The office's other stations that are in use.
async fn stations(
    client: &impl GenericClient,
    office: &OfficeId,
    station: &StationId,
) -> Result<Vec<OfficeStation>, CentreError> {
    let rows = client
        .query(
            "select s.id, array_agg(k.key order by k.epoch desc) from station s join station_key k on k.station = s.id
             where s.office = $1 and s.id <> $2 and s.revoked_at is null and k.revoked_at is null and k.epoch > s.epoch - $3
             group by s.id order by s.id",
            &[&office.as_str(), &station.as_str(), &STATION_KEYS],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let damaged = || CentreError::Keys("station's row");
            Ok(OfficeStation {
                id: StationId::parse(row.get(0)).map_err(|_| damaged())?,
                keys: row
                    .get::<_, Vec<&[u8]>>(1)
                    .into_iter()
                    .filter_map(public_key)
                    .collect(),
            })
        })
        .collect()
}

/// Sign-ins at this station that the centre opened again.
async fn unlocks(
    client: &impl GenericClient,
    station: &StationId,
    now: Timestamp,
) -> Result<Vec<(StaffId, Timestamp)>, CentreError> {
    let rows = client
        .query(
            "select staff, max(at) from unlock where station = $1 and at > $2 group by staff order by staff",
            &[&station.as_str(), &now.plus_days(-UNLOCK_DAYS).millis()],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let staff =
                StaffId::parse(row.get(0)).map_err(|_| CentreError::Keys("unlock's row"))?;
            Ok((staff, Timestamp::from_millis(row.get(1))))
        })
        .collect()
}

pub(crate) fn public_key(bytes: &[u8]) -> Option<PublicKey> {
    bytes.try_into().ok().map(PublicKey::from_bytes)
}
