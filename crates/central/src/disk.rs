//! What the centre asks of the disk beside the database: that what was written is there for good before anybody is told so.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

/// Makes files and the names in folders outlast a power cut. Tests pass one that remembers what was asked for, and takes the rest away.
pub trait Syncing: Send + Sync {
    /// Returns once everything that was written to the file is on the disk.
    ///
    /// # Errors
    /// The system's; what was written since the last success may be lost.
    fn file(&self, path: &Path) -> io::Result<()>;

    /// Returns once the names in the folder are on the disk.
    ///
    /// # Errors
    /// The system's.
    fn folder(&self, path: &Path) -> io::Result<()>;
}

/// The disk as an argument; cheap to clone.
#[derive(Clone)]
pub struct Disk(Arc<dyn Syncing>);

impl Disk {
    /// The system's.
    pub fn system() -> Self {
        Self::from_sync(System)
    }

    /// A disk of the caller's.
    pub fn from_sync(sync: impl Syncing + 'static) -> Self {
        Self(Arc::new(sync))
    }

    /// Everything of a file, and its name and those of the folders above it up to `root`.
    pub(crate) async fn keep(&self, root: &Path, file: &Path) -> io::Result<()> {
        let (sync, root, file) = (self.0.clone(), root.to_owned(), file.to_owned());
        blocking(move || {
            sync.file(&file)?;
            for folder in file.ancestors().skip(1) {
                sync.folder(folder)?;
                if folder == root {
                    break;
                }
            }
            Ok(())
        })
        .await
    }

    /// Everything of a file whose name is on the disk already.
    pub(crate) async fn keep_content(&self, file: &Path) -> io::Result<()> {
        let (sync, file) = (self.0.clone(), file.to_owned());
        blocking(move || sync.file(&file)).await
    }
}

async fn blocking(act: impl FnOnce() -> io::Result<()> + Send + 'static) -> io::Result<()> {
    tokio::task::spawn_blocking(act)
        .await
        .unwrap_or_else(|_| Err(io::Error::other("syncing ended unexpectedly")))
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Disk(..)")
    }
}

struct System;

impl Syncing for System {
    fn file(&self, path: &Path) -> io::Result<()> {
        // What another handle wrote is the same file's content.
        File::options().write(true).open(path)?.sync_all()
    }

    fn folder(&self, path: &Path) -> io::Result<()> {
        File::open(path)?.sync_all()
    }
}
