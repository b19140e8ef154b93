//! The upload engine: one lane, one effect at a time, and no I/O.
//!
//! ```text
//! choose -> (lease | outcomes | receipt of a sent packet | next piece of the first packet) -> choose
//! ```
//!
//! After every piece it chooses anew, so that a packet of higher priority overtakes a large one at the next piece; uploads resume, so
//! nothing is wasted. No answer of the centre makes it give a packet up: only a receipt, which the store verifies, lets one go.

mod answers;
mod waits;

use crate::chunk::ChunkSize;
use crate::{
    Candidates, Documents, Effect, Event, Failure, LinkReport, Request, StoreAct, StoreReply,
    UploadPoint, Waiting,
};
use domain::PacketId;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use waits::LinkWait;

/// How often the lease is asked for.
const LEASE_EVERY: Duration = Duration::from_mins(15);
/// How often outcomes are asked for; it also tells whether the link still stands.
const OUTCOMES_EVERY: Duration = Duration::from_secs(20);
/// First and longest wait between two questions for a packet's receipt.
const RECEIPT_FIRST: Duration = Duration::from_millis(150);
const RECEIPT_MOST: Duration = Duration::from_secs(15);
/// Questions for a receipt before the packet is put off in the store.
const RECEIPT_TRIES: u32 = 40;
/// How often one upload may disagree about its offset before it is put off.
const CONFLICTS_LIMIT: u32 = 3;
/// The longest rest, when nothing waits.
const REST_MOST: Duration = Duration::from_mins(1);
/// How long to rest when the store did not keep what it was told.
const STORE_REST: Duration = Duration::from_secs(10);
/// A paused engine only waits to be woken.
const REST_PAUSED: Duration = Duration::from_hours(1);

/// The centre's key for "another packet has this id".
const ID_REUSED: &str = "packet-id-reused";

/// What the engine waits for.
#[derive(Debug)]
enum Phase {
    Choosing,
    Resting,
    PullingLease,
    KeepingLease,
    PullingOutcomes,
    KeepingOutcomes,
    AskingState(Waiting),
    Settling(PacketId),
    AskingOffset(Waiting, UploadPoint),
    NotingUpload,
    ReadingDocuments(Waiting),
    Creating(Waiting),
    ReadingChunk(Waiting, UploadPoint),
    Sending(Sending),
    Noting,
}

#[derive(Debug)]
struct Sending {
    item: Waiting,
    path: String,
    begun: Duration,
    bytes: usize,
}

/// A packet that is wholly at the centre and waits for its receipt.
#[derive(Debug, Clone, Copy)]
struct Awaited {
    next: Duration,
    wait: Duration,
    tries: u32,
}

/// The state machine. Times are a clock that only runs forward, as told with every event.
#[derive(Debug)]
pub struct Engine {
    phase: Phase,
    now: Duration,
    report: LinkReport,
    link: LinkWait,
    chunk: ChunkSize,
    lease_tag: Option<String>,
    lease_due: Duration,
    outcomes_due: Duration,
    awaited: HashMap<PacketId, Awaited>,
    /// Packets of which the centre was asked whether it has them already.
    asked: HashSet<PacketId>,
    /// The upload whose offset the centre has confirmed since the link came up.
    confirmed: Option<PacketId>,
    conflicts: u32,
}

impl Engine {
    /// An engine that has asked nothing yet; the seed spreads the tries of many stations.
    pub fn new(seed: u64) -> Self {
        Self {
            phase: Phase::Resting,
            now: Duration::ZERO,
            report: LinkReport::default(),
            link: LinkWait::new(seed),
            chunk: ChunkSize::new(),
            lease_tag: None,
            lease_due: Duration::ZERO,
            outcomes_due: Duration::ZERO,
            awaited: HashMap::new(),
            asked: HashSet::new(),
            confirmed: None,
            conflicts: 0,
        }
    }

    /// The link's condition after the last event.
    pub fn report(&self) -> &LinkReport {
        &self.report
    }

    /// Pauses or resumes; a piece that is on its way still arrives. Follow it with [`Event::Woken`] when the engine rests.
    pub fn pause(&mut self, paused: bool) {
        self.report.paused = paused;
        self.link.forget();
    }

