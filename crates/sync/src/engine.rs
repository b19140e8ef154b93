//! The upload engine: one lane, one effect at a time, and no I/O.
//!
//! ```text
//! choose -> (lease | outcomes | certificate | a receipt | next piece of the first item) -> choose
//! ```
//!
//! After every piece it chooses anew, so that a packet of higher priority overtakes a large one at the next piece; uploads resume, so
//! nothing is wasted. No answer of the centre makes it give a packet up: only a receipt, which the store verifies, lets one go.
//!
//! A failure costs only what it speaks of: a broken connection puts off the link, a fault at one packet puts off that packet, a fault at
//! one of the questions beside the uploads puts off that question. Whatever the centre answers, requests that bring nothing are bounded
//! by [`pace`], and no packet waits behind others that cannot leave.

mod answers;
mod choice;
mod endpoint;
mod known;
mod pace;
mod polls;
mod trouble;
mod waits;

use crate::chunk::ChunkSize;
use crate::{Effect, Event, LinkReport, StoreAct, StoreReply, UploadPoint, Waiting};
use choice::Search;
use domain::PacketId;
use endpoint::Endpoint;
use known::Memory;
use pace::Pace;
use polls::Poll;
use std::collections::HashSet;
use std::time::Duration;
use waits::{Growing, LinkWait};

/// How often the lease is asked for; the longest wait after it failed.
const LEASE_EVERY: Duration = Duration::from_mins(15);
/// How often it is asked for while the next one is wanted; the first wait after it failed.
const LEASE_WANTED_EVERY: Duration = Duration::from_secs(30);
/// How often outcomes are asked for; it also tells whether the link still stands.
const OUTCOMES_EVERY: Duration = Duration::from_secs(20);
const OUTCOMES_MOST: Duration = Duration::from_mins(15);
/// How often a station of several asks what there is to decide, and the longest wait after that failed.
const REVIEWS_EVERY: Duration = Duration::from_secs(20);
const REVIEWS_MOST: Duration = Duration::from_mins(15);
/// How far questions about reviews are apart while there is something to say.
const REVIEWS_APART: Duration = Duration::from_millis(200);
/// A station's word about itself goes with every question for the lease, unless the centre does not take it.
const STATUS_FIRST: Duration = Duration::from_mins(1);
const STATUS_MOST: Duration = Duration::from_hours(2);
/// A certificate is renewed weeks before it ends.
const CERTIFICATE_FIRST: Duration = Duration::from_hours(1);
const CERTIFICATE_MOST: Duration = Duration::from_hours(12);
/// First and longest wait between two questions for a packet's receipt.
const RECEIPT_FIRST: Duration = Duration::from_millis(150);
const RECEIPT_MOST: Duration = Duration::from_secs(15);
/// Questions for a receipt before the packet is put off in the store.
const RECEIPT_TRIES: u32 = 14;
/// Receipts that are awaited at once; the packets after them are put off in the store.
const AWAITED_LIMIT: usize = 256;
/// How often one packet may stall, begin anew or break the connection before it is put off.
const STALLS_LIMIT: u32 = 3;
const RESTARTS_LIMIT: u32 = 2;
const LOST_LIMIT: u32 = 3;
/// Different packets in a row that fail before it is the centre as a whole that fails.
const STREAK_LIMIT: usize = 3;
/// Requests for uploads and for receipts that may bring nothing, at once and by time.
const FRUITLESS_ROOM: u32 = 60;
const UPLOADS_EVERY: Duration = Duration::from_secs(10);
const RECEIPTS_EVERY: Duration = Duration::from_secs(15);
/// Requests that a piece which arrives pays for: itself, and the one that told where it belongs.
const REQUESTS_OF_A_PIECE: u32 = 2;
/// Pages of the outbox that are looked through at once.
const PAGES_LIMIT: u32 = 64;
/// The longest rest, when nothing waits.
const REST_MOST: Duration = Duration::from_mins(1);
/// How long to rest when the store did not keep what it was told.
const STORE_REST: Duration = Duration::from_secs(10);
/// A paused engine only waits to be woken.
const REST_PAUSED: Duration = Duration::from_hours(1);

/// The version from which on a centre takes voids, a station's word about itself and certificate requests.
const ITEMS_SINCE: u16 = 2;
/// The centre's key for "another packet has this id".
const ID_REUSED: &str = "packet-id-reused";

/// What the engine waits for.
#[derive(Debug)]
enum Phase {
    Resting,
    Releasing,
    Choosing(Search),
    ReadingStatus,
    Polling(Poll),
    KeepingLease { tag: Option<String> },
    KeepingOutcomes,
    ReadingCertificateRequest,
    KeepingCertificate,
    ReadingReview,
    KeepingReview,
    AskingState(Waiting),
    Settling(Waiting),
    AskingOffset(Waiting, UploadPoint),
    NotingUpload(PacketId, Option<UploadPoint>),
    ReadingDocuments(Waiting),
    Creating(Waiting),
    Voiding(Waiting),
    ReadingChunk(Waiting, UploadPoint),
    Sending(Sending),
    ForgettingUpload(Waiting),
    Verifying(Waiting),
    PuttingOff { packet: PacketId, until: Duration },
    Alarming(PacketId),
}

