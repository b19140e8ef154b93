//! What each person of an office saw acknowledged, kept outside of every program under test.

use domain::PacketId;
use faults::{Said, Word};
use std::collections::BTreeMap;

/// One application as the people know it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Entry {
    /// The last thing that was said of it.
    pub(super) said: Option<Word>,
    /// A person ended it on purpose.
    pub(super) ended: bool,
}

/// Every application of the office.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<PacketId, Entry>,
    said: Said,
}

impl Ledger {
    /// Somebody began it.
    pub(super) fn begin(&mut self, packet: PacketId) {
        self.entries.entry(packet).or_default();
    }

    /// A person saw it.
    pub(super) fn said(&mut self, packet: PacketId, word: Word) {
        let entry = self.entries.entry(packet).or_default();
        entry.said = entry.said.max(Some(word));
        self.said.count(word);
    }

    /// A supervisor sent it back: it is a draft again, and whoever was told "submitted" knows of it.
    pub(super) fn returned(&mut self, packet: PacketId) {
        if let Some(entry) = self.entries.get_mut(&packet) {
            entry.said = Some(Word::Saved);
        }
    }

    /// A person ended it on purpose.
    pub(super) fn ended(&mut self, packet: PacketId) {
        if let Some(entry) = self.entries.get_mut(&packet) {
            entry.ended = true;
        }
    }

    /// The ledger never heard of it: a control.
    pub(super) fn forget(&mut self, packet: PacketId) {
        self.entries.remove(&packet);
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (PacketId, Entry)> + '_ {
        self.entries.iter().map(|(packet, entry)| (*packet, *entry))
    }

    pub(super) fn knows(&self, packet: PacketId) -> bool {
        self.entries.contains_key(&packet)
    }

    pub(super) fn all_said(&self) -> Said {
        self.said
    }
}
