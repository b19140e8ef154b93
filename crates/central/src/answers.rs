//! Answers for a station without a link: receipts, lease and outcomes, written to a medium that somebody carries back.

use crate::version::Version;
use crate::{CentreError, Store, lease, outcome};
use domain::{OfficeId, StationId};
use envelope::{Receipt, Signed};
use media::{Answers, Disk, ITEMS_LIMIT, Label, write_answers};
use ring::rand::{SecureRandom, SystemRandom};
use std::path::{Path, PathBuf};
use wire::OutcomeList;

/// Outcomes of the office that are written, the newest.
const OUTCOMES_LIMIT: i64 = 500;

/// What lies on the medium now.
#[derive(Debug)]
pub struct Written {
    /// The folder.
    pub folder: PathBuf,
    /// Receipts in it.
    pub receipts: usize,
    /// Outcomes in it.
    pub outcomes: usize,
}

/// Writes a station's newest receipts, its lease and its office's newest outcomes into a fresh folder of `medium`, signed by the centre.
/// A receipt that the station has already changes nothing there.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such station or the medium does not take it.
pub async fn write(
    store: &Store,
    station: &StationId,
    medium: &Path,
) -> Result<Written, CentreError> {
    let client = store.client().await?;
    let row = client
        .query_opt(
            "select office from station where id = $1 and revoked_at is null",
            &[&station.as_str()],
        )
        .await?;
    let row = row.ok_or_else(|| CentreError::Refused(format!("there is no station {station}")))?;
    let office = OfficeId::parse(row.get(0)).map_err(|_| CentreError::Keys("station's row"))?;
    drop(client);
    let receipts = receipts(store, station).await?;
    let outcomes = newest_outcomes(store, &office).await?;
    let lease = lease::current(store, station, Version::OURS).await?;
    let mut random = [0_u8; 4];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| CentreError::Ended("the system's randomness"))?;
    let label = Label {
        station: station.clone(),
        at: store.clock().now(),
        random,
    };
    let (counted, told) = (receipts.len(), outcomes.outcomes.len());
    let answers = Answers {
        receipts,
        lease: Some(lease.reply(store, Version::OURS)?),
        outcomes: Some(outcomes),
    };
    let keys = store.keys();
    // Whoever takes the lease knows the key that signed it.
    let key = lease.signer(&keys)?.signer();
    let folder = write_answers(&Disk, medium, &label, key, &answers, [])
        .map_err(|e| CentreError::Refused(format!("the medium does not take it: {e}")))?;
    Ok(Written {
        folder,
        receipts: counted,
        outcomes: told,
    })
}

/// Of packets and voids, the newest first.
async fn receipts(store: &Store, station: &StationId) -> Result<Vec<Signed<Receipt>>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select receipt from (
                select receipt, receipt_sequence from packet where station = $1 and receipt is not null
                union all select receipt, receipt_sequence from void where station = $1) of_station
             order by receipt_sequence desc limit $2",
            &[&station.as_str(), &(ITEMS_LIMIT as i64)],
        )
        .await?;
    rows.iter()
        .map(|row| Ok(Signed::from_bytes(row.get(0))?))
        .collect()
}

async fn newest_outcomes(store: &Store, office: &OfficeId) -> Result<OutcomeList, CentreError> {
    let before: i64 = store
        .client()
        .await?
        .query_one(
            "select coalesce(min(cursor) - 1, 0) from (
                select cursor from outcome where office = $1 order by cursor desc limit $2) newest",
            &[&office.as_str(), &OUTCOMES_LIMIT],
        )
        .await?
        .get(0);
    let outcomes = outcome::after(store, office, before, Version::OURS).await?;
    Ok(OutcomeList { outcomes })
}
