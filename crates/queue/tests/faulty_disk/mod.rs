//! A disk under SQLite that keeps apart what was written and what was synced, loses its power, and
//! fails on demand. It claims nothing of itself: writes are neither atomic nor in order.

#![allow(dead_code, reason = "each test uses its own part")]

use queue::testing::Random;
use sqlite_plugin::flags::{AccessFlags, LockLevel, OpenOpts};
use sqlite_plugin::vars;
use sqlite_plugin::vfs::{RegisterOpts, SqliteErr, Vfs, VfsHandle, VfsResult, register_static};
use std::collections::{BTreeMap, HashMap};
use std::ffi::CString;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

const SECTOR: usize = 512;

/// What happens at an act of the disk (a write, a sync, a truncation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power goes: this and every later act fails.
    PowerCut,
    /// The act fails once with this code of SQLite's.
    Once(SqliteErr),
    /// It and all later ones of its kind fail.
    Sticky(SqliteErr),
    /// It fails once, and so many acts later the power goes.
    OnceThenCut(SqliteErr, u64),
}

/// The codes of a medium that fails, a disk that is full, a sync that fails.
pub const CODES: [SqliteErr; 3] = [
    vars::SQLITE_IOERR_WRITE,
    vars::SQLITE_FULL,
    vars::SQLITE_IOERR_FSYNC,
];

#[derive(Debug, Default)]
struct State {
    /// By file number, since a store that moves renames its files: what the medium surely holds where something newer
    /// was written.
    unsynced: HashMap<u64, Unsynced>,
    /// Writes, syncs and truncations so far.
    acts: u64,
    fault: Option<(u64, Fault)>,
    /// Says that it has synced and has not: the control of the tests.
    lies: bool,
}

#[derive(Debug, Default)]
struct Unsynced {
    folder: PathBuf,
    length: u64,
    sectors: BTreeMap<u64, Vec<u8>>,
}

/// The disk, registered with SQLite under a name.
#[derive(Debug, Clone, Default)]
pub struct FaultyDisk(Arc<Mutex<State>>);

impl FaultyDisk {
    pub fn register(name: &str) -> Self {
        let disk = Self::default();
        let options = RegisterOpts {
            make_default: false,
        };
        register_static(CString::new(name).unwrap(), disk.clone(), options).unwrap();
        disk
    }

    /// A whole disk again, with a fault at its `n`th act from here.
    pub fn reset(&self, fault: Option<(u64, Fault)>, lies: bool) {
        *self.state() = State {
            fault,
            lies,
            ..State::default()
        };
    }

    pub fn acts(&self) -> u64 {
        self.state().acts
    }

    /// Rewrites the files as the power cut may have left them: each sector that was not synced is
    /// old, new, torn or garbage, each length old or new.
    pub fn settle_after_power_cut(&self, random: &mut Random) {
        let unsynced = std::mem::take(&mut self.state().unsynced);
        let mut files: Vec<_> = unsynced
            .into_iter()
            .filter_map(|(file, unsynced)| Some((find(&unsynced.folder, file)?, unsynced)))
            .collect();
        files.sort_by(|a, b| a.0.cmp(&b.0));
        for (path, unsynced) in files {
            let mut bytes = fs::read(&path).unwrap();
            if random.below(2) == 0 {
                bytes.resize(unsynced.length as usize, 0);
            }
            for (sector, old) in unsynced.sectors {
                let start = sector as usize * SECTOR;
                let Some(new) = bytes.get_mut(start..) else {
                    continue;
                };
                let length = new.len().min(SECTOR);
                let mut old = old;
                old.resize(SECTOR, 0);
                let torn = random.below(SECTOR as u64 + 1) as usize;
                match random.below(5) {
                    0 | 1 => {}
                    2 => new[..length].copy_from_slice(&old[..length]),
                    3 => {
                        let torn = torn.min(length);
                        new[torn..length].copy_from_slice(&old[torn..length]);
                    }
                    _ => new[..length].fill_with(|| random.below(256) as u8),
                }
            }
            fs::write(&path, bytes).unwrap();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }
}

impl State {
    /// Counts an act and says how it ends.
    fn act(&mut self, sync: bool) -> VfsResult<()> {
        self.acts += 1;
        let Some((at, fault)) = self.fault else {
            return Ok(());
        };
        let is_sync = |code| code == vars::SQLITE_IOERR_FSYNC;
        let code = match fault {
            Fault::PowerCut if self.acts >= at => vars::SQLITE_IOERR,
            // The first act of the fault's own kind from there on.
            Fault::Once(code) if self.acts >= at && is_sync(code) == sync => {
                self.fault = None;
                code
            }
            Fault::OnceThenCut(code, later) if self.acts >= at && is_sync(code) == sync => {
                self.fault = Some((self.acts + later, Fault::PowerCut));
                code
            }
            Fault::Sticky(code) if self.acts >= at && is_sync(code) == sync => code,
            _ => return Ok(()),
        };
        Err(code)
    }

