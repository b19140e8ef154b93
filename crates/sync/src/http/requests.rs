//! The engine's requests, as HTTP.

use super::Connection;
use super::answers::Expected;
use crate::{Failure, Request};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use envelope::{Decision, Digest, Manifest, Signed, Statement};
use reqwest::header::{CONTENT_TYPE, IF_NONE_MATCH};
use reqwest::{Method, RequestBuilder};
use wire::{CertificateRequest, SignedText, VoidRequest, path, tus};

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

    fn piece(&self, path: &str, offset: u64, chunk: Vec<u8>) -> Result<Prepared, Failure> {
        let sum = STANDARD.encode(Digest::of(&chunk).as_bytes());
        let length = chunk.len() as u64;
        let builder = self
            .tus(Method::PATCH, path)?
            .header("upload-offset", offset)
            .header("upload-checksum", format!("sha256 {sum}"))
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
