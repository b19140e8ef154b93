//! The real file system.

use crate::{Files, Listing, NewFile, ReadFault};
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// The file system of this machine, with whatever is mounted in it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl Files for Disk {
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)
    }

    fn create(&self, file: &Path) -> io::Result<Box<dyn NewFile + '_>> {
        let file = OpenOptions::new().write(true).create_new(true).open(file)?;
        Ok(Box::new(Written(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn room(&self, folder: &Path) -> io::Result<u64> {
        let free = rustix::fs::statvfs(folder)?;
        Ok(free.f_bavail.saturating_mul(free.f_frsize))
    }

    fn list(&self, folder: &Path, limit: usize) -> Result<Listing, ReadFault> {
        let found = fs::symlink_metadata(folder)?.file_type();
        if found.is_symlink() {
            return Err(ReadFault::Link);
        }
        if !found.is_dir() {
            return Err(ReadFault::OtherKind);
        }
        let mut listing = Listing::default();
        for entry in fs::read_dir(folder)? {
            if listing.names.len() == limit {
                listing.more = true;
                break;
            }
            listing.names.push(entry?.file_name());
        }
        Ok(listing)
    }

    fn read(&self, file: &Path, limit: u64) -> Result<Vec<u8>, ReadFault> {
        // Looked at before it is opened, since opening a device can do something, and again after, since a name can change hands.
        check(&fs::symlink_metadata(file)?, limit)?;
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let opened = rustix::fs::open(file, flags, Mode::empty()).map_err(io::Error::from)?;
        let opened = File::from(opened);
        let length = check(&opened.metadata()?, limit)?;
        let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
        opened.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(ReadFault::TooLarge);
        }
        Ok(bytes)
    }
}

/// The length of what may be read.
fn check(found: &fs::Metadata, limit: u64) -> Result<u64, ReadFault> {
    if found.file_type().is_symlink() {
        Err(ReadFault::Link)
    } else if !found.is_file() {
        Err(ReadFault::OtherKind)
    } else if found.len() > limit {
        Err(ReadFault::TooLarge)
    } else {
        Ok(found.len())
    }
}

/// A file of this machine.
struct Written(File);

impl NewFile for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}
