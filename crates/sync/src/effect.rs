//! What goes in and out of the engine: plain values.

use domain::{ItemKind, Outcome, PacketId};
use envelope::{Decision, Digest, Manifest, Signed, Statement, Void};
use std::time::Duration;
use wire::{
    LeaseReply, PacketReply, ReviewList, ReviewOffer, ReviewReport, ReviewWord, ReviewWords,
    SignedText, StatusReport,
};

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
    Http(Answer),
    /// The rest is over.
    Rested,
    /// Something new waits, or the engine was told something while it rested.
    Woken,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// The version that the centre speaks, where the answer tells: 1 where a good answer names none.
    pub version: Option<u16>,
    /// The answer, or why there is none.
    pub result: Result<Response, Failure>,
}

/// How far an upload has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadPoint {
    /// The upload's path at the centre.
    pub path: String,
    /// How many bytes the centre has confirmed.
    pub offset: u64,
}

/// An item that may leave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// The packet.
    pub packet: PacketId,
    /// What it is; a void has no bytes.
    pub kind: ItemKind,
    /// Length of its age file in bytes.
    pub length: u64,
    /// Its upload, once begun.
    pub upload: Option<UploadPoint>,
    /// How often it was put off.
    pub attempts: u32,
}

/// What the store says of the outbox: one page of it, and what is due beside. Every page says all of it; a search through a very long
/// outbox may begin in its middle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Items that may leave now, first to leave first; as many as the store likes to name at once.
    pub waiting: Vec<Waiting>,
    /// Whether others follow the last of them.
    pub more: bool,
    /// When the next one that was put off may leave.
    pub due_in: Option<Duration>,
    /// The last outcome that is kept.
    pub outcomes_cursor: i64,
    /// The next lease is wanted: `domain::Limits::wants_next`.
    pub lease_wanted: bool,
    /// The station's certificate is to be renewed.
    pub certificate_due: bool,
    /// What there is to ask about reviews of the office's stations.
    pub reviews: ReviewWish,
}

/// What a station has to ask about reviews that are decided at another station.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReviewWish {
    /// Nothing: it is the office's only one.
    #[default]
    Nothing,
    /// From time to time, whether there is something new.
    News,
    /// Something waits to be said or fetched.
    Now,
}

/// A question about reviews.
#[derive(Debug, Clone, PartialEq)]
pub enum ReviewAsk {
    /// `POST /v1/reviews`.
    Offer(ReviewOffer),
    /// `GET /v1/reviews`.
    List {
        /// The tag of the list that is known.
        tag: Option<String>,
    },
    /// `GET /v1/reviews/{digest}`.
    Copy(Digest),
    /// `POST /v1/reviews/{digest}/words`.
    Say(Digest, ReviewWord),
    /// `GET /v1/reviews/{digest}/words`.
    Words(Digest),
    /// `POST /v1/reviews/{digest}/results`.
    Report(Digest, ReviewReport),
}

/// The centre's answer to a question about reviews.
#[derive(Debug, Clone, PartialEq)]
pub enum ReviewAnswer {
    /// To what was posted: kept.
    Taken,
    /// To [`ReviewAsk::List`]; none where it has not changed.
    List {
        /// What concerns this station.
        list: Option<Box<ReviewList>>,
        /// Its tag.
        tag: Option<String>,
    },
    /// To [`ReviewAsk::Copy`].
    Copy(Box<ReviewOffer>),
    /// To [`ReviewAsk::Words`].
    Words(ReviewWords),
    /// The centre said no.
    Refused {
        /// The HTTP status, 400 to 499.
        status: u16,
        /// The problem's key, where it gave one.
        key: String,
    },
}

/// The signed documents of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Documents {
    /// Of an item with bytes.
    Packet {
        /// The station's word.
        manifest: Signed<Manifest>,
        /// The officer's word.
        statement: Signed<Statement>,
        /// The supervisor's word, where the item needs one.
        decision: Option<Signed<Decision>>,
    },
    /// Of a packet that was damaged: it is all that is sent.
    Void(Signed<Void>),
}

