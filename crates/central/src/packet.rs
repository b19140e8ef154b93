//! Packets that arrived whole: taken over once, and what a station may ask of them.

use crate::kept::blob_name;
use crate::problem::ApiError;
use crate::upload::Upload;
use crate::{CentreError, Store, alarm, kept};
use deadpool_postgres::Transaction;
use domain::{PacketId, StationId};
use envelope::{Decision, Digest, Receipt, Signed, Statement};
use wire::{PacketReply, PacketState, SignedText};

/// A packet of a station's that is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Its id.
    pub packet: PacketId,
    /// `received`, `accepted`, `quarantined`, or what else the centre calls it.
    pub state: String,
    /// Why it waits for a person, as a key; none where it does not.
    pub reason: Option<String>,
    /// Records that came of it: its effects.
    pub records: i64,
}

/// Everything that has arrived from a station, oldest first.
///
/// # Errors
/// [`CentreError`] where the database cannot be read.
pub async fn arrived(store: &Store, station: &StationId) -> Result<Vec<Arrived>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select p.id, p.state, p.reason, (select count(*) from record r where r.packet = p.id)
             from packet p where p.station = $1 order by p.received_at, p.id",
            &[&station.as_str()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Arrived {
            packet: PacketId::from_uuid(row.get(0)),
            state: row.get(1),
            reason: row.get(2),
            records: row.get(3),
        })
        .collect())
}

/// Refuses a packet whose id is known with another digest, and raises an alarm.
pub(crate) async fn refuse_other_digest(
    store: &Store,
    packet: &PacketId,
    digest: &Digest,
    carrier: Option<&str>,
) -> Result<(), ApiError> {
    let client = store.client().await?;
    let known = client
        .query_opt(
            "select digest, station from packet where id = $1",
            &[&packet.uuid()],
        )
        .await?;
    let Some(row) = known.filter(|row| row.get::<_, &[u8]>(0) != digest.as_bytes()) else {
        return Ok(());
    };
    let stations = (row.get(1), carrier);
    alarm::raise_carried(store, &client, stations, packet, "packet-id-reused").await?;
    Err(ApiError::new(
        409,
        "packet-id-reused",
        "The centre holds another packet of this id.",
        "Nothing was stored, and an alarm was raised. The station keeps the packet.",
    ))
}

/// Stores the bytes and makes the packet's row, once, whichever of its uploads comes first.
pub(crate) async fn take_over(
    store: &Store,
    upload: &Upload,
    bytes: Vec<u8>,
) -> Result<(), ApiError> {
    let name = blob_name(&upload.packet, &upload.digest);
    store.keep_blob(&name, bytes).await?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // One station's many packets wait behind each other, not before everybody else's.
    let turn: i64 = transaction
        .query_one(
            "update station set turn = greatest(turn, (select turn from ingest_turn)) + 1
             where id = $1 returning turn",
            &[&upload.station],
        )
        .await?
        .get(0);
    let signers = signers(&transaction, &upload.id).await?;
    kept::keep(store, &transaction, upload, &signers).await?;
    let taken = transaction
        .execute(
            "insert into packet (id, station, epoch, chain, office, counter, priority, digest, length, manifest,
                                 statement, decision, audit_head, blob, state, received_at, kind, lease_claimed,
                                 turn, carrier, after_revocation)
             select u.packet, u.station, u.epoch, k.chain, s.office, u.counter, u.priority, u.digest, u.length,
                    u.manifest, u.statement, u.decision, ''::bytea, $2, 'received', $3, u.kind, u.lease_claimed,
                    $4, u.carrier, s.revoked_at is not null or k.revoked_at is not null
                       or exists (select from staff where id = any($5) and revoked_at is not null)
             from upload u join station s on s.id = u.station
             join station_key k on k.station = u.station and k.epoch = u.epoch
             where u.id = $1 on conflict (id) do nothing",
            &[
                &upload.id,
                &name,
                &store.clock().now().millis(),
                &turn,
                &signers,
            ],
        )
        .await?;
    let revoked: bool = transaction
        .query_one(
            "update upload set completed = true where id = $1 returning carrier_revoked",
            &[&upload.id],
        )
        .await?
        .get(0);
    if taken > 0 && revoked && upload.carrier != upload.station {
        // The packet is its own station's; whoever brought it is somebody's business.
        let stations = (upload.station.as_str(), Some(upload.carrier.as_str()));
        let kind = "carrier-revoked";
        alarm::raise_carried(store, &transaction, stations, &upload.packet, kind).await?;
    }
    transaction.commit().await?;
    drop(client);
    store.arrived().notify_one();
    // Two uploads may have raced with different bytes: the first row stands.
    let carrier = Some(upload.carrier.as_str());
    refuse_other_digest(store, &upload.packet, &upload.digest, carrier).await
}

