//! Seeded mutations of whole folders and of custody documents: no panic, bounded in time and memory, and never a packet or an answer
//! that was not written.
//!
//! `SHANAKHT_MUTATIONS` and `SHANAKHT_SEED` change the number of folders and the seed.
#![allow(clippy::unwrap_used)]

use envelope::{Custody, CustodyFile, Signed, SigningKey};
use media::testing::{NOW, Stick, Writer, receipt};
use media::{
    Answers, CustodySeen, FileKind, FileName, Label, export, read, read_answers, write_answers,
};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const MUTATIONS: u64 = 3_000;
const SEED: u64 = 20_261_118;
/// The bar of the programme is 100 ms an input; a test machine may be busy with five other things.
const LIMIT: Duration = Duration::from_secs(1);
const MEMORY_LIMIT_KB: u64 = 64 << 10;
const ROOT: &str = "/stick";

struct Folders {
    writer: Writer,
    centre: SigningKey,
    packets: Vec<(PathBuf, Vec<u8>)>,
    answers: Vec<(PathBuf, Vec<u8>)>,
}

impl Folders {
    fn new() -> Self {
        let writer = Writer::new("MUL-03");
        let centre = SigningKey::from_seed(&[5; 32]).unwrap();
        let label = Label {
            station: writer.station().clone(),
            at: NOW,
            random: [1; 4],
        };
        let (stick, root) = (Stick::new(), Path::new(ROOT));
        export(&stick, root, &label, writer.key(), writer.items()).unwrap();
        let packets = contents(&stick);
        let answers = Answers {
            receipts: (1..=3).map(|n| receipt(&writer, n, &centre)).collect(),
            ..Answers::default()
        };
        let stick = Stick::new();
        write_answers(&stick, root, &label, &centre, &answers, []).unwrap();
        Self {
            packets,
            answers: contents(&stick),
            writer,
            centre,
        }
    }

    /// Every packet that is read is one that the station made, whatever was done to the folder.
    fn read_packets(&self, stick: &Stick, folder: &Path) -> usize {
        let key = self.writer.key().public();
        let import = read(stick, folder, &[key]).unwrap();
        for arrived in &import.packets {
            // Whoever takes it verifies the station's signature, as over the link.
            if arrived.papers.manifest.verify(&key).is_ok() {
                let true_one = match arrived.manifest.counter {
                    3 => self.writer.key_file(3),
                    counter => self.writer.packet(counter),
                };
                assert_eq!(arrived.packet(stick).unwrap().bytes, true_one.bytes);
                assert_eq!(arrived.papers, true_one.papers);
            } else {
                assert!(!matches!(import.custody, CustodySeen::Verified(_)) || !import.is_whole());
            }
        }
        import.refused.len()
    }

    fn read_answers(&self, stick: &Stick, folder: &Path) -> usize {
        let keys = [self.centre.public()];
        let Ok(read) = read_answers(stick, folder, self.writer.station(), &keys) else {
            return 1;
        };
        for found in &read.answers.receipts {
            let counter = found.verify(&keys[0]).unwrap().document().sequence;
            assert_eq!(*found, receipt(&self.writer, counter, &self.centre));
        }
        read.refused.len()
    }
}

fn contents(stick: &Stick) -> Vec<(PathBuf, Vec<u8>)> {
    let paths = stick.paths().into_iter();
    paths
        .map(|path| (path.clone(), stick.bytes(&path)))
        .collect()
}

#[test]
fn no_changed_folder_makes_reading_panic_run_away_or_believe() {
    let folders = Folders::new();
    let mut random = Random(number("SHANAKHT_SEED", SEED));
    let before = peak_memory_kb();
    let mut refused = 0;
    for n in 0..number("SHANAKHT_MUTATIONS", MUTATIONS) {
        let state = random.0;
        let answers = n % 3 == 0;
        let files = if answers {
            &folders.answers
        } else {
            &folders.packets
        };
        let folder = files[0].0.parent().unwrap();
        let stick = random.stick_of(files);
        let start = Instant::now();
        let count = if answers {
            folders.read_answers(&stick, folder)
        } else {
            folders.read_packets(&stick, folder)
        };
        let took = start.elapsed();
        assert!(took < LIMIT, "folder {n} (state {state}): {took:?}");
        refused += u64::from(count > 0);
    }
    // A mutation may change nothing that counts, but most do.
    let all = number("SHANAKHT_MUTATIONS", MUTATIONS);
    assert!(
        refused * 10 > all * 8,
        "{refused} of {all} folders had a refusal"
    );
    bounded(before);
}

#[test]
fn no_changed_custody_document_makes_reading_panic_run_away_or_believe() {
    let folders = Folders::new();
    let mut random = Random(number("SHANAKHT_SEED", SEED));
    let before = peak_memory_kb();
    for n in 0..number("SHANAKHT_MUTATIONS", MUTATIONS) {
        let state = random.0;
        let files = if n % 3 == 0 {
            &folders.answers
        } else {
            &folders.packets
        };
        let stick = Stick::new();
        let mut changed = false;
        for (path, bytes) in files {
            if path.ends_with("custody.cose") {
                let bad = random.mutated(bytes);
                changed = bad != *bytes;
                stick.put(path, &bad);
            } else {
                stick.put(path, bytes);
            }
        }
        let folder = files[0].0.parent().unwrap();
        let start = Instant::now();
        let keys = [folders.writer.key().public(), folders.centre.public()];
        let import = read(&stick, folder, &keys);
        let answers = read_answers(&stick, folder, folders.writer.station(), &keys);
        assert!(start.elapsed() < LIMIT, "custody {n} (state {state})");
        if changed {
            let import = import.unwrap();
            assert!(
                matches!(import.custody, CustodySeen::Refused(_)),
                "{n} (state {state})"
            );
            assert!(answers.is_err(), "{n} (state {state})");
        }
    }
    bounded(before);
}

