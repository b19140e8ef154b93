//! What goes in and out of the engine: plain values.

use domain::{Outcome, PacketId};
use envelope::{Decision, Manifest, Signed, Statement};
use std::time::Duration;
use wire::{LeaseReply, PacketReply, SignedText};

/// What the engine wants done; it waits for the answer before it wants anything else.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Ask the store.
    Store(StoreAct),
    /// Ask the centre.
    Http(Request),
    /// Do nothing until this has passed or somebody wakes it.
    Rest(Duration),
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The driver has started.
    Begin,
    /// The store's answer.
    Store(StoreReply),
    /// The centre's answer, or why there is none.
    Http(Result<Response, Failure>),
    /// The rest is over.
    Rested,
    /// Something new waits, or a person asked to try now.
    Woken,
}

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPoint {
    /// The upload's path at the centre.
    pub path: String,
    /// How many bytes the centre has confirmed.
    pub offset: u64,
}

/// A packet that may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The packet.
    pub packet: PacketId,
    /// Length of its age file in bytes.
    pub length: u64,
    /// Its upload, once begun.
    pub upload: Option<UploadPoint>,
    /// How often it was put off.
    pub attempts: u32,
}

/// What the store says of the outbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Packets that may leave now, first to leave first; some of them.
    pub waiting: Vec<Waiting>,
    /// When the next one that was put off may leave.
    pub due_in: Option<Duration>,
    /// The last outcome that is kept.
    pub outcomes_cursor: i64,
}

/// The three signed documents that travel beside a packet.
#[derive(Debug, Clone, PartialEq)]
pub struct Documents {
    /// The station's word.
    pub manifest: Signed<Manifest>,
    /// The officer's word.
    pub statement: Signed<Statement>,
    /// The supervisor's word.
    pub decision: Signed<Decision>,
}

/// What the engine asks of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreAct {
    /// What may leave now?
    Candidates,
    /// A packet's documents.
    Documents(PacketId),
    /// A piece of a sealed packet.
    Chunk {
        /// The packet.
        packet: PacketId,
        /// First byte.
        offset: u64,
        /// At most so many bytes.
        length: usize,
    },
    /// Keep how far an upload has come; none: it is gone at the centre.
    NoteUpload {
        /// The packet.
        packet: PacketId,
        /// Its upload.
        point: Option<UploadPoint>,
    },
    /// Not again before `wait` has passed.
    PutOff {
        /// The packet.
        packet: PacketId,
        /// Why, as a key.
        reason: &'static str,
        /// How long.
        wait: Duration,
    },
    /// Take a receipt; the store verifies it, and destroys only what it names.
    Settle {
        /// The packet whose receipt was asked for.
        packet: PacketId,
        /// As it came.
        receipt: SignedText,
    },
    /// An answer of the centre that does not fit; nothing is deleted.
    Alarm {
        /// The packet.
        packet: PacketId,
        /// What does not fit, as a key.
        reason: &'static str,
    },
    /// Take a lease; the store verifies it.
    PutLease(Box<LeaseReply>),
    /// Keep outcomes.
    PutOutcomes(Vec<Outcome>),
}

/// The store's answers.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreReply {
    /// To [`StoreAct::Candidates`].
    Candidates(Candidates),
    /// To [`StoreAct::Documents`].
    Documents(Box<Documents>),
    /// To [`StoreAct::Chunk`].
    Chunk(Vec<u8>),
    /// Done.
    Done,
    /// The store did not do it: the packet has left the outbox, a document is not trusted, or the disk failed. The person at the desk has
    /// been told where that matters.
    Refused,
}

/// What the engine asks of the centre.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// `GET /v1/lease`.
    Lease {
        /// The tag of the lease that is held.
        tag: Option<String>,
    },
    /// `GET /v1/outcomes`.
    Outcomes {
        /// After this cursor.
        after: i64,
    },
    /// `GET /v1/packets/{id}`.
    State(PacketId),
    /// `POST /v1/uploads`.
    Create {
        /// Length of the packet.
        length: u64,
        /// Its documents.
        documents: Box<Documents>,
    },
    /// `HEAD` of an upload.
    Offset {
        /// The upload's path.
        path: String,
    },
    /// `PATCH` of an upload.
    Patch {
        /// The upload's path.
        path: String,
        /// First byte.
        offset: u64,
        /// The bytes.
        chunk: Vec<u8>,
    },
}

/// The centre's answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Response {
    /// To [`Request::Lease`]; none where it has not changed.
    Lease {
        /// The lease.
        reply: Option<Box<LeaseReply>>,
        /// Its tag.
        tag: Option<String>,
    },
    /// To [`Request::Outcomes`].
    Outcomes(Vec<Outcome>),
    /// To [`Request::State`].
    State(PacketReply),
    /// To [`Request::Create`]: the upload's path.
    Created {
        /// The upload's path.
        path: String,
    },
    /// To [`Request::Offset`] and [`Request::Patch`]: how many bytes the centre has.
    Offset(u64),
    /// The centre said no. Never final: only a signed receipt lets a packet go.
    Refused {
        /// The HTTP status, 400 to 499.
        status: u16,
        /// The problem's key, where it gave one.
        key: String,
    },
}

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke, or nothing came in time.
    NoAnswer,
    /// Whoever answers has not the pinned centre's certificate.
    Foreign,
    /// The centre does not accept this station's certificate.
    Rejected,
    /// The answer is not what the centre's API says: a portal, a proxy, another version.
    Unreadable,
    /// The centre asks to come back later.
    Busy {
        /// After how long, where it said so.
        after: Option<Duration>,
    },
}
