//! The end of a run: what people were told, what the store holds and what the centre holds must be one story.

use super::World;
use crate::FaultError;
use crate::centre::Effect;
use crate::ledger::Said;
use crate::residue::{Kind, Owner, Residue};
use domain::{PacketId, Stage};
use std::collections::{BTreeMap, BTreeSet};

/// What a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunResult {
    /// What people were told.
    pub said: Said,
    /// Told, and not so.
    pub lost: u64,
    /// More effects than enrolments.
    pub duplicated: u64,
    /// Bytes that should not be on the disk any more.
    pub residue_bytes: u64,
    /// Bytes of settled packets in files that the store set aside after the disk had failed.
    pub set_aside_bytes: u64,
    /// Other promises that did not hold: books, counters, uploads that stand still, leases.
    pub broken: u64,
    /// Packets opened at the centre whose portrait decoded and whose every part is what was enrolled.
    pub faces: u64,
    /// Faults of the disk that struck.
    pub struck: u64,
    /// In words.
    pub findings: Vec<String>,
}

impl RunResult {
    /// A run that ended at once, because this was lost.
    pub(crate) fn of_loss(said: Said, findings: Vec<String>) -> Self {
        Self {
            said,
            lost: findings.len() as u64,
            findings,
            ..Self::default()
        }
    }

    /// Nothing lost, nothing twice, nothing left, nothing broken.
    pub fn is_clean(&self) -> bool {
        self.lost + self.duplicated + self.residue_bytes + self.broken == 0
    }
}

impl World<'_> {
    /// What does not agree at this moment: after a restart, before anything else is done.
    pub fn compare(&self) -> Vec<String> {
        self.station.as_ref().map_or_else(Vec::new, |station| {
            let mut wrong = self.ledger.compare(station, self.bench.recording);
            wrong.extend(station.books());
            wrong
        })
    }

    /// What people were told so far.
    pub fn said(&self) -> Said {
        self.ledger.all_said()
    }

    /// Bytes of everybody's envelopes in the station's files, whoever still waits: the search's own control.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn everything_there(&self) -> Result<u64, FaultError> {
        self.bench
            .needles
            .scan(self.bench.folder(), |_| false)
            .map(|residue| residue.bytes)
            .map_err(FaultError::folder)
    }

    /// Closes the books.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn accounts(&mut self) -> Result<RunResult, FaultError> {
        let mut result = RunResult {
            said: self.ledger.all_said(),
            ..RunResult::default()
        };
        self.look();
        let effects = self.by_packet();
        let mut lost = self.lost(&effects);
        result.lost = lost.len() as u64;
        result.findings.append(&mut lost);
        for (packet, times) in &effects {
            let more = times.len() as u64 - u64::from(self.ledger.knows(*packet));
            if more > 0 {
                result.duplicated += more;
                let times = times.len();
                result
                    .findings
                    .push(format!("{packet} took effect {times} times"));
            }
        }
        result.faces = self.faces(&effects);
        let mut broken = self.books();
        broken.append(&mut self.broken);
        result.broken = broken.len() as u64;
        result.findings.append(&mut broken);
        let residue = self.residue()?;
        result.residue_bytes = residue.bytes;
        result.set_aside_bytes = residue.set_aside_bytes;
        if result.residue_bytes > 0 {
            let bytes = result.residue_bytes;
            result.findings.push(format!("{bytes} bytes are left"));
        }
        Ok(result)
    }

    fn by_packet(&self) -> BTreeMap<PacketId, Vec<&Effect>> {
        let mut effects: BTreeMap<PacketId, Vec<&Effect>> = BTreeMap::new();
        for effect in self.centre.effects() {
            effects.entry(effect.packet).or_default().push(effect);
        }
        effects
    }

    fn lost(&self, effects: &BTreeMap<PacketId, Vec<&Effect>>) -> Vec<String> {
        let Some(station) = &self.station else {
            let said = self.ledger.all_said().total();
            return (0..said)
                .map(|_| "the store does not open".to_owned())
                .collect();
        };
        let mut lost = self.ledger.compare(station, self.bench.recording);
        for case in &self.cases {
            if case.stage != Some(Stage::Settled) {
                continue;
            }
            let there = effects.get(&case.packet).is_some_and(|times| {
                times
                    .iter()
                    .all(|effect| effect.person == Some(case.person))
            });
            if !there || !self.centre.holds(case.packet) {
                let packet = case.packet;
                lost.push(format!("{packet} is settled and the centre has it not"));
            }
        }
        lost
    }

    fn faces(&self, effects: &BTreeMap<PacketId, Vec<&Effect>>) -> u64 {
        let seen = effects.iter().filter(|(packet, times)| {
            let person = self.ledger.person_of(**packet);
            person.is_some() && times.iter().any(|effect| effect.person == person)
        });
        seen.count() as u64
    }

    /// Counters without a gap or a second use, each naming the packet before.
    fn books(&self) -> Vec<String> {
        let mut wrong: Vec<String> = self
            .station
            .as_ref()
            .map(crate::station::Station::books)
            .unwrap_or_default();
        let mut by_counter: BTreeMap<u64, BTreeSet<PacketId>> = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for effect in self.centre.effects() {
            by_counter
                .entry(effect.counter)
                .or_default()
                .insert(effect.packet);
            digests.insert(effect.counter, effect.digest);
        }
        for (n, (counter, packets)) in (1..).zip(&by_counter) {
            if *counter != n || packets.len() != 1 {
                wrong.push(format!("counter {counter} is the {n}th of the centre"));
            }
        }
        for effect in self.centre.effects() {
            let before = effect.counter.checked_sub(1);
            let before = before.and_then(|c| digests.get(&c)).copied();
            if effect.previous != before {
                wrong.push(format!("{} names another packet before", effect.packet));
            }
        }
        if self.link.unsure_pieces() > 0 {
            let pieces = self.link.unsure_pieces();
            wrong.push(format!(
                "{pieces} pieces went to an offset that was not asked after the link broke"
            ));
        }
        if self.centre.alarms() > 0 {
            let alarms = self.centre.alarms();
            wrong.push(format!("{alarms} alarms of the centre"));
        }
        wrong
    }

    /// What is left of those who are done, in any file of the station.
    fn residue(&self) -> Result<Residue, FaultError> {
        let mut there: BTreeSet<Owner> = BTreeSet::new();
        for case in &self.cases {
            let kinds: &[Kind] = match case.stage {
                Some(Stage::Draft) => &[Kind::Draft],
                // The draft's old pages may still stand in the log: they go with the next receipt.
                Some(Stage::InReview) => &[Kind::Draft, Kind::Review, Kind::Packet],
                Some(Stage::Outbox) => &[Kind::Packet],
                None | Some(Stage::Settled | Stage::Closed | Stage::SetAside) => &[],
            };
            there.extend(kinds.iter().map(|kind| (case.person, *kind)));
        }
        self.bench
            .needles
            .scan(self.bench.folder(), |owner| there.contains(&owner))
            .map_err(FaultError::folder)
    }
}
