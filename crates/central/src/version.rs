//! Which version a peer speaks. One that names none is of the first release and gets exactly its documents.

use crate::problem::ApiError;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::{OutcomeKind, QUARANTINE_REASONS};
use wire::{VERSION, VERSION_HEADER};

/// What a peer understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version(u16);

/// Reasons that a station of the first release has no words for.
const NEW_REASONS: [&str; 3] = ["arrived-after-revocation", "document", "refused"];

impl Version {
    /// The version that this build speaks.
    pub(crate) const OURS: Self = Self(VERSION);

    /// Whether it knows the documents of version 1 only.
    pub(crate) fn is_first_release(self) -> bool {
        self.0 <= 1
    }

    /// What became of a packet and why, as that peer has words for it.
    pub(crate) fn outcome(
        self,
        kind: OutcomeKind,
        reason: Option<&str>,
    ) -> (OutcomeKind, Option<String>) {
        match kind {
            OutcomeKind::Waiting if self.is_first_release() => {
                (OutcomeKind::DuplicateSuspected, None)
            }
            OutcomeKind::Refused if self.is_first_release() => {
                (OutcomeKind::Quarantined, Some("unprocessable".to_owned()))
            }
            kind => (kind, reason.map(|reason| self.reason(reason))),
        }
    }

    /// Kinds of outcomes for which that peer has no words at all: the word before stays its last.
    pub(crate) fn untold(self) -> &'static [&'static str] {
        if self.is_first_release() {
            &["joined", "held"]
        } else {
            &[]
        }
    }

    /// A reason as that peer has words for it.
    fn reason(self, reason: &str) -> String {
        debug_assert!(NEW_REASONS.iter().all(|r| QUARANTINE_REASONS.contains(r)));
        if self.is_first_release() && NEW_REASONS.contains(&reason) {
            return "unprocessable".to_owned();
        }
        reason.to_owned()
    }
}

/// Reads the version of every request and names ours on every answer.
pub(crate) async fn speak(mut request: Request, next: Next) -> Response {
    let named = request.headers().get(VERSION_HEADER);
    let version = named.map_or(Some(1), |value| value.to_str().ok()?.parse().ok());
    let mut response = match version {
        Some(version) if version > 0 => {
            request.extensions_mut().insert(Version(version));
            next.run(request).await
        }
        _ => ApiError::bad_request(VERSION_HEADER).into_response(),
    };
    response
        .headers_mut()
        .insert(VERSION_HEADER, HeaderValue::from(VERSION));
    response
}
