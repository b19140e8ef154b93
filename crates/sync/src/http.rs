//! The engine's requests over HTTP, and what the answers mean.

use crate::{Documents, Failure, Request, Response, tls};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope::Digest;
use reqwest::header::{CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH, LOCATION, RETRY_AFTER};
use reqwest::{Client, Method, StatusCode, Url};
use serde::de::DeserializeOwned;
use std::time::Duration;
use wire::{LeaseReply, OutcomeList, PacketReply, Problem, SignedText, path, tus};

/// The largest answer that is read: a page of outcomes or a lease of a large office.
const ANSWER_LIMIT_BYTES: usize = 4 << 20;
/// The longest upload path.
const PATH_LIMIT_BYTES: usize = 512;
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
    /// A connection by what activation left: the authority's certificate, the station's own, and its key, all PEM.
    ///
    /// # Errors
    /// [`ConnectionError`].
    pub fn new(
        url: &str,
        ca_pem: &str,
        certificate_pem: &str,
        key_pem: &str,
    ) -> Result<Self, ConnectionError> {
        let config = tls::pinned(ca_pem, certificate_pem, key_pem)
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
    ///
    /// # Errors
    /// [`Failure`] where there is no answer that the centre's API knows.
    pub(crate) async fn carry_out(&self, request: Request) -> Result<Response, Failure> {
        match request {
            Request::Lease { tag } => self.lease(tag).await,
            Request::Outcomes { after } => {
                let target = format!("{}?after={after}&wait_seconds=0", path::OUTCOMES);
                match self.get(&target).await? {
                    Answer::Good(_, body) => {
                        read::<OutcomeList>(&body).map(|list| Response::Outcomes(list.outcomes))
                    }
                    Answer::Refused(response) => Ok(response),
                }
            }
            Request::State(packet) => {
                match self.get(&format!("{}/{packet}", path::PACKETS)).await? {
                    Answer::Good(_, body) => read::<PacketReply>(&body).map(Response::State),
                    Answer::Refused(response) => Ok(response),
                }
            }
            Request::Create { length, documents } => self.create(length, &documents).await,
            Request::Offset { path } => {
                let builder = self.tus(Method::HEAD, &path)?;
                self.offset(builder, 0).await
            }
            Request::Patch {
                path,
                offset,
                chunk,
            } => {
                let sum = STANDARD.encode(Digest::of(&chunk).as_bytes());
                let length = chunk.len() as u64;
                let builder = self
                    .tus(Method::PATCH, &path)?
                    .header("upload-offset", offset)
                    .header("upload-checksum", format!("sha256 {sum}"))
                    .header(CONTENT_TYPE, tus::CONTENT_TYPE)
                    .body(chunk);
                self.offset(builder, length).await
            }
        }
    }

    /// Posts JSON and reads JSON: activation.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        target: &str,
        body: &impl serde::Serialize,
    ) -> Result<Result<T, Response>, Failure> {
        let builder = self.request(Method::POST, target)?.json(body);
        match send(builder, 0).await? {
            Answer::Good(_, body) => read(&body).map(Ok),
            Answer::Refused(response) => Ok(Err(response)),
        }
    }

    async fn lease(&self, tag: Option<String>) -> Result<Response, Failure> {
        let mut builder = self.request(Method::GET, path::LEASE)?;
        if let Some(tag) = tag {
            builder = builder.header(IF_NONE_MATCH, tag);
        }
        match send(builder, 0).await? {
            Answer::Good(head, _) if head.status == StatusCode::NOT_MODIFIED => {
                Ok(Response::Lease {
                    reply: None,
                    tag: None,
                })
            }
            Answer::Good(head, body) => Ok(Response::Lease {
                reply: Some(Box::new(read::<LeaseReply>(&body)?)),
                tag: text(&head.headers, ETAG.as_str()).map(str::to_owned),
            }),
            Answer::Refused(response) => Ok(response),
        }
    }

    async fn create(&self, length: u64, documents: &Documents) -> Result<Response, Failure> {
        let pair = |key: &str, document: SignedText| {
            format!("{key} {}", STANDARD.encode(document.as_str()))
        };
        let metadata = [
            pair(tus::metadata::MANIFEST, SignedText::of(&documents.manifest)),
            pair(
                tus::metadata::STATEMENT,
                SignedText::of(&documents.statement),
            ),
            pair(tus::metadata::DECISION, SignedText::of(&documents.decision)),
        ]
        .join(",");
        let builder = self
            .tus(Method::POST, path::UPLOADS)?
            .header("upload-length", length)
            .header("upload-metadata", metadata);
        match send(builder, 0).await? {
            Answer::Good(head, _) => {
                let location = text(&head.headers, LOCATION.as_str()).unwrap_or_default();
                let path = self.own_path(location).ok_or(Failure::Unreadable)?;
                Ok(Response::Created { path })
            }
            Answer::Refused(response) => Ok(response),
        }
    }

    async fn offset(
        &self,
        builder: reqwest::RequestBuilder,
        length: u64,
    ) -> Result<Response, Failure> {
        match send(builder, length).await? {
            Answer::Good(head, _) => text(&head.headers, "upload-offset")
                .and_then(|value| value.parse().ok())
                .map(Response::Offset)
                .ok_or(Failure::Unreadable),
            Answer::Refused(response) => Ok(response),
        }
    }

    async fn get(&self, target: &str) -> Result<Answer, Failure> {
        send(self.request(Method::GET, target)?, 0).await
    }

    fn tus(&self, method: Method, target: &str) -> Result<reqwest::RequestBuilder, Failure> {
        Ok(self
            .request(method, target)?
            .header("tus-resumable", tus::VERSION))
    }

    fn request(&self, method: Method, target: &str) -> Result<reqwest::RequestBuilder, Failure> {
        let url = self.base.join(target).map_err(|_| Failure::Unreadable)?;
        Ok(self.client.request(method, url))
    }

    /// An upload's path at this centre; an address elsewhere is nobody's business.
    fn own_path(&self, location: &str) -> Option<String> {
        let url = self.base.join(location).ok()?;
        let own = url.origin() == self.base.origin()
            && url.query().is_none()
            && url.path().len() <= PATH_LIMIT_BYTES
            && url.path().starts_with(&format!("{}/", path::UPLOADS));
        own.then(|| url.path().to_owned())
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Connection(..)")
    }
}

