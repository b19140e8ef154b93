//! The desk's thread: the one owner of store, session and open work.

mod activation;
mod aging;
mod audit_check;
mod link;
mod manifest;
mod medium;
mod photo;
mod publish;
mod renewal;
mod rescue;
mod review;
mod sign_in;
mod slip;
mod time;
mod work;

use crate::analysis::{Analysis, AnalysisParts, LiveSlot, Order, Seen};
use crate::desk::StateSlot;
use crate::link::Link;
use crate::open_work::OpenWork;
use crate::printing::PrintError;
use crate::station_keys::StationKeys;
use crate::station_time::StationTime;
use crate::{
    AuditView, CameraView, ChallengeView, Colleague, Command, DeskOptions, DraftView, LinkView,
    Notice, OpenReview, QueueView, ReviewView, SignInView, SourceChoice, Today, problems,
};
use capture::{Camera, Selector, SourceSpec};
use documents::SlipContent;
use domain::{PacketId, Policy, StaffId, Timestamp};
use envelope::{Digest, EnvelopeError, FORMAT, Parts, Recipient, StaffEntry, StaffKeys, Zeroizing};
use queue::{LeaseRecord, QueueError, SealedCopy, StationRecord, Store};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;
use sync::{Activated, ActivationError, LinkReport, Order as LinkOrder, StoreAct, StoreReply};
use tokio::sync::oneshot;

/// How often the desk looks at the clock, the camera and the disk when nothing happens.
const TICK: Duration = Duration::from_millis(250);
/// Typing is sealed into the draft this long after the last change.
const DRAFT_REST: Duration = Duration::from_secs(3);
/// How soon a thread that crashed is started again.
const RESTART_REST: Duration = Duration::from_secs(2);
/// The store's file in the data folder.
pub const STORE_FILE: &str = "station.db";

/// What reaches the desk's thread.
pub(crate) enum Input {
    Command(Command),
    /// What the analysis saw, and for whose application.
    Seen(PacketId, Seen),
    KeyOpened {
        staff: StaffId,
        result: Result<StaffKeys, EnvelopeError>,
    },
    /// The link asks the store.
    Store(Box<StoreAct>, oneshot::Sender<StoreReply>),
    LinkReport(LinkReport),
    Printed(Result<(), PrintError>),
    Activated(Box<Result<Activated, ActivationError>>),
    /// The medium's thread asks for the next item.
    NextForMedium(medium::NextItem),
    Medium(Box<medium::MediumDone>),
    Stop,
}

#[derive(Clone)]
pub(crate) struct CoreParts {
    pub(crate) options: DeskOptions,
    pub(crate) inbox: SyncSender<Input>,
    pub(crate) state: Arc<StateSlot>,
    pub(crate) live: LiveSlot,
}

/// The station, once activated.
pub(crate) struct Station {
    pub(crate) record: StationRecord,
    pub(crate) keys: StationKeys,
    pub(crate) lease: Option<LeaseRecord>,
}

/// Whoever is signed in, with their keys in memory.
struct Session {
    entry: StaffEntry,
    keys: StaffKeys,
    since: Timestamp,
    touched: Duration,
    /// Envelopes that this person can open and that are to be sealed anew, with their readers.
    to_reseal: Vec<(PacketId, SealedCopy, Vec<Recipient>)>,
}

/// What a document says beside its content.
struct Signing {
    format: u16,
    lease: Option<u64>,
    audit_head: Option<Digest>,
}

impl Default for Signing {
    fn default() -> Self {
        Self {
            format: 1,
            lease: None,
            audit_head: None,
        }
    }
}

/// The open review copy.
struct Reviewing {
    row: queue::ReviewRow,
    parts: Parts,
    view: OpenReview,
}

/// Lists that come from the store; read again when something changed.
#[derive(Default)]
struct Lists {
    drafts: Vec<DraftView>,
    reviews: Vec<ReviewView>,
    own_reviews: usize,
    locked: Vec<Colleague>,
    queue: QueueView,
    today: Today,
}

