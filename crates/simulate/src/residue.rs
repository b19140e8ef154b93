//! Looks for what must not be left: applicants' names, numbers, pictures and sealed envelopes, in
//! every file and every form.

use anyhow::Context;
use faults::Search;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

/// The header of an age file that is sealed to a person or the centre, not to a passphrase.
const ENVELOPE: &[u8] = b"age-encryption.org/v1\n-> X25519 ";
/// How a JPEG of the desk begins.
const JPEG: &[u8] = b"\xFF\xD8\xFF\xE0\x00\x10JFIF";
/// Bytes of a piece of a picture that is looked for.
const PIECE: usize = 24;

/// What is looked for.
pub struct Markers {
    search: Search<()>,
    /// The same name comes more than once in a day.
    known: BTreeSet<Vec<u8>>,
}

impl fmt::Debug for Markers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Markers({})", self.known.len())
    }
}

impl Default for Markers {
    /// Envelopes and pictures of anybody.
    fn default() -> Self {
        let mut markers = Self::people();
        markers.envelopes();
        markers
    }
}

impl Markers {
    /// Pictures of anybody, and nothing yet of who they are.
    pub fn people() -> Self {
        let mut markers = Self {
            search: Search::default(),
            known: BTreeSet::new(),
        };
        markers.add(JPEG);
        markers
    }

    /// Looks for sealed envelopes of anybody too.
    pub fn envelopes(&mut self) {
        self.add(ENVELOPE);
    }

    /// Looks for a name, an address or a number too; a number with hyphens also without.
    pub fn text(&mut self, text: &str) {
        self.add(text.as_bytes());
        if text.bytes().all(|b| b.is_ascii_digit() || b == b'-') {
            self.add(text.replace('-', "").as_bytes());
        }
    }

    /// Looks for pieces of these pixels too.
    pub fn pixels(&mut self, rgb: &[u8]) {
        for part in 1..4 {
            let at = rgb.len() * part / 4;
            let piece = rgb.get(at..at + PIECE).unwrap_or_default();
            // A piece of a plain wall is in many files.
            if piece.iter().collect::<BTreeSet<_>>().len() > PIECE / 3 {
                self.add(piece);
            }
        }
    }

    fn add(&mut self, bytes: &[u8]) {
        if self.known.insert(bytes.to_vec()) {
            self.search.add_in_every_form(bytes, ());
        }
    }
}

/// Bytes of markers in every file under `folder`.
///
/// # Errors
/// When a file cannot be read.
pub fn scan(folder: &Path, markers: &Markers) -> anyhow::Result<u64> {
    let found = markers.search.folder(folder, &|()| false);
    Ok(found.context("the station's folder")?.values().sum())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

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