struct Head {
    status: StatusCode,
    headers: HeaderMap,
}

enum Answer {
    /// 2xx or 304.
    Good(Head, Vec<u8>),
    /// 4xx.
    Refused(Response),
}

/// Sends, with a deadline that even the slowest link meets while it makes progress.
async fn send(builder: reqwest::RequestBuilder, length: u64) -> Result<Answer, Failure> {
    let deadline = 2 * SILENCE + Duration::from_secs(length / SLOWEST_BYTES_PER_SEC);
    let mut response = builder
        .timeout(deadline)
        .send()
        .await
        .map_err(|error| failure(&error))?;
    let head = Head {
        status: response.status(),
        headers: response.headers().clone(),
    };
    let mut body = Vec::new();
    while let Some(piece) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + piece.len() > ANSWER_LIMIT_BYTES {
            return Err(Failure::Unreadable);
        }
        body.extend_from_slice(&piece);
    }
    judge(head, body)
}

fn judge(head: Head, body: Vec<u8>) -> Result<Answer, Failure> {
    let status = head.status;
    if status.is_success() || status == StatusCode::NOT_MODIFIED {
        return Ok(Answer::Good(head, body));
    }
    if status == StatusCode::UNAUTHORIZED {
        return Err(Failure::Rejected);
    }
    if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        let after = text(&head.headers, RETRY_AFTER.as_str()).and_then(|value| value.parse().ok());
        return Err(Failure::Busy {
            after: after.map(Duration::from_secs),
        });
    }
    if !status.is_client_error() {
        return Err(Failure::Unreadable);
    }
    let key = serde_json::from_slice::<Problem>(&body)
        .map(|problem| problem.key().chars().take(64).collect())
        .unwrap_or_default();
    Ok(Answer::Refused(Response::Refused {
        status: status.as_u16(),
        key,
    }))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(body).map_err(|_| Failure::Unreadable)
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
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
