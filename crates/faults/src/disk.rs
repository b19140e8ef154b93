//! A disk under SQLite that keeps apart what was written and what was synced, loses its power, fills up and fails on demand.
//!
//! It claims nothing of itself: writes are neither atomic nor in order. Its files lie in a folder in memory, so that a run takes
//! milliseconds; what SQLite wrote and the medium does not surely hold is kept beside them.

mod fault;
mod unsynced;

pub use fault::{Code, Fault, OpClass, Syncs};

use crate::Random;
use sqlite_plugin::flags::{AccessFlags, LockLevel, OpenOpts};
use sqlite_plugin::vars;
use sqlite_plugin::vfs::{RegisterOpts, Vfs, VfsHandle, VfsResult, register_static};
use std::collections::HashMap;
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use unsynced::Unsynced;

/// What a disk keeps whole.
pub(crate) const SECTOR: usize = 512;

#[derive(Debug, Default)]
struct State {
    /// By file (its inode, since files are renamed): what the medium surely holds where something newer was written.
    unsynced: HashMap<u64, Unsynced>,
    counts: OpCounts,
    fault: Option<Fault>,
    /// Faults that struck, each counted once.
    struck: u64,
    /// The planned fault has struck already.
    has_struck: bool,
    syncs: Syncs,
    /// A sync of the log that was put off until the database itself is written.
    owed: Option<u64>,
    /// The process is gone: nothing is done any more.
    dead: bool,
    capacity: Option<Capacity>,
}

/// How much the disk holds.
#[derive(Debug, Clone)]
struct Capacity {
    bytes: u64,
    /// A file that takes room without passing through SQLite; it lies beside the others.
    ballast: PathBuf,
}

impl Capacity {
    fn held_bytes(&self) -> std::io::Result<u64> {
        let folder = self.ballast.parent().unwrap_or(Path::new("."));
        fs::read_dir(folder)?
            .map(|e| Ok(e?.metadata()?.len()))
            .sum()
    }
}

/// How often each class of operation was asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpCounts {
    /// Reads, writes, truncations, deletions and syncs.
    pub all: u64,
    /// Writes, truncations and deletions.
    pub changes: u64,
    /// Syncs.
    pub syncs: u64,
}

impl OpCounts {
    /// The number of a class.
    pub fn of(self, class: OpClass) -> u64 {
        match class {
            OpClass::All => self.all,
            OpClass::Changes => self.changes,
            OpClass::Syncs => self.syncs,
            OpClass::ChangesAndSyncs => self.changes + self.syncs,
        }
    }
}

/// The disk, registered with SQLite under a name.
#[derive(Debug, Clone, Default)]
pub struct FaultyDisk(Arc<Mutex<State>>);

impl FaultyDisk {
    /// A disk that `StoreOptions::vfs` finds under `name`; a process registers each name once.
    ///
    /// # Errors
    /// Where SQLite does not take the name.
    pub fn register(name: &str) -> std::io::Result<Self> {
        let disk = Self::default();
        let options = RegisterOpts {
            make_default: false,
        };
        let refused = || std::io::Error::other("SQLite did not take the disk");
        let name = CString::new(name).map_err(|_| refused())?;
        register_static(name, disk.clone(), options).map_err(|_| refused())?;
        Ok(disk)
    }

    /// A whole disk again, where nothing is unsynced: a new run begins.
    pub fn reset(&self, syncs: Syncs) {
        *self.state() = State {
            syncs,
            ..State::default()
        };
    }

    /// A fault from here on; none: the disk does as it is told.
    pub fn plan(&self, fault: Option<Fault>) {
        let mut state = self.state();
        let counts = state.counts;
        state.fault = fault.map(|f| f.after(counts));
        state.has_struck = false;
    }

    /// The process dies: what it wrote stays as it is, and it does nothing more until [`FaultyDisk::revive`].
    pub fn kill(&self) {
        self.state().dead = true;
    }

    /// A new process.
    pub fn revive(&self) {
        let mut state = self.state();
        state.dead = false;
        state.fault = None;
        state.owed = None;
    }

    /// How many bytes fit, with the file at `ballast` counted; none: as many as are asked for.
    pub fn limit(&self, bytes: Option<u64>, ballast: &Path) {
        self.state().capacity = bytes.map(|bytes| Capacity {
            bytes,
            ballast: ballast.to_owned(),
        });
    }