pub(crate) struct Core {
    options: DeskOptions,
    time: Arc<StationTime>,
    inbox: SyncSender<Input>,
    slot: Arc<StateSlot>,
    live: LiveSlot,
    store: Option<Store>,
    blocked: Option<Notice>,
    station: Option<Station>,
    /// The key of the certificate that was asked for.
    renewing: Option<Zeroizing<String>>,
    /// When a crashed thread was started again last.
    restarted: Option<Duration>,
    /// Media that are mounted, when that was looked at, and whether one is being written or read.
    media: Vec<PathBuf>,
    media_seen: Option<Duration>,
    medium_busy: bool,
    /// When the age limits were looked at last.
    aged: Option<Duration>,
    /// An activation that is under way: the centre's address, and the keys that it is for.
    activating: Option<(String, StationKeys)>,
    link: Option<Link>,
    link_view: LinkView,
    session: Option<Session>,
    work: Option<OpenWork>,
    work_changed: Duration,
    /// What the last submission's slip says.
    slip: Option<SlipContent>,
    reviewing: Option<Reviewing>,
    camera: Arc<Camera>,
    camera_view: CameraView,
    analysis: Analysis,
    /// Whose face the analysis looks for.
    watching: Option<PacketId>,
    /// Why no photograph can be made at all.
    models_broken: Option<Notice>,
    sign_in: SignInView,
    notice: Option<Notice>,
    lists: Lists,
    lists_stale: bool,
    audited: Option<AuditView>,
    revision: u64,
    carried_out: u64,
}

impl Core {
    /// Opens the store and starts the threads; `None` when the system gives no thread.
    pub(crate) fn new(parts: CoreParts) -> Option<Self> {
        let CoreParts {
            options,
            inbox,
            state,
            live,
        } = parts;
        let camera = Arc::new(Camera::open(options.source.clone(), options.camera.clone()));
        let analysis = start_analysis(&options, &camera, &inbox, &live)?;
        let now = options.clock.now();
        let (store, blocked) = match Store::open(&options.data.join(STORE_FILE), now) {
            Ok(store) => (Some(store), None),
            Err(error) => (None, Some(problems::store(&error))),
        };
        let time = Arc::new(StationTime::new(options.clock.clone()));
        let before = state.newest();
        let mut core = Self {
            options,
            time,
            inbox,
            slot: state,
            live,
            store,
            blocked,
            station: None,
            renewing: None,
            restarted: None,
            media: Vec::new(),
            media_seen: None,
            medium_busy: false,
            aged: None,
            activating: None,
            link: None,
            link_view: LinkView::default(),
            session: None,
            work: None,
            work_changed: Duration::ZERO,
            slip: None,
            reviewing: None,
            camera,
            camera_view: CameraView::default(),
            analysis,
            watching: None,
            models_broken: None,
            sign_in: SignInView::default(),
            notice: None,
            lists: Lists::default(),
            lists_stale: true,
            audited: None,
            // After a crash both go on: whoever waits for them waits for the same desk.
            revision: before.revision,
            carried_out: before.carried_out,
        };
        core.load_time();
        core.load_station();
        core.list_cameras();
        Some(core)
    }

    /// The thread crashed and begins anew.
    pub(crate) fn say_restarted(&mut self) {
        self.audit("desk-restarted", None, "");
        self.notice = Some(Notice::attention("notice-restarted"));
    }

    pub(crate) fn run(&mut self, inputs: &Receiver<Input>) {
        self.publish();
        loop {
            match inputs.recv_timeout(TICK) {
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.tick();
            self.publish();
        }
        self.sign_out(None);
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Command(command) => {
                self.command(command);
                self.carried_out += 1;
            }
            Input::Seen(packet, seen) => self.seen(packet, seen),
            Input::KeyOpened { staff, result } => self.key_opened(&staff, result),
            Input::Store(act, reply) => {
                let answer = self.answer_link(*act);
                let _ = reply.send(answer);
            }
            Input::LinkReport(report) => self.link_told(&report),
            Input::Printed(result) => self.printed(result),
            Input::Activated(result) => self.activated(*result),
            Input::NextForMedium(asked) => self.next_for_medium(&asked),
            Input::Medium(done) => self.medium_done(*done),
            Input::Stop => {}
        }
    }

