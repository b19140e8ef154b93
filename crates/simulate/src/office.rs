//! One office: a centre, a link whose cable can be pulled, a camera that shows whoever sits down,
//! and the desk that officer and supervisor work at.

use crate::centre_process::{CentreProcess, centre_command};
use crate::proxy::Proxy;
use crate::studio::FRAME;
use anyhow::{Context, bail};
use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{Clock, Command, Desk, DeskOptions, SecretString, State, SystemClock};
use domain::{StaffId, Timestamp};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// Staff number of the invented officer.
pub const OFFICER: &str = "40213";
/// Staff number of the invented supervisor.
pub const SUPERVISOR: &str = "40107";
const OFFICER_PASSPHRASE: &str = "multan morning officer";
const SUPERVISOR_PASSPHRASE: &str = "multan morning supervisor";

/// How long one act may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock that can be set forward, as a day needs it.
#[derive(Clone)]
pub struct DayClock {
    system: Arc<SystemClock>,
    ahead_millis: Arc<AtomicI64>,
}

impl DayClock {
    fn new() -> Self {
        Self { system: Arc::new(SystemClock::default()), ahead_millis: Arc::default() }
    }

    /// Lets so many minutes pass.
    pub fn pass_minutes(&self, minutes: i64) {
        self.ahead_millis.fetch_add(minutes * 60_000, Ordering::SeqCst);
    }
}

impl Clock for DayClock {
    fn now(&self) -> Timestamp {
        self.system.now().plus_millis(self.ahead_millis.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        self.system.elapsed()
    }
}

/// The camera's feeder: shows the same frame until another person sits down.
struct Feeder {
    frame: Arc<Mutex<Option<Arc<Vec<u8>>>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    fn start(feed: MemoryFeed) -> std::io::Result<Self> {
        let frame: Arc<Mutex<Option<Arc<Vec<u8>>>>> = Arc::default();
        let ended = Arc::new(AtomicBool::new(false));
        let (shown, over) = (frame.clone(), ended.clone());
        let thread = std::thread::Builder::new().name("feeder".to_owned()).spawn(move || {
            while !over.load(Ordering::SeqCst) {
                let current = shown.lock().unwrap_or_else(PoisonError::into_inner).clone();
                let rgb = current.map_or_else(|| vec![150; (FRAME.0 * FRAME.1 * 3) as usize], |f| f.to_vec());
                feed.push(FRAME.0, FRAME.1, rgb);
                std::thread::sleep(Duration::from_millis(80));
            }
        })?;
        Ok(Self { frame, ended, thread: Some(thread) })
    }

