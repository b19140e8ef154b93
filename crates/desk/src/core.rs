//! The desk's thread: the one owner of store, session and open work.

mod activation;
mod activity;
mod aging;
mod audit_check;
mod carry;
mod elsewhere;
mod extension;
mod job;
mod link;
mod lists;
mod manifest;
mod medium;
mod passphrase;
mod photo;
mod publish;
mod renewal;
mod rescue;
mod review;
mod second_copy;
mod sign_in;
mod slip;
mod time;
mod work;

use activity::Session;
use job::{Done, Job};
use lists::Lists;

use crate::analysis::{Analysis, AnalysisParts, LiveSlot, Order, Seen};
use crate::desk::StateSlot;
use crate::link::Link;
use crate::open_work::OpenWork;
use crate::station_keys::StationKeys;
use crate::station_time::StationTime;
use crate::{
    AuditView, CameraView, ChallengeView, Command, DeskOptions, LinkView, Notice, OutboxAct,
    SessionAct, SourceChoice, StationAct, problems,
};
use capture::{Camera, Selector, SourceSpec};
use domain::{PacketId, Policy, Timestamp};
use envelope::{Digest, FORMAT, Zeroizing};
use queue::{LeaseRecord, QueueError, StationRecord, Store, StoreOptions};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::Duration;
use sync::{LinkReport, Order as LinkOrder, StoreAct, StoreReply};
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
    /// A job has ended; without a result it crashed.
    Job(Job, Option<Done>),
    /// The link asks the store.
    Store(Box<StoreAct>, oneshot::Sender<StoreReply>),
    LinkReport(LinkReport),
    /// The medium's thread asks for the next item.
    NextForMedium(medium::NextItem),
    /// It offers a packet to be carried.
    Carry(Box<carry::ToCarry>),
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
    /// Media that are mounted, and when that was looked at.
    media: Vec<PathBuf>,
    media_seen: Option<Duration>,
    /// What works on a thread of its own now.
    jobs: Vec<Job>,
    /// When the age limits were looked at last.
    aged: Option<Duration>,
    /// An activation that is under way: the centre's address, and the keys that it is for.
    activating: Option<(String, StationKeys)>,
    link: Option<Link>,
    link_view: LinkView,
    /// Reviews between the office's stations.
    elsewhere: elsewhere::Elsewhere,
    /// Whoever is signed in, with what they have open.
    session: Option<Session>,
    camera: Arc<Camera>,
    camera_view: CameraView,
    /// Which cameras the policy lets be read, as the camera was told last.
    admission: capture::Admission,
    analysis: Analysis,
    /// Whose face the analysis looks for.
    watching: Option<PacketId>,
    /// Why no photograph can be made at all.
    models_broken: Option<Notice>,
    /// Why the last sign-in failed.
    sign_in_error: Option<Notice>,
    notice: Option<Notice>,
    lists: Lists,
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
        let admission = options.camera.admission.clone();
        let camera = Arc::new(Camera::open(options.source.clone(), options.camera.clone()));
        let analysis = start_analysis(&options, &camera, &inbox, &live)?;
        let now = options.clock.now();
        let (store, blocked) = match open_store(&options, now) {
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
            jobs: Vec::new(),
            aged: None,
            activating: None,
            link: None,
            link_view: LinkView::default(),
            elsewhere: elsewhere::Elsewhere::default(),
            session: None,
            camera,
            camera_view: CameraView::default(),
            admission,
            analysis,
            watching: None,
            models_broken: None,
            sign_in_error: None,
            notice: None,
            lists: Lists::default(),
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
            let signed_in = self.session.is_some();
            match inputs.recv_timeout(TICK) {
                Ok(Input::Stop) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(input) => self.take(input),
                Err(RecvTimeoutError::Timeout) => {}
            }
            self.tick();
            if signed_in && self.session.is_none() {
                crate::hardening::wipe_stack();
            }
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
            Input::Job(job, done) => self.ended(job, done),
            Input::Store(act, reply) => {
                let answer = self.answer_link(*act);
                let _ = reply.send(answer);
            }
            Input::LinkReport(report) => self.link_told(&report),
            Input::NextForMedium(asked) => self.next_for_medium(&asked),
            Input::Carry(asked) => self.carry(&asked),
            Input::Stop => {}
        }
    }

    fn command(&mut self, command: Command) {
        if let Some(session) = &mut self.session {
            session.touched = self.options.clock.elapsed();
        }
        match command {
            Command::Session(act) => self.session_act(act),
            Command::Enrolment(act) => self.enrolment_act(act),
            Command::Review(act) => self.review_act(act),
            Command::Outbox(act) => self.outbox_act(act),
            Command::Station(act) => self.station_act(act),
            Command::DismissNotice => self.notice = None,
        }
    }

    fn session_act(&mut self, act: SessionAct) {
        match act {
            SessionAct::SignIn { staff, passphrase } => self.try_sign_in(staff, passphrase),
            SessionAct::SignOut => self.leave(),
            SessionAct::Touch => {}
            SessionAct::BeginPassphrase => self.begin_passphrase(),
            SessionAct::ChangePassphrase { old, new } => self.change_passphrase(old, new),
            SessionAct::ClosePassphrase => self.close_passphrase(),
            SessionAct::Unlock(staff) => self.unlock(&staff),
        }
    }

    fn outbox_act(&mut self, act: OutboxAct) {
        match act {
            OutboxAct::TryNow => self.try_now(),
            OutboxAct::Pause(paused) => self.order_link(LinkOrder::Pause(paused)),
            OutboxAct::WriteMedium(medium) => self.write_medium(medium),
            OutboxAct::ReadMedium(medium) => self.read_medium(medium),
        }
    }

    fn station_act(&mut self, act: StationAct) {
        match act {
            StationAct::Activate { url, code } => self.activate(url, code.expose().to_owned()),
            StationAct::RescueStore => self.rescue_store(),
            StationAct::ExtendLease(typed) => self.extend_lease(&typed),
            StationAct::KeepSecondCopy(folder) => self.keep_second_copy(&folder),
            StationAct::EndSecondCopy => self.end_second_copy(),
            StationAct::ChooseCamera(choice) => self.choose_camera(choice),
            StationAct::RefreshCameras => self.list_cameras(),
            StationAct::CheckAudit => self.check_audit(),
        }
    }

    fn tick(&mut self) {
        let elapsed = self.options.clock.elapsed();
        self.seal_rested();
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
            Ok(value) => Some(value),
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

    /// What was destroyed leaves the log too. No receipt will come after this, which would do it.
    fn purge_closed(&mut self) {
        if let Some(store) = &mut self.store {
            let purged = store.purge();
            self.told(purged);
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
        let wanted = self.work().filter(|w| w.wants_frames()).map(|w| w.packet);
        if let Some(packet) = wanted
            && self.watching != Some(packet)
        {
            let policy = Box::new(self.policy());
            let attempt = self.work().map_or(1, OpenWork::attempt);
            let watch = Order::Watch {
                packet,
                tries_left: (policy.capture_tries + 1).saturating_sub(attempt),
                policy,
            };
            if self.analysis.order(watch) {
                if let Some(work) = self.work_mut() {
                    work.challenge = ChallengeView::Waiting;
                }
                self.watching = Some(packet);
                self.models_broken = None;
            }
        } else if wanted.is_none()
            && self.watching.is_some()
            && self
                .work()
                .is_none_or(|w| w.step != crate::Step::Photograph)
            && self.analysis.order(Order::Rest)
        {
            self.watching = None;
        }
    }
}

/// The station's store, as the options say.
fn open_store(options: &DeskOptions, now: Timestamp) -> Result<Store, QueueError> {
    let how = StoreOptions {
        vfs: options.vfs.clone(),
        ..StoreOptions::default()
    };
    Store::open_with(&options.data.join(STORE_FILE), &how, now)
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