    /// Planned faults, and a full disk, that struck since the last reset.
    pub fn struck(&self) -> u64 {
        self.state().struck
    }

    /// Operations since the last reset.
    pub fn counts(&self) -> OpCounts {
        self.state().counts
    }

    /// Rewrites the files as the power cut may have left them: each sector that was not synced is old, new, torn or garbage, each
    /// length old or new.
    ///
    /// # Errors
    /// Where the folder in memory cannot be written.
    pub fn settle_after_power_cut(
        &self,
        folder: &Path,
        random: &mut Random,
    ) -> std::io::Result<()> {
        let mut state = self.state();
        let mut files: Vec<PathBuf> = fs::read_dir(folder)?
            .map(|e| Ok(e?.path()))
            .collect::<std::io::Result<_>>()?;
        files.sort();
        for path in files {
            let inode = fs::metadata(&path)?.ino();
            if let Some(unsynced) = state.unsynced.remove(&inode) {
                let bytes = fs::read(&path)?;
                fs::write(&path, unsynced.after_power_cut(bytes, random))?;
            }
        }
        state.unsynced.clear(); // of files that are deleted
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere leaves counters and bytes that are still true.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn act(&mut self, class: OpClass) -> VfsResult<()> {
        if self.dead {
            return Err(vars::SQLITE_IOERR);
        }
        self.counts.all += 1;
        match class {
            OpClass::Changes => self.counts.changes += 1,
            OpClass::Syncs => self.counts.syncs += 1,
            OpClass::All | OpClass::ChangesAndSyncs => {}
        }
        let Some(fault) = self.fault else {
            return Ok(());
        };
        if !fault.strikes(class, self.counts) {
            return Ok(());
        }
        self.strike();
        if fault.is_over_after_one() {
            self.fault = None;
        }
        Err(fault.code().of_sqlite(class))
    }

    /// Counted once, however often it strikes.
    fn strike(&mut self) {
        self.struck += u64::from(!self.has_struck);
        self.has_struck = true;
    }

    fn remember(&mut self, handle: &Handle, offset: u64, length: u64) -> std::io::Result<()> {
        let now = handle.file.metadata()?.len();
        self.unsynced
            .entry(handle.inode)
            .or_insert_with(|| Unsynced::new(now))
            .remember(&handle.file, offset, length)
    }

    /// Whether a file may grow to `length`. Ballast beyond what there is room for cannot have been written: it is let go, as the
    /// store lets it go when a real disk refuses it.
    fn grow(&mut self, handle: &Handle, length: u64) -> VfsResult<()> {
        let before = handle
            .file
            .metadata()
            .map_err(|_| vars::SQLITE_IOERR_FSTAT)?
            .len();
        let (Some(capacity), true) = (&self.capacity, length > before) else {
            return Ok(());
        };
        let mut held = capacity.held_bytes().map_err(|_| vars::SQLITE_IOERR)?;
        let ballast = fs::metadata(&capacity.ballast).map_or(0, |m| m.len());
        if held > capacity.bytes && ballast > 0 {
            let emptied = OpenOptions::new()
                .write(true)
                .truncate(true)
                .open(&capacity.ballast);
            emptied.map_err(|_| vars::SQLITE_IOERR)?;
            held -= ballast;
        }
        if held - before + length > capacity.bytes {
            self.strike();
            return Err(vars::SQLITE_FULL);
        }
        Ok(())
    }

    fn synced(&mut self, inode: u64) {
        if self.unsynced.get_mut(&inode).is_some_and(Unsynced::synced) {
            self.unsynced.remove(&inode);
        }
    }

    /// The medium did not take it, and the kernel forgets that it should (`fsync` on Linux, 2018).
    fn sync_failed(&mut self, inode: u64) {
        if let Some(unsynced) = self.unsynced.get_mut(&inode) {
            unsynced.sync_failed();
        }
    }
}

/// An open file of the disk.
#[derive(Debug)]
pub struct Handle {
    path: PathBuf,
    inode: u64,
    file: File,
}

impl VfsHandle for Handle {
    fn readonly(&self) -> bool {
        false
    }

    fn in_memory(&self) -> bool {
        false
    }
}

impl Vfs for FaultyDisk {
    type Handle = Handle;