/// Who signed, as the documents say.
async fn signers(transaction: &Transaction<'_>, upload: &str) -> Result<Vec<String>, CentreError> {
    let row = transaction
        .query_one(
            "select statement, decision from upload where id = $1",
            &[&upload],
        )
        .await?;
    let statement = Signed::<Statement>::from_bytes(row.get(0))?.peek()?;
    let decision = row
        .get::<_, Option<Vec<u8>>>(1)
        .map(|bytes| Signed::<Decision>::from_bytes(bytes)?.peek())
        .transpose()?;
    let supervisor = decision.map(|decision| decision.supervisor.as_str().to_owned());
    let officer = statement.officer.as_str().to_owned();
    Ok([officer].into_iter().chain(supervisor).collect())
}

/// Whether the centre has the whole packet.
pub(crate) async fn is_here(store: &Store, packet: &PacketId) -> Result<bool, CentreError> {
    let client = store.client().await?;
    let row = client
        .query_opt("select from packet where id = $1", &[&packet.uuid()])
        .await?;
    Ok(row.is_some())
}

/// The receipt for these bytes, where there is one.
pub(crate) async fn receipt(
    store: &Store,
    packet: &PacketId,
    digest: &Digest,
) -> Result<Option<Signed<Receipt>>, CentreError> {
    let client = store.client().await?;
    let row = client
        .query_opt(
            "select receipt from packet where id = $1 and digest = $2 and receipt is not null",
            &[&packet.uuid(), &digest.as_bytes().as_slice()],
        )
        .await?;
    Ok(row.map(|row| Signed::from_bytes(row.get(0))).transpose()?)
}

/// The state and receipt of a packet.
pub(crate) async fn state(store: &Store, packet: &PacketId) -> Result<PacketReply, ApiError> {
    let client = store.client().await?;
    let row = client
        .query_opt(
            "select state, receipt from packet where id = $1",
            &[&packet.uuid()],
        )
        .await?;
    let (state, receipt) = if let Some(row) = row {
        let state = match row.get::<_, &str>(0) {
            "accepted" => PacketState::Accepted,
            "quarantined" => PacketState::Quarantined,
            // One that waits for a person's decision is received too: its receipt says that it is not settled.
            _ => PacketState::Received,
        };
        (state, row.get::<_, Option<Vec<u8>>>(1))
    } else {
        let receiving = client
            .query_opt(
                "select from upload where packet = $1 limit 1",
                &[&packet.uuid()],
            )
            .await?;
        if receiving.is_none() {
            return Err(ApiError::new(
                404,
                "packet-unknown",
                "The centre has nothing of this packet.",
                "The station keeps it and sends it.",
            ));
        }
        (PacketState::Receiving, None)
    };
    let receipt = receipt
        .map(|bytes| Signed::<Receipt>::from_bytes(bytes).map(|r| SignedText::of(&r)))
        .transpose()
        .map_err(CentreError::from)?;
    Ok(PacketReply {
        packet: *packet,
        state,
        receipt,
    })
}
