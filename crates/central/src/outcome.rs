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
             where office = $1 and cursor > $2 and kind <> all($4) order by cursor limit $3",
            &[&office.as_str(), &cursor, &PAGE, &version.untold()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| {
            let kind = OutcomeKind::from(row.get::<_, String>(2));
            let (kind, reason) = version.outcome(kind, row.get(3));
            Outcome {
                cursor: row.get(0),
                packet: PacketId::from_uuid(row.get(1)),
                kind,
                reason,
                at: Timestamp::from_millis(row.get(4)),
            }
        })
        .collect())
}
