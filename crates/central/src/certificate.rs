//! A new certificate before the old one ends. The old one stays good until its own end, so that a lost answer loses nothing.

use crate::activation::CSR_LIMIT_BYTES;
use crate::problem::ApiError;
use crate::{CentreError, Store};
use domain::StationId;
use wire::{CertificateReply, CertificateRequest};

/// Certificates that a station may be given in a day: answers may be lost.
const A_DAY: i64 = 4;

/// Issues one for a station whose certificate is good.
pub(crate) async fn renew(
    store: &Store,
    station: &StationId,
    request: &CertificateRequest,
) -> Result<CertificateReply, ApiError> {
    if request.csr_pem.len() > CSR_LIMIT_BYTES {
        return Err(ApiError::bad_request("certificate-request"));
    }
    let now = store.clock().now();
    let issued = store
        .authority()
        .issue(&request.csr_pem, station, now)
        .map_err(|_| ApiError::bad_request("certificate-request"))?;
    let mut client = store.client().await?;
    let transaction = client.transaction().await?;
    // The row's lock orders two requests of one station.
    transaction
        .query_one(
            "select from station where id = $1 for update",
            &[&station.as_str()],
        )
        .await?;
    let row = transaction
        .query_one(
            "select count(*) from certificate where station = $1 and issued_at > $2",
            &[&station.as_str(), &now.plus_days(-1).millis()],
        )
        .await?;
    if row.get::<_, i64>(0) >= A_DAY {
        return Err(ApiError::new(
            429,
            "too-many-certificates",
            "This station was given several certificates today.",
            "Nothing was changed: the certificate that it has stays good. Try again tomorrow.",
        )
        .with("retry-after", "86400"));
    }
    transaction
        .execute(
            "insert into certificate (fingerprint, station, not_after, issued_at) values ($1, $2, $3, $4)",
            &[
                &issued.fingerprint.as_bytes().as_slice(),
                &station.as_str(),
                &issued.not_after.millis(),
                &now.millis(),
            ],
        )
        .await?;
    transaction.commit().await.map_err(CentreError::from)?;
    tracing::info!(%station, "certificate renewed");
    Ok(CertificateReply {
        certificate_pem: issued.pem,
    })
}
