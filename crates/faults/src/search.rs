//! Looks for pieces of bytes in files and memory: as they are and as UTF-16, base64, hexadecimal digits and deflated.
//!
//! Every search for residue is this one, so that a form that one of them finds is found by all.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use flate2::{Decompress, FlushDecompress, Status};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The first bytes of a needle, by which it is found. What is shorter stands in any file by chance and is not looked for.
const KEY: usize = 6;
/// How much of something deflated is looked at.
const INFLATED_LIMIT_BYTES: usize = 8 << 20;
/// How much is inflated at a time.
const STEP_BYTES: usize = 64 << 10;
/// What a zip archive puts before each of its files, without the name.
const ZIP_HEAD: &[u8] = b"PK\x03\x04";

#[derive(Debug)]
struct Needle<T> {
    bytes: Vec<u8>,
    owner: T,
}

/// Everything that is looked for, each with whose it is, ready for one pass over a file.
#[derive(Debug)]
pub struct Search<T> {
    all: Vec<Needle<T>>,
    by_key: HashMap<u64, Vec<usize>>,
    /// Which keys there may be: one look at a bit spares most look-ups.
    maybe: Vec<u64>,
}

impl<T> Default for Search<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            by_key: HashMap::new(),
            maybe: vec![0; 1 << 10],
        }
    }
}

impl<T: Copy> Search<T> {
    /// Looks for these bytes as they are.
    pub fn add(&mut self, bytes: &[u8], owner: T) {
        let Some(key) = key_of(bytes) else {
            return;
        };
        let (word, bit) = place(key);
        if let Some(word) = self.maybe.get_mut(word) {
            *word |= bit;
        }
        self.by_key.entry(key).or_default().push(self.all.len());
        self.all.push(Needle {
            bytes: bytes.to_vec(),
            owner,
        });
    }

    /// Looks for these bytes in every form.
    pub fn add_in_every_form(&mut self, bytes: &[u8], owner: T) {
        for form in forms(bytes) {
            self.add(&form, owner);
        }
    }

    /// Bytes of needles in `bytes` and in what of it can be inflated, without those that `may_be_there`.
    pub fn count(&self, bytes: &[u8], may_be_there: &impl Fn(T) -> bool) -> u64 {
        let mut found = self.count_plain(bytes, may_be_there);
        Inflater::default().each(bytes, |inflated| {
            found += self.count_plain(inflated, may_be_there);
        });
        found
    }

    /// The files under `folder` that hold needles, and how many bytes of them.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn folder(
        &self,
        folder: &Path,
        may_be_there: &impl Fn(T) -> bool,
    ) -> io::Result<BTreeMap<PathBuf, u64>> {
        let mut found = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = self.count(&fs::read(&path)?, may_be_there);
                if bytes > 0 {
                    found.insert(path, bytes);
                }
            }
        }
        Ok(found)
    }

    fn count_plain(&self, bytes: &[u8], may_be_there: &impl Fn(T) -> bool) -> u64 {
        let mut found = 0;
        for (at, window) in bytes.windows(KEY).enumerate() {
            let Some(key) = key_of(window) else {
                continue;
            };
            let (word, bit) = place(key);
            if self.maybe.get(word).is_none_or(|w| w & bit == 0) {
                continue;
            }
            let here = bytes.get(at..).unwrap_or_default();
            for needle in self.by_key.get(&key).into_iter().flatten() {
                let Some(needle) = self.all.get(*needle) else {
                    continue;
                };
                if here.starts_with(&needle.bytes) && !may_be_there(needle.owner) {
                    found += needle.bytes.len() as u64;
                }
            }
        }
        found
    }
}

fn key_of(bytes: &[u8]) -> Option<u64> {
    let mut key = [0; 8];
    key.get_mut(..KEY)?.copy_from_slice(bytes.get(..KEY)?);
    Some(u64::from_le_bytes(key))
}

