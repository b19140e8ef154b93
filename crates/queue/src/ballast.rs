//! A file that only takes room, so that a full disk still has enough to purge.
//!
//! Deleting with `secure_delete` writes: the zeroed pages pass through the WAL first. On a full
//! disk that write fails, and the store could never get smaller. So the ballast is let go, the
//! purge runs in its room, and then the ballast is put back.

use crate::QueueError;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Room for the WAL while the largest usual packet (burst of eight frames) is destroyed.
pub const BALLAST_BYTES: u64 = 16 << 20;

/// The ballast beside a store.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
    size_bytes: u64,
}

impl Ballast {
    /// The ballast of the store at `store`: the same name with `.ballast` behind it.
    pub(crate) fn beside(store: &Path, size_bytes: u64) -> Self {
        let mut name = store.as_os_str().to_owned();
        name.push(".ballast");
        Self {
            path: name.into(),
            size_bytes,
        }
    }

    /// Whether the file is there, in any size: then the store beside it existed once.
    pub(crate) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Whether it takes its whole room.
    pub(crate) fn is_whole(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|m| m.len() >= self.size_bytes)
    }

    /// Gives its room to the disk; the empty file stays.
    pub(crate) fn release(&self) -> Result<(), QueueError> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.path)?;
        file.sync_all()?;
        Ok(())
    }

    /// Takes the room again. Where there is none, it stays empty and the caller tries later.
    pub(crate) fn restore(&self) -> Result<(), QueueError> {
        if self.is_whole() {
            return Ok(());
        }
        let filled = self.fill();
        if filled.is_err() {
            self.release()?;
        }
        filled
    }

    fn fill(&self) -> Result<(), QueueError> {
        let mut file: File = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&self.path)?;
        // Not zeros: a file system that compresses or keeps holes would take no room for them.
        let block: Vec<u8> = (0..65_536_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let mut left = self.size_bytes;
        while left > 0 {
            let take = block.len().min(usize::try_from(left).unwrap_or(usize::MAX));
            file.write_all(block.get(..take).unwrap_or_default())?;
            left -= take as u64;
        }
        file.sync_all()?;
        Ok(())
    }
}