    fn remember(&mut self, handle: &Handle, sectors: std::ops::Range<u64>) -> std::io::Result<()> {
        let length = handle.file.metadata()?.len();
        let unsynced = self
            .unsynced
            .entry(handle.number)
            .or_insert_with(|| Unsynced {
                folder: handle.folder.clone(),
                length,
                ..Unsynced::default()
            });
        for sector in sectors {
            if let std::collections::btree_map::Entry::Vacant(slot) = unsynced.sectors.entry(sector)
            {
                let mut old = vec![0; SECTOR];
                let read = handle.file.read_at(&mut old, sector * SECTOR as u64)?;
                old.truncate(read);
                slot.insert(old);
            }
        }
        Ok(())
    }
}

pub struct Handle {
    folder: PathBuf,
    number: u64,
    file: File,
}

/// Where the file of that number is now.
fn find(folder: &Path, number: u64) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let mut found = entries.filter(|entry| entry.metadata().is_ok_and(|m| m.ino() == number));
    found.next().map(|entry| entry.path())
}

impl VfsHandle for Handle {
    fn readonly(&self) -> bool {
        false
    }

    fn in_memory(&self) -> bool {
        false
    }
}

fn sectors(offset: u64, length: u64) -> std::ops::Range<u64> {
    offset / SECTOR as u64..(offset + length).div_ceil(SECTOR as u64)
}

impl Vfs for FaultyDisk {
    type Handle = Handle;

    fn open(&self, path: Option<&str>, options: OpenOpts) -> VfsResult<Handle> {
        // The store keeps its temporary tables in memory.
        let path = PathBuf::from(path.ok_or(vars::SQLITE_CANTOPEN)?);
        let create = options.flags() & vars::SQLITE_OPEN_CREATE != 0;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .truncate(false)
            .open(&path)
            .map_err(|_| vars::SQLITE_CANTOPEN)?;
        let metadata = file.metadata().map_err(|_| vars::SQLITE_CANTOPEN)?;
        Ok(Handle {
            folder: path.parent().unwrap().to_owned(),
            number: metadata.ino(),
            file,
        })
    }

    fn delete(&self, path: &str) -> VfsResult<()> {
        self.state().act(false)?;
        if let Ok(metadata) = fs::metadata(path) {
            self.state().unsynced.remove(&metadata.ino());
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
        state.act(false)?;
        let failed = |_| vars::SQLITE_IOERR_TRUNCATE;
        let length = handle.file.metadata().map_err(failed)?.len();
        let cut = length.saturating_sub(size as u64);
        state
            .remember(handle, sectors(size as u64, cut))
            .map_err(failed)?;
        handle.file.set_len(size as u64).map_err(failed)
    }

    fn write(&self, handle: &mut Handle, offset: usize, data: &[u8]) -> VfsResult<usize> {
        let mut state = self.state();
        state.act(false)?;
        let failed = |_| vars::SQLITE_IOERR_WRITE;
        state
            .remember(handle, sectors(offset as u64, data.len() as u64))
            .map_err(failed)?;
        handle
            .file
            .write_all_at(data, offset as u64)
            .map_err(failed)?;
        Ok(data.len())
    }

    fn read(&self, handle: &mut Handle, offset: usize, data: &mut [u8]) -> VfsResult<usize> {
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
        state.act(true)?;
        if !state.lies {
            state.unsynced.remove(&handle.number);
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
