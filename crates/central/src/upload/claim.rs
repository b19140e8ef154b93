//! What an upload claims to be: its metadata, checked as far as it can be before the bytes are here.

use crate::lease::public_key;
use crate::problem::ApiError;
use crate::{CentreError, Store};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::StationId;
use envelope::{DOCUMENT_LIMIT_BYTES, Decision, Document, Manifest, PublicKey, Signed, Statement};
use wire::SignedText;
use wire::tus::metadata;

/// Beyond any station's life; arithmetic on counters stays far from the end of the numbers.
pub(crate) const COUNTER_LIMIT: u64 = 1 << 53;

/// Documents of a packet that travel beside it; the manifest's signature has verified.
pub(crate) struct Claim {
    pub manifest: Manifest,
    pub signed_manifest: Signed<Manifest>,
    pub statement: Signed<Statement>,
    /// Where the kind of item needs one.
    pub decision: Option<Signed<Decision>>,
    /// Which activation of the station signed it.
    pub epoch: i32,
}

impl Claim {
    /// Reads `Upload-Metadata` and verifies the manifest with one of its station's keys.
    pub(crate) async fn read(store: &Store, header: &str, length: u64) -> Result<Self, ApiError> {
        let manifest = entry(header, metadata::MANIFEST)?;
        let statement = entry(header, metadata::STATEMENT)?;
        let decision = if present(header, metadata::DECISION) {
            Some(entry(header, metadata::DECISION)?)
        } else {
            None
        };
        Self::of(store, manifest, statement, decision, length).await
    }

    /// The same for documents that came another way.
    pub(crate) async fn of(
        store: &Store,
        signed_manifest: Signed<Manifest>,
        statement: Signed<Statement>,
        decision: Option<Signed<Decision>>,
        length: u64,
    ) -> Result<Self, ApiError> {
        let claimed = signed_manifest
            .peek()
            .map_err(|_| ApiError::bad_request(metadata::MANIFEST))?;
        statement
            .peek()
            .map_err(|_| ApiError::bad_request(metadata::STATEMENT))?;
        if let Some(decision) = &decision {
            decision
                .peek()
                .map_err(|_| ApiError::bad_request(metadata::DECISION))?;
        }
        acceptable(&claimed)?;
        let consistent = claimed.length == length
            && claimed.statement == statement.digest()
            && claimed.decision == decision.as_ref().map(Signed::digest)
            && claimed.item().needs_decision() == decision.is_some();
        if !consistent {
            return Err(ApiError::new(
                422,
                "metadata-mismatch",
                "The manifest, the other documents and the length do not belong together.",
                "Nothing was stored. The station keeps the packet.",
            ));
        }
        for (epoch, key) in keys(store, &claimed.station).await? {
            if let Ok(verified) = signed_manifest.verify(&key) {
                return Ok(Self {
                    manifest: verified.into_document(),
                    signed_manifest,
                    statement,
                    decision,
                    epoch,
                });
            }
        }
        Err(ApiError::new(
            403,
            "manifest-signature",
            "The manifest is not signed by the station that it names.",
            "Nothing was stored. The station keeps the packet.",
        ))
    }
}

/// What a manifest may say before anything of it is believed.
fn acceptable(claimed: &Manifest) -> Result<(), ApiError> {
    let new_fields = claimed.kind.is_some() || claimed.lease.is_some();
    let lease = claimed.lease.unwrap_or(0);
    if claimed.format == 0 || (claimed.format == 1 && new_fields) || lease > COUNTER_LIMIT {
        return Err(ApiError::bad_request("manifest's format"));
    }
    if !claimed.item().has_envelope() {
        return Err(ApiError::bad_request("manifest's kind"));
    }
    if claimed.counter == 0 || claimed.counter > COUNTER_LIMIT {
        return Err(ApiError::bad_request("counter"));
    }
    Ok(())
}

/// The keys of a station by their activation, newest first.
pub(crate) async fn keys(
    store: &Store,
    station: &StationId,
) -> Result<Vec<(i32, PublicKey)>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select epoch, key from station_key where station = $1 order by epoch desc limit 16",
            &[&station.as_str()],
        )
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((row.get(0), public_key(row.get(1))?)))
        .collect())
}

/// Whether the metadata has an entry of that name.
fn present(header: &str, key: &str) -> bool {
    header
        .split(',')
        .any(|pair| pair.split_whitespace().next() == Some(key))
}

/// One signed document of the metadata: base64 as tus says, of the document's base64 text.
fn entry<T: Document>(header: &str, key: &'static str) -> Result<Signed<T>, ApiError> {
    let refused = || ApiError::bad_request(key);
    let value = header
        .split(',')
        .filter_map(|pair| pair.trim().split_once(' '))
        .find_map(|(name, value)| (name == key).then_some(value.trim()))
        .ok_or_else(refused)?;
    if value.len() > DOCUMENT_LIMIT_BYTES {
        return Err(refused());
    }
    let text = STANDARD.decode(value).map_err(|_| refused())?;
    let text = std::str::from_utf8(&text).map_err(|_| refused())?;
    SignedText::from_text(text).read().map_err(|_| refused())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn unreadable_metadata_names_the_entry() {
        for header in [
            "",
            "manifest",
            "manifest !!!",
            "statement QUJD",
            "manifest QUJD",
        ] {
            let found = entry::<Manifest>(header, metadata::MANIFEST).map(|_| ());
            assert!(found.is_err(), "{header}");
        }
    }
}
