//! Codes that extend a lease once, for an office that no newer lease reaches in time: read to somebody over the telephone, or scanned.

use crate::{CentreError, Store};
use domain::{Extension, StationId, Timestamp};
use envelope::{ExtensionCode, Lease, Signed};

/// The longest name of who asked for a code.
const BY_LIMIT: usize = 80;

/// A code that was given out.
#[derive(Debug)]
pub struct Given {
    /// The code.
    pub code: ExtensionCode,
    /// What it adds at the station.
    pub extension: Extension,
    /// When the lease ends without it.
    pub expires_at: Timestamp,
    /// When and by whom it was given out first, where that was before.
    pub before: Option<(Timestamp, String)>,
}

/// Gives the code of one lease of a station, and keeps who asked. Asked again it is the same code: a station takes it once.
///
/// # Errors
/// [`CentreError::Refused`] where there is no such station or lease, the station is revoked or has said that it holds a newer lease, or the
/// lease cannot be extended.
pub async fn give(
    store: &Store,
    station: &StationId,
    serial: u64,
    by: &str,
) -> Result<Given, CentreError> {
    let refused = |why: String| Err(CentreError::Refused(why));
    if by.is_empty() || by.len() > BY_LIMIT {
        return refused("say in a few words who gives the code (--by)".to_owned());
    }
    let number = i64::try_from(serial).unwrap_or(i64::MAX);
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    let row = transaction
        .query_opt(
            "select l.document, s.revoked_at is not null, s.lease_seen
             from station s left join lease l on l.station = s.id and l.serial = $2
             where s.id = $1 for update of s",
            &[&station.as_str(), &number],
        )
        .await?;
    let Some(row) = row else {
        return refused(format!("there is no station {station}"));
    };
    if row.get(1) {
        return refused(format!(
            "station {station} is revoked: its lease is not extended"
        ));
    }
    let Some(document) = row.get::<_, Option<Vec<u8>>>(0) else {
        return refused(format!(
            "station {station} has no lease {serial}: ask for the number on its station page (F8)"
        ));
    };
    let seen: i64 = row.get(2);
    if seen > number {
        return refused(format!(
            "station {station} has said that it holds lease {seen}: ask for the number on its station page (F8)"
        ));
    }
    let lease = Signed::<Lease>::from_bytes(document)?.peek()?;
    let (Some(commitment), Some(extension)) = (lease.extension, lease.policy.limits.extension)
    else {
        return refused(format!(
            "lease {serial} of station {station} cannot be extended: it was issued without an extension"
        ));
    };
    let code = store.keys().extension_code(station, serial)?;
    // A code that the station would refuse is not given out.
    if code.commitment(station, serial) != commitment {
        return refused(format!(
            "lease {serial} of station {station} was issued with another key of codes: carry a new lease there (answers)"
        ));
    }
    let now = store.clock().now();
    let kept = transaction
        .query_one(
            "insert into lease_extension (station, serial, given_at, given_by, last_at) values ($1, $2, $3, $4, $3)
             on conflict (station, serial) do update set times = lease_extension.times + 1, last_at = excluded.last_at
             returning given_at, given_by, times",
            &[&station.as_str(), &number, &now.millis(), &by],
        )
        .await?;
    transaction.commit().await?;
    let again = kept.get::<_, i32>(2) > 1;
    tracing::info!(%station, serial, by, again, "code of a lease's extension given out");
    Ok(Given {
        code,
        extension,
        expires_at: lease.expires_at,
        before: again.then(|| (Timestamp::from_millis(kept.get(0)), kept.get(1))),
    })
}
