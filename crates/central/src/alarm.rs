//! Alarms: what a person at the centre must look at, whatever became of the packet.

use crate::cases::PERSONS_ALARMS;
use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::{PacketId, Timestamp};
use serde::Serialize;

/// An alarm that nobody has cleared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Its number.
    pub id: i64,
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
            "select station, packet, kind, detail, at, carrier, id from alarm
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
            id: row.get(6),
        })
        .collect())
}

/// Clears open alarms that somebody has looked at, by their numbers or their kind; says how many.
///
/// # Errors
/// [`CentreError::Refused`] where one of them is a case that is not decided; then none is cleared.
pub async fn clear_alarms(
    store: &Store,
    ids: &[i64],
    kind: Option<&str>,
) -> Result<u64, CentreError> {
    let client = store.client().await?;
    let of_people = client
        .query_opt(
            "select c.id from alarm a join case_file c on c.alarm = a.id
             where a.cleared_at is null and (a.id = any($1) or a.kind = $2) and c.state = 'open' limit 1",
            &[&ids, &kind],
        )
        .await?;
    if let Some(case) = of_people {
        return Err(CentreError::Refused(format!(
            "a person must judge this alarm: decide case {}; no alarm was cleared",
            case.get::<_, i64>(0)
        )));
    }
    let cleared = client
        .execute(
            "update alarm set cleared_at = $3 where cleared_at is null and (id = any($1) or kind = $2)",
            &[&ids, &kind, &store.clock().now().millis()],
        )
        .await?;
    Ok(cleared)
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

/// Where no carrier is named, it is the one that brought the packet whole; none where that was the station itself. What only a person can
/// judge is a case too, in the same statement.
async fn insert(
    store: &Store,
    client: &impl GenericClient,
    (station, carrier): (&str, Option<&str>),
    packet: Option<&PacketId>,
    (kind, detail): (&str, Option<&str>),
) -> Result<i64, CentreError> {
    let row = client
        .query_one(
            "with raised as (
                insert into alarm (station, packet, kind, detail, at, carrier)
                values ($1, $2, $3, $4, $5,
                        nullif(coalesce($6, (select p.carrier from packet p where p.id = $2)), $1))
                returning id, carrier),
             opened as (
                insert into case_file (kind, packet, alarm, station, office, reason, risk, opened_at)
                select 'alarm', (select id from packet where id = $2), raised.id, $1,
                       (select office from station where id = $1), $3, 70, $5
                from raised where $7 returning id),
             noted as (
                insert into case_event (case_file, act, detail, at) select id, 'opened', $3, $5 from opened)
             select id, carrier from raised",
            &[
                &station,
                &packet.map(PacketId::uuid),
                &kind,
                &detail,
                &store.clock().now().millis(),
                &carrier,
                &PERSONS_ALARMS.contains(&kind),
            ],
        )
        .await?;
    let packet = packet.map(PacketId::to_string).unwrap_or_default();
    let carrier: Option<String> = row.get(1);
    tracing::warn!(station, carrier, packet, kind, detail, "alarm");
    Ok(row.get(0))
}
