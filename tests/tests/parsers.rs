//! T9 with every test: seeded mutations of real input for every parser; `tests/fuzz` asks the same of the same list with coverage.
//!
//! `SHANAKHT_MUTATIONS` and `SHANAKHT_SEED` change the number of inputs a seed and the random numbers.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use queue::testing::Random;
use shanakht_tests::parsers::{PARSERS, parser};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const MUTATIONS: u64 = 600;
const SEED: u64 = 20_261_118;
const MEMORY_LIMIT_KB: u64 = 64 << 10;

#[test]
fn no_changed_input_makes_a_parser_panic_or_run_away() {
    let mut random = Random(number("SHANAKHT_SEED", SEED));
    for parser in PARSERS {
        let seeds = (parser.seeds)();
        assert!(!seeds.is_empty(), "{} has no seed", parser.name);
        let before = peak_memory_kb();
        let mut longest = Duration::ZERO;
        for seed in &seeds {
            parser.try_on(seed, "the seed itself");
            for n in 0..number("SHANAKHT_MUTATIONS", MUTATIONS) {
                let state = random.0;
                let bad = mutated(&mut random, seed);
                let which = format!("input {n} (state {state})");
                longest = longest.max(parser.try_on(&bad, &which));
            }
        }
        if let (Some(before), Some(after)) = (before, peak_memory_kb()) {
            let grown = after.saturating_sub(before);
            assert!(
                grown <= MEMORY_LIMIT_KB,
                "{}: {grown} kB more at the peak",
                parser.name
            );
        }
        println!("{}: at most {longest:?} an input", parser.name);
    }
}

#[test]
fn every_seed_is_read_by_its_parser() {
    // A parser that refuses its seeds at the door would be fuzzed at the door alone.
    let rows = parser("store_pages");
    let store = &(rows.seeds)()[0];
    assert!(queue::testing::rows_on_leaves(store) > 10);
    let note = parser("key_file_note");
    let signed = envelope::Signed::<envelope::KeyFileNote>::from_bytes((note.seeds)()[0].clone());
    assert_eq!(signed.unwrap().peek().unwrap().version, 2);
    for (name, reads) in [
        (
            "wire_requests",
            reads::<wire::StatusReport> as fn(&[u8]) -> bool,
        ),
        ("wire_replies", reads::<wire::LeaseReply>),
    ] {
        let seeds = (parser(name).seeds)();
        assert!(reads(&seeds[0]), "{name}");
    }
}

fn reads<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> bool {
    serde_json::from_slice::<T>(bytes).is_ok()
}

#[test]
fn every_parser_has_a_fuzz_target_and_every_target_a_parser() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap();
    let targets: BTreeSet<String> = std::fs::read_dir(folder.join("fuzz_targets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let parsers: BTreeSet<String> = PARSERS.iter().map(|p| p.name.to_owned()).collect();
    assert_eq!(targets, parsers);
    for name in &parsers {
        assert!(manifest.contains(&format!("name = \"{name}\"\n")), "{name}");
        let target = folder.join(format!("fuzz_targets/{name}.rs"));
        let text = std::fs::read_to_string(target).unwrap();
        assert!(text.contains(&format!("parser(\"{name}\")")), "{name}");
    }
}

/// One to four changes: bits, bytes, numbers at their limits, pieces cut, doubled, moved.
fn mutated(random: &mut Random, good: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for _ in 0..=below(random, 4) {
        // Heads hold the lengths: half of the changes go there.
        let reach = if below(random, 2) == 0 {
            64
        } else {
            bytes.len()
        };
        let at = below(random, bytes.len().min(reach));
        let end = (at + 1 + below(random, 16)).min(bytes.len());
        match below(random, 8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << below(random, 8),
            1 if at < bytes.len() => bytes[at] = below(random, 256) as u8,
            2 => bytes[at..end].fill(0xff),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            // Heads of CBOR items of 2^32 and 2^64 bytes, entries or pairs.
            6 => {
                let head = [0x5a, 0x5b, 0x7b, 0x9a, 0x9b, 0xbb, 0xc6, 0x9f][below(random, 8)];
                let most = [head, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
                bytes.splice(at..end, most);
            }
            _ => {
                let deep = [0x81_u8, 0xa1, 0xd8, b'['][below(random, 4)];
                bytes.splice(at..at, std::iter::repeat_n(deep, 300));
            }
        }
    }
    bytes
}

fn below(random: &mut Random, limit: usize) -> usize {
    random.below(limit.max(1) as u64) as usize
}

fn number(name: &str, default: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.and_then(|v| v.parse().ok()).unwrap_or(default)
}

/// The most memory this process ever had; none where the system does not say.
fn peak_memory_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|l| l.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
