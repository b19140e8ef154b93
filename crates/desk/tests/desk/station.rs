//! An activated station in a folder, its clock, its camera and its people.

use crate::camera::{Feeder, Seat};
use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{Clock, Command, Desk, DeskOptions, Live, SecretString, SessionAct, State, Wake};
use domain::{PacketId, Role, StaffId, Stage, Timestamp};
use envelope::{Identity, KeyFile, Lease, Signed, StaffEntry, StaffKeys, WorkFactor};
use queue::testing::{NOW, Office};
use queue::{StationRecord, Store, StoreOptions};
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How long a state may take to come on a machine that does other things too.
pub const PATIENCE: Duration = Duration::from_secs(90);
pub const OFFICER_WORDS: &str = "an orchard behind the river";
pub const SUPERVISOR_WORDS: &str = "seven kites over the canal";
pub const SECOND_WORDS: &str = "the tea is better in Sukkur";

/// Both clocks of a station, in the test's hand.
#[derive(Default)]
pub struct TestClock {
    now: AtomicI64,
    elapsed_millis: AtomicU64,
}

impl TestClock {
    pub fn set(&self, now: Timestamp) {
        self.now.store(now.millis(), Ordering::SeqCst);
    }

    /// Time passes: on both clocks.
    pub fn pass(&self, time: Duration) {
        let millis = u64::try_from(time.as_millis()).unwrap();
        self.elapsed_millis.fetch_add(millis, Ordering::SeqCst);
        self.now
            .fetch_add(i64::try_from(millis).unwrap(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.now.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed_millis.load(Ordering::SeqCst))
    }
}

/// A station: what is on its disk, and everything around it that a restart does not change.
pub struct Station {
    folder: tempfile::TempDir,
    pub office: Arc<Office>,
    /// A second supervisor, so that a supervisor's own work has somebody to review it.
    pub second: Arc<(StaffId, StaffKeys)>,
    /// The office's recovery identity, which no station has.
    pub recovery: Identity,
    pub clock: Arc<TestClock>,
    pub feed: MemoryFeed,
    pub seat: Seat,
    feeder: Option<Feeder>,
}

impl Station {
    /// A station with the lease that `Office` gives: seven days from `NOW`.
    pub fn new() -> Self {
        Self::with_lease(|_| {})
    }

    /// A station whose first lease was changed before it was signed.
    pub fn with_lease(change: impl FnOnce(&mut Lease)) -> Self {
        let office = Office::default();
        let second = (
            StaffId::parse("40011").unwrap(),
            StaffKeys::generate().unwrap(),
        );
        let recovery = Identity::generate();
        let folder = tempfile::tempdir().unwrap();
        let mut store = open_store(folder.path());
        let key_file = |(id, keys): &(StaffId, StaffKeys), words: &str| {
            let file = KeyFile::create(keys, &SecretString::from(words), WorkFactor::TEST).unwrap();
            (id.clone(), file.as_bytes().to_vec())
        };
        let record = StationRecord {
            key_files: vec![
                key_file(&office.officer, OFFICER_WORDS),
                key_file(&office.supervisor, SUPERVISOR_WORDS),
                key_file(&second, SECOND_WORDS),
            ],
            ..office.record()
        };
        store.set_activation(&record, NOW).unwrap();
        let (lease, certificate) = office.lease(1, 1);
        let mut lease = lease.peek().unwrap();
        let (key, recipient) = second.1.public();
        lease.staff.push(StaffEntry {
            id: second.0.clone(),
            name_latin: "Second".to_owned(),
            name_urdu: "دوسرا".to_owned(),
            role: Role::Supervisor,
            key,
            recipient,
        });
        lease.office_recovery = Some(recovery.recipient());
        change(&mut lease);
        let lease = Signed::sign(&lease, &office.centre).unwrap();
        store.put_lease(&lease, &certificate, NOW).unwrap();
        drop(store);
        std::fs::write(
            folder.path().join("station.key"),
            hex::encode(office.station_key.expose_seed()),
        )
        .unwrap();
        let clock = Arc::new(TestClock::default());
        clock.set(NOW.plus_millis(60_000));
        Self {
            folder,
            office: Arc::new(office),
            second: Arc::new(second),
            recovery,
            clock,
            feed: MemoryFeed::new(),
            seat: Seat::default(),
            feeder: None,
        }
    }