    fn open(&self, path: Option<&str>, options: OpenOpts) -> VfsResult<Handle> {
        // The store keeps its temporary tables in memory.
        let path = PathBuf::from(path.ok_or(vars::SQLITE_CANTOPEN)?);
        if self.state().dead {
            return Err(vars::SQLITE_CANTOPEN);
        }
        let create = options.flags() & vars::SQLITE_OPEN_CREATE != 0;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .truncate(false)
            .open(&path)
            .map_err(|_| vars::SQLITE_CANTOPEN)?;
        let inode = file.metadata().map_err(|_| vars::SQLITE_CANTOPEN)?.ino();
        Ok(Handle { path, inode, file })
    }

    fn delete(&self, path: &str) -> VfsResult<()> {
        let mut state = self.state();
        state.act(OpClass::Changes)?;
        if let Ok(metadata) = fs::metadata(path) {
            state.unsynced.remove(&metadata.ino());
        }
        fs::remove_file(path).map_err(|_| vars::SQLITE_IOERR_DELETE_NOENT)
    }

    fn access(&self, path: &str, _flags: AccessFlags) -> VfsResult<bool> {
        // SQLite takes an empty WAL for none.
        Ok(fs::metadata(path).is_ok_and(|m| m.len() > 0))
    }

    fn file_size(&self, handle: &mut Handle) -> VfsResult<usize> {
        let metadata = handle.file.metadata();
        Ok(metadata.map_err(|_| vars::SQLITE_IOERR_FSTAT)?.len() as usize)
    }

    fn truncate(&self, handle: &mut Handle, size: usize) -> VfsResult<()> {
        let mut state = self.state();
        state.act(OpClass::Changes)?;
        let failed = |_| vars::SQLITE_IOERR_TRUNCATE;
        let length = handle.file.metadata().map_err(failed)?.len();
        let (size, cut) = (size as u64, length.saturating_sub(size as u64));
        state.grow(handle, size)?;
        state.remember(handle, size, cut).map_err(failed)?;
        handle.file.set_len(size).map_err(failed)
    }

    fn write(&self, handle: &mut Handle, offset: usize, data: &[u8]) -> VfsResult<usize> {
        let mut state = self.state();
        state.act(OpClass::Changes)?;
        if let Some(log) = state.owed.take_if(|log| *log != handle.inode) {
            state.synced(log);
        }
        let failed = |_| vars::SQLITE_IOERR_WRITE;
        let (offset, length) = (offset as u64, data.len() as u64);
        state.grow(handle, offset + length)?;
        state.remember(handle, offset, length).map_err(failed)?;
        handle.file.write_all_at(data, offset).map_err(failed)?;
        Ok(data.len())
    }

    fn read(&self, handle: &mut Handle, offset: usize, data: &mut [u8]) -> VfsResult<usize> {
        self.state().act(OpClass::All)?;
        let mut read = 0;
        while read < data.len() {
            let at = (offset + read) as u64;
            match handle.file.read_at(&mut data[read..], at) {
                Ok(0) => break,
                Ok(more) => read += more,
                Err(_) => return Err(vars::SQLITE_IOERR_READ),
            }
        }
        Ok(read)
    }

    fn sync(&self, handle: &mut Handle) -> VfsResult<()> {
        let mut state = self.state();
        if let Err(code) = state.act(OpClass::Syncs) {
            if code == vars::SQLITE_IOERR_FSYNC {
                state.sync_failed(handle.inode);
            }
            return Err(code);
        }
        let is_log = handle.path.to_string_lossy().ends_with("-wal");
        match state.syncs {
            Syncs::Normal if is_log => state.owed = Some(handle.inode),
            Syncs::Honest | Syncs::Normal => state.synced(handle.inode),
            Syncs::Lies => {}
        }
        Ok(())
    }

    // One process, one connection: the store locks exclusively.
    fn lock(&self, _handle: &mut Handle, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn unlock(&self, _handle: &mut Handle, _level: LockLevel) -> VfsResult<()> {
        Ok(())
    }

    fn check_reserved_lock(&self, _handle: &mut Handle) -> VfsResult<bool> {
        Ok(false)
    }

    fn close(&self, handle: Handle) -> VfsResult<()> {
        drop(handle);
        Ok(())
    }

    fn sector_size(&self, _handle: &mut Handle) -> VfsResult<i32> {
        Ok(SECTOR as i32)
    }

    fn device_characteristics(&self, _handle: &mut Handle) -> VfsResult<i32> {
        Ok(0)
    }
}