    /// Takes what happened and says what to do next. An event that does not belong to the phase is met with the question that begins
    /// every round: what waits?
    pub fn step(&mut self, now: Duration, event: Event) -> Effect {
        self.now = self.now.max(now);
        match event {
            Event::Begin | Event::Rested => self.choose(),
            Event::Woken => {
                self.link.forget();
                // Somebody wants to know: whether the centre answers, and what it has to say.
                self.outcomes_due = self.now;
                self.choose()
            }
            Event::Store(reply) => self.stored(reply),
            Event::Http(Ok(response)) => {
                self.link.answered();
                self.report.online = true;
                self.report.error = None;
                self.answered(response)
            }
            Event::Http(Err(failure)) => self.failed(failure),
        }
    }

    fn enter(&mut self, phase: Phase, effect: Effect) -> Effect {
        self.phase = phase;
        effect
    }

    fn rest(&mut self, wait: Duration) -> Effect {
        self.report.sending = None;
        self.enter(Phase::Resting, Effect::Rest(wait))
    }

    fn choose(&mut self) -> Effect {
        if self.report.paused {
            return self.rest(REST_PAUSED);
        }
        if let Some(wait) = self.link.left(self.now) {
            return self.rest(wait);
        }
        self.enter(Phase::Choosing, Effect::Store(StoreAct::Candidates))
    }

    /// What waits is known: the most useful thing is begun.
    fn chosen(&mut self, candidates: &Candidates) -> Effect {
        if self.lease_due <= self.now {
            let tag = self.lease_tag.clone();
            return self.enter(Phase::PullingLease, Effect::Http(Request::Lease { tag }));
        }
        if self.outcomes_due <= self.now {
            let after = candidates.outcomes_cursor;
            return self.enter(
                Phase::PullingOutcomes,
                Effect::Http(Request::Outcomes { after }),
            );
        }
        let due = candidates.waiting.iter().find(|item| {
            self.awaited
                .get(&item.packet)
                .is_none_or(|a| a.next <= self.now)
        });
        if let Some(item) = due {
            return self.go_on_with(item.clone());
        }
        let wait = self.next_due(candidates).saturating_sub(self.now);
        self.rest(wait.clamp(Duration::from_millis(10), REST_MOST))
    }

    fn next_due(&self, candidates: &Candidates) -> Duration {
        let receipts = candidates
            .waiting
            .iter()
            .filter_map(|item| Some(self.awaited.get(&item.packet)?.next));
        let stored = candidates.due_in.map(|wait| self.now + wait);
        receipts
            .chain(stored)
            .fold(self.lease_due.min(self.outcomes_due), Duration::min)
    }

    fn go_on_with(&mut self, item: Waiting) -> Effect {
        if self.awaited.contains_key(&item.packet) {
            return self.ask_state(item);
        }
        match item.upload.clone() {
            // A packet that was tried before may have arrived whole although nobody here heard of it.
            None if item.attempts > 0 && self.asked.insert(item.packet) => self.ask_state(item),
            None => {
                let act = StoreAct::Documents(item.packet);
                self.enter(Phase::ReadingDocuments(item), Effect::Store(act))
            }
            Some(point) if point.offset >= item.length => self.ask_state(item),
            Some(point) if self.confirmed == Some(item.packet) => self.read_chunk(item, point),
            Some(point) => {
                let path = point.path.clone();
                self.enter(
                    Phase::AskingOffset(item, point),
                    Effect::Http(Request::Offset { path }),
                )
            }
        }
    }

    fn ask_state(&mut self, item: Waiting) -> Effect {
        let packet = item.packet;
        self.enter(
            Phase::AskingState(item),
            Effect::Http(Request::State(packet)),
        )
    }

    fn read_chunk(&mut self, item: Waiting, point: UploadPoint) -> Effect {
        self.confirmed = Some(item.packet);
        let act = StoreAct::Chunk {
            packet: item.packet,
            offset: point.offset,
            length: self.chunk.bytes(),
        };
        self.enter(Phase::ReadingChunk(item, point), Effect::Store(act))
    }

