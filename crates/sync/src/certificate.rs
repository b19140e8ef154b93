//! The station's TLS key, and the request for its certificate.

use domain::Timestamp;
use envelope::Zeroizing;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair};

/// No key could be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no key could be made")]
pub struct NoKey;

/// Until when a certificate (PEM) is good; `None` when it is none.
pub fn certificate_end(certificate_pem: &str) -> Option<Timestamp> {
    let (_, pem) = x509_parser::pem::parse_x509_pem(certificate_pem.as_bytes()).ok()?;
    let certificate = pem.parse_x509().ok()?;
    let seconds = certificate.validity().not_after.timestamp();
    Some(Timestamp::from_millis(seconds.saturating_mul(1000)))
}

/// A new key (P-256, PKCS#8 in PEM) and a request for its certificate (PKCS#10 in PEM). The names in it are the centre's to give.
///
/// # Errors
/// [`NoKey`] where the system gives no randomness.
pub fn certificate_request() -> Result<(Zeroizing<String>, String), NoKey> {
    let key = KeyPair::generate().map_err(|_| NoKey)?;
    let mut params = CertificateParams::new(Vec::new()).map_err(|_| NoKey)?;
    params.distinguished_name = DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, "shanakht station");
    let request = params.serialize_request(&key).map_err(|_| NoKey)?;
    let csr = request.pem().map_err(|_| NoKey)?;
    Ok((Zeroizing::new(key.serialize_pem()), csr))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_certificates_end_is_read_and_anything_else_has_none() {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.not_after = rcgen::date_time_ymd(2030, 1, 2);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let end = certificate_end(&pem).unwrap();
        assert_eq!(end.to_rfc3339(), "2030-01-02T00:00:00Z");
        for bad in ["", "-----BEGIN CERTIFICATE-----", &pem[..200]] {
            assert_eq!(certificate_end(bad), None);
        }
    }
}
