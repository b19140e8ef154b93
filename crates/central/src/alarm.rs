//! Alarms: what a person at the centre must look at, whatever became of the packet.

use crate::{CentreError, Store};
use deadpool_postgres::GenericClient;
use domain::PacketId;

/// Raises an alarm about a station's packet.
pub(crate) async fn raise(
    store: &Store,
    client: &impl GenericClient,
    station: &str,
    packet: &PacketId,
    kind: &str,
) -> Result<(), CentreError> {
    client
        .execute(
            "insert into alarm (station, packet, kind, at) values ($1, $2, $3, $4)",
            &[
                &station,
                &packet.uuid(),
                &kind,
                &store.clock().now().millis(),
            ],
        )
        .await?;
    tracing::warn!(station, %packet, kind, "alarm");
    Ok(())
}