/// What the engine asks of the store.
#[derive(Debug, Clone, PartialEq)]
pub enum StoreAct {
    /// What may leave now, in the order of leaving, after this one?
    Candidates {
        /// The last one that was named, by its place in the order even where it has left meanwhile; none: from the first.
        after: Option<PacketId>,
    },
    /// An item's documents. The store verifies the digest of the bytes before it gives them.
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
    /// Everything that was put off may leave now: a person asked to try.
    ReleaseAll,
    /// Not again before `wait` has passed, and one attempt more.
    PutOff {
        /// The packet.
        packet: PacketId,
        /// Why, as one of [`crate::WAIT_REASONS`].
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
    PutOutcomes {
        /// Those that could be read.
        outcomes: Vec<Outcome>,
        /// Where to go on: at or after the last of them, and past those that could not be read.
        cursor: i64,
    },
    /// What the station says of itself.
    Status,
    /// A new key for the station's certificate, kept apart until [`StoreAct::PutCertificate`], and the request for it.
    NewCertificateRequest,
    /// The next question about reviews.
    NextReview,
    /// Take the answer to it.
    ReviewAnswered(ReviewAnswer),
    /// Take the certificate for the newest request, PEM; the store checks that it fits the key.
    PutCertificate(String),
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
    /// To [`StoreAct::Status`].
    Status(StatusReport),
    /// To [`StoreAct::NewCertificateRequest`]: PKCS#10, PEM.
    CertificateRequest(String),
    /// To [`StoreAct::NextReview`].
    Review(Box<ReviewAsk>),
    /// To [`StoreAct::Settle`]: the receipt is good and says `retain`, so the packet stays.
    Kept,
    /// To [`StoreAct::Documents`] or [`StoreAct::Chunk`]: the packet is damaged and was set aside; it is no longer in the outbox.
    SetAside,
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
    /// `POST /v1/status`.
    Status(StatusReport),
    /// `POST /v1/stations/certificate`.
    Certificate {
        /// PKCS#10, PEM.
        csr_pem: String,
    },
    /// `POST /v1/voids`.
    Void(Signed<Void>),
    /// About reviews.
    Review(Box<ReviewAsk>),
    /// `POST /v1/uploads`.
    Create {
        /// Length of the packet.
        length: u64,
        /// The station's word.
        manifest: Signed<Manifest>,
        /// The officer's word.
        statement: Signed<Statement>,
        /// The supervisor's word, where the item needs one.
        decision: Option<Signed<Decision>>,
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
    Outcomes {
        /// Those that could be read.
        outcomes: Vec<Outcome>,
        /// The last cursor in the answer, of those that could not be read too.
        cursor: Option<i64>,
    },
    /// To [`Request::Status`].
    StatusTaken,
    /// To [`Request::Certificate`]: PEM.
    Certificate(String),
    /// To [`Request::Void`].
    Receipt(SignedText),
    /// To [`Request::Review`].
    Review(ReviewAnswer),
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
    /// The centre's certificate is not valid at the time that is believed here.
    Dates,
    /// The centre does not accept this station's certificate.
    Rejected,
    /// The centre asks to come back later.
    Busy {
        /// After how long, where it said so.
        after: Option<Duration>,
    },
    /// The answer is not what the centre's API says: another version, or something between.
    Unreadable,
    /// The centre failed at this request (500 to 599, without a word when to come back).
    Fault,
}

impl Failure {
    /// Whether it speaks of the link as a whole, not of what was asked.
    pub(crate) fn of_link(self) -> bool {
        !matches!(self, Self::Unreadable | Self::Fault)
    }

    /// Whether the pinned centre answered.
    pub(crate) fn answered(self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreadable | Self::Fault)
    }

    /// Its key, one of [`crate::LINK_ERRORS`].
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::NoAnswer => "no-answer",
            Self::Foreign => "foreign",
            Self::Dates => "dates",
            Self::Rejected => "rejected",
            Self::Busy { .. } => "busy",
            Self::Unreadable => "unreadable",
            Self::Fault => "centre-fault",
        }
    }
}
