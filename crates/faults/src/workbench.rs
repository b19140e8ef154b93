//! What every run begins from: a disk, a folder in memory, and the image of a station that has just been activated.

use crate::disk::{FaultyDisk, Syncs};
use crate::office::{BEGINNING, Office};
use crate::recording::Recording;
use crate::residue::Needles;
use crate::station::{Station, StationPlace};
use crate::{FaultError, Random};
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Where files lie in memory, on systems that have such a place.
const MEMORY: &str = "/dev/shm";

/// The parts that runs share, one run after the other.
#[derive(Debug)]
pub struct Workbench {
    /// The disk under the store.
    pub disk: FaultyDisk,
    /// Everybody's keys.
    pub office: Office,
    /// Who is enrolled.
    pub recording: &'static Recording,
    /// What is looked for in the station's files.
    pub needles: Needles,
    folder: TempDir,
    vfs: String,
    /// The station's files as every run finds them.
    image: Vec<(String, Vec<u8>)>,
}

impl Workbench {
    /// Sets everything up.
    ///
    /// # Errors
    /// Where the recording, the disk or the store is not as it should be.
    pub fn new() -> Result<Self, FaultError> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let recording = Recording::committed()?;
        let office = Office::new(recording.readers.ingest.recipient())?;
        let vfs = format!("faulty-{number}");
        let disk = FaultyDisk::register(&vfs).map_err(FaultError::folder)?;
        let folder = tempfile::tempdir_in(MEMORY)
            .or_else(|_| tempfile::tempdir())
            .map_err(FaultError::folder)?;
        let mut bench = Self {
            disk,
            office,
            recording,
            needles: Needles::of(recording),
            folder,
            vfs,
            image: Vec::new(),
        };
        Station::create(&bench.place(0), &bench.office, BEGINNING)?;
        bench.image = bench.files().map_err(FaultError::folder)?;
        Ok(bench)
    }

    /// The folder that holds the station's files and nothing else.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Where the station lies.
    pub fn place(&self, ballast_bytes: u64) -> StationPlace {
        StationPlace {
            path: self.folder.path().join("station.db"),
            vfs: self.vfs.clone(),
            ballast_bytes,
        }
    }

    /// The station as it was when it was activated, on a whole disk.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn fresh(&self, syncs: Syncs) -> Result<(), FaultError> {
        for (name, _) in self.files().map_err(FaultError::folder)? {
            fs::remove_file(self.folder.path().join(name)).map_err(FaultError::folder)?;
        }
        for (name, bytes) in &self.image {
            fs::write(self.folder.path().join(name), bytes).map_err(FaultError::folder)?;
        }
        self.disk.reset(syncs);
        Ok(())
    }

    /// What the station's files hold now.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn used_bytes(&self) -> Result<u64, FaultError> {
        let files = fs::read_dir(self.folder.path()).map_err(FaultError::folder)?;
        let lengths = files.map(|e| Ok(e?.metadata()?.len()));
        lengths
            .sum::<std::io::Result<u64>>()
            .map_err(FaultError::folder)
    }

    /// The power goes: what was not synced is old, new, torn or garbage. Then there is power again.
    ///
    /// # Errors
    /// Where the folder cannot be written.
    pub fn cut_power(&self, random: &mut Random) -> Result<(), FaultError> {
        let settled = self.disk.settle_after_power_cut(self.folder.path(), random);
        self.disk.revive();
        settled.map_err(FaultError::folder)
    }

    fn files(&self) -> std::io::Result<Vec<(String, Vec<u8>)>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(self.folder.path())? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push((name, fs::read(entry.path())?));
        }
        Ok(files)
    }
}