    fn command(&mut self, command: Command) {
        if let Some(session) = &mut self.session {
            session.touched = self.options.clock.elapsed();
        }
        match command {
            Command::SignIn { staff, passphrase } => self.try_sign_in(staff, passphrase),
            Command::SignOut => self.leave(),
            Command::Touch => {}
            Command::NewApplication => self.new_application(),
            Command::OpenDraft(packet) => self.open_draft(packet),
            Command::CloseWork => self.close_work(),
            Command::DiscardDraft => self.discard(),
            Command::Refuse(refusal) => self.refuse(refusal),
            Command::Goto(step) => self.goto(step),
            Command::SetKind(kind) => self.change_work(|work| work.set_kind(kind)),
            Command::SetField(field, value) => self.change_work(|work| work.form.set(field, value)),
            Command::SetConsent(given) => self.set_consent(given),
            Command::SetException(exception, on) => self.change_work(|work| {
                work.exceptions.retain(|e| *e != exception);
                if on {
                    work.exceptions.push(exception);
                }
            }),
            Command::TakeNow(reason) => self.take_now(reason),
            Command::BeginChallenge => self.begin_challenge(),
            Command::Vouch(why) => self.vouch(why),
            Command::Retake => self.retake(),
            Command::KeepPhoto => self.keep_photo(),
            Command::HidePicture(hidden) => self.change_work(|work| work.hidden = hidden),
            Command::Submit => self.submit(),
            Command::PrintSlip => self.print_slip(),
            Command::OpenReview(packet) => self.open_review(packet),
            Command::CloseReview => self.reviewing = None,
            Command::Approve => self.approve(),
            Command::Return(reason) => self.return_work(&reason),
            Command::Reject(reason) => self.reject(&reason),
            Command::Activate { url, code } => self.activate(url, code),
            Command::Unlock(staff) => self.unlock(&staff),
            Command::RescueStore => self.rescue_store(),
            Command::WriteMedium(medium) => self.write_medium(medium),
            Command::ReadMedium(medium) => self.read_medium(medium),
            Command::HandOver(staff) => self.give_away(&staff),
            Command::RetrySync => self.try_now(),
            Command::PauseSync(paused) => self.order_link(LinkOrder::Pause(paused)),
            Command::ChooseCamera(choice) => self.choose_camera(choice),
            Command::RefreshCameras => self.list_cameras(),
            Command::CheckAudit => self.check_audit(),
            Command::DismissNotice => self.notice = None,
        }
    }

    fn tick(&mut self) {
        let elapsed = self.options.clock.elapsed();
        let resting = elapsed.saturating_sub(self.work_changed) >= DRAFT_REST;
        if resting && self.work.as_ref().is_some_and(|w| w.dirty) {
            self.seal_draft();
        }
        let idle = Duration::from_secs(u64::from(self.policy().limits.idle_minutes) * 60);
        if self
            .session
            .as_ref()
            .is_some_and(|s| elapsed.saturating_sub(s.touched) >= idle)
        {
            // The keys go whatever happens; what could not be sealed is said to be lost.
            let sealed = self.seal_draft();
            let key = if sealed {
                "notice-idle-locked"
            } else {
                "notice-idle-unsealed"
            };
            self.sign_out(Some(Notice::attention(key)));
        }
        self.restart_threads();
        self.keep_time();
        self.apply_age_limits();
        self.reseal_some();
        self.look_for_media();
        self.refresh_camera();
        self.watch_if_wanted();
    }

    /// Threads that crashed come back; the store is untouched by them.
    fn restart_threads(&mut self) {
        let elapsed = self.options.clock.elapsed();
        let rested = self
            .restarted
            .is_none_or(|last| elapsed.saturating_sub(last) >= RESTART_REST);
        if !rested {
            return;
        }
        if self.link.as_ref().is_some_and(Link::ended) {
            self.restarted = Some(elapsed);
            self.audit("link-restarted", None, "");
            self.start_link();
        }
        if self.analysis.ended() {
            self.restarted = Some(elapsed);
            self.audit("analysis-restarted", None, "");
            let again = start_analysis(&self.options, &self.camera, &self.inbox, &self.live);
            if let Some(analysis) = again {
                self.analysis = analysis;
                self.watching = None;
            }
        }
    }

