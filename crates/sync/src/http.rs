//! The engine's requests over HTTP: one connection to the pinned centre, deadlines that a slow link meets, and what a failure means.

mod answers;
mod requests;

use crate::{Answer, Failure, Request, Response, Time, tls};
use answers::Reply;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use std::time::Duration;
use wire::{VERSION, VERSION_HEADER, path};

/// The largest answer that is read: a page of outcomes or a lease of a large office.
const ANSWER_LIMIT_BYTES: usize = 4 << 20;
/// How long a connection may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long the centre may be silent.
const SILENCE: Duration = Duration::from_secs(30);
/// The slowest link that still makes progress, for the deadline of a whole request.
const SLOWEST_BYTES_PER_SEC: u64 = 1000;

/// Where the centre is and how this station proves who it is.
#[derive(Clone)]
pub struct Connection {
    client: Client,
    base: Url,
}

/// The centre's address, certificate or key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// Not `https://host[:port]`.
    #[error("not an https address")]
    Address,
    /// The certificates or the key that activation left cannot be used.
    #[error("the station's certificates cannot be used")]
    Certificates,
}

impl Connection {
    /// A connection by what activation left: the authority's certificate, the station's own, and its key, all PEM. Dates of certificates
    /// are judged by `time`, the time that the station believes.
    ///
    /// # Errors
    /// [`ConnectionError`].
    pub fn new(
        url: &str,
        ca_pem: &str,
        certificate_pem: &str,
        key_pem: &str,
        time: Time,
    ) -> Result<Self, ConnectionError> {
        let config = tls::pinned(ca_pem, certificate_pem, key_pem, time)
            .map_err(|_| ConnectionError::Certificates)?;
        Self::with_tls(url, config)
    }

    pub(crate) fn with_tls(
        url: &str,
        config: rustls::ClientConfig,
    ) -> Result<Self, ConnectionError> {
        let base = Url::parse(url).map_err(|_| ConnectionError::Address)?;
        if base.scheme() != "https" || base.host_str().is_none() {
            return Err(ConnectionError::Address);
        }
        let client = Client::builder()
            .tls_backend_preconfigured(config)
            .https_only(true)
            .default_headers(version())
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_WITHIN)
            .read_timeout(SILENCE)
            .pool_max_idle_per_host(1)
            .build()
            .map_err(|_| ConnectionError::Certificates)?;
        Ok(Self { client, base })
    }

    /// Carries out one request of the engine.
    pub(crate) async fn carry_out(&self, request: Request) -> Answer {
        let (prepared, length, expected) = match self.prepare(request) {
            Ok(prepared) => prepared,
            Err(failure) => return Answer::none(failure),
        };
        match send(prepared, length).await {
            Ok(received) => Answer {
                version: received.version(),
                result: received
                    .reply()
                    .and_then(|reply| self.understand(expected, reply)),
            },
            Err(failure) => Answer::none(failure),
        }
    }

    /// Which version the centre speaks, before there is anything to ask of it.
    pub(crate) async fn version(&self) -> Result<u16, Failure> {
        let received = send(self.request(Method::GET, path::HEALTH)?, 0).await?;
        let version = received.version();
        match received.reply()? {
            Reply::Good(..) => version.ok_or(Failure::Unreadable),
            Reply::Refused(_) => Err(Failure::Unreadable),
        }
    }

    /// Posts JSON and reads JSON: activation.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        target: &str,
        body: &impl serde::Serialize,
    ) -> Result<Result<T, Response>, Failure> {
        let prepared = self.request(Method::POST, target)?.json(body);
        match send(prepared, 0).await?.reply()? {
            Reply::Good(_, body) => answers::read(&body).map(Ok),
            Reply::Refused(response) => Ok(Err(response)),
        }
    }

    fn request(&self, method: Method, target: &str) -> Result<reqwest::RequestBuilder, Failure> {
        let url = self.base.join(target).map_err(|_| Failure::Unreadable)?;
        Ok(self.client.request(method, url))
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection(..)")
    }
}

impl Answer {
    fn none(failure: Failure) -> Self {
        Self {
            version: None,
            result: Err(failure),
        }
    }
}

fn version() -> HeaderMap {
    let name = HeaderName::from_static(VERSION_HEADER);
    HeaderMap::from_iter([(name, HeaderValue::from(VERSION))])
}

/// What came back, as it came.
struct Received {
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// Sends, with a deadline that even the slowest link meets while it makes progress.
async fn send(builder: reqwest::RequestBuilder, length: u64) -> Result<Received, Failure> {
    let deadline = 2 * SILENCE + Duration::from_secs(length / SLOWEST_BYTES_PER_SEC);
    let mut response = builder
        .timeout(deadline)
        .send()
        .await
        .map_err(|error| failure(&error))?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + piece.len() > ANSWER_LIMIT_BYTES {
            return Err(Failure::Unreadable);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Received {
        status,
        headers,
        body,
    })
}

/// A broken connection, or a certificate that is not the pinned centre's.
fn failure(error: &(dyn std::error::Error + 'static)) -> Failure {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return tls_failure(error);
    }
    // An I/O error hides what it carries from `source`.
    let carried = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref)
        .map(|inner| inner as &(dyn std::error::Error + 'static));
    match carried.or_else(|| error.source()) {
        Some(cause) => failure(cause),
        None => Failure::NoAnswer,
    }
}

fn tls_failure(error: &rustls::Error) -> Failure {
    use rustls::AlertDescription as Alert;
    match error {
        rustls::Error::InvalidCertificate(error) if tls::about_dates(error) => Failure::Dates,
        // The last two: not TLS at all, or another version; a portal in between.
        rustls::Error::InvalidCertificate(_)
        | rustls::Error::InvalidMessage(_)
        | rustls::Error::PeerIncompatible(_) => Failure::Foreign,
        rustls::Error::AlertReceived(
            Alert::BadCertificate
            | Alert::CertificateExpired
            | Alert::CertificateRequired
            | Alert::CertificateRevoked
            | Alert::CertificateUnknown
            | Alert::UnknownCA
            | Alert::AccessDenied,
        ) => Failure::Rejected,
        _ => Failure::NoAnswer,
    }
}
