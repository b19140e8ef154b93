//! Whether a folder can hold the second copy: on another disk, one that nobody pulls by accident.

use crate::files::{FileSystem, SystemFiles};
use std::fs;
use std::path::Path;

/// Why a folder cannot hold the second copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecondDiskFault {
    /// It is not there, or no folder.
    #[error("there is no such folder")]
    NotThere,
    /// It lies on the disk that has the store itself.
    #[error("it is on the same disk as the store")]
    SameDisk,
    /// A stick or a disk that is plugged in: it would be pulled one day.
    #[error("it is on a removable disk")]
    Removable,
    /// Nothing can be written there.
    #[error("it may not be written")]
    NotWritable,
    /// A second copy is kept elsewhere, or its end is still owed to a disk that is absent.
    #[error("another second copy is kept")]
    Another,
}

impl SecondDiskFault {
    /// The stable key: the end of its message's id.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotThere => "not-there",
            Self::SameDisk => "same-disk",
            Self::Removable => "removable",
            Self::NotWritable => "not-writable",
            Self::Another => "another",
        }
    }
}

/// Where desktops mount what people plug in.
const PLUGGED_IN: [&str; 2] = ["/media", "/run/media"];
/// Written and removed again, to see whether that can be done.
const PROBE: &str = "shanakht-second-copy.probe";

/// Whether a second copy of the store at `store` can be kept in `folder`.
pub(super) fn check(folder: &Path, store: &Path) -> Result<(), SecondDiskFault> {
    let here = store.parent().unwrap_or(Path::new("."));
    let (Ok(folder), Ok(here)) = (fs::canonicalize(folder), fs::canonicalize(here)) else {
        return Err(SecondDiskFault::NotThere);
    };
    if !folder.is_dir() {
        return Err(SecondDiskFault::NotThere);
    }
    if same_disk(&folder, &here) {
        return Err(SecondDiskFault::SameDisk);
    }
    let plugged_in = PLUGGED_IN.iter().any(|place| folder.starts_with(place));
    if plugged_in || is_removable(&folder) {
        return Err(SecondDiskFault::Removable);
    }
    let probe = folder.join(PROBE);
    SystemFiles
        .write(&probe, b"x")
        .and_then(|()| SystemFiles.sync(&probe))
        .and_then(|()| SystemFiles.remove(&probe))
        .and_then(|()| SystemFiles.sync_folder(&folder))
        .map_err(|_| SecondDiskFault::NotWritable)
}

#[cfg(unix)]
fn same_disk(folder: &Path, here: &Path) -> bool {
    match (device(folder), device(here)) {
        (Some(folder), Some(here)) => disk_of(folder) == disk_of(here),
        _ => true,
    }
}

#[cfg(unix)]
fn is_removable(folder: &Path) -> bool {
    let Some((_, Some(disk))) = device(folder).map(disk_of) else {
        return false; // no disk of the kernel's, such as a network share
    };
    let removable = fs::read_to_string(disk.join("removable")).unwrap_or_default();
    removable.trim() == "1" || disk.components().any(|part| is_usb(part.as_os_str()))
}

#[cfg(unix)]
fn is_usb(part: &std::ffi::OsStr) -> bool {
    part.to_str().is_some_and(|part| part.starts_with("usb"))
}

#[cfg(unix)]
fn device(path: &Path) -> Option<u64> {
    fs::metadata(path)
        .ok()
        .map(|seen| std::os::unix::fs::MetadataExt::dev(&seen))
}

/// The whole disk that a partition is part of, by the kernel's own account; a device that is no disk stands for itself.
#[cfg(unix)]
fn disk_of(device: u64) -> (u64, Option<std::path::PathBuf>) {
    // As glibc's gnu_dev_major and gnu_dev_minor.
    let major = (device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000);
    let minor = (device & 0xff) | (device >> 12 & 0xffff_ff00);
    let Ok(place) = fs::canonicalize(format!("/sys/dev/block/{major}:{minor}")) else {
        return (device, None);
    };
    if place.join("partition").exists()
        && let Some(disk) = place.parent()
    {
        return (0, Some(disk.to_owned()));
    }
    (0, Some(place))
}

#[cfg(not(unix))]
fn same_disk(folder: &Path, here: &Path) -> bool {
    folder.components().next() == here.components().next()
}

#[cfg(not(unix))]
fn is_removable(_folder: &Path) -> bool {
    false
}
