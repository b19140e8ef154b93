//! The development certificate authority: one CA, the centre's own certificate, and one for each
//! station that activates.

use crate::custody::keys;
use crate::{CentreError, cluster::random_name, private_file};
use domain::{StationId, Timestamp};
use envelope::{AuthorityPin, Digest};
use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DistinguishedName,
    DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, SerialNumber,
    date_time_ymd,
};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

/// Days that a station's certificate is good for.
const STATION_DAYS: i64 = 365;
/// Days that the centre's own certificate is good for; it is made anew at every start.
const CENTRE_DAYS: i64 = 398;
/// Days that the CA is good for.
const CA_DAYS: i64 = 3650;

const KEY: &str = "ca.key.pem";
const CERTIFICATE: &str = "ca.pem";

/// The CA of a development centre.
pub(crate) struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A station's TLS certificate as it was issued.
pub(crate) struct Issued {
    /// For the station.
    pub pem: String,
    /// How the centre knows it again.
    pub fingerprint: Digest,
    /// Its end.
    pub not_after: Timestamp,
}

impl Authority {
    /// Reads the CA of a centre's folder.
    pub(crate) fn open(folder: &Path) -> Result<Self, CentreError> {
        let name = "certificate authority";
        let folder = folder.join(keys::FOLDER);
        let read = |file: &str| {
            let bytes = private_file::read(&folder.join(file))?;
            String::from_utf8(bytes.ok_or(CentreError::KeyMissing(name))?)
                .map_err(|_| CentreError::Keys(name))
        };
        let (key_pem, pem) = (read(KEY)?, read(CERTIFICATE)?);
        let damaged = |_| CentreError::Keys(name);
        let key = KeyPair::from_pem(&key_pem).map_err(damaged)?;
        let issuer = Issuer::from_ca_cert_pem(&pem, key).map_err(damaged)?;
        Ok(Self { pem, issuer })
    }

    /// Makes a CA, in the folder of the keys.
    pub(crate) fn make(keys: &Path, now: Timestamp) -> Result<(), CentreError> {
        make_ca(&keys.join(KEY), &keys.join(CERTIFICATE), now)
    }

    /// What stations pin.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// What activation codes carry, so that a station knows this authority before it sends anything.
    pub(crate) fn pin(&self) -> Result<AuthorityPin, CentreError> {
        let der = CertificateDer::from_pem_slice(self.pem.as_bytes())
            .map_err(|_| CentreError::Keys("certificate authority"))?;
        Ok(AuthorityPin::of(&der))
    }

    /// A certificate for a station's request. Only the request's key counts: its names and uses are
    /// the centre's to give.
    pub(crate) fn issue(
        &self,
        csr_pem: &str,
        station: &StationId,
        now: Timestamp,
    ) -> Result<Issued, CentreError> {
        let mut request = CertificateSigningRequestParams::from_pem(csr_pem)?;
        let not_after = now.plus_days(STATION_DAYS);
        let mut params = base_params(station.as_str(), not_after)?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        request.params = params;
        let certificate = request.signed_by(&self.issuer)?;
        Ok(Issued {
            pem: certificate.pem(),
            fingerprint: Digest::of(certificate.der()),
            not_after,
        })
    }

    /// TLS 1.3 for the address, asking clients for a certificate of this CA. Without one a client
    /// reaches activation, health and the API's description only: the routes see to that.
    pub(crate) fn server_config(
        &self,
        address: SocketAddr,
        now: Timestamp,
    ) -> Result<rustls::ServerConfig, CentreError> {
        let damaged = |_| CentreError::Keys("TLS certificate");
        let key = KeyPair::generate()?;
        let mut params = base_params("shanakht-centre", now.plus_days(CENTRE_DAYS))?;
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.subject_alt_names = names(address)?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let ca = CertificateDer::from_pem_slice(self.pem.as_bytes())
            .map_err(|_| CentreError::Keys("certificate authority"))?;
        let mut roots = RootCertStore::empty();
        roots.add(ca.clone()).map_err(damaged)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let clients =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()
                .map_err(|_| CentreError::Keys("certificate authority"))?;
        let mut config = rustls::ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(damaged)?
            .with_client_cert_verifier(clients)
            .with_single_cert(
                // The authority goes along: a station that knows only its pin finds it there.
                vec![certificate.der().clone(), ca],
                PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .map_err(damaged)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

fn make_ca(key_path: &Path, pem_path: &Path, now: Timestamp) -> Result<(), CentreError> {
    let key = KeyPair::generate()?;
    let mut params = base_params("Shanakht development CA", now.plus_days(CA_DAYS))?;
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.use_authority_key_identifier_extension = false;
    let pem = params.self_signed(&key)?.pem();
    private_file::write(key_path, key.serialize_pem().as_bytes())?;
    private_file::write(pem_path, pem.as_bytes())
}

fn base_params(name: &str, not_after: Timestamp) -> Result<CertificateParams, CentreError> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    // Far back, so that a station whose clock was set back by a flat battery still connects.
    params.not_before = date_time_ymd(2020, 1, 1);
    set_end(&mut params, not_after)?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.use_authority_key_identifier_extension = true;
    let serial = hex::decode(random_name(32)?).map_err(|_| CentreError::Keys("certificate"))?;
    params.serial_number = Some(SerialNumber::from_slice(&serial));
    Ok(params)
}

fn set_end(params: &mut CertificateParams, at: Timestamp) -> Result<(), CentreError> {
    let text = at.to_date();
    let mut parts = text.split('-').map(str::parse::<i32>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day))) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Err(CentreError::Keys("certificate's date"));
    };
    params.not_after = date_time_ymd(year, month as u8, day as u8);
    Ok(())
}

fn names(address: SocketAddr) -> Result<Vec<rcgen::SanType>, CentreError> {
    let mut names = vec![
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
        "::1".to_owned(),
    ];
    if !address.ip().is_unspecified() && !address.ip().is_loopback() {
        names.push(address.ip().to_string());
    }
    if let Ok(host) = std::fs::read_to_string("/etc/hostname") {
        names.push(host.trim().to_owned());
    }
    names.retain(|name| !name.is_empty());
    Ok(CertificateParams::new(names)?.subject_alt_names)
}
