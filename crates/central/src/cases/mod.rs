//! Cases: whatever needs a person. Software opens them in the transaction of their cause; people close them by signed words, but for a
//! quarantined packet that is judged again with success.

mod decide;
mod effect;
mod list;
mod removal;
mod subject;
mod verify;

pub(crate) use decide::admission;
pub use decide::{Standing, decide, sign};
pub use list::{Case, Event, Filter, Said, list, show};
pub use removal::ask_removal;
pub use verify::{Fault, verify};

use crate::ingest::Which;
use crate::{CentreError, Store, ingest};
use deadpool_postgres::GenericClient;
use domain::{CaseKind, PacketId};

/// Alarms that only a person can judge; the others are cleared by what mends their cause, or stand for a case of their packet.
pub(crate) const PERSONS_ALARMS: [&str; 5] = [
    "audit-regression",
    "carrier-revoked",
    "history-forked",
    "lease-regression",
    "packet-id-reused",
];

/// The order in which people look, from 100; an alarm has 70.
fn risk(kind: CaseKind, reason: &str) -> i16 {
    match (kind, reason) {
        (_, "face-differs") => 85,
        (CaseKind::Late, _) => 80,
        (
            _,
            "four-eyes" | "role" | "not-approved" | "statement-signature" | "decision-signature",
        ) => 75,
        (CaseKind::Alarm | CaseKind::History, _) => 70,
        (CaseKind::Doubt, "second-first-card") => 65,
        (CaseKind::Duplicate, _) => 60,
        (CaseKind::Doubt, _) => 55,
        (CaseKind::Quarantine | CaseKind::Removal, _) => 50,
        (CaseKind::Unreviewed, _) => 30,
    }
}

/// A case about a packet.
pub(crate) struct OfPacket<'a> {
    pub kind: CaseKind,
    pub packet: &'a PacketId,
    /// A key.
    pub reason: &'a str,
}

/// Opens it, or says the new reason of the one that is open; one that was decided stays so.
pub(crate) async fn open_of_packet(
    store: &Store,
    client: &impl GenericClient,
    case: &OfPacket<'_>,
) -> Result<(), CentreError> {
    client
        .execute(
            "with opened as (
                insert into case_file (kind, packet, office, station, reason, risk, opened_at)
                select $1, id, office, station, $3, $4, $5 from packet where id = $2
                on conflict (packet, kind) where kind in ('quarantine', 'late', 'unreviewed')
                do update set reason = excluded.reason, risk = excluded.risk
                where case_file.state = 'open' and case_file.reason <> excluded.reason
                returning id)
             insert into case_event (case_file, act, detail, at) select id, 'opened', $3, $5 from opened",
            &[
                &case.kind.key(),
                &case.packet.uuid(),
                &case.reason,
                &risk(case.kind, case.reason),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(())
}

/// A case about a record, and about the one that it resembles or does not.
pub(crate) struct OfRecord<'a> {
    pub kind: CaseKind,
    pub record: i64,
    pub other: Option<i64>,
    /// A key.
    pub reason: &'a str,
    pub score: Option<f32>,
}

/// Opens it, unless there is one about the same already; says whether it did.
pub(crate) async fn open_of_record(
    store: &Store,
    client: &impl GenericClient,
    case: &OfRecord<'_>,
) -> Result<bool, CentreError> {
    let opened = client
        .execute(
            "with opened as (
                insert into case_file (kind, packet, record, other, office, station, reason, score, risk, opened_at)
                select $1, r.packet, r.id, $3, p.office, p.station, $4, $5, $6, $7
                from record r left join packet p on p.id = r.packet where r.id = $2
                on conflict do nothing returning id)
             insert into case_event (case_file, act, detail, at) select id, 'opened', $4, $7 from opened",
            &[
                &case.kind.key(),
                &case.record,
                &case.other,
                &case.reason,
                &case.score,
                &risk(case.kind, case.reason),
                &store.clock().now().millis(),
            ],
        )
        .await?;
    Ok(opened > 0)
}

/// Closes the quarantine of a packet that was judged again and holds: the one way in which software closes a case.
pub(crate) async fn holds_now(
    store: &Store,
    client: &impl GenericClient,
    packet: &PacketId,
) -> Result<(), CentreError> {
    client
        .execute(
            "with closed as (
                update case_file set state = 're-judged', closed_at = $2
                where packet = $1 and kind = 'quarantine' and state = 'open' returning id)
             insert into case_event (case_file, act, at) select id, 're-judged', $2 from closed",
            &[&packet.uuid(), &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}

/// Has a case's packet judged again, once the cause is mended; says whether it is.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such open case, or it is about no packet.
pub async fn judge_again(store: &Store, case: i64, by: &str) -> Result<bool, CentreError> {
    let found = list::find(store, case).await?;
    let packet = found
        .packet
        .filter(|_| found.state == "open")
        .ok_or_else(|| {
            CentreError::Refused(format!("case {case} is closed, or about no packet"))
        })?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    crate::audit::note(
        store,
        &transaction,
        by,
        ("case-re-judge", &case.to_string()),
    )
    .await?;
    event(
        store,
        &transaction,
        case,
        ("asked-to-re-judge", Some(by), None),
    )
    .await?;
    transaction.commit().await?;
    drop(client);
    Ok(ingest::judge_again(store, &Which::Packet(packet)).await? > 0)
}

/// Adds a line to a case's history: what, which operator, what beside.
async fn event(
    store: &Store,
    client: &impl GenericClient,
    case: i64,
    (act, operator, detail): (&str, Option<&str>, Option<&str>),
) -> Result<(), CentreError> {
    client
        .execute(
            "insert into case_event (case_file, act, operator, detail, at) values ($1, $2, $3, $4, $5)",
            &[&case, &act, &operator, &detail, &store.clock().now().millis()],
        )
        .await?;
    Ok(())
}
