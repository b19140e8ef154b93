//! Looks for what must not be left in a file: names, numbers, pieces of pictures and of sealed envelopes, as they are and as UTF-16,
//! base64, hexadecimal digits and deflated.

use crate::recording::Recording;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::read::{GzDecoder, ZlibDecoder};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::path::Path;

/// A sealed envelope is looked for by a piece of every sector.
const EVERY: usize = 512;
const PIECE: usize = 16;
/// Of every so many pieces of an envelope the other forms are looked for too.
const IN_ALL_FORMS_EVERY: usize = 16;
/// The first bytes of a needle, by which it is found.
const KEY: usize = 8;
/// How much of something deflated is looked at.
const INFLATED_LIMIT: u64 = 1 << 16;

/// What a needle is a piece of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A name, a number, a piece of a picture or template: never on a disk.
    Secret,
    /// The sealed draft.
    Draft,
    /// The sealed review copy.
    Review,
    /// The sealed packet.
    Packet,
}

/// In the name of a file that the store set aside after the disk had failed.
const SET_ASIDE: &str = ".set-aside-";

/// What was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Residue {
    /// In the files that the station works with.
    pub bytes: u64,
    /// In files that were set aside: they are never deleted, whatever becomes of what they hold.
    pub set_aside_bytes: u64,
}

/// Whose piece it is, and of what.
pub type Owner = (usize, Kind);

#[derive(Debug)]
struct Needle {
    bytes: Vec<u8>,
    owner: Owner,
}

/// Everything that is looked for, ready for one pass over a file.
#[derive(Debug)]
pub struct Needles {
    all: Vec<Needle>,
    by_key: HashMap<u64, Vec<usize>>,
    /// Which keys there may be: one look at a bit spares most look-ups.
    maybe: Vec<u64>,
}

impl Needles {
    /// The needles of a recording.
    pub fn of(recording: &Recording) -> Self {
        let mut needles = Self {
            all: Vec::new(),
            by_key: HashMap::new(),
            maybe: vec![0; 1 << 10],
        };
        for (n, person) in recording.people.iter().enumerate() {
            for secret in &person.secrets {
                needles.put_all_forms(secret, (n, Kind::Secret));
            }
            for (kind, sealed) in [
                (Kind::Draft, person.draft),
                (Kind::Review, person.review),
                (Kind::Packet, person.packet),
            ] {
                // What every age file begins with says nothing.
                let body = sealed.get(256..).unwrap_or_default();
                for (at, sector) in body.chunks(EVERY).enumerate() {
                    let Some(piece) = sector.get(..PIECE) else {
                        continue;
                    };
                    if at % IN_ALL_FORMS_EVERY == 0 {
                        needles.put_all_forms(piece, (n, kind));
                    } else {
                        needles.put(piece.to_vec(), (n, kind));
                    }
                }
            }
        }
        needles
    }

    fn put_all_forms(&mut self, bytes: &[u8], owner: Owner) {
        for form in forms(bytes) {
            self.put(form, owner);
        }
    }

    fn put(&mut self, bytes: Vec<u8>, owner: Owner) {
        let Some(key) = key_at(&bytes, 0) else {
            return;
        };
        let (word, bit) = place(key);
        if let Some(word) = self.maybe.get_mut(word) {
            *word |= bit;
        }
        self.by_key.entry(key).or_default().push(self.all.len());
        self.all.push(Needle { bytes, owner });
    }

    /// Bytes of needles in every file of `folder`, without those that `may_be_there`.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn scan(
        &self,
        folder: &Path,
        may_be_there: impl Fn(Owner) -> bool,
    ) -> std::io::Result<Residue> {
        let mut residue = Residue::default();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let bytes = fs::read(&path)?;
            let mut found = self.count(&bytes, &may_be_there);
            for inflated in inflated(&bytes) {
                found += self.count(&inflated, &may_be_there);
            }
            if path.to_string_lossy().contains(SET_ASIDE) {
                residue.set_aside_bytes += found;
            } else {
                residue.bytes += found;
            }
        }
        Ok(residue)
    }

    fn count(&self, bytes: &[u8], may_be_there: &impl Fn(Owner) -> bool) -> u64 {
        let mut found = 0;
        for (at, window) in bytes.windows(KEY).enumerate() {
            let Some(key) = key_at(window, 0) else {
                continue;
            };
            let (word, bit) = place(key);
            if self.maybe.get(word).is_none_or(|w| w & bit == 0) {
                continue;
            }
            for needle in self.by_key.get(&key).into_iter().flatten() {
                let Some(needle) = self.all.get(*needle) else {
                    continue;
                };
                let here = bytes.get(at..).unwrap_or_default();
                if here.starts_with(&needle.bytes) && !may_be_there(needle.owner) {
                    found += needle.bytes.len() as u64;
                }
            }
        }
        found
    }
}

