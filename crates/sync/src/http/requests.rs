//! The engine's requests, as HTTP.

use super::Connection;
use super::answers::Expected;
use crate::{Failure, Request, ReviewAsk};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope::{Decision, Digest, Manifest, Signed, Statement};
use reqwest::header::{CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder};
use wire::{CertificateRequest, REVIEW_LIMIT_BYTES, SignedText, VoidRequest, path, tus};

/// A request, how many bytes travel with it, and what answers it.
pub(super) type Prepared = (RequestBuilder, u64, Expected);

impl Connection {
    pub(super) fn prepare(&self, request: Request) -> Result<Prepared, Failure> {
        Ok(match request {
            Request::Lease { tag } => {
                let mut builder = self.request(Method::GET, path::LEASE)?;
                if let Some(tag) = tag {
                    builder = builder.header(IF_NONE_MATCH, tag);
                }
                (builder, 0, Expected::Lease)
            }
            Request::Outcomes { after } => {
                let target = format!("{}?after={after}&wait_seconds=0", path::OUTCOMES);
                (self.request(Method::GET, &target)?, 0, Expected::Outcomes)
            }
            Request::State(packet) => {
                let target = format!("{}/{packet}", path::PACKETS);
                (self.request(Method::GET, &target)?, 0, Expected::State)
            }
            Request::Status(report) => {
                let builder = self.request(Method::POST, path::STATUS)?.json(&report);
                (builder, 0, Expected::Taken)
            }
            Request::Certificate { csr_pem } => {
                let builder = self
                    .request(Method::POST, path::CERTIFICATE)?
                    .json(&CertificateRequest { csr_pem });
                (builder, 0, Expected::Certificate)
            }
            Request::Void(void) => {
                let void = SignedText::of(&void);
                let builder = self
                    .request(Method::POST, path::VOIDS)?
                    .json(&VoidRequest { void });
                (builder, 0, Expected::Receipt)
            }
            Request::Review(ask) => self.about_reviews(*ask)?,
            Request::Create {
                length,
                manifest,
                statement,
                decision,
            } => {
                let metadata = metadata(&manifest, &statement, decision.as_ref());
                let builder = self
                    .tus(Method::POST, path::UPLOADS)?
                    .header("upload-length", length)
                    .header("upload-metadata", metadata);
                (builder, 0, Expected::Created)
            }
            Request::Offset { path } => (self.tus(Method::HEAD, &path)?, 0, Expected::Offset),
            Request::Patch {
                path,
                offset,
                chunk,
            } => self.piece(&path, offset, chunk)?,
        })
    }

    fn about_reviews(&self, ask: ReviewAsk) -> Result<Prepared, Failure> {
        let below = |digest: Digest, rest: &str| format!("{}/{digest}{rest}", path::REVIEWS);
        let post = |target: &str, body: Result<Vec<u8>, serde_json::Error>| {
            let body = body.map_err(|_| Failure::Unreadable)?;
            let length = body.len() as u64;
            let builder = self
                .request(Method::POST, target)?
                .header(CONTENT_TYPE, "application/json")
                .body(body);
            Ok((builder, length, Expected::ReviewTaken))
        };
        match ask {
            ReviewAsk::Offer(offer) => post(path::REVIEWS, serde_json::to_vec(&offer)),
            ReviewAsk::Say(digest, word) => {
                post(&below(digest, "/words"), serde_json::to_vec(&word))
            }
            ReviewAsk::Report(digest, report) => {
                post(&below(digest, "/results"), serde_json::to_vec(&report))
            }
            ReviewAsk::List { tag } => {
                let mut builder = self.request(Method::GET, path::REVIEWS)?;
                if let Some(tag) = tag {
                    builder = builder.header(IF_NONE_MATCH, tag);
                }
                Ok((builder, 0, Expected::ReviewList))
            }
            // The answer is as large as a packet: so is its deadline.
            ReviewAsk::Copy(digest) => {
                let builder = self.request(Method::GET, &below(digest, ""))?;
                Ok((builder, REVIEW_LIMIT_BYTES as u64, Expected::ReviewCopy))
            }
            ReviewAsk::Words(digest) => {
                let builder = self.request(Method::GET, &below(digest, "/words"))?;
                Ok((builder, REVIEW_LIMIT_BYTES as u64, Expected::ReviewWords))
            }
        }
    }

    /// Without a checksum of its own: TLS keeps it whole, the packet's digest is checked in the end, and so what came of a piece before a
    /// cut counts.
    fn piece(&self, path: &str, offset: u64, chunk: Vec<u8>) -> Result<Prepared, Failure> {
        let length = chunk.len() as u64;
        let builder = self
            .tus(Method::PATCH, path)?
            .header("upload-offset", offset)
            .header(CONTENT_TYPE, tus::CONTENT_TYPE)
            .body(chunk);
        Ok((builder, length, Expected::Offset))
    }

    fn tus(&self, method: Method, target: &str) -> Result<RequestBuilder, Failure> {
        Ok(self
            .request(method, target)?
            .header("tus-resumable", tus::VERSION))
    }
}

/// `Upload-Metadata`; an item without a decision names none.
fn metadata(
    manifest: &Signed<Manifest>,
    statement: &Signed<Statement>,
    decision: Option<&Signed<Decision>>,
) -> String {
    let pair =
        |key: &str, document: SignedText| format!("{key} {}", STANDARD.encode(document.as_str()));
    let mut pairs = vec![
        pair(tus::metadata::MANIFEST, SignedText::of(manifest)),
        pair(tus::metadata::STATEMENT, SignedText::of(statement)),
    ];
    if let Some(decision) = decision {
        pairs.push(pair(tus::metadata::DECISION, SignedText::of(decision)));
    }
    pairs.join(",")
}
