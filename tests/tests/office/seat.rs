//! A station of the office: a desk on a disk of its own, an empty chair before its camera, and a link that can be cut.

use crate::relay::Relay;
use crate::support::TestCentre;
use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{
    ActivityView, Clock, Command, Desk, DeskOptions, EnrolmentAct, Field, OutboxAct, PhotoPhase,
    ReviewAct, SecretString, SessionAct, State, StationAct, Step, SystemClock,
};
use domain::{ApplicationKind, CaptureReason, PacketId, StaffId, StationId, Timestamp};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// For what a loaded machine does in some seconds.
const PATIENCE: Duration = Duration::from_mins(3);
/// How often somebody who waits presses "try now".
const IMPATIENCE: Duration = Duration::from_secs(2);

/// The office's clock: the system's, and what has passed beside.
#[derive(Default, Clone)]
pub struct OfficeClock {
    system: Arc<SystemClock>,
    passed_millis: Arc<AtomicU64>,
}

impl OfficeClock {
    pub fn pass_days(&self, days: u64) {
        let millis = days * 24 * 60 * 60 * 1000;
        self.passed_millis.fetch_add(millis, Ordering::SeqCst);
    }

    pub fn centre(&self) -> central::Clock {
        let clock = self.clone();
        central::Clock::from_fn(move || clock.now())
    }
}

impl Clock for OfficeClock {
    fn now(&self) -> Timestamp {
        let passed = self.passed_millis.load(Ordering::SeqCst);
        self.system.now().plus_millis(passed as i64)
    }

    fn elapsed(&self) -> Duration {
        let passed = self.passed_millis.load(Ordering::SeqCst);
        self.system.elapsed() + Duration::from_millis(passed)
    }
}

pub struct Seat {
    desk: Desk,
    folder: tempfile::TempDir,
    pub relay: Relay,
    feeding: Arc<AtomicBool>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.feeding.store(false, Ordering::SeqCst);
    }
}

impl Seat {
    /// A new PC, activated at the centre under that name.
    pub fn new(centre: &TestCentre, name: &str, clock: &OfficeClock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let relay = Relay::to(centre.centre.addr());
        let feed = MemoryFeed::new();
        let feeding = Arc::new(AtomicBool::new(true));
        let (shown, on) = (feed.clone(), feeding.clone());
        std::thread::spawn(move || {
            while on.load(Ordering::SeqCst) {
                shown.push(1280, 720, vec![150; 1280 * 720 * 3]);
                std::thread::sleep(Duration::from_millis(80));
            }
        });
        let desk = Desk::start(DeskOptions {
            vfs: None,
            data: folder.path().to_owned(),
            models: PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../assets/models"),
            source: SourceSpec::Memory(feed),
            camera: CameraOptions::default(),
            clock: Arc::new(clock.clone()),
            wake: Arc::new(|| {}),
        })
        .unwrap();
        let seat = Self {
            desk,
            folder,
            relay,
            feeding,
        };
        let code = centre.code_for(&StationId::parse(name).unwrap());
        seat.send(Command::Station(StationAct::Activate {
            url: seat.relay.url(),
            code: code.as_str().into(),
        }));
        seat.until("the activation", |s| s.station.is_some() && s.link.online);
        seat
    }

    pub fn send(&self, command: Command) {
        assert!(self.desk.send(command), "the desk takes no command");
    }

    #[track_caller]
    pub fn until(&self, what: &str, wish: impl Fn(&State) -> bool) -> Arc<State> {
        self.desk.wait_for(PATIENCE, wish).unwrap_or_else(|state| {
            panic!("{what} did not come: {:?} {:?}", state.notice, state.link)
        })
    }

    /// The same while somebody presses "try now" again and again.
    #[track_caller]
    pub fn hurry(&self, what: &str, wish: impl Fn(&State) -> bool) -> Arc<State> {
        let until = Instant::now() + PATIENCE;
        loop {
            self.send(Command::Outbox(OutboxAct::TryNow));
            match self.desk.wait_for(IMPATIENCE, &wish) {
                Ok(state) => return state,
                Err(state) => assert!(
                    Instant::now() < until,
                    "{what} did not come: {:?} {:?}",
                    state.notice,
                    state.link
                ),
            }
        }
    }