/// Where a key's bit stands among 65,536.
fn place(key: u64) -> (usize, u64) {
    let hash = key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

/// As it is, as UTF-16 of both byte orders, in base64 of both alphabets at each alignment, in hexadecimal digits of both kinds.
fn forms(bytes: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::from([bytes.to_vec()]);
    let units: Vec<u16> = match std::str::from_utf8(bytes) {
        Ok(text) => text.encode_utf16().collect(),
        Err(_) => bytes.iter().map(|b| u16::from(*b)).collect(),
    };
    forms.insert(units.iter().flat_map(|u| u.to_le_bytes()).collect());
    forms.insert(units.iter().flat_map(|u| u.to_be_bytes()).collect());
    for before in 0..3 {
        let shifted = [vec![0; before], bytes.to_vec()].concat();
        // Only letters whose six bits are all ours: the others depend on the neighbours.
        let whole = (before * 8).div_ceil(6)..(before + bytes.len()) * 8 / 6;
        for text in [STANDARD.encode(&shifted), URL_SAFE.encode(&shifted)] {
            let inner = text.get(whole.clone()).unwrap_or_default();
            forms.insert(inner.as_bytes().to_vec());
        }
    }
    forms.insert(hex::encode(bytes).into_bytes());
    forms.insert(hex::encode_upper(bytes).into_bytes());
    forms
}

/// Finds what is deflated by the heads of zlib, gzip and zip. A bare deflate stream has no head, and is not found.
struct Inflater {
    zlib: Decompress,
    bare: Decompress,
    out: Vec<u8>,
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            zlib: Decompress::new(true),
            bare: Decompress::new(false),
            out: Vec::new(),
        }
    }
}

impl Inflater {
    /// Hands over what each stream in `bytes` holds, up to where it ends or breaks off.
    fn each(&mut self, bytes: &[u8], mut look: impl FnMut(&[u8])) {
        for (at, pair) in bytes.windows(2).enumerate() {
            let here = bytes.get(at..).unwrap_or_default();
            match pair {
                // RFC 1950: method 8, a window of at most 32 kB, no preset dictionary, and a check of both bytes.
                [method, flags] if method & 0x8f == 0x08 && flags & 0x20 == 0 => {
                    if u16::from_be_bytes([*method, *flags]) % 31 != 0 {
                        continue;
                    }
                    self.zlib.reset(true);
                    inflate(&mut self.zlib, here, &mut self.out);
                }
                [0x1f, 0x8b] => {
                    let Some(stream) = behind_gzip_head(here) else {
                        continue;
                    };
                    self.bare.reset(false);
                    inflate(&mut self.bare, stream, &mut self.out);
                }
                [b'P', b'K'] if here.starts_with(ZIP_HEAD) => {
                    let Some(stream) = behind_zip_head(here) else {
                        continue;
                    };
                    self.bare.reset(false);
                    inflate(&mut self.bare, stream, &mut self.out);
                }
                _ => continue,
            }
            if self.out.len() >= KEY {
                look(&self.out);
            }
        }
    }
}

fn inflate(stream: &mut Decompress, bytes: &[u8], out: &mut Vec<u8>) {
    out.clear();
    while out.len() < INFLATED_LIMIT_BYTES {
        let (read, written) = (stream.total_in(), stream.total_out());
        let rest = bytes.get(read as usize..).unwrap_or_default();
        out.reserve(STEP_BYTES);
        let status = stream.decompress_vec(rest, out, FlushDecompress::None);
        let moved = stream.total_in() > read || stream.total_out() > written;
        if !moved || !matches!(status, Ok(Status::Ok | Status::BufError)) {
            return;
        }
    }
}

/// RFC 1952: ten bytes, and what the fourth announces.
fn behind_gzip_head(bytes: &[u8]) -> Option<&[u8]> {
    let (&[_, _, method, flags, ..], mut rest) = bytes.split_first_chunk::<10>()?;
    if method != 8 {
        return None;
    }
    if flags & 4 != 0 {
        let (length, behind) = rest.split_first_chunk::<2>()?;
        rest = behind.get(usize::from(u16::from_le_bytes(*length))..)?;
    }
    for text in [8, 16] {
        if flags & text != 0 {
            let end = rest.iter().position(|b| *b == 0)?;
            rest = rest.get(end + 1..)?;
        }
    }
    rest.get(usize::from(flags & 2)..)
}

