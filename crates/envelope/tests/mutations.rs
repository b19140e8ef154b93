//! Seeded mutations of real input for every parser: no panic, and bounded in time and memory. The
//! targets in `fuzz/` ask the same with coverage; this runs with every test.
//!
//! `SHANAKHT_MUTATIONS` and `SHANAKHT_SEED` change the number of inputs a parser and the seed.
#![allow(clippy::unwrap_used)]

use domain::{PacketId, StaffId, StationId, Timestamp, Verdict};
use envelope::{
    Custody, CustodyFile, Decision, Digest, Document, Identity, KeyCertificate, KeyFile,
    KeyFileNote, Lease, Manifest, PartKind, Parts, Receipt, Recipient, Signed, SigningKey,
    StaffKeys, Statement, Unlock, Void, WorkFactor, from_cbor, open, seal,
};
use std::time::{Duration, Instant};

const MUTATIONS: usize = 1_500;
const SEED: u64 = 20_261_118;
/// The bar of the programme is 100 ms; a test machine may be busy with five other things.
const LIMIT: Duration = Duration::from_secs(1);
const MEMORY_LIMIT_KB: u64 = 64 << 10;

#[test]
fn no_changed_input_makes_a_parser_panic_or_run_away() {
    let packet = PacketId::mint(Timestamp::from_millis(1_795_000_000_000), [3; 10]);
    let receipt = Receipt {
        format: 1,
        packet,
        digest: Digest::of(b"packet"),
        station: StationId::parse("MUL-03").unwrap(),
        sequence: 7,
        verdict: Verdict::Durable,
        reason: Some("reason".to_owned()),
        audit_head: Digest::default(),
        at: Timestamp::from_millis(1),
    };
    let key = SigningKey::from_seed(&[1; 32]).unwrap();
    let signed = Signed::sign(&receipt, &key).unwrap();
    let unlock = Unlock {
        station: receipt.station.clone(),
        staff: StaffId::parse("40213").unwrap(),
        at: receipt.at,
    };
    let unlock = Signed::sign(&unlock, &key).unwrap();
    let mut parts = Parts::default();
    parts.put(PartKind::Portrait, vec![9; 3_000]).unwrap();
    parts.put(PartKind::Burst(1), vec![1; 50]).unwrap();
    let tar = parts.to_tar().unwrap().to_vec();
    let identity = Identity::generate();
    let sealed = seal(&tar, &[identity.recipient()]).unwrap();
    let keys = StaffKeys::generate().unwrap();
    let file = KeyFile::create(&keys, &"p".into(), WorkFactor::TEST).unwrap();
    let cbor = envelope::to_cbor(&receipt).unwrap();

    let mut random = Random(number("SHANAKHT_SEED", SEED));
    let before = peak_memory_kb();
    random.try_all("signed receipt", signed.as_bytes(), |b| {
        read::<Receipt>(b, &key);
        read::<Manifest>(b, &key);
        read::<Statement>(b, &key);
        read::<Decision>(b, &key);
        read::<Lease>(b, &key);
        read::<KeyCertificate>(b, &key);
    });
    random.try_all("signed unlock", unlock.as_bytes(), |b| {
        read::<Unlock>(b, &key);
    });
    let custody = custody(&receipt);
    random.try_all("signed custody", sign(&custody, &key).as_bytes(), |b| {
        read::<Custody>(b, &key);
    });
    random.try_all("signed void", sign(&void(&receipt), &key).as_bytes(), |b| {
        read::<Void>(b, &key);
    });
    let note = KeyFileNote {
        format: 1,
        staff: StaffId::parse("40213").unwrap(),
        version: 2,
        digest: receipt.digest,
    };
    random.try_all("signed key file note", sign(&note, &key).as_bytes(), |b| {
        read::<KeyFileNote>(b, &key);
    });
    random.try_all("CBOR", &cbor, |b| {
        let _ = from_cbor::<Receipt>(b);
        let _ = from_cbor::<Lease>(b);
        let _ = from_cbor::<Manifest>(b);
    });
    random.try_all("parts", &tar, |b| {
        let _ = Parts::from_tar(b);
    });
    random.try_all("envelope", &sealed, |b| {
        let _ = open(b, &identity, 1 << 20);
    });
    random.try_all("recipient", identity.recipient().as_str().as_bytes(), |b| {
        let _ = Recipient::parse(&String::from_utf8_lossy(b));
        let _ = Identity::parse(&String::from_utf8_lossy(b));
    });
    if let (Some(before), Some(after)) = (before, peak_memory_kb()) {
        let grown = after.saturating_sub(before);
        assert!(grown <= MEMORY_LIMIT_KB, "{grown} kB more at the peak");
    }
    // A key file may ask for the memory of its work factor, at most twice that of a real one.
    random.try_all("key file", file.as_bytes(), |b| {
        if let Ok(file) = KeyFile::from_bytes(b.to_vec())
            && !asks_for_a_real_work_factor(b)
        {
            let _ = file.open(&"p".into());
        }
    });
}

