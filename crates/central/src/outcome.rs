//! What an office is told of its packets.

use crate::version::Version;
use crate::{CentreError, Store};
use domain::{OfficeId, Outcome, OutcomeKind, PacketId, Timestamp};

/// The most outcomes of one answer.
const PAGE: i64 = 500;

/// Outcomes of an office after a cursor, in order.
pub(crate) async fn after(
    store: &Store,
    office: &OfficeId,
    cursor: i64,
    version: Version,
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
            kind: OutcomeKind::from(row.get::<_, String>(2)),
            reason: row
                .get::<_, Option<&str>>(3)
                .map(|reason| version.reason(reason)),
            at: Timestamp::from_millis(row.get(4)),
        })
        .collect())
}
