//! The desk's store, as the engine sees it.

use super::centre::Centre;
use domain::{ItemKind, PacketId};
use envelope::Signed;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;
use std::time::Duration;
use sync::{Candidates, Documents, StoreAct, StoreReply, UploadPoint, WAIT_REASONS, Waiting};

/// The longest wait that the real store believes.
const WAIT_LIMIT_MILLIS: i64 = 86_400_000;

pub struct Held {
    pub kind: ItemKind,
    pub length: u64,
    pub point: Option<UploadPoint>,
    pub attempts: u32,
    pub not_before: i64,
}

pub struct Store {
    outbox: BTreeMap<PacketId, Held>,
    pub settled: Vec<PacketId>,
    pub settled_bytes: u64,
    /// Packets whose bytes are no longer what they were.
    pub damaged: BTreeSet<PacketId>,
    pub set_aside: Vec<PacketId>,
    /// It notices the damage when it is asked for a piece already, not only for documents.
    pub reads_all: bool,
    /// Nothing can be written but what ballast was kept for.
    pub full: bool,
    pub skew_millis: i64,
    pub page: usize,
    pub lease_wanted: bool,
    pub certificate_due: bool,
    pub cursor: i64,
    pub acts: Vec<&'static str>,
    pub reasons: BTreeSet<&'static str>,
    pub broken: Option<String>,
}

impl Default for Store {
    fn default() -> Self {
        Self {
            outbox: BTreeMap::new(),
            settled: Vec::new(),
            settled_bytes: 0,
            damaged: BTreeSet::new(),
            set_aside: Vec::new(),
            reads_all: false,
            full: false,
            skew_millis: 0,
            page: 16,
            lease_wanted: false,
            certificate_due: false,
            cursor: 0,
            acts: Vec::new(),
            reasons: BTreeSet::new(),
            broken: None,
        }
    }
}

impl Store {
    pub fn add(&mut self, packet: PacketId, length: u64) {
        self.add_item(packet, ItemKind::Enrolment, length);
    }

    pub fn add_item(&mut self, packet: PacketId, kind: ItemKind, length: u64) {
        let held = Held {
            kind,
            length,
            point: None,
            attempts: 0,
            not_before: i64::MIN,
        };
        self.outbox.insert(packet, held);
    }

    pub fn is_empty(&self) -> bool {
        self.outbox.is_empty()
    }

    pub fn len(&self) -> usize {
        self.outbox.len()
    }

    pub fn holds(&self, packet: PacketId) -> bool {
        self.outbox.contains_key(&packet)
    }

    pub fn held(&self, packet: PacketId) -> &Held {
        &self.outbox[&packet]
    }

    pub fn point_of(&self, packet: PacketId) -> Option<&UploadPoint> {
        self.outbox.get(&packet)?.point.as_ref()
    }

    fn wall(&self, now: Duration) -> i64 {
        now.as_millis() as i64 + self.skew_millis
    }

    pub fn act(
        &mut self,
        now: Duration,
        centre: &Centre,
        act: StoreAct,
        refuses: bool,
    ) -> StoreReply {
        let full = self.full || refuses;
        match act {
            StoreAct::Candidates { after } => StoreReply::Candidates(self.candidates(now, after)),
            StoreAct::Documents(packet) => self.documents(packet),
            StoreAct::Chunk {
                packet,
                offset,
                length,
            } => {
                if self.reads_all && self.damaged.contains(&packet) {
                    return self.put_aside(packet);
                }
                let left = self.outbox[&packet].length.saturating_sub(offset);
                StoreReply::Chunk(vec![7; left.min(length as u64) as usize])
            }
            StoreAct::NoteUpload { packet, point } => {
                if full {
                    return StoreReply::Refused;
                }
                self.outbox.get_mut(&packet).unwrap().point = point;
                StoreReply::Done
            }
            StoreAct::PutOff {
                packet,
                reason,
                wait,
            } => {
                self.reasons.insert(reason);
                if !WAIT_REASONS.contains(&reason) {
                    self.broken = Some(format!("{reason} has no words"));
                }
                if full {
                    return StoreReply::Refused;
                }
                let wall = self.wall(now);
                let held = self.outbox.get_mut(&packet).unwrap();
                held.attempts += 1;
                held.not_before = wall + wait.as_millis() as i64;
                StoreReply::Done
            }
            StoreAct::ReleaseAll => {
                self.acts.push("release");
                for held in self.outbox.values_mut() {
                    held.not_before = i64::MIN;
                }
                StoreReply::Done
            }
            StoreAct::Settle { packet, receipt } => self.settle(centre, packet, receipt.as_str()),
            StoreAct::Alarm { .. } => {
                self.acts.push("alarm");
                StoreReply::Done
            }
            other => self.beside(other),
        }
    }

