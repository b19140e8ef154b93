//! Alarms: what a person at the centre must look at, whatever became of the packet.

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::{PacketId, Timestamp};

/// An alarm that nobody has cleared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Which station, where it is about one.
    pub station: Option<String>,
    /// Which packet, where it is about one.
    pub packet: Option<PacketId>,
    /// What happened, as a key.
    pub kind: String,
    /// What a person needs to know beside; nothing personal.
    pub detail: Option<String>,
    /// Whose connection brought the packet, where that was another station.
    pub carrier: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// The alarms that are open, newest first, at most 500.
///
/// # Errors
/// [`CentreError`] when the database cannot be reached.
pub async fn open_alarms(store: &Store) -> Result<Vec<Alarm>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select station, packet, kind, detail, at, carrier from alarm
             where cleared_at is null order by id desc limit 500",
            &[],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Alarm {
            station: row.get(0),
            packet: row.get::<_, Option<_>>(1).map(PacketId::from_uuid),
            kind: row.get(2),
            detail: row.get(3),
            at: Timestamp::from_millis(row.get(4)),
            carrier: row.get(5),
        })
        .collect())
}

/// Clears what was raised about a packet.
pub(crate) async fn clear(
    store: &Store,
    client: &impl GenericClient,
    packet: &PacketId,
    kind: &str,
) -> Result<(), CentreError> {
    client
        .execute(
            "update alarm set cleared_at = $3 where packet = $1 and kind = $2 and cleared_at is null",
            &[&packet.uuid(), &kind, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Raises an alarm about a station's packet.
pub(crate) async fn raise(
    store: &Store,
    client: &impl GenericClient,
    station: &str,
    packet: &PacketId,
    kind: &str,
) -> Result<(), CentreError> {
    raise_with(store, client, station, Some(packet), kind, None)
        .await
        .map(drop)
}

/// The same about what another station brought.
pub(crate) async fn raise_carried(
    store: &Store,
    client: &impl GenericClient,
    (station, carrier): (&str, Option<&str>),
    packet: &PacketId,
    kind: &str,
) -> Result<(), CentreError> {
    insert(
        store,
        client,
        (station, carrier),
        Some(packet),
        (kind, None),
    )
    .await
    .map(drop)
}

/// Raises an alarm with what a person needs to know beside; gives its number.
pub(crate) async fn raise_with(
    store: &Store,
    client: &impl GenericClient,
    station: &str,
    packet: Option<&PacketId>,
    kind: &str,
    detail: Option<&str>,
) -> Result<i64, CentreError> {
    insert(store, client, (station, None), packet, (kind, detail)).await
}

/// Where no carrier is named, it is the one that brought the packet whole; none where that was the station itself.
async fn insert(
    store: &Store,
    client: &impl GenericClient,
    (station, carrier): (&str, Option<&str>),
    packet: Option<&PacketId>,
    (kind, detail): (&str, Option<&str>),
) -> Result<i64, CentreError> {
    let row = client
        .query_one(
            "insert into alarm (station, packet, kind, detail, at, carrier)
             values ($1, $2, $3, $4, $5,
                     nullif(coalesce($6, (select p.carrier from packet p where p.id = $2)), $1))
             returning id, carrier",
            &[
                &station,
                &packet.map(PacketId::uuid),
                &kind,
                &detail,
                &store.clock().now().millis(),
                &carrier,
            ],
        )
        .await?;
    let packet = packet.map(PacketId::to_string).unwrap_or_default();
    let carrier: Option<String> = row.get(1);
    tracing::warn!(station, carrier, packet, kind, detail, "alarm");
    Ok(row.get(0))
}
