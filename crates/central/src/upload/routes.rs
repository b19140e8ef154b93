//! The requests of tus 1.0.0 (<https://tus.io/protocols/resumable-upload>).

use super::checksum::Checksum;
use super::lock::{Held, Locks};
use super::receive::Chunk;
use super::row::Upload;
use super::{Claim, UPLOAD_LIMIT_BYTES, receive};
use crate::edge::{Api, CallerType};
use crate::http::{Id, Service};
use crate::packet;
use crate::peer::Carrier;
use crate::problem::ApiError;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use domain::Timestamp;
use wire::{path, tus};

/// The routes under `/v1/uploads`.
pub(crate) fn routes(service: Service) -> Api {
    use CallerType::{Anyone, Carrier};
    let one = format!("{}/{{id}}", path::UPLOADS);
    Api::new(service)
        .on(Carrier, (path::UPLOADS, Method::POST), create)
        .on(Anyone, (path::UPLOADS, Method::OPTIONS), describe)
        .on(Carrier, (&one, Method::HEAD), offset)
        .on(Carrier, (&one, Method::PATCH), continue_upload)
        .on(Carrier, (&one, Method::DELETE), terminate)
        .on(Anyone, (&one, Method::OPTIONS), describe)
        .around(|router| {
            router
                .layer(from_fn(speak_tus))
                .layer(DefaultBodyLimit::disable()) // each request has a limit of its own: the upload's length
        })
}

/// Where a client cannot send the method that it means, it names it, and the one that it sends means nothing (tus 1.0.0,
/// X-HTTP-Method-Override): on any method, in any case.
pub(crate) async fn obey_override(mut request: Request, next: Next) -> Response {
    let named = text(request.headers(), "x-http-method-override").map(str::to_ascii_uppercase);
    if let Some(named) = named.filter(|_| request.uri().path().starts_with(path::UPLOADS)) {
        match Method::from_bytes(named.as_bytes()) {
            Ok(method) => *request.method_mut() = method,
            Err(_) => return ApiError::bad_request("x-http-method-override").into_response(),
        }
    }
    next.run(request).await
}

