//! A station's own history: each counter once, each item naming the one before, and the lease's serial never falling. A counter that
//! is missing raises one alarm and holds up nobody.

use super::reason::Reason;
use crate::{CentreError, Store, alarm};
use deadpool_postgres::Transaction;
use domain::PacketId;
use envelope::{Digest, Manifest, Signed};
use tokio_postgres::Row;

/// An item's place in its station's history.
pub(crate) struct Place<'m> {
    pub station: &'m str,
    /// Which of the station's histories: a PC that was replaced without its store begins another.
    pub chain: i32,
    pub counter: i64,
    pub packet: PacketId,
}

/// What the history says against a packet, if anything; alarms for what a person must see are raised here.
pub(super) async fn check(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
    manifest: &Manifest,
) -> Result<Option<Reason>, CentreError> {
    audit_head(store, transaction, place, manifest).await?;
    lease_serial(store, transaction, place, manifest).await?;
    note_gap(store, transaction, place).await?;
    if is_used(transaction, place).await? {
        return Ok(Some("counter-reused"));
    }
    if place.counter == 1 && manifest.previous.is_some() {
        return Ok(Some("chain-broken"));
    }
    let neighbours = neighbours(transaction, place).await?;
    let before = neighbours.before.is_empty() || neighbours.before.contains(&manifest.previous);
    let after = neighbours.after.is_empty() || neighbours.after.contains(&Some(manifest.digest));
    Ok((!before || !after).then_some("chain-broken"))
}

/// Whether another packet of this counter was judged already, or the station said that another one was damaged.
async fn is_used(transaction: &Transaction<'_>, place: &Place<'_>) -> Result<bool, CentreError> {
    let row = transaction
        .query_one(
            "select exists (select from packet where station = $1 and chain = $2 and counter = $3
                            and id <> $4 and state <> 'received')
                 or exists (select from void where station = $1 and chain = $2 and counter = $3 and packet <> $4)",
            &[
                &place.station,
                &place.chain,
                &place.counter,
                &place.packet.uuid(),
            ],
        )
        .await?;
    Ok(row.get(0))
}

/// What is known of the places on both sides.
#[derive(Default)]
struct Neighbours {
    /// Digests that the next item may name.
    before: Vec<Option<Digest>>,
    /// What the items after name as the one before them.
    after: Vec<Option<Digest>>,
}

async fn neighbours(
    transaction: &Transaction<'_>,
    place: &Place<'_>,
) -> Result<Neighbours, CentreError> {
    let damaged = || CentreError::Keys("packet's row");
    let digest = |row: &Row| Digest::from_slice(row.get(1)).ok_or_else(damaged);
    let around: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [
        &place.station,
        &place.chain,
        &(place.counter - 1),
        &(place.counter + 1),
    ];
    let mut found = Neighbours::default();
    let packets = transaction
        .query(
            "select counter, digest, manifest from packet
             where station = $1 and chain = $2 and counter in ($3, $4) limit 64",
            &around,
        )
        .await?;
    for row in &packets {
        if row.get::<_, i64>(0) < place.counter {
            found.before.push(Some(digest(row)?));
        } else {
            let manifest = Signed::<Manifest>::from_bytes(row.get(2))?.peek()?;
            found.after.push(manifest.previous);
        }
    }
    let voids = transaction
        .query(
            "select counter, packet_digest, previous from void
             where station = $1 and chain = $2 and counter in ($3, $4) limit 64",
            &around,
        )
        .await?;
    for row in &voids {
        if row.get::<_, i64>(0) < place.counter {
            found.before.push(Some(digest(row)?));
        } else {
            found
                .after
                .push(row.get::<_, Option<&[u8]>>(2).and_then(Digest::from_slice));
        }
    }
    Ok(found)
}

/// A head that was seen before the last packet's: the audit log was cut or rewritten.
async fn audit_head(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
    manifest: &Manifest,
) -> Result<(), CentreError> {
    let row = transaction
        .query_one(
            "select exists (select from packet where station = $1 and chain = $2 and state <> 'received'
                            and counter < $3::bigint - 1 and audit_head = $4)
                and exists (select from packet where station = $1 and chain = $2 and state <> 'received'
                            and counter = $3::bigint - 1 and audit_head <> $4)",
            &[
                &place.station,
                &place.chain,
                &place.counter,
                &manifest.audit_head.as_bytes().as_slice(),
            ],
        )
        .await?;
    if row.get(0) {
        alarm::raise(
            store,
            transaction,
            place.station,
            &place.packet,
            "audit-regression",
        )
        .await?;
    }
    Ok(())
}

