//! What the desk shows: a value that screens draw and tests read.

use crate::{Checked, Form, Notice, SourceChoice};
use domain::{
    Application, ApplicationKind, CaptureReason, ClockConfidence, Exception, Gap, ItemKind,
    PacketId, Role, StaffId, StationId, Timestamp,
};
use std::path::PathBuf;
use std::sync::Arc;

/// Everything a screen needs, at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// Rises with every change.
    pub revision: u64,
    /// How many commands have been carried out since the start; one that only begins work (a key
    /// file, a burst) counts when it has begun.
    pub carried_out: u64,
    /// The wall clock when it was made.
    pub now: Timestamp,
    /// The station, once activated.
    pub station: Option<StationView>,
    /// Why no work can be done at all (damaged store, missing models); everything readable is kept.
    pub blocked: Option<Notice>,
    /// Activation is under way.
    pub activating: bool,
    /// The sign-in form's condition.
    pub sign_in: SignInView,
    /// Who is signed in.
    pub session: Option<SessionView>,
    /// The link to the centre.
    pub link: LinkView,
    /// The camera.
    pub camera: CameraView,
    /// Whether the clock is believed.
    pub clock: Option<ClockConfidence>,
    /// Free space on the disk with the store.
    pub disk_free_bytes: u64,
    /// The latest message.
    pub notice: Option<Notice>,
    /// Drafts sealed to whoever is signed in.
    pub drafts: Arc<[DraftView]>,
    /// Today's counters.
    pub today: Today,
    /// The queue.
    pub queue: Arc<QueueView>,
    /// The application that was just handed over, whose slip can be printed.
    pub slip: Option<PacketId>,
    /// What whoever is signed in has open.
    pub activity: ActivityView,
    /// The list of reviews, riskiest first, without one's own.
    pub reviews: Arc<[ReviewView]>,
    /// Reviews that somebody else must do, because they are one's own work.
    pub own_reviews: usize,
    /// Removable media that are mounted; only while somebody is signed in.
    pub media: Vec<PathBuf>,
    /// Colleagues to whom the open draft can be given.
    pub colleagues: Vec<Colleague>,
    /// Colleagues whose sign-in wrong tries have locked; only for a supervisor who is signed in.
    pub locked: Arc<[Colleague]>,
    /// What the last check of the audit chain said.
    pub audit: Option<AuditView>,
}

impl State {
    /// The open application.
    pub fn work(&self) -> Option<&Work> {
        match &self.activity {
            ActivityView::Enrolling(work) => Some(work),
            _ => None,
        }
    }

    /// The open review.
    pub fn review(&self) -> Option<&OpenReview> {
        match &self.activity {
            ActivityView::Reviewing(review) => Some(review),
            _ => None,
        }
    }

    /// The page for a new passphrase.
    pub fn passphrase(&self) -> Option<&PassphraseView> {
        match &self.activity {
            ActivityView::ChangingPassphrase(view) => Some(view),
            _ => None,
        }
    }
}

/// What is open: one thing at a time.
#[derive(Debug, Clone, Default)]
pub enum ActivityView {
    /// Nothing.
    #[default]
    AtDesk,
    /// An application.
    Enrolling(Box<Work>),
    /// A review copy.
    Reviewing(Box<OpenReview>),
    /// The page for a new passphrase.
    ChangingPassphrase(PassphraseView),
}

/// The page for a new passphrase.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PassphraseView {
    /// The key file is being sealed anew.
    pub busy: bool,
    /// Why the last try changed nothing.
    pub error: Option<Notice>,
}

/// A member of staff of this station.
#[derive(Clone, PartialEq, Eq)]
pub struct Colleague {
    /// Whose.
    pub staff: StaffId,
    /// The name in Latin letters.
    pub name_latin: String,
    /// The name in Urdu.
    pub name_urdu: String,
}

impl std::fmt::Debug for Colleague {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Colleague")
            .field("staff", &self.staff)
            .finish_non_exhaustive()
    }
}

/// A check of the audit chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditView {
    /// When it was checked.
    pub at: Timestamp,
    /// Rows that were read.
    pub rows: u64,
    /// The first digits of the last row's hash, for comparing by eye.
    pub head: String,
    /// What is wrong, as a message's key (`audit-fault-…`); none when the chain holds.
    pub fault: Option<&'static str>,
}

