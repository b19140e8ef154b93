//! Errors as problem details (RFC 9457).

use crate::CentreError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use wire::Problem;

/// An error on its way to a client.
#[derive(Debug)]
pub(crate) struct ApiError(Box<Parts>);

/// Boxed, because most results hold none.
#[derive(Debug)]
struct Parts {
    problem: Problem,
    headers: HeaderMap,
}

impl ApiError {
    /// A problem by its key; what happened, what was kept, what to do.
    pub(crate) fn new(status: u16, key: &str, title: &str, detail: &str) -> Self {
        let mut problem = Problem::new(status, key, title);
        if !detail.is_empty() {
            problem.detail = Some(detail.to_owned());
        }
        Self(Box::new(Parts {
            problem,
            headers: HeaderMap::new(),
        }))
    }

    /// With one header more.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.0.headers.insert(HeaderName::from_static(name), value);
        }
        self
    }

    /// The problem's key.
    pub(crate) fn key(&self) -> &str {
        self.0.problem.key()
    }

    /// A part of the request cannot be read.
    pub(crate) fn bad_request(what: &str) -> Self {
        Self::new(
            400,
            "malformed",
            "A part of the request could not be read.",
            &format!("Part: {what}. Nothing was changed."),
        )
    }

    /// No such code, or it is spent; which of them is nobody's business.
    pub(crate) fn code_refused() -> Self {
        Self::new(
            403,
            "code-refused",
            "The activation code is wrong, used or expired.",
            "Nothing was changed. Ask for a new code.",
        )
    }
}

impl From<CentreError> for ApiError {
    /// The cause goes to the log, once; the client learns that it may try again.
    fn from(error: CentreError) -> Self {
        tracing::error!(%error, "request failed");
        Self::new(
            503,
            "unavailable",
            "The centre could not do this now.",
            "Nothing was lost. Try again later.",
        )
        .with("retry-after", "10")
    }
}

impl From<tokio_postgres::Error> for ApiError {
    fn from(error: tokio_postgres::Error) -> Self {
        CentreError::from(error).into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.0.problem.status)
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self.0.problem).unwrap_or_default();
        let mut response = (status, body).into_response();
        response.headers_mut().extend(self.0.headers);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        response
    }
}
