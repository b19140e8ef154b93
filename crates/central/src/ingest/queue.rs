//! The packets that wait for their checks, as claimed work in PostgreSQL. Every time is the database's: replicas' clocks may differ by
//! years.

use crate::{CentreError, Store, alarm};
use domain::PacketId;
use std::time::Duration;
use tokio_postgres::Row;

/// Rows that one look at the clock wakes.
const WAKE_LIMIT: i64 = 256;
/// The first wait of a packet that the centre was not able to judge; it doubles each time.
const WAIT_SECONDS: i64 = 2;
/// The longest such wait.
const WAIT_LIMIT_SECONDS: i64 = 300;
/// Waits after which a person is told.
const WAITS_ALARM: i32 = 8;

/// A packet that this worker may judge until its claim lapses.
pub(super) struct Job {
    pub packet: PacketId,
    pub blob: String,
    pub station: String,
    pub office: String,
    pub epoch: i32,
    pub chain: i32,
    /// Times that it brought a worker down.
    pub crashes: i32,
    /// It came after the revocation of its station, of the key that signed it or of somebody who signed.
    pub after_revocation: bool,
    pub manifest: Vec<u8>,
    pub statement: Vec<u8>,
    pub decision: Option<Vec<u8>>,
    /// Where it lies in the queue, and under which claim.
    pub claim: Claim,
}

/// A claim, as the queue knows it again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    packet: PacketId,
    number: i64,
}

impl Job {
    fn from_row(row: &Row) -> Self {
        let packet = PacketId::from_uuid(row.get(0));
        Self {
            packet,
            blob: row.get(1),
            station: row.get(2),
            office: row.get(3),
            epoch: row.get(4),
            chain: row.get(5),
            crashes: row.get(6),
            after_revocation: row.get(7),
            manifest: row.get(8),
            statement: row.get(9),
            decision: row.get(10),
            claim: Claim {
                packet,
                number: row.get(11),
            },
        }
    }
}

/// Claims the next packet for so long: the urgent first, then the stations by turns.
pub(super) async fn claim(store: &Store, time: Duration) -> Result<Option<Job>, CentreError> {
    let row = store
        .client()
        .await?
        .query_opt(
            "with chosen as (
                select id, turn from packet
                where state = 'received' and claimed_until is null and next_try_at is null
                order by priority, turn, received_at limit 1 for update skip locked),
             onward as (
                update ingest_turn set turn = chosen.turn from chosen where ingest_turn.turn < chosen.turn)
             update packet set claim = claim + 1, claimed_until = now() + $1 * interval '1 second'
             from chosen where packet.id = chosen.id
             returning packet.id, blob, station, office, epoch, chain, crashes, after_revocation,
                       manifest, statement, decision, claim",
            &[&time.as_secs_f64()],
        )
        .await?;
    Ok(row.as_ref().map(Job::from_row))
}

/// Puts off what the centre was not able to judge: it is not the packet's fault and is never held against it, and those behind it have
/// their turn. Somebody is told when it goes on.
pub(super) async fn put_off(store: &Store, claim: Claim) -> Result<(), CentreError> {
    let client = store.client().await?;
    let row = client
        .query_opt(
            "update packet set waits = waits + 1, claimed_until = null,
                    next_try_at = now() + least($3::bigint << least(waits, 16), $4) * interval '1 second'
             where id = $1 and claim = $2 and state = 'received' returning station, waits",
            &[
                &claim.packet.uuid(),
                &claim.number,
                &WAIT_SECONDS,
                &WAIT_LIMIT_SECONDS,
            ],
        )
        .await?;
    if let Some(row) = row
        && row.get::<_, i32>(1) == WAITS_ALARM
    {
        alarm::raise(store, &client, row.get(0), &claim.packet, "packet-waits").await?;
    }
    Ok(())
}

/// Counts a worker that this packet brought down, and gives the packet back.
pub(super) async fn crashed(store: &Store, claim: Claim) -> Result<(), CentreError> {
    store
        .client()
        .await?
        .execute(
            "update packet set crashes = crashes + 1, claimed_until = null,
                    next_try_at = now() + least(1::bigint << crashes, 60) * interval '1 second'
             where id = $1 and claim = $2 and state = 'received'",
            &[&claim.packet.uuid(), &claim.number],
        )
        .await?;
    Ok(())
}

/// Counts the crashes of workers whose claims have lapsed, and wakes what was put off until now: how many.
pub(super) async fn wake(store: &Store) -> Result<u64, CentreError> {
    let client = store.client().await?;
    let lapsed = client
        .execute(
            "update packet set crashes = crashes + 1, claimed_until = null
             where id in (select id from packet where state = 'received' and claimed_until < now()
                          limit $1 for update skip locked)",
            &[&WAKE_LIMIT],
        )
        .await?;
    let due = client
        .execute(
            "update packet set next_try_at = null
             where id in (select id from packet where state = 'received' and next_try_at <= now()
                          order by next_try_at limit $1 for update skip locked)",
            &[&WAKE_LIMIT],
        )
        .await?;
    Ok(lapsed + due)
}