/// The station and its lease.
#[derive(Debug, Clone, PartialEq)]
pub struct StationView {
    /// Its id.
    pub id: StationId,
    /// The office in Latin letters.
    pub office_latin: String,
    /// The office in Urdu.
    pub office_urdu: String,
    /// The centre's address.
    pub centre_url: String,
    /// The lease's number, which the centre asks for when it extends it.
    pub lease_serial: u64,
    /// Whether it was extended: that can be done once.
    pub lease_extended: bool,
    /// The lease's end, its extension included.
    pub lease_expires: Timestamp,
    /// Whether a new application may start.
    pub lease_open: bool,
    /// Packets that may still be taken under this lease.
    pub packets_left: u32,
    /// The second sealed copy on another disk; none where none is kept.
    pub second_copy: Option<SecondCopyView>,
    /// Whether policy lets this station keep one.
    pub second_copy_allowed: bool,
    /// Whether replayed pictures may be submitted.
    pub replay_allowed: bool,
    /// The policy's version.
    pub policy_version: u32,
    /// Staff numbers that can sign in here.
    pub staff: Vec<StaffId>,
}

/// A second sealed copy on another disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondCopyView {
    /// Its folder.
    pub folder: PathBuf,
    /// Whether its disk is there.
    pub present: bool,
    /// Files that it is owed, written or removed.
    pub owed: u64,
    /// It was switched off; what lies there goes when the disk is there.
    pub ending: bool,
}

/// The sign-in form.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SignInView {
    /// A key file is being opened.
    pub busy: bool,
    /// Why the last try failed.
    pub error: Option<Notice>,
}

/// Who works.
#[derive(Clone, PartialEq)]
pub struct SessionView {
    /// Staff number.
    pub staff: StaffId,
    /// Name in Latin letters.
    pub name_latin: String,
    /// Name in Urdu.
    pub name_urdu: String,
    /// What they may do.
    pub role: Role,
    /// Since when.
    pub since: Timestamp,
}

impl std::fmt::Debug for SessionView {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SessionView")
            .field("staff", &self.staff)
            .field("role", &self.role)
            .field("since", &self.since)
            .finish_non_exhaustive()
    }
}

/// The link.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LinkView {
    /// The centre answered last time.
    pub online: bool,
    /// Since when it is so.
    pub since: Option<Timestamp>,
    /// Why not, as a message's key.
    pub error: Option<String>,
    /// A person paused it.
    pub paused: bool,
    /// Bytes a second of the current upload.
    pub rate_bytes: Option<u64>,
}

/// The camera.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CameraView {
    /// Key of its condition: `camera-live`, `camera-missing`, `camera-busy`, `camera-unplugged`,
    /// `camera-starting`, `camera-failing`, `camera-off`.
    pub status_key: &'static str,
    /// The device's own name.
    pub name: String,
    /// Frame width and height in pixels, when live.
    pub size: Option<(u32, u32)>,
    /// Frames a second, when live.
    pub rate: f32,
    /// Pictures come from a file.
    pub replayed: bool,
    /// On a real bus and known to policy.
    pub trusted: bool,
    /// Devices that can be chosen: label and what to ask for.
    pub devices: Vec<(String, SourceChoice)>,
}

impl CameraView {
    /// Whether frames arrive.
    pub fn live(&self) -> bool {
        self.status_key == "camera-live"
    }
}

/// A sealed draft in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct DraftView {
    /// The application.
    pub packet: PacketId,
    /// What is asked for, once chosen.
    pub kind: Option<ApplicationKind>,
    /// The step at which it waits.
    pub step: Step,
    /// The supervisor's reason, when it was returned (`return-…`).
    pub returned: Option<String>,
    /// When it was last sealed.
    pub saved_at: Timestamp,
}

/// Counters of the day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Today {
    /// Applications submitted.
    pub enrolled: u64,
    /// Photographs kept at the first try.
    pub first_photo_good: u64,
    /// Photographs kept.
    pub photos: u64,
    /// Applications that ended by refusal.
    pub refused: u64,
    /// Approved by a supervisor.
    pub approved: u64,
    /// Settled by receipt.
    pub settled: u64,
}

/// The queue in figures and rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QueueView {
    /// Drafts of everybody.
    pub drafts: u64,
    /// Waiting for a supervisor.
    pub in_review: u64,
    /// Sealed, waiting for the link.
    pub outbox: u64,
    /// Settled, ever.
    pub settled: u64,
    /// Closed without sending, ever.
    pub closed: u64,
    /// Packets of other stations that wait for this one's link.
    pub carried: u64,
    /// Since when the oldest one waits.
    pub oldest: Option<Timestamp>,
    /// What waits, first to leave first; at most 200.
    pub rows: Vec<QueueRow>,
    /// What the centre did not simply register, newest first; at most 50.
    pub answers: Vec<AnswerRow>,
}

