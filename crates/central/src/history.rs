//! Which of a station's histories a new activation goes on with.

use crate::problem::ApiError;
use crate::upload::COUNTER_LIMIT;
use crate::{CentreError, Store, alarm};
use deadpool_postgres::GenericClient;
use envelope::Digest;
use wire::Held;

/// The history in which the station's last packet has its place: the newest where the centre knows that packet, else the newest that
/// does not contradict it. What is still on its way is no contradiction. Where every history has another packet there, the station
/// begins a new one, and somebody is alarmed.
pub(crate) async fn continued(
    store: &Store,
    client: &impl GenericClient,
    held: &Held,
    epoch: i32,
) -> Result<i32, ApiError> {
    if held.counter > COUNTER_LIMIT {
        return Err(ApiError::bad_request("held counter"));
    }
    let histories = client
        .query(
            "select chain from station_key where station = $1 and epoch < $2 group by chain order by chain desc limit 64",
            &[&held.station.as_str(), &epoch],
        )
        .await?;
    let mut possible = None;
    for row in &histories {
        let chain: i32 = row.get(0);
        match told(client, held, chain).await? {
            Told::This => return Ok(chain),
            Told::Nothing => possible = possible.or(Some(chain)),
            Told::Another => {}
        }
    }
    if let Some(chain) = possible {
        return Ok(chain);
    }
    if !histories.is_empty() {
        let station = held.station.as_str();
        alarm::raise_with(store, client, station, None, "history-forked", None).await?;
    }
    Ok(epoch)
}

/// What the centre knows of a place in a history.
enum Told {
    /// The packet that the station names.
    This,
    /// Another one only.
    Another,
    /// Nothing has come.
    Nothing,
}

async fn told(client: &impl GenericClient, held: &Held, chain: i32) -> Result<Told, CentreError> {
    let rows = client
        .query(
            "select digest from packet where station = $1 and chain = $2 and counter = $3
             union all
             select packet_digest from void where station = $1 and chain = $2 and counter = $3",
            &[&held.station.as_str(), &chain, &(held.counter as i64)],
        )
        .await?;
    let named = |row: &tokio_postgres::Row| Digest::from_slice(row.get(0)) == held.previous;
    Ok(match (rows.is_empty(), rows.iter().any(named)) {
        (true, _) => Told::Nothing,
        (false, true) => Told::This,
        (false, false) => Told::Another,
    })
}