#[derive(Debug)]
struct Sending {
    item: Waiting,
    path: String,
    begun: Duration,
    offset: u64,
    bytes: usize,
}

/// A packet that is wholly at the centre and waits for its receipt.
#[derive(Debug, Clone)]
struct Awaited {
    item: Waiting,
    next: Duration,
    wait: Duration,
    tries: u32,
}

/// The state machine. Times are a clock that only runs forward, as told with every event.
#[derive(Debug)]
pub struct Engine {
    phase: Phase,
    now: Duration,
    seed: u64,
    report: LinkReport,
    link: LinkWait,
    chunk: ChunkSize,
    lease: Endpoint,
    lease_tag: Option<String>,
    outcomes: Endpoint,
    /// The last outcome that was seen, even one that could not be read.
    outcomes_seen: i64,
    status: Endpoint,
    certificate: Endpoint,
    reviews: Endpoint,
    /// A question about reviews comes before the next piece of a packet; then the packet.
    review_next: bool,
    uploads: Pace,
    receipts: Pace,
    receipt_next: bool,
    memory: Memory,
    /// The upload whose offset the centre has confirmed since the link came up.
    confirmed: Option<PacketId>,
    /// Packets that failed since one moved on; so many as are counted.
    streak: HashSet<PacketId>,
    /// Where the search through a long outbox goes on.
    sweep: Option<PacketId>,
    /// Answers that the centre has given.
    answers: u64,
    release: bool,
}