/// A packet that the centre has and does not simply register.
#[derive(Debug, Clone, PartialEq)]
pub struct AnswerRow {
    /// The packet, as on the applicant's slip.
    pub packet: PacketId,
    /// What it carried.
    pub kind: Option<ApplicationKind>,
    /// What the centre found and what to do, as a message's key.
    pub key: &'static str,
    /// When it said so.
    pub at: Timestamp,
}

/// One packet that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct QueueRow {
    /// The packet.
    pub packet: PacketId,
    /// What it carries.
    pub kind: Option<ApplicationKind>,
    /// What leaves: an application, or something else that travels the same road.
    pub item: ItemKind,
    /// Where it is, as a message's key: `stage-in-review`, `stage-outbox`, `stage-settled`…
    pub stage_key: &'static str,
    /// Bytes in all.
    pub length: u64,
    /// Bytes that the centre has.
    pub sent: u64,
    /// Since when it is there.
    pub since: Timestamp,
    /// Why it waits, as a message's key.
    pub waits: Option<String>,
}

/// The steps of an application; any order.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// What is asked for.
    #[default]
    Kind,
    /// For whom.
    Details,
    /// With consent.
    Consent,
    /// The photograph.
    Photograph,
    /// What the capture had to allow for.
    Exceptions,
    /// Check and sign.
    Check,
}

impl Step {
    /// In order.
    pub const ALL: [Self; 6] = [
        Self::Kind,
        Self::Details,
        Self::Consent,
        Self::Photograph,
        Self::Exceptions,
        Self::Check,
    ];

    /// Key of its name: `step-…`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Kind => "step-kind",
            Self::Details => "step-details",
            Self::Consent => "step-consent",
            Self::Photograph => "step-photograph",
            Self::Exceptions => "step-exceptions",
            Self::Check => "step-check",
        }
    }

    /// The step after this one.
    #[must_use]
    pub fn next(self) -> Self {
        let at = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL.get(at + 1).copied().unwrap_or(self)
    }

    /// The step before this one.
    #[must_use]
    pub fn previous(self) -> Self {
        let at = Self::ALL.iter().position(|s| *s == self).unwrap_or(0);
        Self::ALL.get(at.saturating_sub(1)).copied().unwrap_or(self)
    }
}

/// The open application.
#[derive(Debug, Clone)]
pub struct Work {
    /// Its id, minted before the first frame.
    pub packet: PacketId,
    /// Where the officer is.
    pub step: Step,
    /// What is asked for.
    pub kind: Option<ApplicationKind>,
    /// What is typed.
    pub form: Form,
    /// What is right and wrong about it; `None` before a kind is chosen.
    pub checked: Option<Checked>,
    /// Consent is recorded.
    pub consent: bool,
    /// What the capture had to allow for.
    pub exceptions: Vec<Exception>,
    /// The photograph.
    pub photo: PhotoView,
    /// What stands between this draft and its submission.
    pub gaps: Vec<Gap>,
    /// When it was last sealed; `None` before the first time.
    pub saved_at: Option<Timestamp>,
    /// The supervisor's reason, when it was returned.
    pub returned: Option<String>,
    /// The packet is being sealed and signed.
    pub submitting: bool,
}

impl Work {
    /// Whether a step has everything it needs.
    pub fn complete(&self, step: Step) -> bool {
        match step {
            Step::Kind => self.kind.is_some(),
            Step::Details => self
                .checked
                .as_ref()
                .is_some_and(|c| c.details.is_some() && c.gaps.is_empty()),
            Step::Consent => self.consent,
            Step::Photograph => matches!(self.photo.phase, PhotoPhase::Kept { .. }),
            Step::Exceptions => true,
            Step::Check => self.gaps.is_empty(),
        }
    }
}

/// The photograph step.
#[derive(Debug, Clone)]
pub struct PhotoView {
    /// What is going on.
    pub phase: PhotoPhase,
    /// How far the liveness challenge is; it goes on in the phase `Live`.
    pub challenge: ChallengeView,
    /// This try, from 1.
    pub attempt: u32,
    /// Tries that policy allows before the fallback.
    pub tries: u32,
    /// The live picture is hidden for privacy.
    pub hidden: bool,
}

