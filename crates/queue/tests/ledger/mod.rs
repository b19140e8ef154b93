//! What a store has acknowledged, kept outside of it, to hold it against the store after a failure.

use domain::{Stage, Verdict};
use envelope::{DecisionKind, Digest, SigningKey};
use queue::testing::{NOW, Office, packet_id};
use queue::{QueueError, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const MARKER: &[u8] = b"PLANTED-MARKER-OF-A-FACE-";

/// What was done with a packet, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    Drafted,
    Submitted,
    Approved,
    Settled,
    Purged,
}

pub const WORDS: [Word; 5] = [
    Word::Drafted,
    Word::Submitted,
    Word::Approved,
    Word::Settled,
    Word::Purged,
];

impl Word {
    fn stage(self) -> Stage {
        match self {
            Self::Drafted => Stage::Draft,
            Self::Submitted => Stage::InReview,
            Self::Approved => Stage::Outbox,
            Self::Settled | Self::Purged => Stage::Settled,
        }
    }
}

/// The last acknowledged word of every packet.
#[derive(Debug, Clone, Default)]
pub struct Ledger(pub BTreeMap<u32, Word>);

impl Ledger {
    pub fn note(&mut self, n: u32, word: Word) {
        self.0.insert(n, word);
    }

    /// Holds a store that was just opened against the ledger. The act after the last acknowledged
    /// one may be there, nothing else; the ledger then knows it. Returns what is wrong.
    pub fn compare(&mut self, store: &Store, folder: &Path) -> Vec<String> {
        let mut faults = Vec::new();
        for (n, word) in &mut self.0 {
            let Some(row) = store.history_of(packet_id(*n)).unwrap() else {
                faults.push(format!("packet {n} is lost"));
                continue;
            };
            let next = WORDS.into_iter().find(|w| *w > *word);
            if row.stage != word.stage() && Some(row.stage) == next.map(Word::stage) {
                *word = next.unwrap_or(*word);
            }
            if row.stage != word.stage() {
                faults.push(format!("packet {n} was {word:?} and is {:?}", row.stage));
            } else if let Some(fault) = content_fault(store, *n, row.stage) {
                faults.push(fault);
            }
        }
        let counts = store.counts().unwrap();
        let counters: Vec<u64> = store
            .outbox(0, 10_000)
            .unwrap()
            .iter()
            .map(|e| e.counter)
            .collect();
        if counters.len() != counters.iter().collect::<BTreeSet<_>>().len() {
            faults.push("a counter was given twice".to_owned());
        }
        if counts.outbox + counts.settled != store.counter().unwrap() {
            faults.push("the counter has a gap".to_owned());
        }
        if let Err(fault) = store.verify_audit() {
            faults.push(fault.to_string());
        }
        for n in marked(folder) {
            if self.0.get(&n).is_some_and(|w| *w >= Word::Settled) {
                faults.push(format!("something of packet {n} is left"));
            }
        }
        faults
    }
}

fn content_fault(store: &Store, n: u32, stage: Stage) -> Option<String> {
    let packet = packet_id(n);
    let whole = match stage {
        Stage::Draft => store.draft_envelope(packet) == Ok(bytes(n)),
        Stage::InReview => {
            store.packet_envelope(packet) == Ok(bytes(n)) && store.review_envelope(packet).is_ok()
        }
        Stage::Outbox => {
            store.packet_envelope(packet) == Ok(bytes(n)) && store.outbox_row(packet).is_ok()
        }
        Stage::Settled => {
            store.packet_envelope(packet) == Err(QueueError::NotFound)
                && store.receipt(packet).is_ok()
        }
        Stage::Closed | Stage::SetAside => false,
    };
    (!whole).then(|| format!("packet {n} is not whole as {stage:?}"))
}

/// Takes one application as far as it goes: every third waits in the outbox, the others are settled
/// and purged. Each act is said once it has returned.
pub fn work(
    store: &mut Store,
    office: &Office,
    n: u32,
    mut say: impl FnMut(u32, Word),
) -> Result<(), QueueError> {
    let (packet, bytes) = (packet_id(n), bytes(n));
    store.save_draft(&office.draft(packet, &bytes), NOW)?;
    say(n, Word::Drafted);
    let digest = store.submit(&office.submission(packet, &bytes), NOW)?;
    say(n, Word::Submitted);
    let decision = office.decision(packet, digest, DecisionKind::Approve);
    store.approve(packet, &decision, |seed| office.manifest(seed), NOW)?;
    say(n, Word::Approved);
    if !n.is_multiple_of(3) {
        let head = store.audit_head()?;
        let receipt = office.receipt(packet, Digest::of(&bytes), Verdict::Durable, head);
        store.settle(&receipt, NOW)?;
        say(n, Word::Settled);
        store.purge()?;
        say(n, Word::Purged);
    }
    Ok(())
}

/// An office with the same keys in every process.
pub fn office() -> Office {
    let key = |n| SigningKey::from_seed(&[n; 32]).unwrap();
    let mut office = Office::default();
    office.officer.1.signing = key(1);
    office.supervisor.1.signing = key(2);
    office.station_key = key(3);
    office.root = key(4);
    office.centre = key(5);
    office
}

/// Marked bytes, from small enough for a shared page to several pages.
fn bytes(n: u32) -> Vec<u8> {
    let length = [80, 900, 9_000, 60_000][n as usize % 4];
    let mark = [MARKER, format!("{n:08}").as_bytes()].concat();
    let mut bytes = mark.repeat(length / mark.len() + 1);
    bytes.extend(n.to_be_bytes());
    bytes
}

/// Every packet of which a mark is in a file of the store's folder.
fn marked(folder: &Path) -> BTreeSet<u32> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        // A file of a disk that failed is kept, sealed as it is.
        if entry.file_name().to_string_lossy().contains("set-aside") {
            continue;
        }
        let bytes = fs::read(entry.path()).unwrap();
        for window in bytes.windows(MARKER.len() + 8) {
            if let Some(number) = window.strip_prefix(MARKER) {
                let number = std::str::from_utf8(number).ok();
                found.extend(number.and_then(|n| n.parse::<u32>().ok()));
            }
        }
    }
    found
}
