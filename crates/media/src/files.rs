//! The file system, as this crate needs it: passed in, so that a test can pull the stick at any operation.

use std::ffi::OsString;
use std::io;
use std::path::Path;

/// Where folders are written and read.
///
/// What is written is lost on a cut until it is synced: a file's bytes by [`NewFile::sync`], names by [`Files::sync_folder`].
pub trait Files {
    /// Makes a folder that is not there yet.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] where it is; else as the system says.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;

    /// Makes a file that is not there yet.
    ///
    /// # Errors
    /// As [`Files::make_folder`].
    fn create(&self, file: &Path) -> io::Result<Box<dyn NewFile + '_>>;

    /// Gives a file its final name, in one step.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Makes the names in a folder last.
    ///
    /// # Errors
    /// As the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// How many bytes can still be written there.
    ///
    /// # Errors
    /// As the system says.
    fn room(&self, folder: &Path) -> io::Result<u64>;

    /// The first `limit` names in a folder, in no order. The folder itself is not a link.
    ///
    /// # Errors
    /// [`ReadFault`].
    fn list(&self, folder: &Path, limit: usize) -> Result<Listing, ReadFault>;

    /// A whole file of at most `limit` bytes. Its size is checked before it is read; no link is followed and nothing but a file opened.
    ///
    /// # Errors
    /// [`ReadFault`].
    fn read(&self, file: &Path, limit: u64) -> Result<Vec<u8>, ReadFault>;
}

/// A file that is being written.
pub trait NewFile {
    /// Appends bytes.
    ///
    /// # Errors
    /// As the system says.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Makes the bytes last.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self) -> io::Result<()>;
}

/// Names in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The names.
    pub names: Vec<OsString>,
    /// There are more than were asked for.
    pub more: bool,
}

/// Why a file or folder was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFault {
    /// There is none.
    Missing,
    /// A link, which is never followed.
    Link,
    /// Of another kind than it should be.
    OtherKind,
    /// Larger than the limit; nothing of it was read.
    TooLarge,
    /// The system gave an error.
    Unreadable(io::ErrorKind),
}

impl From<io::Error> for ReadFault {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            kind => Self::Unreadable(kind),
        }
    }
}
