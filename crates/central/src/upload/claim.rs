//! What an upload claims to be: its metadata, checked as far as it can be before the bytes are here.

use crate::lease::public_key;
use crate::problem::ApiError;
use crate::{CentreError, Store};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use envelope::{DOCUMENT_LIMIT_BYTES, Decision, Document, Manifest, PublicKey, Signed, Statement};
use wire::SignedText;
use wire::tus::metadata;

/// Documents of a packet that travel beside it; the manifest's signature has verified.
pub(crate) struct Claim {
    pub manifest: Manifest,
    pub signed_manifest: Signed<Manifest>,
    pub statement: Signed<Statement>,
    pub decision: Signed<Decision>,
    /// Which activation of the station signed it.
    pub epoch: i32,
}

impl Claim {
    /// Reads `Upload-Metadata` and verifies the manifest with one of its station's keys.
    pub(crate) async fn read(store: &Store, header: &str, length: u64) -> Result<Self, ApiError> {
        let signed_manifest: Signed<Manifest> = entry(header, metadata::MANIFEST)?;
        let statement: Signed<Statement> = entry(header, metadata::STATEMENT)?;
        let decision: Signed<Decision> = entry(header, metadata::DECISION)?;
        let claimed = signed_manifest
            .peek()
            .map_err(|_| ApiError::bad_request(metadata::MANIFEST))?;
        statement
            .peek()
            .map_err(|_| ApiError::bad_request(metadata::STATEMENT))?;
        decision
            .peek()
            .map_err(|_| ApiError::bad_request(metadata::DECISION))?;
        if claimed.format != Manifest::FORMAT {
            return Err(ApiError::bad_request("manifest's format"));
        }
        let consistent = claimed.length == length
            && claimed.statement == statement.digest()
            && claimed.decision == decision.digest();
        if !consistent {
            return Err(ApiError::new(
                422,
                "metadata-mismatch",
                "The manifest, the other documents and the length do not belong together.",
                "Nothing was stored. The station keeps the packet.",
            ));
        }
        for (epoch, key) in keys(store, &claimed).await? {
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

/// The keys of the station that a manifest names, newest first.
async fn keys(store: &Store, claimed: &Manifest) -> Result<Vec<(i32, PublicKey)>, CentreError> {
    let rows = store
        .client()
        .await?
        .query(
            "select epoch, key from station_key where station = $1 order by epoch desc limit 16",
            &[&claimed.station.as_str()],
        )
        .await?;
    Ok(rows
        .iter()
        .filter_map(|row| Some((row.get(0), public_key(row.get(1))?)))
        .collect())
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