    /// The policy in force; the strictest default before the first lease.
    fn policy(&self) -> Policy {
        self.lease()
            .map(|l| l.lease.policy.clone())
            .unwrap_or_default()
    }

    /// What documents that are signed now say of the lease and the audit chain. A lease of the first release comes from a centre that
    /// takes the first release's documents only.
    fn signing(&self) -> Signing {
        let Some(held) = self.lease().filter(|held| held.lease.format > 1) else {
            return Signing::default();
        };
        Signing {
            format: FORMAT,
            lease: Some(held.lease.serial),
            audit_head: self.store.as_ref().and_then(|s| s.audit_head().ok()),
        }
    }

    fn lease(&self) -> Option<&LeaseRecord> {
        self.station.as_ref().and_then(|s| s.lease.as_ref())
    }

    /// Says what happened to a person and gives `None`, or gives the value.
    fn told<T>(&mut self, result: Result<T, QueueError>) -> Option<T> {
        match result {
            Ok(value) => {
                self.lists_stale = true;
                Some(value)
            }
            Err(error) => {
                tracing::warn!(%error, "the store refused");
                let notice = problems::store(&error);
                if matches!(
                    error,
                    QueueError::Stopped(_) | QueueError::Damaged(_) | QueueError::Io { .. }
                ) {
                    self.blocked = Some(notice.clone());
                }
                self.notice = Some(notice);
                None
            }
        }
    }

    fn audit(&mut self, act: &str, packet: Option<PacketId>, detail: &str) {
        let now = self.options.clock.now();
        let staff = self.session.as_ref().map(|s| s.entry.id.clone());
        if let Some(store) = &mut self.store {
            let result = store.audit(act, staff.as_ref(), packet, detail, now);
            self.told(result);
        }
    }

    fn choose_camera(&mut self, choice: SourceChoice) {
        let spec = match choice {
            SourceChoice::AnyCamera => SourceSpec::Camera(Selector::Any),
            SourceChoice::Camera(node) => SourceSpec::Camera(Selector::Node(node)),
            SourceChoice::Pictures(path) => SourceSpec::Pictures(path),
            SourceChoice::Clip(path) => SourceSpec::Clip(path),
        };
        self.camera.switch(spec);
        self.audit("camera-chosen", None, "");
    }

    /// Starts or ends watching as the open step wants it.
    fn watch_if_wanted(&mut self) {
        let wanted = self
            .work
            .as_ref()
            .filter(|w| self.session.is_some() && w.wants_frames())
            .map(|w| w.packet);
        if let Some(packet) = wanted
            && self.watching != Some(packet)
        {
            let policy = Box::new(self.policy());
            if self.analysis.order(Order::Watch { packet, policy }) {
                if let Some(work) = &mut self.work {
                    work.challenge = ChallengeView::Waiting;
                }
                self.watching = Some(packet);
                self.models_broken = None;
            }
        } else if wanted.is_none()
            && self.watching.is_some()
            && self
                .work
                .as_ref()
                .is_none_or(|w| w.step != crate::Step::Photograph)
            && self.analysis.order(Order::Rest)
        {
            self.watching = None;
        }
    }
}

/// The thread that looks at frames; `None` when the system gives none.
fn start_analysis(
    options: &DeskOptions,
    camera: &Arc<Camera>,
    inbox: &SyncSender<Input>,
    live: &LiveSlot,
) -> Option<Analysis> {
    let (wake, events) = (options.wake.clone(), inbox.clone());
    Analysis::start(AnalysisParts {
        models: options.models.clone(),
        camera: camera.clone(),
        live: live.clone(),
        tell: Box::new(move |seen| {
            if let Some((packet, seen)) = seen {
                let _ = events.send(Input::Seen(packet, seen));
            }
            wake();
        }),
    })
    .ok()
}
