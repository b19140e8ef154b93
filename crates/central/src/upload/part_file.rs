//! The bytes of an unfinished upload on the disk: sealed bytes only, as they came.

use crate::{CentreError, Store};
use std::io::{ErrorKind, SeekFrom};
use std::path::PathBuf;
use tokio::fs::{File, OpenOptions};
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

/// An open part file, at the end of what is there for good.
pub(crate) struct PartFile {
    file: File,
    path: PathBuf,
    /// Whether its name is on the disk for good too.
    named: bool,
}

fn path(store: &Store, id: &str) -> PathBuf {
    // Ids are made by the centre from hexadecimal digits.
    store.uploads().join(format!("{id}.part"))
}

fn failed(e: std::io::Error) -> CentreError {
    CentreError::file("an unfinished upload could not be stored or read", e)
}

impl PartFile {
    /// Opens it and cuts off whatever an interrupted request left behind `confirmed`.
    pub(crate) async fn open(store: &Store, id: &str, confirmed: u64) -> Result<Self, CentreError> {
        let path = path(store, id);
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .mode(0o600)
            .open(&path)
            .await
            .map_err(failed)?;
        file.set_len(confirmed).await.map_err(failed)?;
        file.seek(SeekFrom::Start(confirmed))
            .await
            .map_err(failed)?;
        Ok(Self {
            file,
            path,
            named: confirmed > 0,
        })
    }

    pub(crate) async fn append(&mut self, bytes: &[u8]) -> Result<(), CentreError> {
        self.file.write_all(bytes).await.map_err(failed)
    }

    /// Returns once everything is on the disk, the name of a new file too.
    pub(crate) async fn sync(&mut self, store: &Store) -> Result<(), CentreError> {
        self.file.flush().await.map_err(failed)?;
        let disk = store.disk();
        if self.named {
            disk.keep_content(&self.path).await.map_err(failed)?;
        } else {
            let kept = disk.keep(&store.uploads(), &self.path).await;
            kept.map_err(failed)?;
            self.named = true;
        }
        Ok(())
    }

    /// Everything up to `length`.
    pub(crate) async fn read_all(mut self, length: u64) -> Result<Vec<u8>, CentreError> {
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        self.file.seek(SeekFrom::Start(0)).await.map_err(failed)?;
        self.file
            .take(length)
            .read_to_end(&mut bytes)
            .await
            .map_err(failed)?;
        Ok(bytes)
    }
}

/// Deletes it; it may be gone already.
pub(crate) async fn delete(store: &Store, id: &str) -> Result<(), CentreError> {
    match tokio::fs::remove_file(path(store, id)).await {
        Err(e) if e.kind() != ErrorKind::NotFound => Err(failed(e)),
        _ => Ok(()),
    }
}
