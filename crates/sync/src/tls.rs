//! Whom a station believes to be the centre: only the certificate authority that it pinned.

use crate::Time;
use envelope::AuthorityPin;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use std::sync::Arc;
use std::time::Duration;

/// The time that the station believes, by which dates of certificates are judged.
struct Believed(Time);

impl TimeProvider for Believed {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from((self.0)().millis()).unwrap_or(0);
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}

impl std::fmt::Debug for Believed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Believed(..)")
    }
}

/// Whether a certificate was refused for nothing but its dates.
pub(crate) fn about_dates(error: &CertificateError) -> bool {
    matches!(
        error,
        CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. }
    )
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

/// TLS 1.3 to the pinned centre, with this station's certificate.
pub(crate) fn pinned(
    ca_pem: &str,
    certificate_pem: &str,
    key_pem: &str,
    time: Time,
) -> Result<ClientConfig, rustls::Error> {
    let general = |_| rustls::Error::General("not readable PEM".to_owned());
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(ca_pem.as_bytes()).map_err(general)?)?;
    let chain = CertificateDer::pem_slice_iter(certificate_pem.as_bytes())
        .collect::<Result<Vec<_>, _>>()
        .map_err(general)?;
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(general)?;
    ClientConfig::builder_with_details(provider(), Arc::new(Believed(time)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
}

/// TLS 1.3 to the centre whose authority has this pin, before a station has anything else.
pub(crate) fn by_pin(pin: &AuthorityPin, time: Time) -> Result<ClientConfig, rustls::Error> {
    let verifier = PinVerifier {
        pin: pin.clone(),
        provider: provider(),
    };
    Ok(
        ClientConfig::builder_with_details(provider(), Arc::new(Believed(time)))
            .with_protocol_versions(&[&rustls::version::TLS13])?
            .dangerous() // the verifier below asks for more than the default does: the pinned authority, and nobody else's
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth(),
    )
}

/// Accepts a chain whose authority is sent along and has the pin, and that verifies against this authority alone.
#[derive(Debug)]
struct PinVerifier {
    pin: AuthorityPin,
    provider: Arc<CryptoProvider>,
}

impl PinVerifier {
    fn verifier(
        &self,
        sent: &[CertificateDer<'_>],
    ) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
        let unknown = || rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let authority = sent
            .iter()
            .find(|certificate| AuthorityPin::of(certificate) == self.pin)
            .ok_or_else(unknown)?;
        let mut roots = RootCertStore::empty();
        roots.add(authority.clone().into_owned())?;
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots), self.provider.clone())
            .build()
            .map_err(|_| unknown())
    }
}

impl ServerCertVerifier for PinVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.verifier(intermediates)?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