/// How far the liveness challenge is. The movement that is asked for is the live view's instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChallengeView {
    /// Not begun, or not asked for.
    #[default]
    Waiting,
    /// Under way.
    Running {
        /// Movements done.
        done: u32,
        /// Movements in all.
        of: u32,
    },
    /// A living person was seen; the photograph follows.
    Passed,
    /// It came to nothing: begin again, vouch, or take the photograph with a reason.
    Failed,
    /// It came to nothing as often as policy allows: vouch, or take the photograph with a reason.
    TriesOver,
    /// The officer vouches for a person who cannot do what is asked.
    Vouched,
}

/// What is going on in the photograph step.
#[derive(Debug, Clone)]
pub enum PhotoPhase {
    /// The live picture; taken automatically when all checks hold.
    Live,
    /// A burst is being taken.
    Burst {
        /// Frames so far.
        taken: u32,
        /// Frames in all.
        of: u32,
    },
    /// Best shot and portrait are being made.
    Working,
    /// The best shot, in memory only: keep or retake.
    Captured(Box<Shot>),
    /// Sealed into the draft.
    Kept(Box<Shot>),
}

/// A captured photograph, as shown.
#[derive(Debug, Clone)]
pub struct Shot {
    /// The ICAO portrait.
    pub portrait: Picture,
    /// The checks of the kept frame.
    pub checks: Vec<Check>,
    /// Why it was taken although a check did not hold.
    pub reason: Option<CaptureReason>,
    /// Which portrait clauses fail, as keys (`clause-…`).
    pub clauses: Vec<String>,
}

/// Pixels for the screen: RGB8, row by row. Its `Debug` prints the size only.
#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `width * height * 3` bytes.
    pub rgb: Arc<[u8]>,
}

impl std::fmt::Debug for Picture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Picture({}x{})", self.width, self.height)
    }
}

/// One line of the list of checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Key of its name: `check-…`.
    pub key: &'static str,
    /// 0–100; none when it was not assessed.
    pub value: Option<u8>,
    /// The lowest accepted value.
    pub least: u8,
}

impl Check {
    /// Whether it holds; equal passes, and what was not assessed does not.
    pub fn holds(&self) -> bool {
        self.value.is_some_and(|v| v >= self.least)
    }
}

/// The newest frame with what was seen in it.
#[derive(Debug, Clone)]
pub struct Live {
    /// The frame.
    pub picture: Picture,
    /// Rises with every frame.
    pub sequence: u64,
    /// Milliseconds from the frame's arrival to the end of its analysis.
    pub age_ms: u32,
    /// Face boxes in relative coordinates (x, y, width, height), the applicant's first.
    pub faces: Vec<[f32; 4]>,
    /// The 68 landmarks of the applicant's face, relative.
    pub landmarks: Vec<[f32; 2]>,
    /// Where the face should be: the oval's box, relative.
    pub oval: [f32; 4],
    /// The one thing to do: key of the message (`instruct-…`).
    pub instruction: &'static str,
    /// How long all checks have held, 0 to 1.
    pub hold: f32,
    /// The list of checks.
    pub checks: Vec<Check>,
}

/// A submission in the list of reviews; no personal data before it is opened.
#[derive(Debug, Clone, PartialEq)]
pub struct ReviewView {
    /// The application.
    pub packet: PacketId,
    /// What is asked for.
    pub kind: Option<ApplicationKind>,
    /// Who took it.
    pub officer: StaffId,
    /// Since when it waits.
    pub since: Timestamp,
    /// What makes it risky, as keys (`flag-…`); empty when all checks passed.
    pub flags: Vec<String>,
    /// 0 (none) to 100.
    pub risk: u8,
    /// The other station of the office where it waits; none for this one.
    pub station: Option<StationId>,
}

/// The open review copy.
#[derive(Debug, Clone)]
pub struct OpenReview {
    /// Its line in the list.
    pub row: ReviewView,
    /// What the officer recorded.
    pub application: Arc<Application>,
    /// The portrait, large.
    pub portrait: Picture,
    /// The burst.
    pub burst: Vec<Picture>,
    /// Components below policy: name, value, least.
    pub shortfalls: Vec<(String, u8, u8)>,
    /// How many components were assessed.
    pub assessed: usize,
    /// A decision is being signed.
    pub deciding: bool,
}

/// Reasons to return a submission, as keys.
pub const RETURN_REASONS: [&str; 5] = [
    "return-portrait",
    "return-name",
    "return-details",
    "return-consent",
    "return-exception",
];
/// Reasons to reject a submission, as keys.
pub const REJECT_REASONS: [&str; 4] = [
    "reject-other-person",
    "reject-documents",
    "reject-twice",
    "reject-fraud",
];
