//! Duplicate suspects that wait for a person.

use crate::{CentreError, Store};
use domain::{OfficeId, PacketId, Timestamp};
use wire::Adjudication;

/// The suspects among an office's packets, newest first, at most 500.
pub(crate) async fn list(
    store: &Store,
    office: &OfficeId,
) -> Result<Vec<Adjudication>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select id, packet, other, score,
                    case when state = 'open' then state when ruling = 'different' then 'distinct' else 'duplicate' end, opened_at
             from case_file where office = $1 and kind = 'duplicate' order by id desc limit 500",
            &[&office.as_str()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| Adjudication {
            id: row.get(0),
            packet: PacketId::from_uuid(row.get(1)),
            record: row.get::<_, i64>(2).to_string(),
            score: row.get::<_, Option<f32>>(3).unwrap_or_default(),
            state: row.get(4),
            at: Timestamp::from_millis(row.get(5)),
        })
        .collect())
}
