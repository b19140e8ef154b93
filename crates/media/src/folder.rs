//! Writing a folder: file by file under a name that says "not whole yet", custody last.

use crate::{Direction, FileName, Files, Label, MediaError};
use domain::{StationId, Timestamp};
use envelope::{Custody, CustodyFile, Digest, FORMAT, Signed, Signer};
use std::path::{Path, PathBuf};

/// The most packets and voids, or receipts and answers, of one folder: with all their files they fit the custody document, which is at
/// most 1 MiB.
pub const ITEMS_LIMIT: usize = 1_000;
/// What [`Custody::by`] says of the centre.
pub const CENTRE: &str = "centre";
/// Kept free for the custody document and the medium's own tables.
const ROOM_KEPT_BYTES: u64 = 2 << 20;
/// Bytes that go to the medium in one piece.
const PIECE_BYTES: usize = 1 << 20;

/// Whether so many bytes fit, with the custody document after them.
pub(crate) fn fits(files: &dyn Files, medium: &Path, bytes: u64) -> Result<bool, MediaError> {
    Ok(files.room(medium)? >= bytes.saturating_add(ROOM_KEPT_BYTES))
}

/// A folder that is being written.
pub(crate) struct FolderWriter<'a> {
    files: &'a dyn Files,
    folder: PathBuf,
    written: Vec<CustodyFile>,
}

impl<'a> FolderWriter<'a> {
    /// Makes a fresh folder on the medium.
    pub(crate) fn begin(
        files: &'a dyn Files,
        medium: &Path,
        label: &Label,
        direction: Direction,
    ) -> Result<Self, MediaError> {
        let folder = medium.join(label.folder(direction).to_string());
        files
            .make_folder(&folder)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::AlreadyExists => MediaError::FolderExists,
                _ => error.into(),
            })?;
        files.sync_folder(medium)?;
        Ok(Self {
            files,
            folder,
            written: Vec::new(),
        })
    }

    /// Writes a file, syncs it, and only then gives it its name.
    pub(crate) fn put(&mut self, name: FileName, bytes: &[u8]) -> Result<(), MediaError> {
        let part = self.folder.join(name.part());
        {
            let mut file = self.files.create(&part)?;
            for piece in bytes.chunks(PIECE_BYTES) {
                file.write(piece)?;
            }
            file.sync()?;
        }
        self.files
            .rename(&part, &self.folder.join(name.to_string()))?;
        self.written.push(CustodyFile {
            name: name.to_string(),
            digest: Digest::of(bytes),
            length: bytes.len() as u64,
        });
        Ok(())
    }

    /// Makes the names last: once an item, as its files are of use together only.
    pub(crate) fn settle(&self) -> Result<(), MediaError> {
        Ok(self.files.sync_folder(&self.folder)?)
    }

    /// Says what lies here, when all of it lies here for good.
    pub(crate) fn finish(
        mut self,
        by: &str,
        to: Option<StationId>,
        at: Timestamp,
        key: &dyn Signer,
    ) -> Result<(PathBuf, Signed<Custody>), MediaError> {
        self.settle()?;
        let custody = Custody {
            format: FORMAT,
            by: by.to_owned(),
            to,
            at,
            files: std::mem::take(&mut self.written),
        };
        let signed = Signed::sign(&custody, key)?;
        self.put(FileName::Custody, signed.as_bytes())?;
        self.settle()?;
        Ok((self.folder, signed))
    }
}
