//! The routes of the API.

use crate::activation::Attempts;
use crate::edge::metrics::{self, Requests};
use crate::edge::{Api, CallerType, Route};
use crate::peer::{Caller, Carrier, Peer};
use crate::problem::ApiError;
use crate::upload::{self, Locks};
use crate::version::{self, Version};
use crate::{
    CentreError, Store, activation, adjudication, certificate, lease, outcome, packet, reviews,
    station_status, void,
};
use axum::extract::{DefaultBodyLimit, FromRef, FromRequestParts, Path, Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router};
use domain::{PacketId, Timestamp};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use wire::{
    Activation, ActivationRequest, AdjudicationList, CertificateReply, CertificateRequest, Health,
    OutcomeList, PacketReply, StatusReport, VoidReply, VoidRequest, path,
};

/// The largest JSON body that is read: an activation has about 2 kB.
const JSON_LIMIT_BYTES: usize = 32 << 10;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Service {
    pub store: Store,
    pub locks: Locks,
    attempts: Arc<Attempts>,
}

impl FromRef<Service> for Store {
    fn from_ref(service: &Service) -> Self {
        service.store.clone()
    }
}

/// All routes, and the router over them, which counts what it answers.
pub(crate) fn router(store: Store, locks: Locks, requests: Requests) -> (Vec<Route>, Router) {
    let service = Service {
        store,
        locks,
        attempts: Arc::default(),
    };
    let (routes, routed) = small(service.clone())
        .and(upload::routes(service.clone()))
        .and(reviews::routes(service))
        .around(|router| {
            router
                .fallback(no_such_resource)
                .method_not_allowed_fallback(no_such_method)
                .layer(from_fn(version::speak))
                .layer(from_fn_with_state(requests, metrics::count))
        })
        .done();
    // What a client means by its method is known before a route is looked for.
    let router = Router::new()
        .fallback_service(routed)
        .layer(from_fn(upload::obey_override));
    (routes, router)
}

/// The calls with a JSON body, or none.
fn small(service: Service) -> Api {
    use CallerType::{Anyone, Carrier, Station};
    let packet = format!("{}/{{id}}", path::PACKETS);
    Api::new(service)
        .on(Anyone, (path::HEALTH, Method::GET), health)
        .on(Anyone, (path::ACTIVATE, Method::POST), activate)
        .on(Station, (path::LEASE, Method::GET), current_lease)
        .on(Carrier, (&packet, Method::GET), packet_state)
        .on(Station, (path::OUTCOMES, Method::GET), outcomes)
        .on(Station, (path::ADJUDICATIONS, Method::GET), adjudications)
        .on(
            Station,
            (path::CERTIFICATE, Method::POST),
            renew_certificate,
        )
        .on(Station, (path::STATUS, Method::POST), station_says)
        .on(Carrier, (path::VOIDS, Method::POST), take_void)
        .on(Anyone, (path::OPENAPI, Method::GET), describe)
        .around(|router| {
            router
                .layer(DefaultBodyLimit::max(JSON_LIMIT_BYTES))
                .layer(from_fn(refuse_large))
        })
}

async fn describe() -> Json<serde_json::Value> {
    Json(wire::openapi())
}

async fn no_such_method() -> ApiError {
    ApiError::new(
        405,
        "method",
        "This resource does not know this method.",
        "Nothing was changed.",
    )
}

/// A body that says beforehand that it is too large is refused without reading it.
async fn refuse_large(request: Request, next: Next) -> Response {
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > JSON_LIMIT_BYTES) {
        return too_large().into_response();
    }
    next.run(request).await
}

fn too_large() -> ApiError {
    ApiError::new(
        413,
        "too-large",
        "The request's body is too large.",
        "Nothing was changed.",
    )
}

/// A thing that waits longer than this is behind, whoever's fault it is.
const BEHIND_SECONDS: i64 = 600;

/// Says how long the oldest of each queue has waited: "it answers" does not mean that anything moves.
async fn health(
    State(store): State<Store>,
    Extension(version): Extension<Version>,
) -> Result<Json<Health>, ApiError> {
    let now = store.clock().now();
    let row = store
        .client()
        .await?
        .query_one(
            "select (select min(received_at) from packet where state = 'received'),
                    (select min(at) from dedup_job where state = 'open'),
                    (select reference from sequence)",
            &[],
        )
        .await?;
    let mut health = Health {
        status: "ok".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        time: now,
        oldest_seconds: None,
        matching: None,
        restarts: None,
        stuck: None,
    };
    if version.is_first_release() {
        return Ok(Json(health));
    }
    let age = |since: Option<i64>| {
        since.map_or(0, |at| {
            now.millis_since(Timestamp::from_millis(at)).max(0) / 1000
        })
    };
    let (ingest, search) = (age(row.get(0)), age(row.get(1)));
    let stuck = store.stuck().count();
    if ingest.max(search) > BEHIND_SECONDS || stuck > 0 {
        "behind".clone_into(&mut health.status);
    }
    let oldest = [("ingest", ingest), ("de-duplication", search)];
    health.oldest_seconds = Some(oldest.map(|(queue, age)| (queue.to_owned(), age)).into());
    health.matching = Some(store.progress().told(row.get(2)));
    health.restarts = Some(store.restarts().count());
    health.stuck = Some(stuck as u64);
    Ok(Json(health))
}

/// An address that may try an activation now: known before its body is read.
struct Attempt(IpAddr);