impl Engine {
    /// An engine that has asked nothing yet; the seed spreads the tries of many stations.
    pub fn new(seed: u64) -> Self {
        let endpoint =
            |every, first, most, salt| Endpoint::new(every, first, most, seed.wrapping_add(salt));
        Self {
            phase: Phase::Resting,
            now: Duration::ZERO,
            seed,
            report: LinkReport::default(),
            link: LinkWait::new(seed),
            chunk: ChunkSize::new(),
            lease: endpoint(LEASE_EVERY, LEASE_WANTED_EVERY, LEASE_EVERY, 1),
            lease_tag: None,
            outcomes: endpoint(OUTCOMES_EVERY, OUTCOMES_EVERY, OUTCOMES_MOST, 2),
            outcomes_seen: 0,
            status: endpoint(Duration::ZERO, STATUS_FIRST, STATUS_MOST, 3),
            certificate: endpoint(CERTIFICATE_FIRST, CERTIFICATE_FIRST, CERTIFICATE_MOST, 4),
            reviews: endpoint(REVIEWS_EVERY, REVIEWS_EVERY, REVIEWS_MOST, 5),
            review_next: true,
            uploads: Pace::new(FRUITLESS_ROOM, UPLOADS_EVERY),
            receipts: Pace::new(FRUITLESS_ROOM, RECEIPTS_EVERY),
            receipt_next: true,
            memory: Memory::default(),
            confirmed: None,
            streak: HashSet::new(),
            sweep: None,
            answers: 0,
            release: false,
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

    /// A person asks to try now: everything that was put off, here and in the store, may go. Follow it with [`Event::Woken`] when the
    /// engine rests; otherwise it is done after the request that is on its way.
    pub fn try_now(&mut self) {
        self.release = true;
        self.link.forget();
    }

    /// Takes what happened and says what to do next. An event that does not belong to the phase is met with the question that begins
    /// every round: what waits?
    pub fn step(&mut self, now: Duration, event: Event) -> Effect {
        self.now = self.now.max(now);
        match event {
            Event::Begin | Event::Rested | Event::Woken => self.choose(),
            Event::Store(reply) => self.stored(reply),
            Event::Http(answer) => {
                if answer.version.is_some() {
                    self.report.centre_version = answer.version;
                }
                match answer.result {
                    Ok(response) => {
                        self.answers += 1;
                        if !self.in_trouble() {
                            self.link.answered();
                        }
                        self.report.online = true;
                        self.report.error = None;
                        self.answered(response)
                    }
                    Err(failure) => self.failed(failure),
                }
            }
        }
    }

    fn speaks(&self, version: u16) -> bool {
        self.report.centre_version.is_some_and(|v| v >= version)
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
        if std::mem::take(&mut self.release) {
            self.released();
            return self.enter(Phase::Releasing, Effect::Store(StoreAct::ReleaseAll));
        }
        if let Some(wait) = self.link.left(self.now) {
            return self.rest(wait);
        }
        let after = self.sweep;
        self.enter(
            Phase::Choosing(Search::default()),
            Effect::Store(StoreAct::Candidates { after }),
        )
    }

    fn released(&mut self) {
        self.memory.release(self.now);
        self.uploads.refill();
        self.receipts.refill();
        self.streak.clear();
        self.sweep = None;
        for endpoint in [
            &mut self.lease,
            &mut self.outcomes,
            &mut self.status,
            &mut self.certificate,
            &mut self.reviews,
        ] {
            endpoint.now(self.now);
        }
    }

    fn stored(&mut self, reply: StoreReply) -> Effect {
        let phase = std::mem::replace(&mut self.phase, Phase::Resting);
        match (phase, reply) {
            (Phase::Choosing(search), StoreReply::Candidates(page)) => self.chosen(search, page),
            // The disk does not answer as it should: no hurry to ask it again.
            (Phase::Choosing(_), _) => self.rest(REST_MOST),
            (Phase::ReadingStatus, StoreReply::Status(report)) => self.post_status(report),
            (Phase::ReadingStatus, _) => self.pull_lease(),
            (Phase::KeepingLease { tag }, reply) => self.lease_kept(tag, &reply),
            (Phase::KeepingOutcomes, reply) => self.outcomes_kept(&reply),
            (Phase::ReadingCertificateRequest, StoreReply::CertificateRequest(csr_pem)) => {
                self.post_certificate_request(csr_pem)
            }
            (Phase::ReadingCertificateRequest, _) => self.certificate_kept(false),
            (Phase::KeepingCertificate, reply) => {
                self.certificate_kept(matches!(reply, StoreReply::Done))
            }
            (Phase::ReadingReview, StoreReply::Review(ask)) => self.ask_review(ask),
            // Nothing after all, or the disk does not answer as it should.
            (Phase::ReadingReview, _) => self.choose(),
            (Phase::KeepingReview, reply) => self.review_kept(matches!(reply, StoreReply::Done)),
            (phase, reply) => self.packet_stored(phase, reply),
        }
    }

    fn packet_stored(&mut self, phase: Phase, reply: StoreReply) -> Effect {
        match (phase, reply) {
            (
                Phase::ReadingDocuments(item)
                | Phase::ReadingChunk(item, _)
                | Phase::Verifying(item)
                | Phase::Settling(item),
                StoreReply::SetAside,
            ) => {
                self.forget(item.packet);
                self.choose()
            }
            (Phase::ReadingDocuments(item), StoreReply::Documents(documents)) => {
                self.documents_read(item, *documents)
            }
            (Phase::ReadingChunk(item, point), StoreReply::Chunk(chunk)) if !chunk.is_empty() => {
                self.send(item, point, chunk)
            }
            // Its envelope or a document cannot be read: others go first.
            (Phase::ReadingDocuments(item) | Phase::ReadingChunk(item, _), _) => {
                self.put_off(&item, "documents", waits_of::OUR_OWN)
            }
            (Phase::ForgettingUpload(item), reply) => {
                let kept = matches!(reply, StoreReply::Done);
                self.memory.note_point(item.packet, None, kept);
                self.verify(item)
            }
            (Phase::Verifying(item), _) => {
                self.put_off(&item, "digest-mismatch", waits_of::REFUSED)
            }
            (Phase::Settling(item), reply) => self.settled(&item, &reply),
            (Phase::NotingUpload(packet, point), reply) => {
                let kept = matches!(reply, StoreReply::Done);
                self.memory.note_point(packet, point, kept);
                self.choose()
            }
            (Phase::PuttingOff { packet, until }, reply) => {
                let kept = matches!(reply, StoreReply::Done);
                self.memory.note_put_off(packet, until, kept);
                self.choose()
            }
            (Phase::Alarming(packet), _) => {
                let until = self.now + waits_of::ALARM;
                self.memory.note_put_off(packet, until, false);
                self.choose()
            }
            _ => self.choose(),
        }
    }

    /// What was known of a packet that is no longer here.
    fn forget(&mut self, packet: PacketId) {
        self.memory.forget(packet);
        self.streak.remove(&packet);
        if self.confirmed == Some(packet) {
            self.confirmed = None;
        }
    }
}

/// Waits of packets, by what they were put off for.
mod waits_of {
    use super::{Duration, Growing};

    /// The centre failed at it: 15 s, 30 s … an hour.
    pub(super) const FAULT: Growing = Growing {
        first: Duration::from_secs(15),
        most: Duration::from_hours(1),
    };
    /// The centre refused it: 1 min, 2 min … 4 hours.
    pub(super) const REFUSED: Growing = Growing {
        first: Duration::from_mins(1),
        most: Duration::from_hours(4),
    };
    /// The centre has it and has not judged it yet.
    pub(super) const NO_RECEIPT: Growing = Growing {
        first: Duration::from_mins(1),
        most: Duration::from_mins(15),
    };
    /// Something here does not fit.
    pub(super) const OUR_OWN: Growing = Growing {
        first: Duration::from_mins(10),
        most: Duration::from_hours(1),
    };
    /// It waits for a person at the centre, or for the centre's next release.
    pub(super) const RETAINED: Growing = Growing {
        first: Duration::from_hours(3),
        most: Duration::from_hours(3),
    };
    pub(super) const TOO_OLD: Growing = Growing {
        first: Duration::from_mins(30),
        most: Duration::from_mins(30),
    };
    /// While the centre as a whole fails, no packet is put off for longer than this: none of them is at fault.
    pub(super) const TROUBLE_MOST: Duration = Duration::from_mins(5);
    /// An answer that does not fit: an alarm was raised.
    pub(super) const ALARM: Duration = Duration::from_mins(10);
}