    fn show(&self, rgb: Option<Vec<u8>>) {
        *self.frame.lock().unwrap_or_else(PoisonError::into_inner) = rgb.map(Arc::new);
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Everything of a day.
pub struct Office {
    desk: Option<Desk>,
    feeder: Feeder,
    feed: MemoryFeed,
    /// The day's clock.
    pub clock: DayClock,
    /// The link.
    pub proxy: Proxy,
    centre_data: PathBuf,
    station_data: PathBuf,
    models: PathBuf,
    _centre: CentreProcess,
}

impl Office {
    /// Starts the centre with its population, activates the station, opens the desk.
    ///
    /// # Errors
    /// When a part does not start; the message says which.
    pub fn open(data: &Path, assets: &Path, database: Option<&str>, say: &dyn Fn(&str)) -> anyhow::Result<Self> {
        let (centre_data, station_data) = (data.join("centre"), data.join("station"));
        say("starting the centre and its database");
        let centre = CentreProcess::start(&centre_data, database)?;
        let centre_text = path_text(&centre_data)?;
        say("loading an invented population of 300");
        let pictures = assets.join("pictures");
        centre_command(&["population", "--data", centre_text, "--count", "300", "--pictures", path_text(&pictures)?])?;
        let code = add_station(centre_text)?;
        let proxy = Proxy::start(centre.address())?;
        let feed = MemoryFeed::new();
        let mut office = Self {
            desk: None,
            feeder: Feeder::start(feed.clone())?,
            feed,
            clock: DayClock::new(),
            proxy,
            centre_data,
            station_data,
            models: assets.join("models"),
            _centre: centre,
        };
        office.open_desk()?;
        say("activating the station");
        let url = format!("https://127.0.0.1:{}", office.proxy.address().port());
        office.send(Command::Activate { url, code })?;
        office.wait("the activation", |s| s.station.is_some() && !s.activating)?;
        Ok(office)
    }

    /// Opens the desk on the station's data.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open_desk(&mut self) -> anyhow::Result<()> {
        let options = DeskOptions {
            data: self.station_data.clone(),
            models: self.models.clone(),
            source: SourceSpec::Memory(self.feed.clone()),
            camera: CameraOptions::default(),
            clock: Arc::new(self.clock.clone()),
            wake: Arc::new(|| {}),
        };
        self.desk = Some(Desk::start(options)?);
        Ok(())
    }

    /// Closes the desk, as when its window is closed.
    pub fn close_desk(&mut self) {
        self.desk = None;
    }

    fn desk(&self) -> anyhow::Result<&Desk> {
        self.desk.as_ref().context("the desk is closed")
    }

    /// Hands an act to the desk.
    ///
    /// # Errors
    /// When the desk is closed or does not keep up.
    pub fn send(&self, command: Command) -> anyhow::Result<()> {
        if self.desk()?.send(command) { Ok(()) } else { bail!("the desk does not take commands") }
    }

    /// Waits for a state.
    ///
    /// # Errors
    /// When it does not come; the message holds what the desk said instead.
    pub fn wait(&self, what: &str, wish: impl Fn(&State) -> bool) -> anyhow::Result<Arc<State>> {
        self.wait_long(what, PATIENCE, wish)
    }

    /// Waits for a state for as long as told.
    ///
    /// # Errors
    /// As [`Office::wait`].
    pub fn wait_long(
        &self,
        what: &str,
        limit: Duration,
        wish: impl Fn(&State) -> bool,
    ) -> anyhow::Result<Arc<State>> {
        self.desk()?.wait_for(limit, wish).map_err(|state| {
            let notices = [&state.blocked, &state.notice, &state.sign_in.error];
            let said: Vec<&str> = notices.into_iter().flatten().map(|n| n.key).collect();
            anyhow::anyhow!("{what} did not come; the desk says {said:?}, camera {}", state.camera.status_key)
        })
    }

    /// The desk's newest state.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn state(&self) -> anyhow::Result<Arc<State>> {
        Ok(self.desk()?.state())
    }

    /// Somebody sits down before the camera, or leaves.
    pub fn sit_down(&self, frame: Option<Vec<u8>>) {
        self.feeder.show(frame);
    }

    /// Signs the officer or the supervisor in.
    ///
    /// # Errors
    /// When the passphrase is not accepted.
    pub fn sign_in(&self, staff: &str) -> anyhow::Result<()> {
        let passphrase = if staff == OFFICER { OFFICER_PASSPHRASE } else { SUPERVISOR_PASSPHRASE };
        let id = StaffId::parse(staff)?;
        self.wait("the station", |s| s.station.is_some())?;
        self.send(Command::SignIn { staff: id.clone(), passphrase: SecretString::from(passphrase) })?;
        self.wait("the sign-in", |s| s.session.as_ref().is_some_and(|n| n.staff == id))?;
        Ok(())
    }

    /// Signs whoever works out.
    ///
    /// # Errors
    /// When the desk does not answer.
    pub fn sign_out(&self) -> anyhow::Result<()> {
        self.send(Command::SignOut)?;
        self.wait("the sign-out", |s| s.session.is_none())?;
        Ok(())
    }

    /// The folder of the station.
    pub fn station_data(&self) -> &Path {
        &self.station_data
    }

    /// What the centre counts.
    ///
    /// # Errors
    /// When the centre's command fails.
    pub fn centre_figures(&self) -> anyhow::Result<serde_json::Value> {
        let text = centre_command(&["figures", "--data", path_text(&self.centre_data)?])?;
        Ok(serde_json::from_str(text.trim())?)
    }
}

fn path_text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the folder's name is not readable text")
}
