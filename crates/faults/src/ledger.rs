//! What a person saw acknowledged, kept outside of the store, to hold it against the store and the centre after every failure.

use crate::recording::Recording;
use crate::station::Station;
use domain::{PacketId, Stage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An acknowledgement, in the order of an application's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Word {
    /// "Draft saved."
    Saved,
    /// "Submitted."
    Submitted,
    /// The slip that the applicant took home.
    Slip,
    /// "Approved."
    Approved,
}

impl Word {
    /// Where the application must be at least, once this was said.
    pub fn stage(self) -> Stage {
        match self {
            Self::Saved => Stage::Draft,
            Self::Submitted | Self::Slip => Stage::InReview,
            Self::Approved => Stage::Outbox,
        }
    }
}

/// How often each was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// Drafts saved.
    pub saved: u64,
    /// Applications submitted.
    pub submitted: u64,
    /// Slips given.
    pub slips: u64,
    /// Applications approved.
    pub approved: u64,
}

impl Said {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.saved + self.submitted + self.slips + self.approved
    }

    /// Counts one that a person saw.
    pub fn count(&mut self, word: Word) {
        match word {
            Word::Saved => self.saved += 1,
            Word::Submitted => self.submitted += 1,
            Word::Slip => self.slips += 1,
            Word::Approved => self.approved += 1,
        }
    }

    /// Adds another run's.
    pub fn add(&mut self, other: &Self) {
        self.saved += other.saved;
        self.submitted += other.submitted;
        self.slips += other.slips;
        self.approved += other.approved;
    }
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    person: usize,
    /// The last word that a person saw.
    said: Option<Word>,
    /// The last act that was begun: it may be there although nobody was told.
    begun: Word,
}

/// Every packet of a run, with the last word about it.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    entries: BTreeMap<PacketId, Entry>,
    said: Said,
}

impl Ledger {
    /// An act begins: from now on its effect may be on the disk.
    pub fn begin(&mut self, packet: PacketId, person: usize, word: Word) {
        let entry = self.entries.entry(packet).or_insert(Entry {
            person,
            said: None,
            begun: word,
        });
        entry.begun = entry.begun.max(word);
    }

    /// A person saw it.
    pub fn said(&mut self, packet: PacketId, word: Word) {
        if let Some(entry) = self.entries.get_mut(&packet) {
            entry.said = entry.said.max(Some(word));
        }
        self.said.count(word);
    }

    /// What was said so far.
    pub fn all_said(&self) -> Said {
        self.said
    }

    /// Whether a run knows the packet.
    pub fn knows(&self, packet: PacketId) -> bool {
        self.entries.contains_key(&packet)
    }

    /// Whose enrolment the packet is.
    pub fn person_of(&self, packet: PacketId) -> Option<usize> {
        self.entries.get(&packet).map(|e| e.person)
    }

    /// Holds a store against what was said: everything must be at least as far as a person was told, with every byte. Gives what is
    /// lost.
    pub fn compare(&self, station: &Station, recording: &Recording) -> Vec<String> {
        let mut lost = Vec::new();
        for (packet, entry) in &self.entries {
            match station.stage(*packet) {
                Err(refusal) => lost.push(format!("{packet} cannot be read: {refusal:?}")),
                Ok(None) if entry.said.is_some() => {
                    lost.push(format!("{packet} is gone after {:?}", entry.said));
                }
                Ok(None) => {}
                Ok(Some(stage)) => lost.extend(entry.fault(*packet, stage, station, recording)),
            }
        }
        lost
    }
}

impl Entry {
    fn fault(
        &self,
        packet: PacketId,
        stage: Stage,
        station: &Station,
        recording: &Recording,
    ) -> Option<String> {
        let told = self.said.map(Word::stage);
        let furthest = match self.begun {
            Word::Approved => Stage::Settled,
            word => word.stage(),
        };
        if told.is_some_and(|told| stage < told) || stage > furthest {
            let (said, begun) = (self.said, self.begun);
            return Some(format!(
                "{packet} is {stage:?}, said {said:?}, begun {begun:?}"
            ));
        }
        let person = recording.people.get(self.person)?;
        (!station.holds(packet, person, stage))
            .then(|| format!("{packet} is not whole as {stage:?}"))
    }
}