#[test]
fn a_key_file_that_asks_for_too_much_is_refused_at_once() {
    let keys = StaffKeys::generate().unwrap();
    let file = KeyFile::create(&keys, &"p".into(), WorkFactor::TEST).unwrap();
    let text = String::from_utf8_lossy(file.as_bytes()).into_owned();
    let line = text.lines().nth(1).unwrap();
    let (before, _) = line.rsplit_once(' ').unwrap();
    let end = file
        .as_bytes()
        .windows(line.len())
        .position(|w| w == line.as_bytes())
        .unwrap()
        + line.len();
    for factor in ["19", "30", "63", "64", "255", "99999999999"] {
        let head = &file.as_bytes()[..end - line.len()];
        let asked = format!("{before} {factor}");
        let bytes = [head, asked.as_bytes(), &file.as_bytes()[end..]].concat();
        let start = Instant::now();
        assert!(
            KeyFile::from_bytes(bytes)
                .unwrap()
                .open(&"p".into())
                .is_err()
        );
        assert!(start.elapsed() < LIMIT, "work factor {factor}");
    }
}

/// Those are honest work, half a second each, and not a fault of the parser.
fn asks_for_a_real_work_factor(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines()
        .filter_map(|line| line.rsplit(' ').next()?.parse::<u32>().ok())
        .any(|factor| factor > 12)
}

fn sign<T: Document>(document: &T, key: &SigningKey) -> Signed<T> {
    Signed::sign(document, key).unwrap()
}

fn custody(receipt: &Receipt) -> Custody {
    Custody {
        format: 1,
        by: "centre".to_owned(),
        to: Some(receipt.station.clone()),
        at: receipt.at,
        files: vec![CustodyFile {
            name: "a.receipt".to_owned(),
            digest: receipt.digest,
            length: 300,
        }],
    }
}

fn void(receipt: &Receipt) -> Void {
    Void {
        format: 1,
        packet: receipt.packet,
        station: receipt.station.clone(),
        counter: receipt.sequence,
        previous: Some(receipt.digest),
        digest: receipt.digest,
        reason: "damaged".to_owned(),
        lease: Some(3),
        audit_head: receipt.audit_head,
        at: receipt.at,
    }
}

fn read<T: Document>(bytes: &[u8], key: &SigningKey) {
    if let Ok(signed) = Signed::<T>::from_bytes(bytes.to_vec()) {
        let _ = (signed.peek(), signed.verify(&key.public()));
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

    fn try_all(&mut self, what: &str, good: &[u8], parse: impl Fn(&[u8])) {
        for n in 0..number("SHANAKHT_MUTATIONS", MUTATIONS as u64) {
            let state = self.0;
            let bad = self.mutated(good);
            let start = Instant::now();
            parse(&bad);
            let took = start.elapsed();
            assert!(took < LIMIT, "{what}, input {n} (state {state}): {took:?}");
        }
    }

    /// One to four changes: bits, bytes, numbers at their limits, pieces cut, doubled, moved.
    fn mutated(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        for _ in 0..=self.below(4) {
            // Heads hold the lengths: half of the changes go there.
            let reach = if self.below(2) == 0 { 64 } else { bytes.len() };
            let at = self.below(bytes.len().min(reach));
            let length = 1 + self.below(16);
            let end = (at + length).min(bytes.len());
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
                    bytes.splice(
                        at..end,
                        [head, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                    );
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
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}

/// The most memory this process ever had; none where the system does not say.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