/// The lease's serial falls along the counters: the station went back to rules that it had left.
async fn lease_serial(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
    manifest: &Manifest,
) -> Result<(), CentreError> {
    let Some(lease) = manifest.lease else {
        return Ok(());
    };
    let row = transaction
        .query_one(
            "select exists (select from packet where station = $1 and chain = $2 and id <> $5
                            and ((counter < $3 and lease_claimed > $4) or (counter > $3 and lease_claimed < $4)))
                 or exists (select from station_status where station = $1
                            and (report->>'counter')::numeric < $3::bigint
                            and (report->>'lease_serial')::numeric > $4::bigint)",
            &[
                &place.station,
                &place.chain,
                &place.counter,
                &i64::try_from(lease).unwrap_or(i64::MAX),
                &place.packet.uuid(),
            ],
        )
        .await?;
    if row.get(0) {
        alarm::raise(
            store,
            transaction,
            place.station,
            &place.packet,
            "lease-regression",
        )
        .await?;
    }
    Ok(())
}

/// Raises one alarm where this item is the first behind counters of which nothing has come. Packets that are here and wait for their
/// checks are not missing.
async fn note_gap(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
) -> Result<(), CentreError> {
    let row = transaction
        .query_one(
            "select greatest(
                (select max(counter) from packet where station = $1 and chain = $2 and id <> $3 and state <> 'received'),
                (select max(counter) from void where station = $1 and chain = $2 and packet <> $3), 0)",
            &[&place.station, &place.chain, &place.packet.uuid()],
        )
        .await?;
    let (first, last) = (row.get::<_, i64>(0) + 1, place.counter - 1);
    if first > last || known(transaction, place, first, last).await? > last - first {
        return Ok(());
    }
    let detail = if first == last {
        first.to_string()
    } else {
        format!("{first}-{last}")
    };
    let packet = Some(&place.packet);
    let kind = "counter-gap";
    let alarm = alarm::raise_with(
        store,
        transaction,
        place.station,
        packet,
        kind,
        Some(&detail),
    )
    .await?;
    transaction
        .execute(
            "insert into counter_gap (station, chain, first, last, alarm) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            &[&place.station, &place.chain, &first, &last, &alarm],
        )
        .await?;
    Ok(())
}

/// Counters of a range of which a packet or a void has come.
async fn known(
    transaction: &Transaction<'_>,
    place: &Place<'_>,
    first: i64,
    last: i64,
) -> Result<i64, CentreError> {
    let row = transaction
        .query_one(
            "select count(*) from (
                select counter from packet where station = $1 and chain = $2 and counter between $3 and $4
                union select counter from void where station = $1 and chain = $2 and counter between $3 and $4) k",
            &[&place.station, &place.chain, &first, &last],
        )
        .await?;
    Ok(row.get(0))
}

/// Clears the alarm of a gap that this item was the last to close. Called once the item's row is there.
pub(crate) async fn close_gaps(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
) -> Result<(), CentreError> {
    let open = transaction
        .query(
            "select first, last, alarm from counter_gap
             where station = $1 and chain = $2 and closed_at is null and $3 between first and last",
            &[&place.station, &place.chain, &place.counter],
        )
        .await?;
    for gap in open {
        let (first, last): (i64, i64) = (gap.get(0), gap.get(1));
        if known(transaction, place, first, last).await? <= last - first {
            continue;
        }
        let now = store.clock().now().millis();
        transaction
            .execute(
                "update counter_gap set closed_at = $4 where station = $1 and chain = $2 and first = $3",
                &[&place.station, &place.chain, &first, &now],
            )
            .await?;
        transaction
            .execute(
                "update alarm set cleared_at = $2 where id = $1",
                &[&gap.get::<_, i64>(2), &now],
            )
            .await?;
    }
    Ok(())
}

/// A void takes its counter's place in the history too.
pub(crate) async fn take_void(
    store: &Store,
    transaction: &Transaction<'_>,
    place: &Place<'_>,
) -> Result<(), CentreError> {
    note_gap(store, transaction, place).await?;
    let reused = transaction
        .query_one(
            "select exists (select from packet where station = $1 and chain = $2 and counter = $3 and id <> $4)",
            &[&place.station, &place.chain, &place.counter, &place.packet.uuid()],
        )
        .await?;
    if reused.get(0) {
        let kind = "counter-reused";
        alarm::raise(store, transaction, place.station, &place.packet, kind).await?;
    }
    close_gaps(store, transaction, place).await
}
