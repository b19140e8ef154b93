//! Looks for what must not be left: applicants' names, numbers and sealed envelopes in any file.

use anyhow::Context;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The header of an age file that is sealed to a person or the centre, not to a passphrase.
const ENVELOPE: &[u8] = b"age-encryption.org/v1\n-> X25519 ";
/// The largest file that a station may have grown to in a day.
const FILE_LIMIT_BYTES: u64 = 2 << 30;

/// Bytes of markers and of envelopes' headers in every file under `folder`.
///
/// # Errors
/// When a file cannot be read.
pub fn scan(folder: &Path, markers: &BTreeSet<String>) -> anyhow::Result<u64> {
    let mut found = 0;
    for entry in fs::read_dir(folder).context("the station's folder")? {
        let path = entry?.path();
        if path.is_dir() {
            found += scan(&path, markers)?;
            continue;
        }
        if fs::metadata(&path)?.len() > FILE_LIMIT_BYTES {
            anyhow::bail!("a file of the station is too large to be searched");
        }
        let bytes = fs::read(&path).context("a file of the station")?;
        found += count(&bytes, ENVELOPE);
        for marker in markers {
            found += count(&bytes, marker.as_bytes());
        }
    }
    Ok(found)
}

fn count(haystack: &[u8], needle: &[u8]) -> u64 {
    let first = match needle.first() {
        Some(first) => *first,
        None => return 0,
    };
    let hits = haystack
        .iter()
        .enumerate()
        .filter(|(at, byte)| **byte == first && haystack.get(*at..at + needle.len()) == Some(needle))
        .count();
    (hits * needle.len()) as u64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_planted_name_or_envelope_is_found() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log"), "x زینب نور y").unwrap();
        let markers = BTreeSet::from(["زینب نور".to_owned()]);
        assert_eq!(scan(folder.path(), &markers).unwrap(), "زینب نور".len() as u64);
        fs::write(folder.path().join("db"), b"..age-encryption.org/v1\n-> X25519 abc").unwrap();
        assert!(scan(folder.path(), &BTreeSet::new()).unwrap() > 0);
    }
}
