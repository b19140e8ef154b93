//! What an office is told of its packets.

use crate::{CentreError, Store};
use domain::{OfficeId, Outcome, OutcomeKind, PacketId, Timestamp};

/// The most outcomes of one answer.
const PAGE: i64 = 500;

/// Outcomes of an office after a cursor, in order.
pub(crate) async fn after(
    store: &Store,
    office: &OfficeId,
    cursor: i64,
) -> Result<Vec<Outcome>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select cursor, packet, kind, reason, at from outcome
             where office = $1 and cursor > $2 order by cursor limit $3",
            &[&office.as_str(), &cursor, &PAGE],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Outcome {
            cursor: row.get(0),
            packet: PacketId::from_uuid(row.get(1)),
            kind: match row.get::<_, &str>(2) {
                "registered" => OutcomeKind::Registered,
                "duplicate_suspected" => OutcomeKind::DuplicateSuspected,
                _ => OutcomeKind::Quarantined,
            },
            reason: row.get(3),
            at: Timestamp::from_millis(row.get(4)),
        })
        .collect())
}
