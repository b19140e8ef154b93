//! Cameras of this machine: finding one, and opening it with `v4l` or, where that does not start it, with `nokhwa`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::device::{Device, Trust};
use crate::driver::{Driver, Fault};
use crate::modes::{self, Mode};
use crate::source::{CameraOptions, Selector};
use crate::status::FailureReason;
use crate::sysfs;
use crate::webcam_nokhwa::NokhwaCamera;
use crate::webcam_v4l::V4lCamera;

/// Asking all nodes what they can do takes no longer than this; a driver that hangs is then listed unasked.
const QUERY_TIMEOUT: Duration = Duration::from_secs(2);
/// So many modes of a device are tried before it counts as refusing.
const MODES_TRIED: usize = 3;

const ENOENT: i32 = 2;
const ENXIO: i32 = 6;
const EACCES: i32 = 13;
const EBUSY: i32 = 16;
const ENODEV: i32 = 19;

/// The cameras of this machine, in the order of their nodes. Takes at most about two seconds even if a driver hangs.
pub fn devices() -> Vec<Device> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let asked = thread::Builder::new()
        .name("camera-list".to_owned())
        .spawn(move || {
            let _ = sender.send(cameras(Path::new("/sys")));
        });
    let listed = asked
        .ok()
        .and_then(|_| receiver.recv_timeout(QUERY_TIMEOUT).ok());
    listed.unwrap_or_else(|| sysfs::video_nodes(Path::new("/sys")))
}

/// All nodes that give frames. May hang with its drivers.
fn cameras(sysfs: &Path) -> Vec<Device> {
    let mut found = sysfs::video_nodes(sysfs);
    // Where sysfs is hidden (some containers), the nodes alone are left; their trust is then unknown.
    for number in node_numbers() {
        let node = PathBuf::from(format!("/dev/video{number}"));
        if !found.iter().any(|device| device.node == node) {
            found.push(sysfs::identify(sysfs, number));
        }
    }
    found.retain(|device| match modes::gives_frames(&device.node) {
        Ok(gives) => gives,
        Err(error) => !is_gone(error.raw_os_error()),
    });
    found
}

fn node_numbers() -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/dev") else {
        return Vec::new();
    };
    let mut numbers: Vec<u32> = entries
        .filter_map(|entry| node_number(&entry.ok()?.path()))
        .collect();
    numbers.sort_unstable();
    numbers
}

/// N of `…/videoN`.
pub(crate) fn node_number(node: &Path) -> Option<u32> {
    node.file_name()?
        .to_str()?
        .strip_prefix("video")?
        .parse()
        .ok()
}

/// Opens the selected camera. `second` says that an earlier reader of it hangs: then the library that hung is not used again.
pub(crate) fn open(
    selector: &Selector,
    options: &CameraOptions,
    known: Option<&Device>,
    second: bool,
) -> Result<Box<dyn Driver>, Fault> {
    let device = find(selector, &options.sysfs, known)?;
    let offered = modes::list(&device.node, options.want).map_err(|error| fault_of_io(&error))?;
    let wanted = modes::by_preference(offered, options.want, options.most_fps);
    if wanted.is_empty() {
        return Err(Fault::Failing(FailureReason::NoUsableFormat));
    }
    let mut refused = Fault::Failing(FailureReason::NoUsableFormat);
    for mode in wanted.iter().take(MODES_TRIED) {
        match open_mode(&device, mode, second) {
            Err(fault @ Fault::Failing(_)) => refused = fault,
            outcome => return outcome,
        }
    }
    Err(refused)
}

/// `v4l` first; a driver that it cannot start is tried through `nokhwa`, unless a reader already hangs: nokhwa shares one handle a
/// device, and the next one would hang with it.
fn open_mode(device: &Device, mode: &Mode, second: bool) -> Result<Box<dyn Driver>, Fault> {
    let refused = match V4lCamera::open(device, mode) {
        Ok(camera) => return Ok(Box::new(camera)),
        Err(refused @ Fault::Failing(_)) if !second => refused,
        Err(fault) => return Err(fault),
    };
    tracing::info!(?refused, %mode, "camera not started by v4l, trying nokhwa");
    match NokhwaCamera::open(device, mode) {
        Ok(camera) => Ok(Box::new(camera)),
        Err(Fault::Failing(_)) => Err(refused),
        Err(fault) => Err(fault),
    }
}

fn find(selector: &Selector, sysfs: &Path, known: Option<&Device>) -> Result<Device, Fault> {
    if let Selector::Node(path) = selector
        && let Ok(node) = fs::canonicalize(path)
    {
        let number = node_number(&node).ok_or(Fault::Failing(FailureReason::NoUsableFormat))?;
        return match modes::gives_frames(&node) {
            Ok(true) => Ok(sysfs::identify(sysfs, number)),
            Ok(false) => Err(Fault::Failing(FailureReason::NoUsableFormat)),
            Err(error) => Err(fault_of_io(&error)),
        };
    }
    let found = cameras(sysfs);
    let again = known.and_then(|known| found.iter().find(|device| device.same_camera(known)));
    match (again, selector) {
        (Some(device), _) => Ok(device.clone()),
        (None, Selector::Any) => found.into_iter().min_by_key(rank).ok_or(Fault::Missing),
        (None, Selector::Node(_)) => Err(Fault::Missing),
    }
}

/// Physical cameras first, then what cannot be told, then software; in the order of their nodes.
fn rank(device: &Device) -> (u8, Option<u32>) {
    let trust = match device.trust {
        Trust::Physical => 0,
        Trust::Unknown => 1,
        Trust::Virtual | Trust::Loopback | Trust::Replayed => 2,
    };
    (trust, node_number(&device.node))
}

fn is_gone(code: Option<i32>) -> bool {
    matches!(code, Some(ENOENT | ENXIO | ENODEV))
}

pub(crate) fn fault_of_io(error: &io::Error) -> Fault {
    match error.raw_os_error() {
        Some(code) => fault_of_code(code).unwrap_or_else(|| Fault::driver(error)),
        None => Fault::driver(error),
    }
}

fn fault_of_code(code: i32) -> Option<Fault> {
    match code {
        code if is_gone(Some(code)) => Some(Fault::Unplugged),
        EBUSY => Some(Fault::Busy),
        EACCES => Some(Fault::Failing(FailureReason::NoPermission)),
        _ => None,
    }
}

/// Libraries hand on the kernel's error as text only: `… (os error 19)`.
pub(crate) fn fault_of_text(said: &str) -> Fault {
    let code = said
        .rsplit_once("(os error ")
        .and_then(|(_, rest)| rest.split(')').next()?.parse().ok());
    code.and_then(fault_of_code)
        .unwrap_or_else(|| Fault::driver(said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_kernel_said_is_found_in_the_librarys_words() {
        let pulled = "Could not get device property Frame: No such device (os error 19)";
        assert_eq!(fault_of_text(pulled), Fault::Unplugged);
        assert_eq!(
            fault_of_text("x: Device or resource busy (os error 16)"),
            Fault::Busy
        );
        assert!(matches!(
            fault_of_text("Failed to Fufill"),
            Fault::Failing(FailureReason::Driver(_))
        ));
    }
}
