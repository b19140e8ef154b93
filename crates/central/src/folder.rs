//! A folder that somebody carried here, on a stick or from a dead disk: nothing in it is trusted. Links and anything that is no plain file
//! are refused, sizes are looked at first, and what is written there never goes through what lies there.

use crate::cluster::random_name;
use crate::{CentreError, private_file};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The most files that are looked at in a folder.
const FILES_LIMIT: usize = 300_000;

/// A carried folder.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

/// Why a file of it was not read, as a key.
pub(crate) type Refusal = &'static str;

impl Folder {
    pub(crate) fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The names in it that are plain text, in order; folders inside are not entered.
    pub(crate) fn names(&self) -> Result<Vec<String>, CentreError> {
        let cannot = |e| CentreError::file(format!("{} could not be read", self.0.display()), e);
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            if names.len() == FILES_LIMIT {
                return Err(CentreError::Refused(format!(
                    "{} has more than {FILES_LIMIT} files",
                    self.0.display()
                )));
            }
            if let Ok(name) = entry.file_name().into_string() {
                names.push(name);
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The bytes of a plain file.
    pub(crate) fn read(&self, name: &str, limit: usize) -> Result<Vec<u8>, Refusal> {
        let path = self.0.join(name);
        let seen = fs::symlink_metadata(&path).map_err(|_| "missing")?;
        if !seen.is_file() {
            return Err("no-plain-file");
        }
        let file = File::open(&path).map_err(|_| "unreadable")?;
        let opened = file.metadata().map_err(|_| "unreadable")?;
        // Swapped for a link in between.
        if (opened.dev(), opened.ino()) != (seen.dev(), seen.ino()) {
            return Err("no-plain-file");
        }
        if opened.len() > limit as u64 {
            return Err("too-large");
        }
        let mut bytes = Vec::with_capacity(usize::try_from(opened.len()).unwrap_or(0));
        let most = limit as u64 + 1;
        file.take(most)
            .read_to_end(&mut bytes)
            .map_err(|_| "unreadable")?;
        if bytes.len() > limit {
            return Err("too-large");
        }
        Ok(bytes)
    }

    /// Writes a file beside: whole or not at all, and never through a link.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<(), CentreError> {
        let temporary = self.0.join(format!(".{}.new", random_name(16)?));
        let written = (|| {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(&temporary)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&temporary, self.0.join(name))?;
            File::open(&self.0)?.sync_all()
        })();
        written.map_err(|e: std::io::Error| {
            CentreError::file(format!("{name} could not be written"), e)
        })
    }

    /// A folder inside it, made where it is missing.
    pub(crate) fn inside(&self, name: &str) -> Result<Self, CentreError> {
        let path = self.0.join(name);
        private_file::make_folder(&path)?;
        let plain = fs::symlink_metadata(&path).is_ok_and(|seen| seen.is_dir());
        if !plain {
            return Err(CentreError::Refused(format!(
                "{} is no plain folder",
                path.display()
            )));
        }
        Ok(Self(path))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn links_large_files_and_what_is_no_file_are_refused() {
        let place = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), place.path().join("link")).unwrap();
        fs::create_dir(place.path().join("folder")).unwrap();
        fs::write(place.path().join("large"), [0; 11]).unwrap();
        fs::write(place.path().join("good"), [0; 10]).unwrap();
        let folder = Folder::at(place.path());
        assert_eq!(folder.names().unwrap(), ["folder", "good", "large", "link"]);
        assert_eq!(folder.read("link", 10), Err("no-plain-file"));
        assert_eq!(folder.read("folder", 10), Err("no-plain-file"));
        assert_eq!(folder.read("large", 10), Err("too-large"));
        assert_eq!(folder.read("gone", 10), Err("missing"));
        assert_eq!(folder.read("good", 10).unwrap().len(), 10);
    }

    #[test]
    fn a_file_is_never_written_through_a_link() {
        let place = tempfile::tempdir().unwrap();
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), place.path().join("receipt")).unwrap();
        Folder::at(place.path()).write("receipt", b"new").unwrap();
        assert_eq!(fs::read(outside.path()).unwrap(), b"");
        assert_eq!(fs::read(place.path().join("receipt")).unwrap(), b"new");
    }
}