    fn beside(&mut self, act: StoreAct) -> StoreReply {
        match act {
            StoreAct::PutLease(_) => {
                self.acts.push("lease");
                StoreReply::Done
            }
            StoreAct::PutOutcomes { cursor, .. } => {
                self.acts.push("outcomes");
                self.cursor = self.cursor.max(cursor);
                StoreReply::Done
            }
            StoreAct::Status => StoreReply::Status(wire::StatusReport::default()),
            StoreAct::NewCertificateRequest => StoreReply::CertificateRequest("csr".to_owned()),
            StoreAct::PutCertificate(_) => {
                self.acts.push("certificate");
                self.certificate_due = false;
                StoreReply::Done
            }
            other => panic!("{other:?}"),
        }
    }

    fn candidates(&self, now: Duration, after: Option<PacketId>) -> Candidates {
        let wall = self.wall(now);
        let may =
            |held: &Held| held.not_before <= wall || held.not_before > wall + WAIT_LIMIT_MILLIS;
        let mut waiting: Vec<Waiting> = self
            .outbox
            .range((
                after.map_or(Bound::Unbounded, Bound::Excluded),
                Bound::Unbounded,
            ))
            .filter(|(_, held)| may(held))
            .map(|(packet, held)| Waiting {
                packet: *packet,
                kind: held.kind,
                length: held.length,
                upload: held.point.clone(),
                attempts: held.attempts,
            })
            .take(self.page + 1)
            .collect();
        let more = waiting.len() > self.page;
        waiting.truncate(self.page);
        let due_in = self
            .outbox
            .values()
            .filter(|held| after.is_none() && !may(held))
            .map(|held| Duration::from_millis((held.not_before - wall) as u64))
            .min();
        Candidates {
            waiting,
            more,
            due_in,
            outcomes_cursor: self.cursor,
            lease_wanted: self.lease_wanted,
            certificate_due: self.certificate_due,
            reviews: sync::ReviewWish::Nothing,
        }
    }

    fn put_aside(&mut self, packet: PacketId) -> StoreReply {
        self.outbox.remove(&packet);
        self.set_aside.push(packet);
        StoreReply::SetAside
    }

    /// The centre's model knows packets by the bytes of their manifest.
    fn documents(&mut self, packet: PacketId) -> StoreReply {
        if self.damaged.contains(&packet) {
            return self.put_aside(packet);
        }
        let bytes = packet.to_string().into_bytes();
        let documents = if self.outbox[&packet].kind == ItemKind::Void {
            Documents::Void(Signed::from_bytes(bytes).unwrap())
        } else {
            Documents::Packet {
                manifest: Signed::from_bytes(bytes).unwrap(),
                statement: Signed::from_bytes(Vec::new()).unwrap(),
                decision: None,
            }
        };
        StoreReply::Documents(Box::new(documents))
    }

    /// What the real store checks by signature and digest, this one checks by name.
    fn settle(&mut self, centre: &Centre, packet: PacketId, receipt: &str) -> StoreReply {
        if receipt == format!("retain {packet}") {
            return StoreReply::Kept;
        }
        if receipt != packet.to_string() || !centre.effects.contains_key(&packet) {
            return StoreReply::Refused;
        }
        match self.outbox.remove(&packet) {
            Some(held) => {
                self.settled.push(packet);
                self.settled_bytes += held.length;
            }
            None => self.broken = Some("a packet was settled twice".to_owned()),
        }
        StoreReply::Done
    }
}
