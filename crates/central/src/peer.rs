//! Who is at the other end: the TLS certificate of a connection, and the station it belongs to.

use crate::edge::{Passed, no_gate};
use crate::limits::{Guarded, Limits};
use crate::problem::ApiError;
use crate::{CentreError, Store};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum_server::accept::Accept;
use axum_server::tls_rustls::RustlsAcceptor;
use domain::{OfficeId, StationId};
use envelope::Digest;
use futures::future::BoxFuture;
use std::io;
use std::net::IpAddr;
use tokio::net::TcpStream;
use tower::Layer;

/// What a connection showed of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// Where it came from.
    pub address: IpAddr,
    /// SHA-256 of its certificate, which TLS has verified; none without one.
    pub fingerprint: Option<Digest>,
}

/// Accepts TLS where there is a place, and hands the peer to the routes.
#[derive(Debug, Clone)]
pub(crate) struct PeerAcceptor {
    pub tls: RustlsAcceptor,
    pub limits: Limits,
}

impl<S: Send + 'static> Accept<TcpStream, S> for PeerAcceptor {
    type Stream = Guarded<<RustlsAcceptor as Accept<TcpStream, S>>::Stream>;
    type Service = axum::middleware::AddExtension<S, Peer>;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: TcpStream, service: S) -> Self::Future {
        let (inner, limits) = (self.tls.clone(), self.limits.clone());
        Box::pin(async move {
            let address = stream.peer_addr()?.ip();
            let place = limits.admit(address)?;
            stream.set_nodelay(true)?;
            let (stream, service) = inner.accept(stream, service).await?;
            let certificates = stream.get_ref().1.peer_certificates();
            let fingerprint = certificates
                .and_then(<[_]>::first)
                .map(|certificate| Digest::of(certificate));
            let peer = Peer {
                address,
                fingerprint,
            };
            let stream = limits.guard(stream, place, fingerprint.is_some())?;
            Ok((stream, axum::Extension(peer).layer(service)))
        })
    }
}

/// A station whose certificate is known, in date and not revoked.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub station: StationId,
    pub office: OfficeId,
}

/// A station that may deliver what it holds: its certificate is known and in date. It may be revoked; what it brings then is for a
/// person to judge.
#[derive(Debug, Clone)]
pub(crate) struct Carrier {
    pub station: StationId,
    /// It or its certificate is: whoever has it may be a thief.
    pub revoked: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.extensions.get::<Passed>() {
            Some(Passed(known)) if !known.revoked => Ok(Self {
                station: known.station.clone(),
                office: known.office.clone(),
            }),
            _ => Err(no_gate()),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Carrier {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        match parts.extensions.get::<Passed>() {
            Some(Passed(known)) => Ok(Self {
                station: known.station.clone(),
                revoked: known.revoked,
            }),
            None => Err(no_gate()),
        }
    }
}

/// Whose certificate a connection showed.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub station: StationId,
    pub office: OfficeId,
    pub revoked: bool,
}

/// What a revoked station is told where it may not call.
pub(crate) fn revoked() -> ApiError {
    refused("certificate-revoked", "This certificate is revoked.")
}

/// The certificate that the request's connection showed.
pub(crate) fn fingerprint(request: &Request) -> Option<Digest> {
    request
        .extensions()
        .get::<Peer>()
        .and_then(|p| p.fingerprint)
}

/// Who showed a certificate on a connection.
pub(crate) async fn identify(
    store: &Store,
    fingerprint: Option<Digest>,
) -> Result<Known, ApiError> {
    let Some(fingerprint) = fingerprint else {
        return Err(ApiError::new(
            401,
            "certificate-required",
            "A station's certificate is required.",
            "Activate the station first. Nothing was changed.",
        ));
    };
    let row = store
        .client()
        .await?
        .query_opt(
            "select s.id, s.office, c.not_after,
                    c.revoked_at is not null or s.revoked_at is not null
             from certificate c join station s on s.id = c.station where c.fingerprint = $1",
            &[&fingerprint.as_bytes().as_slice()],
        )
        .await?;
    let Some(row) = row else {
        return Err(refused(
            "certificate-unknown",
            "This certificate belongs to no station.",
        ));
    };
    if row.get::<_, i64>(2) < store.clock().now().millis() {
        return Err(refused(
            "certificate-expired",
            "This certificate has expired.",
        ));
    }
    let damaged = || CentreError::Keys("station's row");
    Ok(Known {
        station: StationId::parse(row.get(0)).map_err(|_| damaged())?,
        office: OfficeId::parse(row.get(1)).map_err(|_| damaged())?,
        revoked: row.get(3),
    })
}

fn refused(key: &str, title: &str) -> ApiError {
    ApiError::new(
        403,
        key,
        title,
        "The station keeps everything. Activate it again.",
    )
}
