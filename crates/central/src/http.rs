//! The routes of the API.

use crate::activation::Attempts;
use crate::peer::{Caller, Peer};
use crate::problem::ApiError;
use crate::{Store, activation, lease};
use axum::extract::{DefaultBodyLimit, FromRef, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use std::sync::Arc;
use std::time::Instant;
use wire::{Activation, ActivationRequest, path};

/// The largest JSON body that is read: an activation has about 2 kB.
const JSON_LIMIT_BYTES: usize = 32 << 10;

/// What the routes share.
#[derive(Clone)]
pub(crate) struct Service {
    pub store: Store,
    attempts: Arc<Attempts>,
}

impl FromRef<Service> for Store {
    fn from_ref(service: &Service) -> Self {
        service.store.clone()
    }
}

/// All routes.
pub(crate) fn router(store: Store) -> Router {
    let service = Service {
        store,
        attempts: Arc::default(),
    };
    Router::new()
        .route(path::HEALTH, get(health))
        .route(path::ACTIVATE, post(activate))
        .route(path::LEASE, get(current_lease))
        .fallback(no_such_resource)
        .layer(DefaultBodyLimit::max(JSON_LIMIT_BYTES))
        .with_state(service)
}

async fn health(State(store): State<Store>) -> Result<Json<serde_json::Value>, ApiError> {
    store.client().await?.query_one("select 1", &[]).await?;
    Ok(Json(serde_json::json!({
        "status": "ok",
        "version": env!("CARGO_PKG_VERSION"),
        "time": store.clock().now(),
    })))
}

async fn activate(
    State(service): State<Service>,
    Extension(peer): Extension<Peer>,
    body: Result<Json<ActivationRequest>, axum::extract::rejection::JsonRejection>,
) -> Result<Json<Activation>, ApiError> {
    if !service.attempts.admit(peer.address, Instant::now()) {
        return Err(ApiError::new(
            429,
            "too-many-attempts",
            "Too many activations were tried from here.",
            "Nothing was changed. Wait a minute.",
        )
        .with("retry-after", "60"));
    }
    let Json(request) = body.map_err(|_| ApiError::bad_request("body"))?;
    activation::activate(&service.store, &request).await.map(Json)
}

async fn current_lease(
    State(store): State<Store>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let current = lease::current(&store, &caller.station).await?;
    let tag = current.tag();
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|t| t.trim() == tag));
    if known {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    Ok(([(header::ETAG, tag)], Json(current.reply(&store))).into_response())
}

async fn no_such_resource() -> ApiError {
    ApiError::new(404, "no-such-resource", "There is nothing here.", "")
}
