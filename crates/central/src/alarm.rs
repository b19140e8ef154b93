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
            "select station, packet, kind, detail, at from alarm
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
        })
        .collect())
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

/// Raises an alarm with what a person needs to know beside; gives its number.
pub(crate) async fn raise_with(
    store: &Store,
    client: &impl GenericClient,
    station: &str,
    packet: Option<&PacketId>,
    kind: &str,
    detail: Option<&str>,
) -> Result<i64, CentreError> {
    let row = client
        .query_one(
            "insert into alarm (station, packet, kind, detail, at) values ($1, $2, $3, $4, $5) returning id",
            &[
                &station,
                &packet.map(PacketId::uuid),
                &kind,
                &detail,
                &store.clock().now().millis(),
            ],
        )
        .await?;
    let packet = packet.map(PacketId::to_string).unwrap_or_default();
    tracing::warn!(station, packet, kind, detail, "alarm");
    Ok(row.get(0))
}