impl FromRequestParts<Service> for Attempt {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, ApiError> {
        let peer = parts.extensions.get::<Peer>();
        let address = peer.ok_or(CentreError::Ended("the connection"))?.address;
        if service.attempts.admit(address, Instant::now()) {
            return Ok(Self(address));
        }
        Err(ApiError::new(
            429,
            "too-many-attempts",
            "Too many activations were tried from here.",
            "Nothing was changed. Wait a minute.",
        )
        .with("retry-after", "60"))
    }
}

async fn activate(
    State(service): State<Service>,
    Extension(version): Extension<Version>,
    Attempt(address): Attempt,
    body: Body<ActivationRequest>,
) -> Result<Json<Activation>, ApiError> {
    let activated = activation::activate(&service.store, &read(body)?, version).await?;
    // Many stations may be behind one address: only what fails counts.
    service.attempts.forgive(address);
    Ok(Json(activated))
}

/// What is asked for behind the question mark.
pub(crate) struct Asked<T>(pub T);

impl<T, S> FromRequestParts<S> for Asked<T>
where
    T: serde::de::DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let Query(asked) =
            Query::try_from_uri(&parts.uri).map_err(|_| ApiError::bad_request("query"))?;
        Ok(Self(asked))
    }
}

/// The name in the path.
pub(crate) struct Id(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let named = Path::<String>::from_request_parts(parts, state).await;
        let Path(id) = named.map_err(|_| ApiError::bad_request("path"))?;
        Ok(Self(id))
    }
}

/// A JSON body, or why there is none.
pub(crate) type Body<T> = Result<Json<T>, axum::extract::rejection::JsonRejection>;

pub(crate) fn read<T>(body: Body<T>) -> Result<T, ApiError> {
    match body {
        Ok(Json(read)) => Ok(read),
        Err(rejected) if rejected.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Err(_) => Err(ApiError::bad_request("body")),
    }
}

async fn renew_certificate(
    State(store): State<Store>,
    caller: Caller,
    body: Body<CertificateRequest>,
) -> Result<Json<CertificateReply>, ApiError> {
    certificate::renew(&store, &caller.station, &read(body)?)
        .await
        .map(Json)
}

async fn station_says(
    State(store): State<Store>,
    caller: Caller,
    body: Body<StatusReport>,
) -> Result<StatusCode, ApiError> {
    station_status::keep(&store, &caller.station, &read(body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn take_void(
    State(store): State<Store>,
    _carrier: Carrier,
    body: Body<VoidRequest>,
) -> Result<Json<VoidReply>, ApiError> {
    void::accept(&store, &read(body)?).await.map(Json)
}

async fn current_lease(
    State(store): State<Store>,
    caller: Caller,
    Extension(version): Extension<Version>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let current = lease::current(&store, &caller.station, version).await?;
    let tag = current.tag();
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|t| t.trim() == tag));
    if known {
        lease::acknowledge(&store, &caller.station, current.serial).await?;
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(current.reply(&store, version)?)).into_response())
}

/// The longest long-poll.
const WAIT_LIMIT_SECONDS: u64 = 60;

#[derive(Debug, Default, serde::Deserialize)]
struct Since {
    #[serde(default)]
    after: u64,
    #[serde(default)]
    wait_seconds: u64,
}

impl Since {
    fn deadline(&self) -> tokio::time::Instant {
        let wait = self.wait_seconds.min(WAIT_LIMIT_SECONDS);
        tokio::time::Instant::now() + Duration::from_secs(wait)
    }
}

async fn packet_state(
    State(store): State<Store>,
    _carrier: Carrier,
    Id(id): Id,
    Asked(since): Asked<Since>,
) -> Result<Json<PacketReply>, ApiError> {
    let id = PacketId::parse(&id).map_err(|_| ApiError::bad_request("packet id"))?;
    let deadline = since.deadline();
    let mut changes = store.changes();
    loop {
        let reply = packet::state(&store, &id).await?;
        if reply.receipt.is_some() || tokio::time::Instant::now() >= deadline {
            return Ok(Json(reply));
        }
        wait(&mut changes, deadline).await;
    }
}

async fn outcomes(
    State(store): State<Store>,
    caller: Caller,
    Extension(version): Extension<Version>,
    Asked(since): Asked<Since>,
) -> Result<Json<OutcomeList>, ApiError> {
    let deadline = since.deadline();
    let after = i64::try_from(since.after).unwrap_or(i64::MAX);
    let mut changes = store.changes();
    loop {
        let outcomes = outcome::after(&store, &caller.office, after, version).await?;
        if !outcomes.is_empty() || tokio::time::Instant::now() >= deadline {
            return Ok(Json(OutcomeList { outcomes }));
        }
        wait(&mut changes, deadline).await;
    }
}

/// Until something changed here, or a second passed: another replica may have done it.
async fn wait(changes: &mut tokio::sync::watch::Receiver<u64>, deadline: tokio::time::Instant) {
    let soon = tokio::time::Instant::now() + Duration::from_secs(1);
    let _ = tokio::time::timeout_at(soon.min(deadline), changes.changed()).await;
}

async fn adjudications(
    State(store): State<Store>,
    caller: Caller,
) -> Result<Json<AdjudicationList>, ApiError> {
    let adjudications = adjudication::list(&store, &caller.office).await?;
    Ok(Json(AdjudicationList { adjudications }))
}

pub(crate) async fn no_such_resource() -> ApiError {
    ApiError::new(404, "no-such-resource", "There is nothing here.", "")
}