    /// Switches the camera on: it shows whoever has taken the seat.
    pub fn with_camera(mut self) -> Self {
        self.feeder = Some(Feeder::start(self.feed.clone(), self.seat.clone()));
        self
    }

    /// The store refuses whatever would bring an application to this stage; before the desk starts.
    pub fn refuse(&self, stage: Stage) {
        Office::refuse(&self.folder.path().join("station.db"), stage);
    }

    /// Opens the desk, and waits until it knows its station or says why not.
    pub fn desk(&self) -> Worked {
        self.desk_with_models(assets().join("models"))
    }

    /// The same with networks from elsewhere.
    pub fn desk_with_models(&self, models: PathBuf) -> Worked {
        self.desk_that_wakes(models, Arc::new(|| {}))
    }

    /// The same with something that is called whenever there is something to draw.
    pub fn desk_that_wakes(&self, models: PathBuf, wake: Wake) -> Worked {
        let desk = Desk::start(DeskOptions {
            data: self.folder.path().to_owned(),
            models,
            source: SourceSpec::Memory(self.feed.clone()),
            camera: CameraOptions::default(),
            clock: self.clock.clone(),
            vfs: None,
            wake,
        })
        .unwrap();
        let desk = Worked {
            desk,
            sent: Cell::new(0),
        };
        desk.until("the first state", |s| {
            s.station.is_some() || s.blocked.is_some() || s.notice.is_some()
        });
        desk
    }

    /// What the disk would hold if the power failed now, as a station of its own. The desk on the
    /// old folder knows nothing of it.
    pub fn after_power_cut(&self) -> Self {
        let folder = self.copy();
        Self {
            folder,
            office: self.office.clone(),
            second: self.second.clone(),
            recovery: self.recovery.clone(),
            clock: self.clock.clone(),
            feed: MemoryFeed::new(),
            seat: self.seat.clone(),
            feeder: None,
        }
    }

    /// The centre issues another lease, changed, while the desk is closed.
    pub fn next_lease(&self, serial: u64, change: impl FnOnce(&mut Lease)) {
        let mut store = open_store(self.folder.path());
        let held = store.lease().unwrap().unwrap();
        let mut lease = held.lease.document().clone();
        lease.serial = serial;
        change(&mut lease);
        let lease = Signed::sign(&lease, &self.office.centre).unwrap();
        store
            .put_lease(&lease, &self.office.certificate(), NOW)
            .unwrap();
    }

    /// The store as it is on the disk, opened beside the desk that works on it.
    pub fn store(&self) -> StoreCopy {
        let folder = self.copy();
        StoreCopy {
            store: open_store(folder.path()),
            _folder: folder,
        }
    }

    /// Every file of the station, by name.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        // Of a copy: closing a file of the running store would give its lock away.
        let folder = self.copy();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, std::fs::read(entry.path()).unwrap()));
        }
        files
    }

    /// How often a sealed envelope of anybody begins in a file of the station, its log and free pages included.
    pub fn envelopes(&self) -> usize {
        let header = b"age-encryption.org/v1\n-> X25519 ";
        let files = self.files();
        let found = files.iter().map(|(_, bytes)| {
            let windows = bytes.windows(header.len());
            windows.filter(|window| window == header).count()
        });
        found.sum()
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    fn copy(&self) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let copied = std::process::Command::new("cp")
            .arg("-a")
            .arg(self.folder.path().join("."))
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(copied.success());
        folder
    }
}

/// A store on a copy of a station's disk.
pub struct StoreCopy {
    store: Store,
    _folder: tempfile::TempDir,
}

impl std::ops::Deref for StoreCopy {
    type Target = Store;
    fn deref(&self) -> &Store {
        &self.store
    }
}