    fn note_upload(&mut self, packet: PacketId, point: Option<UploadPoint>) -> Effect {
        self.confirmed = point.as_ref().map(|_| packet);
        let act = StoreAct::NoteUpload { packet, point };
        self.enter(Phase::NotingUpload, Effect::Store(act))
    }

    fn put_off(&mut self, packet: PacketId, reason: &'static str, wait: Duration) -> Effect {
        self.awaited.remove(&packet);
        let act = StoreAct::PutOff {
            packet,
            reason,
            wait,
        };
        self.enter(Phase::Noting, Effect::Store(act))
    }

    fn alarm(&mut self, packet: PacketId, reason: &'static str) -> Effect {
        self.set_aside(packet);
        let act = StoreAct::Alarm { packet, reason };
        self.enter(Phase::Noting, Effect::Store(act))
    }

    /// Not again before the longest wait; then the centre is asked what it has.
    fn set_aside(&mut self, packet: PacketId) {
        let wait = waits::ALARM;
        let next = self.now + wait;
        self.awaited.insert(
            packet,
            Awaited {
                next,
                wait,
                tries: 0,
            },
        );
    }

    fn stored(&mut self, reply: StoreReply) -> Effect {
        let phase = std::mem::replace(&mut self.phase, Phase::Resting);
        match (phase, reply) {
            (Phase::Choosing, StoreReply::Candidates(candidates)) => self.chosen(&candidates),
            // The disk does not answer as it should: no hurry to ask it again.
            (Phase::Choosing, _) => self.rest(REST_MOST),
            (Phase::ReadingDocuments(item), StoreReply::Documents(documents)) => {
                self.create(item, documents)
            }
            (Phase::ReadingChunk(item, point), StoreReply::Chunk(chunk)) if !chunk.is_empty() => {
                self.send(item, point, chunk)
            }
            (Phase::Settling(packet), StoreReply::Done) => {
                self.awaited.remove(&packet);
                self.asked.remove(&packet);
                // What became of it comes soon after.
                self.outcomes_due = self.outcomes_due.min(self.now + Duration::from_secs(1));
                self.choose()
            }
            (Phase::Settling(packet), _) => self.put_off(packet, "receipt-refused", waits::ALARM),
            // Its envelope or a document cannot be read: others go first.
            (Phase::ReadingDocuments(item) | Phase::ReadingChunk(item, _), _) => {
                self.set_aside(item.packet);
                self.choose()
            }
            // What was not kept would be asked for again at once.
            (Phase::NotingUpload | Phase::Noting, StoreReply::Refused) => self.rest(STORE_REST),
            _ => self.choose(),
        }
    }

    fn create(&mut self, item: Waiting, documents: Box<Documents>) -> Effect {
        let request = Request::Create {
            length: item.length,
            documents,
        };
        self.report.sending = Some(item.packet);
        self.enter(Phase::Creating(item), Effect::Http(request))
    }

    fn send(&mut self, item: Waiting, point: UploadPoint, chunk: Vec<u8>) -> Effect {
        self.report.sending = Some(item.packet);
        let sending = Sending {
            path: point.path.clone(),
            begun: self.now,
            bytes: chunk.len(),
            item,
        };
        let request = Request::Patch {
            path: point.path,
            offset: point.offset,
            chunk,
        };
        self.enter(Phase::Sending(sending), Effect::Http(request))
    }

    fn failed(&mut self, failure: Failure) -> Effect {
        if matches!(self.phase, Phase::Sending(_)) {
            self.chunk.lost();
        }
        // What the centre took of the last piece is not known; what changed behind a broken link neither.
        self.confirmed = None;
        self.report.rate_bytes = None;
        self.report.online = matches!(failure, Failure::Busy { .. });
        self.report.error = Some(match failure {
            Failure::NoAnswer => "no-answer",
            Failure::Foreign => "foreign",
            Failure::Rejected => "rejected",
            Failure::Unreadable => "unreadable",
            Failure::Busy { .. } => "busy",
        });
        let asked = match failure {
            Failure::Busy { after } => after,
            _ => None,
        };
        self.link.failed(self.now, asked);
        self.choose()
    }
}