fn key_at(bytes: &[u8], at: usize) -> Option<u64> {
    let key = bytes.get(at..at + KEY)?;
    Some(u64::from_le_bytes(key.try_into().ok()?))
}

/// Where a key's bit stands among 65,536.
fn place(key: u64) -> (usize, u64) {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// As it is, as UTF-16, in base64 at each alignment, in hexadecimal digits of both kinds.
fn forms(bytes: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::from([bytes.to_vec()]);
    let units: Vec<u16> = match std::str::from_utf8(bytes) {
        Ok(text) => text.encode_utf16().collect(),
        Err(_) => bytes.iter().map(|b| u16::from(*b)).collect(),
    };
    forms.insert(units.iter().flat_map(|u| u.to_le_bytes()).collect());
    for before in 0..3 {
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        let text = STANDARD.encode(shifted);
        // Only letters whose six bits are all ours: the others depend on the neighbours.
        let whole = (before * 8).div_ceil(6)..(before + bytes.len()) * 8 / 6;
        let inner = text.get(whole);
        forms.insert(inner.unwrap_or_default().as_bytes().to_vec());
    }
    forms.insert(hex::encode(bytes).into_bytes());
    forms.insert(hex::encode_upper(bytes).into_bytes());
    forms
}

/// What can be inflated of a file: zlib and gzip streams, by their first bytes.
fn inflated(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for (at, pair) in bytes.windows(2).enumerate() {
        let zlib = pair[0] == 0x78 && matches!(pair[1], 0x01 | 0x5e | 0x9c | 0xda);
        if !zlib && pair != [0x1f, 0x8b] {
            continue;
        }
        let here = bytes.get(at..).unwrap_or_default();
        let out = if zlib {
            up_to_its_end(ZlibDecoder::new(here))
        } else {
            up_to_its_end(GzDecoder::new(here))
        };
        if out.len() >= PIECE {
            found.push(out);
        }
    }
    found
}

/// What comes before the stream ends or breaks off.
fn up_to_its_end(stream: impl Read) -> Vec<u8> {
    let mut out = Vec::new();
    let _ = stream.take(INFLATED_LIMIT).read_to_end(&mut out);
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use std::io::Write;

    #[test]
    fn a_name_a_picture_or_an_envelope_is_found_in_every_form() {
        let recording = Recording::committed().unwrap();
        let needles = Needles::of(recording);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pages");
        let plant = |bytes: &[u8]| {
            fs::write(&file, [b"..", bytes, b"an ordinary end"].concat()).unwrap();
            needles.scan(folder.path(), |_| false).unwrap().bytes
        };
        assert_eq!(plant(b"an ordinary line of a log"), 0);
        let person = &recording.people[1];
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&person.secrets[0]).unwrap();
        zlib.write_all(b" and a line around it").unwrap();
        for planted in [
            person.secrets[0].clone(),
            person.packet[..2048].to_vec(),
            person.review[4096..6000].to_vec(),
            zlib.finish().unwrap(),
        ] {
            assert!(plant(&planted) > 0, "{} bytes", planted.len());
        }
        for secret in &person.secrets {
            let utf16: Vec<u8> = match std::str::from_utf8(secret) {
                Ok(text) => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
                Err(_) => secret.iter().flat_map(|b| [*b, 0]).collect(),
            };
            assert!(plant(&utf16) > 0);
            assert!(plant(hex::encode(secret).as_bytes()) > 0);
            for before in ["", "x", "yz"] {
                let text = STANDARD.encode([before.as_bytes(), secret, b"and so on"].concat());
                assert!(plant(text.as_bytes()) > 0, "base64 behind {before:?}");
            }
        }
    }

    #[test]
    fn what_may_be_there_is_not_counted() {
        let recording = Recording::committed().unwrap();
        let needles = Needles::of(recording);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("db"), recording.people[3].packet).unwrap();
        let waiting = |owner: Owner| owner == (3, Kind::Packet);
        assert_eq!(needles.scan(folder.path(), waiting).unwrap().bytes, 0);
        assert!(needles.scan(folder.path(), |_| false).unwrap().bytes > 1000);
    }
}
