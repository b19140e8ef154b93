//! Packets that arrived whole: taken over once, and what a station may ask of them.

use crate::problem::ApiError;
use crate::{CentreError, Store, alarm};
use domain::PacketId;
use envelope::{Digest, Receipt, Signed};
use wire::{PacketReply, PacketState, SignedText};

/// Where a packet lies in the packet store. The digest is part of the name: bytes are immutable.
fn blob_name(packet: &PacketId, digest: &Digest) -> String {
    format!("{packet}/{digest}.packet")
}

/// Refuses a packet whose id is known with another digest, and raises an alarm.
pub(crate) async fn refuse_other_digest(
    store: &Store,
    packet: &PacketId,
    digest: &Digest,
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
    alarm::raise(store, &client, row.get(1), packet, "packet-id-reused").await?;
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
    upload: &str,
    packet: &PacketId,
    digest: &Digest,
    bytes: Vec<u8>,
) -> Result<(), ApiError> {
    let name = blob_name(packet, digest);
    store.keep_blob(&name, bytes).await?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    transaction
        .execute(
            "insert into packet (id, station, epoch, chain, office, counter, priority, digest, length, manifest,
                                 statement, decision, audit_head, blob, state, received_at, kind, lease_claimed)
             select u.packet, u.station, u.epoch, k.chain, s.office, u.counter, u.priority, u.digest, u.length,
                    u.manifest, u.statement, u.decision, ''::bytea, $2, 'received', $3, u.kind, u.lease_claimed
             from upload u join station s on s.id = u.station
             join station_key k on k.station = u.station and k.epoch = u.epoch
             where u.id = $1 on conflict (id) do nothing",
            &[&upload, &name, &store.clock().now().millis()],
        )
        .await?;
    transaction
        .execute(
            "update upload set completed = true where id = $1",
            &[&upload],
        )
        .await?;
    transaction.commit().await?;
    drop(client);
    store.arrived().notify_one();
    // Two uploads may have raced with different bytes: the first row stands.
    refuse_other_digest(store, packet, digest).await
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
