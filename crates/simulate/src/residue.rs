//! Looks for what must not be left: applicants' names, numbers, pictures and sealed envelopes, in
//! every file.

use anyhow::Context;
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::Path;

/// The header of an age file that is sealed to a person or the centre, not to a passphrase.
const ENVELOPE: &[u8] = b"age-encryption.org/v1\n-> X25519 ";
/// How a JPEG of the desk begins.
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF";
/// Bytes of a piece of a picture that is looked for.
const PIECE: usize = 24;
/// The largest file that a station may have grown to in a day.
const FILE_LIMIT_BYTES: u64 = 2 << 30;

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Markers(BTreeSet<Vec<u8>>);

impl Default for Markers {
    /// Envelopes and pictures of anybody.
    fn default() -> Self {
        Self(BTreeSet::from([ENVELOPE.to_vec(), JPEG.to_vec()]))
    }
}

impl Markers {
    /// Looks for a name, an address or a number too; a number with hyphens also without.
    pub fn text(&mut self, text: &str) {
        self.0.insert(text.as_bytes().to_vec());
        if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            self.0.insert(text.replace('-', "").into_bytes());
        }
    }

    /// Looks for pieces of these pixels too.
    pub fn pixels(&mut self, rgb: &[u8]) {
        for part in 1..4 {
            let at = rgb.len() * part / 4;
            let piece = rgb.get(at..at + PIECE).unwrap_or_default();
            // A piece of a plain wall is in many files.
            if piece.iter().collect::<BTreeSet<_>>().len() > PIECE / 3 {
                self.0.insert(piece.to_vec());
            }
        }
    }

    /// How many things are looked for.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Markers by their first two bytes: one pass over a file finds them all.
    fn by_start(&self) -> HashMap<[u8; 2], Vec<&[u8]>> {
        let mut starts: HashMap<[u8; 2], Vec<&[u8]>> = HashMap::new();
        for marker in &self.0 {
            if let [first, second, ..] = marker.as_slice() {
                starts.entry([*first, *second]).or_default().push(marker);
            }
        }
        starts
    }
}

/// Bytes of markers in every file under `folder`.
///
/// # Errors
/// When a file cannot be read.
pub fn scan(folder: &Path, markers: &Markers) -> anyhow::Result<u64> {
    scan_folder(folder, &markers.by_start())
}

fn scan_folder(folder: &Path, starts: &HashMap<[u8; 2], Vec<&[u8]>>) -> anyhow::Result<u64> {
    let mut found = 0;
    for entry in fs::read_dir(folder).context("the station's folder")? {
        let path = entry?.path();
        if path.is_dir() {
            found += scan_folder(&path, starts)?;
            continue;
        }
        if fs::metadata(&path)?.len() > FILE_LIMIT_BYTES {
            anyhow::bail!("a file of the station is too large to be searched");
        }
        let bytes = fs::read(&path).context("a file of the station")?;
        found += count(&bytes, starts);
    }
    Ok(found)
}

fn count(bytes: &[u8], starts: &HashMap<[u8; 2], Vec<&[u8]>>) -> u64 {
    let mut wanted = vec![false; 1 << 16];
    for [first, second] in starts.keys() {
        if let Some(flag) = wanted.get_mut(usize::from(*first) << 8 | usize::from(*second)) {
            *flag = true;
        }
    }
    let mut found = 0;
    for (at, pair) in bytes.windows(2).enumerate() {
        let [first, second] = [pair[0], pair[1]];
        if !wanted[usize::from(first) << 8 | usize::from(second)] {
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        for marker in starts.get(&[first, second]).into_iter().flatten() {
            if rest.starts_with(marker) {
                found += marker.len() as u64;
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_planted_name_number_picture_or_envelope_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("log");
        let mut markers = Markers::default();
        markers.text("زینب نور");
        markers.text("36302-0004512-4");
        let pixels: Vec<u8> = (0..4000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        markers.pixels(&pixels);
        let nothing = fs::write(&file, "an ordinary line, 36302-0004512-5");
        nothing.unwrap();
        assert_eq!(scan(folder.path(), &markers).unwrap(), 0);
        for (planted, bytes) in [
            ("x زینب نور y".as_bytes().to_vec(), "زینب نور".len()),
            (b"3630200045124".to_vec(), 13),
            (pixels[980..1040].to_vec(), PIECE),
            (
                b"..age-encryption.org/v1\n-> X25519 abc".to_vec(),
                ENVELOPE.len(),
            ),
            (b"a\xFF\xD8\xFF\xE0\x00\x10JFIF".to_vec(), JPEG.len()),
        ] {
            fs::write(&file, planted).unwrap();
            assert_eq!(scan(folder.path(), &markers).unwrap(), bytes as u64);
        }
    }
}