/// A custody document that is truly signed and says anything at all: by a station whose key was stolen.
#[test]
fn no_truly_signed_custody_makes_reading_panic_or_take_what_it_is_not() {
    let folders = Folders::new();
    let mut random = Random(number("SHANAKHT_SEED", SEED));
    let (path, good) = &folders
        .packets
        .iter()
        .find(|f| f.0.ends_with("custody.cose"))
        .unwrap();
    let good: Custody = Signed::from_bytes(good.clone()).unwrap().peek().unwrap();
    for _ in 0..number("SHANAKHT_MUTATIONS", MUTATIONS) / 3 {
        let mut custody = good.clone();
        for _ in 0..=random.below(3) {
            let at = random.below(custody.files.len());
            match random.below(6) {
                0 => custody.files[at].name = random.text(),
                1 => custody.files[at].length = random.next(),
                2 => custody.files[at].digest = envelope::Digest::of(&random.next().to_be_bytes()),
                3 => drop(custody.files.drain(..at)),
                4 => custody.by = random.text(),
                _ => {
                    let name = FileName::Of(folders.writer.id(random.next()), FileKind::Packet);
                    let digest = envelope::Digest::default();
                    let (name, length) = (name.to_string(), 1);
                    custody.files.push(CustodyFile {
                        name,
                        digest,
                        length,
                    });
                }
            }
            if custody.files.is_empty() {
                break;
            }
        }
        let stick = Stick::new();
        for (path, bytes) in &folders.packets {
            stick.put(path, bytes);
        }
        let signed = Signed::sign(&custody, folders.writer.key()).unwrap();
        stick.put(path, signed.as_bytes());
        folders.read_packets(&stick, path.parent().unwrap());
        folders.read_answers(&stick, path.parent().unwrap());
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// The folder with one to three of its files changed, swapped, renamed, gone, or of another kind.
    fn stick_of(&mut self, files: &[(PathBuf, Vec<u8>)]) -> Stick {
        let stick = Stick::new();
        for (path, bytes) in files {
            stick.put(path, bytes);
        }
        for _ in 0..=self.below(3) {
            let (path, bytes) = &files[self.below(files.len())];
            let other = &files[self.below(files.len())];
            match self.below(9) {
                0 => stick.take_away(path),
                1 => stick.put(path, &other.1),
                2 => stick.put_link(path),
                3 => stick.put_folder(path),
                4 => stick.put_huge(path, self.next()),
                5 => stick.put(&path.with_file_name(self.text()), bytes),
                6 => {
                    stick.take_away(path);
                    let part = format!("{}.part", path.file_name().unwrap().to_str().unwrap());
                    stick.put(&path.with_file_name(part), bytes);
                }
                _ => stick.put(path, &self.mutated(bytes)),
            }
        }
        stick
    }

    fn text(&mut self) -> String {
        let odd = [
            "..",
            "a.packet",
            "custody.cose\n",
            "شناخت",
            "",
            "CON",
            "é.manifest.cose",
            "-rf",
        ];
        match self.below(3) {
            0 => format!("{}{}", odd[self.below(odd.len())], self.below(9)),
            1 => "x".repeat(1 + self.below(300)),
            _ => String::from_utf8_lossy(&self.next().to_be_bytes()).into_owned(),
        }
    }

    /// One to four changes: bits, bytes, numbers at their limits, pieces cut, doubled, moved.
    fn mutated(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            // Heads hold the lengths: half of the changes go there.
            let reach = if self.below(2) == 0 { 64 } else { bytes.len() };
            let at = self.below(bytes.len().min(reach));
            let end = (at + 1 + self.below(16)).min(bytes.len());
            match self.below(8) {
                0 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                1 if at < bytes.len() => bytes[at] = self.next() as u8,
                2 => bytes[at..end].fill(0xff),
                3 => bytes.truncate(at),
                4 => drop(bytes.drain(at..end)),
                5 => {
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
                // Heads of CBOR items of 2^32 and 2^64 bytes, entries or pairs.
                6 => {
                    let head = [0x5a, 0x5b, 0x7b, 0x9a, 0x9b, 0xbb, 0xc6, 0x9f][self.below(8)];
                    let most = [head, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
                    bytes.splice(at..end, most);
                }
                _ => {
                    let deep = [0x81_u8, 0xa1, 0xd8, b'['][self.below(4)];
                    bytes.splice(at..at, std::iter::repeat_n(deep, 300));
                }
            }
        }
        bytes
    }
}

fn number(name: &str, default: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|v| v.parse().ok()).unwrap_or(default)
}

fn bounded(before: Option<u64>) {
    if let (Some(before), Some(after)) = (before, peak_memory_kb()) {
        let grown = after.saturating_sub(before);
        assert!(grown <= MEMORY_LIMIT_KB, "{grown} kB more at the peak");
    }
}

/// The most memory this process ever had; none where the system does not say.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