/// A local file header of zip: 30 bytes, the name and what else it says, where the method is 8.
fn behind_zip_head(bytes: &[u8]) -> Option<&[u8]> {
    let number = |at: usize| -> Option<usize> {
        let bytes = bytes.get(at..at + 2)?.try_into().ok()?;
        Some(usize::from(u16::from_le_bytes(bytes)))
    };
    (number(8)? == 8).then_some(())?;
    bytes.get(30 + number(26)? + number(28)?..)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
    use flate2::{Compression, GzBuilder};
    use std::io::Write;

    /// An Urdu name, a number, and bytes that are no text, as of a picture or a key.
    const MARKERS: [&[u8]; 3] = [
        "زینب نور".as_bytes(),
        b"36302-0004512-4",
        &[
            0xfb, 0x00, 0xff, 0x10, 0xfe, 0x77, 0x3e, 0xc1, 0x9a, 0xfb, 0xef, 0xbe,
        ],
    ];

    fn found(planted: &[u8]) -> Vec<usize> {
        let mut search = Search::default();
        for (n, marker) in MARKERS.iter().enumerate() {
            search.add_in_every_form(marker, n);
        }
        let around = [b"an ordinary line ", planted, b" and its end"].concat();
        let is_found = |n: &usize| search.count(&around, &|owner| owner != *n) > 0;
        (0..MARKERS.len()).filter(is_found).collect()
    }

    fn utf_16(marker: &[u8], bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        let units: Vec<u16> = std::str::from_utf8(marker).map_or_else(
            |_| marker.iter().map(|b| u16::from(*b)).collect(),
            |text| text.encode_utf16().collect(),
        );
        units.into_iter().flat_map(bytes).collect()
    }

    #[test]
    fn a_marker_is_found_in_every_form_and_nothing_else_is() {
        assert_eq!(found(b""), Vec::<usize>::new());
        assert_eq!(found(b"36302-0004512-5"), Vec::<usize>::new());
        for (n, marker) in MARKERS.into_iter().enumerate() {
            let mut forms = vec![
                marker.to_vec(),
                utf_16(marker, u16::to_le_bytes),
                utf_16(marker, u16::to_be_bytes),
                hex::encode(marker).into_bytes(),
                hex::encode_upper(marker).into_bytes(),
            ];
            for before in ["", "x", "yz"] {
                let shifted = [before.as_bytes(), marker, b"and so on"].concat();
                forms.push(STANDARD.encode(&shifted).into_bytes());
                forms.push(URL_SAFE.encode(&shifted).into_bytes());
            }
            for (at, form) in forms.iter().enumerate() {
                assert_eq!(found(form), [n], "form {at}");
                for (how, stream) in deflated(form).iter().enumerate() {
                    assert_eq!(found(stream), [n], "form {at}, deflated in way {how}");
                }
            }
        }
    }

    /// Streams of zlib, gzip with and without a name, and a zip archive's file; one of them breaks off.
    fn deflated(marker: &[u8]) -> Vec<Vec<u8>> {
        let lines: Vec<u8> = (0..9_000_u32).flat_map(u32::to_be_bytes).collect();
        let text = [lines.as_slice(), marker, lines.as_slice()].concat();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::best());
        zlib.write_all(&text).unwrap();
        let mut fast = ZlibEncoder::new(Vec::new(), Compression::fast());
        fast.write_all(&text).unwrap();
        let mut broken = fast.finish().unwrap();
        broken.truncate(broken.len() * 3 / 4);
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&text).unwrap();
        let named = GzBuilder::new().filename("core").extra(*b"abc");
        let mut named = named.write(Vec::new(), Compression::default());
        named.write_all(&text).unwrap();
        let mut bare = DeflateEncoder::new(Vec::new(), Compression::default());
        bare.write_all(&text).unwrap();
        let mut zip = [ZIP_HEAD, &[20, 0, 0, 0, 8, 0]].concat();
        zip.extend([0; 16]);
        zip.extend([4, 0, 0, 0]);
        zip.extend(b"file");
        zip.extend(bare.finish().unwrap());
        vec![
            zlib.finish().unwrap(),
            broken,
            gzip.finish().unwrap(),
            named.finish().unwrap(),
            zip,
        ]
    }
}
