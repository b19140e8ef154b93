//! The counter of an office: a PC with its disk, a camera that shows whoever sits down, and the desk
//! that officer and supervisor work at.

use crate::clock::DayClock;
use crate::feeder::Feeder;
use anyhow::{Context, bail};
use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{Command, Desk, DeskOptions, SecretString, SessionAct, State, StationAct};
use domain::StaffId;
use std::cell::Cell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Staff number of the invented officer.
pub const OFFICER: &str = "40213";
/// Staff number of the invented supervisor.
pub const SUPERVISOR: &str = "40107";
pub(crate) const OFFICER_PASSPHRASE: &str = "multan morning officer";
pub(crate) const SUPERVISOR_PASSPHRASE: &str = "multan morning supervisor";

/// How long one act may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(90);

/// The PC, its camera and its people.
pub struct Counter {
    desk: Option<Desk>,
    /// Commands that the open desk has been given.
    sent: Cell<u64>,
    feeder: Feeder,
    feed: MemoryFeed,
    /// The PC's clock.
    pub clock: DayClock,
    station_data: PathBuf,
    models: PathBuf,
    /// The disk under the store, where it is not the system's.
    vfs: Option<String>,
}

impl Counter {
    /// Opens the desk on the station in `station_data`, which may be new.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open(station_data: &Path, assets: &Path) -> anyhow::Result<Self> {
        Self::open_on(None, station_data, assets)
    }

    /// The same, on a disk that SQLite knows by this name.
    ///
    /// # Errors
    /// When it does not start.
    pub fn open_on(
        vfs: Option<String>,
        station_data: &Path,
        assets: &Path,
    ) -> anyhow::Result<Self> {
        let feed = MemoryFeed::new();
        let mut counter = Self {
            desk: None,
            sent: Cell::new(0),
            feeder: Feeder::start(feed.clone())?,
            feed,
            clock: DayClock::default(),
            station_data: station_data.to_owned(),
            models: assets.join("models"),
            vfs,
        };
        counter.open_desk()?;
        Ok(counter)
    }

    /// Activates the station at a centre.
    ///
    /// # Errors
    /// When the centre does not accept it.
    pub fn activate(&self, url: String, code: &str) -> anyhow::Result<()> {
        let code = code.into();
        self.send(Command::Station(StationAct::Activate { url, code }))?;
        let refused = |s: &State| {
            s.notice
                .as_ref()
                .is_some_and(|n| n.key.starts_with("notice-activation-"))
        };
        let activated = |s: &State| {
            s.notice
                .as_ref()
                .is_some_and(|n| n.key == "notice-activated")
        };
        let state = self.wait("the activation", |s| {
            !s.activating && (activated(s) || refused(s))
        })?;
        anyhow::ensure!(activated(&state), "{}", told(&state));
        self.send(Command::DismissNotice)
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
            vfs: self.vfs.clone(),
            wake: Arc::new(|| {}),
        };
        self.desk = Some(Desk::start(options)?);
        self.sent.set(0);
        Ok(())
    }

    /// Closes the desk, as when its window is closed.
    pub fn close_desk(&mut self) {
        self.desk = None;
    }

    /// The power fails: what is on the disk at this moment is all that the next desk has. The desk
    /// that was open writes on into a folder that nobody reads again.
    ///
    /// # Errors
    /// When the disk's content cannot be copied.
    pub fn power_cut(&mut self) -> anyhow::Result<()> {
        let parent = self.station_data.parent().context("the station's place")?;
        // Thrown away with everything in it when this returns.
        let old = tempfile::tempdir_in(parent).context("room for the old disk")?;
        let image = self.station_data.with_extension("image");
        copy_folder(&self.station_data, &image)?;
        self.desk = None;
        std::fs::rename(&self.station_data, old.path().join("station"))?;
        std::fs::rename(&image, &self.station_data)?;
        Ok(())
    }

    /// A copy of the station's disk as it is, to be searched.
    ///
    /// # Errors
    /// When it cannot be copied.
    pub fn disk_image(&self) -> anyhow::Result<tempfile::TempDir> {
        let parent = self.station_data.parent().context("the station's place")?;
        let folder = tempfile::tempdir_in(parent).context("room for a copy of the disk")?;
        copy_folder(&self.station_data, &folder.path().join("station"))?;
        Ok(folder)
    }

    fn desk(&self) -> anyhow::Result<&Desk> {
        self.desk.as_ref().context("the desk is closed")
    }

    /// Hands an act to the desk.
    ///
    /// # Errors
    /// When the desk is closed or does not keep up.
    pub fn send(&self, command: Command) -> anyhow::Result<()> {
        if self.desk()?.send(command) {
            self.sent.set(self.sent.get() + 1);
            Ok(())
        } else {
            bail!("the desk does not take commands")
        }
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
    /// As [`Counter::wait`].
    pub fn wait_long(
        &self,
        what: &str,
        limit: Duration,
        wish: impl Fn(&State) -> bool,
    ) -> anyhow::Result<Arc<State>> {
        let stopped = |s: &State| s.blocked.is_some();
        let state = self
            .desk()?
            .wait_for(limit, |s| wish(s) || stopped(s))
            .map_err(|state| anyhow::anyhow!("{what} did not come; {}", told(&state)))?;
        anyhow::ensure!(
            wish(&state),
            "{what} cannot come: this station cannot work; {}",
            told(&state)
        );
        Ok(state)
    }

    /// The state once the desk has carried out everything that it was given.
    ///
    /// # Errors
    /// As [`Counter::wait`].
    pub fn done(&self) -> anyhow::Result<Arc<State>> {
        self.wait("the end of the acts", |s| s.carried_out >= self.sent.get())
    }

    /// Whether a state comes within `limit`.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn is(&self, limit: Duration, wish: impl Fn(&State) -> bool) -> anyhow::Result<bool> {
        Ok(self.desk()?.wait_for(limit, wish).is_ok())
    }

    /// The desk's newest state.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn state(&self) -> anyhow::Result<Arc<State>> {
        Ok(self.desk()?.state())
    }

    /// The newest live view's number and instruction.
    ///
    /// # Errors
    /// When the desk is closed.
    pub fn live(&self) -> anyhow::Result<Option<(u64, &'static str)>> {
        Ok(self.desk()?.live().map(|l| (l.sequence, l.instruction)))
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
        let passphrase = if staff == OFFICER {
            OFFICER_PASSPHRASE
        } else {
            SUPERVISOR_PASSPHRASE
        };
        self.sign_in_as(&StaffId::parse(staff)?, passphrase)
    }

    /// Signs anybody in.
    ///
    /// # Errors
    /// When the passphrase is not accepted.
    pub fn sign_in_as(&self, id: &StaffId, passphrase: &str) -> anyhow::Result<()> {
        self.wait("the station", |s| s.station.is_some())?;
        loop {
            self.send(Command::Session(SessionAct::SignIn {
                staff: id.clone(),
                passphrase: SecretString::from(passphrase),
            }))?;
            let state = self.wait("the sign-in", |s| {
                s.carried_out >= self.sent.get() && !s.sign_in.busy
            })?;
            if state.session.as_ref().is_some_and(|n| n.staff == *id) {
                return Ok(());
            }
            // A power cut while the key file was being opened counts as a wrong try: the person waits
            // as long as the desk says, and tries again.
            let seconds = wait_seconds(&state)
                .with_context(|| format!("the sign-in was refused; {}", told(&state)))?;
            std::thread::sleep(Duration::from_secs(seconds));
        }
    }

    /// Signs whoever works out.
    ///
    /// # Errors
    /// When the desk does not answer.
    pub fn sign_out(&self) -> anyhow::Result<()> {
        self.send(Command::Session(SessionAct::SignOut))?;
        self.wait("the sign-out", |s| s.session.is_none())?;
        Ok(())
    }

    /// The folder of the station.
    pub fn station_data(&self) -> &Path {
        &self.station_data
    }
}

/// How long the desk asks to wait before the next try, where it asks for that.
fn wait_seconds(state: &State) -> Option<u64> {
    let error = state.sign_in.error.as_ref()?;
    let (_, seconds) = error.args.iter().find(|(name, _)| *name == "seconds")?;
    seconds.parse().ok()
}

/// What the desk says instead of what was waited for.
fn told(state: &State) -> String {
    let notices = [&state.blocked, &state.notice, &state.sign_in.error];
    let said: Vec<&str> = notices.into_iter().flatten().map(|n| n.key).collect();
    let queue = &state.queue;
    format!(
        "the desk says {said:?}, camera {}, link {:?}, in review {}, outbox {}, settled {}",
        state.camera.status_key, state.link, queue.in_review, queue.outbox, queue.settled
    )
}

/// Copies a folder with another process: closing a file of an open store in this one would give its
/// locks away.
fn copy_folder(from: &Path, to: &Path) -> anyhow::Result<()> {
    let status = std::process::Command::new("cp")
        .arg("-a")
        .args([from, to])
        .status()
        .context("cp does not start")?;
    anyhow::ensure!(status.success(), "the station's folder cannot be copied");
    Ok(())
}
