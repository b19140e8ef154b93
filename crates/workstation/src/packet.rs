//! `shanakht packet inspect`: what a file says about itself on the outside, never what is in it.

use anyhow::{Context, Result, bail};
use envelope::{Digest, Manifest, PACKET_LIMIT_BYTES, Receipt, Signed};
use serde_json::{Value, json};
use std::path::Path;

/// First line of an age file.
const AGE: &[u8] = b"age-encryption.org/v1\n";
/// Header bytes that are looked at; a packet has a few recipients of about 150 bytes each.
const HEADER_LIMIT_BYTES: usize = 64 * 1024;

/// What can be told about a packet's envelope, or about a signed manifest or receipt.
///
/// # Errors
/// Why the file cannot be read, or that it is neither.
pub fn inspect(file: &Path) -> Result<Value> {
    let length = std::fs::metadata(file)
        .with_context(|| format!("{} cannot be read", file.display()))?
        .len();
    if length > PACKET_LIMIT_BYTES as u64 {
        bail!(
            "{} is larger than any packet ({length} bytes)",
            file.display()
        );
    }
    let bytes =
        std::fs::read(file).with_context(|| format!("{} cannot be read", file.display()))?;
    if bytes.starts_with(AGE) {
        return sealed(&bytes);
    }
    signed(bytes).with_context(|| {
        format!(
            "{} is neither a sealed envelope nor a signed document",
            file.display()
        )
    })
}

/// The header of an age file: to how many it is addressed and how; who they are cannot be told from it.
fn sealed(bytes: &[u8]) -> Result<Value> {
    let header = bytes
        .get(..bytes.len().min(HEADER_LIMIT_BYTES))
        .unwrap_or_default();
    let mut recipients = Vec::new();
    let mut whole = false;
    for line in header.split(|b| *b == b'\n') {
        if line.starts_with(b"--- ") {
            whole = true;
            break;
        }
        if let Some(kind) = line.strip_prefix(b"-> ") {
            let kind: String = kind
                .iter()
                .take_while(|b| b.is_ascii_alphanumeric())
                .map(|b| char::from(*b))
                .collect();
            // age adds a stanza of random name, so that readers do not grow rigid; it addresses nobody.
            if matches!(kind.as_str(), "X25519" | "scrypt") {
                recipients.push(kind);
            }
        }
    }
    if !whole {
        bail!("the envelope's header has no end");
    }
    Ok(json!({
        "file": "sealed envelope (age)",
        "bytes": bytes.len(),
        "sha256": Digest::of(bytes).to_string(),
        "recipients": recipients.len(),
        "addressed_by": recipients,
        "content": "sealed; only its recipients can open it",
    }))
}

/// A signed document, shown as it is: its signature is not believed here, because whose key it must be is not known.
fn signed(bytes: Vec<u8>) -> Result<Value> {
    let digest = Digest::of(&bytes).to_string();
    if let Ok(manifest) = Signed::<Manifest>::from_bytes(bytes.clone()).and_then(|s| s.peek()) {
        return described("manifest", &digest, &manifest);
    }
    let receipt = Signed::<Receipt>::from_bytes(bytes)?.peek()?;
    described("receipt", &digest, &receipt)
}

fn described(kind: &str, digest: &str, document: &impl serde::Serialize) -> Result<Value> {
    Ok(json!({
        "file": format!("signed {kind}, signature not checked"),
        "sha256": digest,
        "document": serde_json::to_value(document)?,
    }))
}