    /// Waits until the desk says this, and takes it off.
    #[track_caller]
    pub fn told(&self, key: &str) {
        self.hurry(key, |s| s.notice.as_ref().is_some_and(|n| n.key == key));
        self.send(Command::DismissNotice);
        self.until("the dismissal", |s| {
            s.notice.as_ref().is_none_or(|n| n.key != key)
        });
    }

    #[track_caller]
    pub fn sign_in(&self, staff: &str) {
        let id = StaffId::parse(staff).unwrap();
        self.send(Command::Session(SessionAct::SignIn {
            staff: id.clone(),
            passphrase: SecretString::from(format!("correct horse {staff}")),
        }));
        self.until("the sign-in", |s| {
            s.session
                .as_ref()
                .is_some_and(|session| session.staff == id)
        });
    }

    #[track_caller]
    pub fn sign_out(&self) {
        self.send(Command::Session(SessionAct::SignOut));
        self.until("the sign-out", |s| s.session.is_none());
    }

    /// An officer takes an application; the photograph is taken with a reason, of an empty chair.
    #[track_caller]
    pub fn enrol(&self) -> PacketId {
        self.sign_in("40213");
        self.enrolment(EnrolmentAct::New);
        let state = self.until("a new application", |s| s.work().is_some());
        let packet = state.work().unwrap().packet;
        self.enrolment(EnrolmentAct::SetKind(ApplicationKind::New));
        for (field, text) in [
            (Field::NameLatin, "Zainab Noor"),
            (Field::NameUrdu, "زینب نور"),
            (Field::FatherLatin, "Noor Ahmed"),
            (Field::FatherUrdu, "نور احمد"),
            (Field::Cnic, "36302-0004512-4"),
            (Field::Born, "02/01/1970"),
            (Field::Gender, "female"),
            (Field::Address, "مکان 1، ملتان"),
        ] {
            self.enrolment(EnrolmentAct::SetField(field, text.into()));
        }
        self.enrolment(EnrolmentAct::SetConsent(true));
        self.until("a live camera", |s| s.camera.live());
        self.enrolment(EnrolmentAct::Goto(Step::Photograph));
        self.photograph();
        self.submit();
        packet
    }

    fn photograph(&self) {
        self.enrolment(EnrolmentAct::TakeNow(Some(CaptureReason::Condition)));
        self.until("the photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Captured(_)))
        });
        self.enrolment(EnrolmentAct::KeepPhoto);
        self.until("the kept photograph", |s| {
            s.work()
                .is_some_and(|w| matches!(w.photo.phase, PhotoPhase::Kept(_)))
        });
    }

    #[track_caller]
    pub fn submit(&self) {
        self.enrolment(EnrolmentAct::Goto(Step::Check));
        self.enrolment(EnrolmentAct::Submit);
        self.told("notice-submitted");
        self.sign_out();
    }

    pub fn enrolment(&self, act: EnrolmentAct) {
        self.send(Command::Enrolment(act));
    }

    /// Opens a review, wherever it waits, and decides it.
    #[track_caller]
    pub fn decide(&self, packet: PacketId, act: ReviewAct, said: &str) {
        self.hurry("the review", |s| {
            s.reviews.iter().any(|review| review.packet == packet)
        });
        self.send(Command::Review(ReviewAct::Open(packet)));
        self.until(
            "the open review",
            |s| matches!(&s.activity, ActivityView::Reviewing(open) if open.row.packet == packet),
        );
        self.send(Command::Review(act));
        self.told(said);
    }

    /// Whether any file of the station holds these bytes. Of a copy: closing a file of a running store gives its lock away.
    pub fn holds(&self, bytes: &[u8]) -> bool {
        let copy = tempfile::tempdir().unwrap();
        let done = std::process::Command::new("cp")
            .arg("-a")
            .arg(self.folder.path().join("."))
            .arg(copy.path())
            .status();
        assert!(done.unwrap().success());
        std::fs::read_dir(copy.path()).unwrap().any(|entry| {
            let file = std::fs::read(entry.unwrap().path()).unwrap_or_default();
            file.windows(bytes.len()).any(|window| window == bytes)
        })
    }
}
