//! Files that only the centre's own user may read, written whole or not at all.

use crate::CentreError;
use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes a folder that only its owner may enter.
pub(crate) fn make_folder(path: &Path) -> Result<(), CentreError> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made.map_err(|e| CentreError::file(format!("folder {} could not be made", path.display()), e))
}

/// Writes a 0600 file through a temporary one, so that a cut leaves the old one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), CentreError> {
    let temporary = path.with_extension("new");
    write_through(path, &temporary, bytes)
        .map_err(|e| CentreError::file(format!("{} could not be written", path.display()), e))
}

fn write_through(path: &Path, temporary: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Returns once the names in a folder are on the disk.
pub(crate) fn keep_names(folder: &Path) -> Result<(), CentreError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| CentreError::file(format!("{} could not be synced", folder.display()), e))
}

/// The file's text, or none where there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, CentreError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(CentreError::file(
            format!("{} could not be read", path.display()),
            e,
        )),
    }
}
