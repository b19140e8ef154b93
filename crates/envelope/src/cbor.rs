//! Deterministic CBOR (RFC 8949, 4.2.1): one value has one encoding.

use crate::EnvelopeError;
use ciborium::Value;
use serde::{Serialize, de::DeserializeOwned};
use zeroize::{Zeroize, Zeroizing};

/// Room in which the decoder puts a text together.
const SCRATCH_BYTES: usize = 4096;

/// Encodes with shortest forms and map keys in bytewise order.
///
/// # Errors
/// [`EnvelopeError::Malformed`] when the value cannot be expressed in CBOR.
pub fn to_cbor<T: Serialize>(value: &T) -> Result<Vec<u8>, EnvelopeError> {
    let mut tree = Value::serialized(value).map_err(|_| EnvelopeError::Malformed("value"))?;
    sort_maps(&mut tree);
    let bytes = encode(&tree);
    wipe(&mut tree);
    bytes
}

/// Decodes, refusing trailing bytes and nesting of more than 256 levels (`ciborium`'s limit; ours have at most six).
///
/// # Errors
/// [`EnvelopeError::Malformed`] for any other byte sequence.
pub fn from_cbor<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, EnvelopeError> {
    let mut rest = bytes;
    // The decoder's own would stay on the stack, with the last text in it.
    let mut scratch = Zeroizing::new(vec![0; SCRATCH_BYTES]);
    let value = ciborium::de::from_reader_with_buffer(&mut rest, scratch.as_mut_slice())
        .map_err(|_| EnvelopeError::Malformed("CBOR"))?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(EnvelopeError::Malformed("CBOR"))
    }
}

fn encode(tree: &Value) -> Result<Vec<u8>, EnvelopeError> {
    let mut length = Length(0);
    ciborium::into_writer(tree, &mut length).map_err(|_| EnvelopeError::Malformed("value"))?;
    // Reserved whole: a growing buffer would leave copies behind.
    let mut bytes = Vec::with_capacity(length.0);
    ciborium::into_writer(tree, &mut bytes).map_err(|_| EnvelopeError::Malformed("value"))?;
    Ok(bytes)
}

/// Counts what is written.
struct Length(usize);

impl std::io::Write for Length {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A tree is a copy of a document, names and all: it goes before its memory is given back.
fn wipe(tree: &mut Value) {
    match tree {
        Value::Text(text) => text.zeroize(),
        Value::Bytes(bytes) => bytes.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Map(entries) => entries.iter_mut().for_each(|(_, value)| wipe(value)),
        Value::Tag(_, inner) => wipe(inner),
        _ => {}
    }
}

fn sort_maps(tree: &mut Value) {
    match tree {
        Value::Map(entries) => {
            for (_, value) in entries.iter_mut() {
                sort_maps(value);
            }
            entries.sort_by_cached_key(|(key, _)| encode(key).unwrap_or_default());
        }
        Value::Array(items) => items.iter_mut().for_each(sort_maps),
        Value::Tag(_, inner) => sort_maps(inner),
        _ => {}
    }
}