/// Refuses other versions, and names ours on every answer.
async fn speak_tus(request: Request, next: Next) -> Response {
    let version = request.headers().get("tus-resumable");
    let known = version.is_some_and(|v| v.as_bytes() == tus::VERSION.as_bytes());
    let mut response = if known || request.method() == Method::OPTIONS {
        next.run(request).await
    } else {
        ApiError::new(
            412,
            "tus-version",
            "This centre speaks tus 1.0.0.",
            "Nothing was changed.",
        )
        .with("tus-version", tus::VERSION)
        .into_response()
    };
    let headers = response.headers_mut();
    headers.insert("tus-resumable", HeaderValue::from_static(tus::VERSION));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

async fn describe() -> Response {
    let headers = [
        ("tus-version", tus::VERSION.to_owned()),
        ("tus-extension", tus::EXTENSIONS.to_owned()),
        ("tus-checksum-algorithm", tus::CHECKSUMS.to_owned()),
        ("tus-max-size", UPLOAD_LIMIT_BYTES.to_string()),
    ];
    answer(StatusCode::NO_CONTENT, headers)
}

async fn create(
    State(service): State<Service>,
    caller: Carrier,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    let store = &service.store;
    let length = number(&headers, "upload-length")?;
    if length > UPLOAD_LIMIT_BYTES {
        return Err(ApiError::new(
            413,
            "too-large",
            "A packet of this size is not taken.",
            "Nothing was stored. The station keeps the packet.",
        ));
    }
    let metadata = text(&headers, "upload-metadata").unwrap_or_default();
    let claim = Claim::read(store, metadata, length).await?;
    let (id, digest) = (&claim.manifest.packet, &claim.manifest.digest);
    packet::refuse_other_digest(store, id, digest, Some(caller.station.as_str())).await?;
    let upload = Upload::create(store, &service.locks, &claim, &caller).await?;
    let location = format!("{}/{}", path::UPLOADS, upload.id);
    // An empty body counts too: a packet of no bytes is complete at once, and refused as garbage.
    let upload = if has_chunk(&headers) {
        let chunk = chunk(&headers, body)?;
        patch(&service, &caller, upload.id, 0, chunk).await?
    } else {
        upload
    };
    Ok(answer(
        StatusCode::CREATED,
        [
            ("location", location),
            ("upload-offset", upload.received.to_string()),
            ("upload-expires", http_date(upload.expires)),
        ],
    ))
}

async fn offset(
    State(service): State<Service>,
    Id(id): Id,
    caller: Carrier,
) -> Result<Response, ApiError> {
    // Whoever asks for the offset is about to continue: what another request still receives ends
    // here, so that the answer is final.
    let _held = hold(&service, &id).await?;
    let upload = Upload::find(&service.store, &id, &caller.station).await?;
    Ok(answer(
        StatusCode::OK,
        [
            ("upload-offset", upload.received.to_string()),
            ("upload-length", upload.length.to_string()),
            ("upload-expires", http_date(upload.expires)),
        ],
    ))
}

async fn continue_upload(
    State(service): State<Service>,
    Id(id): Id,
    caller: Carrier,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    if !has_chunk(&headers) {
        return Err(ApiError::new(
            415,
            "content-type",
            "The content type must be application/offset+octet-stream.",
            "Nothing was changed.",
        ));
    }
    let start = number(&headers, "upload-offset")?;
    let chunk = chunk(&headers, body)?;
    let upload = patch(&service, &caller, id, start, chunk).await?;
    Ok(answer(
        StatusCode::NO_CONTENT,
        [
            ("upload-offset", upload.received.to_string()),
            ("upload-expires", http_date(upload.expires)),
        ],
    ))
}

/// Receives in a task of its own: when the connection breaks, hyper drops this request, but what
/// has arrived must still be confirmed.
async fn patch(
    service: &Service,
    caller: &Carrier,
    id: String,
    start: u64,
    chunk: Chunk,
) -> Result<Upload, ApiError> {
    let (service, station) = (service.clone(), caller.station.clone());
    let receiving = tokio::spawn(async move {
        let mut held = hold(&service, &id).await?;
        let mut upload = Upload::find(&service.store, &id, &station).await?;
        if upload.received != start {
            return Err(ApiError::new(
                409,
                "offset",
                "The offset is not where the upload stands.",
                "Nothing was changed. Ask for the offset and continue there.",
            )
            .with("upload-offset", &upload.received.to_string()));
        }
        receive::append(&service.store, &mut held, &mut upload, chunk).await?;
        Ok(upload)
    });
    receiving
        .await
        .map_err(|_| crate::CentreError::Ended("receiving an upload"))?
}

async fn terminate(
    State(service): State<Service>,
    Id(id): Id,
    caller: Carrier,
) -> Result<Response, ApiError> {
    let _held = hold(&service, &id).await?;
    let upload = Upload::find(&service.store, &id, &caller.station).await?;
    upload.forget(&service.store).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn hold(service: &Service, id: &str) -> Result<Held, ApiError> {
    let locks: &Locks = &service.locks;
    locks.hold(id).await.ok_or_else(|| {
        ApiError::new(
            423,
            "locked",
            "Another request works on this upload.",
            "Nothing was changed. Try again.",
        )
    })
}

/// Media types have no case, and may have parameters (RFC 9110, 8.3.1).
fn has_chunk(headers: &HeaderMap) -> bool {
    let named = text(headers, "content-type").unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(tus::CONTENT_TYPE)
}

fn chunk(headers: &HeaderMap, body: Body) -> Result<Chunk, ApiError> {
    Ok(Chunk {
        announced: number(headers, "content-length").ok(),
        checksum: text(headers, "upload-checksum")
            .map(Checksum::parse)
            .transpose()?,
        body,
    })
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn number(headers: &HeaderMap, name: &'static str) -> Result<u64, ApiError> {
    text(headers, name)
        .filter(|value| value.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|value| value.parse().ok())
        .filter(|value| i64::try_from(*value).is_ok())
        .ok_or_else(|| ApiError::bad_request(name))
}

fn answer<const N: usize>(status: StatusCode, headers: [(&'static str, String); N]) -> Response {
    let mut response = status.into_response();
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response
                .headers_mut()
                .insert(HeaderName::from_static(name), value);
        }
    }
    response
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7).
fn http_date(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.millis())
        .map(|t| t.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
        .unwrap_or_default()
}
