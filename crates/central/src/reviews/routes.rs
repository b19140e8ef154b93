//! The calls about reviews.

use super::{check, keep, list};
use crate::Store;
use crate::edge::{Api, CallerType};
use crate::http::{Body, Id, Service, read};
use crate::peer::Caller;
use crate::problem::ApiError;
use crate::version::Version;
use axum::Json;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use envelope::Digest;
use wire::{REVIEW_LIMIT_BYTES, ReviewOffer, ReviewReport, ReviewWord, ReviewWords, path};

/// The largest body: a sealed copy as base64, and two documents.
const BODY_LIMIT_BYTES: usize = REVIEW_LIMIT_BYTES / 3 * 4 + (64 << 10);

/// The routes. A peer of the first release finds nothing here.
pub(crate) fn routes(service: Service) -> Api {
    use CallerType::Station;
    let review = format!("{}/{{id}}", path::REVIEWS);
    let (said, results) = (format!("{review}/words"), format!("{review}/results"));
    Api::new(service)
        .on(Station, (path::REVIEWS, Method::GET), all)
        .on(Station, (path::REVIEWS, Method::POST), offer)
        .on(Station, (&review, Method::GET), one)
        .on(Station, (&said, Method::GET), words)
        .on(Station, (&said, Method::POST), say)
        .on(Station, (&results, Method::POST), report)
        .around(|router| {
            router
                .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
                .layer(from_fn(newer_peers))
        })
}

async fn newer_peers(request: Request, next: Next) -> Response {
    let version = request.extensions().get::<Version>();
    if version.is_none_or(|version| version.is_first_release()) {
        return crate::http::no_such_resource().await.into_response();
    }
    next.run(request).await
}

async fn all(
    State(store): State<Store>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(&list::of(&store, &caller).await?).unwrap_or_default();
    let named: String = Digest::of(&body).to_string().chars().take(32).collect();
    let tag = format!("\"{named}\"");
    if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        return Ok((StatusCode::NOT_MODIFIED, [(header::ETAG, tag)]).into_response());
    }
    let headers = [
        (header::ETAG, tag),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    Ok((headers, body).into_response())
}

async fn offer(
    State(store): State<Store>,
    caller: Caller,
    body: Body<ReviewOffer>,
) -> Result<StatusCode, ApiError> {
    let offered = check::offer(&store, &caller, &read(body)?).await?;
    keep::offered(&store, &caller, &offered).await?;
    tracing::info!(packet = %offered.review.packet, station = %caller.station, "a review is offered");
    Ok(StatusCode::NO_CONTENT)
}

async fn one(
    State(store): State<Store>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<ReviewOffer>, ApiError> {
    list::offer(&store, &caller, digest(id)?).await.map(Json)
}

async fn words(
    State(store): State<Store>,
    caller: Caller,
    Id(id): Id,
) -> Result<Json<ReviewWords>, ApiError> {
    list::words(&store, &caller, digest(id)?).await.map(Json)
}

async fn say(
    State(store): State<Store>,
    caller: Caller,
    Id(id): Id,
    body: Body<ReviewWord>,
) -> Result<StatusCode, ApiError> {
    keep::said(&store, &caller, digest(id)?, &read(body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn report(
    State(store): State<Store>,
    caller: Caller,
    Id(id): Id,
    body: Body<ReviewReport>,
) -> Result<StatusCode, ApiError> {
    keep::reported(&store, &caller, digest(id)?, &read(body)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn digest(id: String) -> Result<Digest, ApiError> {
    Digest::try_from(id).map_err(|_| ApiError::bad_request("review"))
}