fn open_store(folder: &Path) -> Store {
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        ..StoreOptions::default()
    };
    Store::open_with(&folder.join("station.db"), &options, NOW).unwrap()
}

/// The repository's assets.
pub fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets")
}

/// A desk with the few acts that every test needs.
pub struct Worked {
    desk: Desk,
    sent: Cell<u64>,
}

impl Worked {
    pub fn send(&self, command: Command) {
        assert!(self.desk.send(command), "the desk takes no command");
        self.sent.set(self.sent.get() + 1);
    }

    pub fn live(&self) -> Option<Arc<Live>> {
        self.desk.live()
    }

    pub fn state(&self) -> Arc<State> {
        self.desk.state()
    }

    /// Waits for a state; fails with what the desk says instead.
    pub fn until(&self, what: &str, wish: impl Fn(&State) -> bool) -> Arc<State> {
        match self.desk.wait_for(PATIENCE, wish) {
            Ok(state) => state,
            Err(state) => panic!("{what} did not come: {}", told(&state)),
        }
    }

    /// Waits until the desk says this, and takes the message off again.
    pub fn told(&self, key: &str) {
        self.until(key, |s| s.notice.as_ref().is_some_and(|n| n.key == key));
        self.send(Command::DismissNotice);
        self.until("the dismissal", |s| {
            s.notice.as_ref().is_none_or(|n| n.key != key)
        });
    }

    /// Waits until everything sent before has been carried out.
    pub fn settled(&self) -> Arc<State> {
        self.until("an answer", |s| s.carried_out >= self.sent.get())
    }

    /// Tries to sign in; gives the state in which the try has ended.
    pub fn try_sign_in(&self, staff: &StaffId, words: &str) -> Arc<State> {
        self.send(Command::Session(SessionAct::SignIn {
            staff: staff.clone(),
            passphrase: SecretString::from(words),
        }));
        self.until("the end of a try", |s| {
            s.carried_out >= self.sent.get() && !s.sign_in.busy
        })
    }

    /// Waits for a live view; fails with the last one's instruction.
    pub fn until_live(&self, what: &str, wish: impl Fn(&Live) -> bool) -> Arc<Live> {
        let until = Instant::now() + PATIENCE;
        loop {
            let live = self.desk.live();
            if let Some(live) = live.as_ref().filter(|live| wish(live)) {
                return live.clone();
            }
            let instruction = live.map(|l| l.instruction);
            assert!(
                Instant::now() < until,
                "{what} did not come: {instruction:?}"
            );
            let _ = self.desk.wait_for(Duration::from_millis(30), |_| false);
        }
    }

    pub fn sign_in(&self, staff: &StaffId, words: &str) {
        let state = self.try_sign_in(staff, words);
        assert!(state.session.is_some(), "{}", told(&state));
    }

    pub fn sign_out(&self) {
        self.send(Command::Session(SessionAct::SignOut));
        self.until("the sign-out", |s| s.session.is_none());
    }

    pub fn officer(&self, station: &Station) {
        self.sign_in(&station.office.officer.0, OFFICER_WORDS);
    }

    pub fn supervisor(&self, station: &Station) {
        self.sign_in(&station.office.supervisor.0, SUPERVISOR_WORDS);
    }

    pub fn second(&self, station: &Station) {
        self.sign_in(&station.second.0, SECOND_WORDS);
    }

    /// The open application.
    pub fn packet(&self) -> PacketId {
        self.state().work().expect("no open application").packet
    }
}

/// What the desk says, for a test's failure.
fn told(state: &State) -> String {
    let notices = [&state.blocked, &state.notice, &state.sign_in.error];
    let keys: Vec<_> = notices.into_iter().flatten().collect();
    let work = state.work().map(|w| {
        let phase = format!("{:?}", w.photo.phase);
        let phase: String = phase.chars().take(40).collect();
        (w.step, w.kind, w.gaps.clone(), phase)
    });
    format!(
        "{keys:?}, camera {}, work {work:?}",
        state.camera.status_key
    )
}
