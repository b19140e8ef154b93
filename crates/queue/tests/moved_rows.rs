//! SQLite moves rows when it balances its pages, and does not overwrite where they lay: nothing of an envelope may be in what it moves.
#![allow(clippy::unwrap_used)]

use queue::Store;
use queue::testing::{NOW, Office, Random, packet_id};
use std::collections::BTreeMap;
use std::fs;

const STORES: u64 = 6;
const DRAFTS: u32 = 60;
const PIECE: usize = 16;

/// Bytes that occur nowhere else, of every length from what fits into a page to what does not.
fn envelope(random: &mut Random) -> Vec<u8> {
    let length = 64 + random.below(12_000);
    (0..length).map(|_| random.below(256) as u8).collect()
}

fn left(file: &[u8], envelope: &[u8]) -> usize {
    let pieces = envelope.chunks_exact(PIECE).step_by(4);
    pieces
        .filter(|piece| file.windows(PIECE).any(|window| window == *piece))
        .count()
}

#[test]
fn nothing_of_a_destroyed_envelope_stays_where_its_row_was_moved_from() {
    for seed in 0..STORES {
        let mut random = Random(seed);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("station.db");
        let office = Office::default();
        let mut store = office.open(&path);
        let mut kept: BTreeMap<u32, Vec<u8>> = BTreeMap::new();
        let mut destroyed = Vec::new();
        for n in 1..=DRAFTS {
            let sealed = envelope(&mut random);
            let draft = office.draft(packet_id(n), &sealed);
            store.save_draft(&draft, NOW).unwrap();
            kept.insert(n, sealed);
            while kept.len() > 8 {
                let at = random.below(kept.len() as u64) as usize;
                let n = *kept.keys().nth(at).unwrap();
                store.close(packet_id(n), "discarded", NOW).unwrap();
                destroyed.push(kept.remove(&n).unwrap());
            }
        }
        store.purge().unwrap();
        let file = fs::read(&path).unwrap();
        let waiting: usize = kept.values().map(|sealed| left(&file, sealed)).sum();
        assert!(waiting > 0, "the search sees what waits");
        let residue: usize = destroyed.iter().map(|sealed| left(&file, sealed)).sum();
        assert_eq!(residue, 0, "seed {seed}");
        drop(store);
        let store = Store::open(&path, NOW).unwrap();
        for (n, sealed) in &kept {
            assert_eq!(store.draft_envelope(packet_id(*n)).unwrap(), *sealed);
        }
    }
}
