//! A file that only takes room, so that a full disk still has enough to purge.
//!
//! Deleting with `secure_delete` writes: the zeroed pages pass through the WAL first. On a full
//! disk that write fails, and the store could never get smaller. So the ballast is let go, the
//! purge runs in its room, and then the ballast is put back.

use crate::QueueError;
use crate::files::FileSystem;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Room for the WAL while the largest usual packet (burst of eight frames) is destroyed.
pub const BALLAST_BYTES: u64 = 16 << 20;

/// The ballast beside a store.
#[derive(Debug)]
pub(crate) struct Ballast {
    path: PathBuf,
    size_bytes: u64,
    files: Arc<dyn FileSystem>,
}

impl Ballast {
    /// The ballast of the store at `store`: the same name with `.ballast` behind it.
    pub(crate) fn beside(store: &Path, size_bytes: u64, files: Arc<dyn FileSystem>) -> Self {
        let mut name = store.as_os_str().to_owned();
        name.push(".ballast");
        Self {
            path: name.into(),
            size_bytes,
            files,
        }
    }

    /// Whether the file is there, in any size: then the store beside it existed once.
    pub(crate) fn exists(&self) -> bool {
        matches!(self.files.length(&self.path), Ok(Some(_)))
    }

    /// Whether it takes its whole room.
    pub(crate) fn is_whole(&self) -> bool {
        matches!(self.files.length(&self.path), Ok(Some(bytes)) if bytes >= self.size_bytes)
    }

    /// Gives its room to the disk; the empty file stays.
    pub(crate) fn release(&self) -> Result<(), QueueError> {
        self.put(&[])
    }

    /// Takes the room again. Where there is none, it stays empty and the caller tries later.
    pub(crate) fn restore(&self) -> Result<(), QueueError> {
        if self.is_whole() {
            return Ok(());
        }
        let filled = self.put(&self.filling());
        if filled.is_err() {
            self.release()?;
        }
        filled
    }

    fn put(&self, bytes: &[u8]) -> Result<(), QueueError> {
        self.files.write(&self.path, bytes)?;
        self.files.sync(&self.path)?;
        Ok(())
    }

    /// Not zeros: a file system that compresses or keeps holes would take no room for them.
    fn filling(&self) -> Vec<u8> {
        (0..self.size_bytes)
            .map(|i| ((i as u32).wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect()
    }
}
