//! Cameras of this machine: finding one, and opening it with `v4l` or, where that does not start it, with `nokhwa`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::device::{Admission, Device, Refused, Trust};
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
    let device = find(selector, options, known)?;
    let offered = modes::list(&device.node, options.want).map_err(|error| fault_of_io(&error))?;
    let wanted = modes::by_preference(offered, options.want, options.best, options.most_fps);
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

fn find(
    selector: &Selector,
    options: &CameraOptions,
    known: Option<&Device>,
) -> Result<Device, Fault> {
    let sysfs = &options.sysfs;
    let found = cameras(sysfs);
    let wanted = match selector {
        Selector::Any => Wanted::Best,
        Selector::Node(path) => match fs::canonicalize(path) {
            Err(_) => Wanted::Named(None),
            Ok(node) => {
                let unusable = Fault::Failing(FailureReason::NoUsableFormat);
                let number = node_number(&node).ok_or(unusable.clone())?;
                match modes::gives_frames(&node) {
                    Ok(true) => Wanted::Named(Some(sysfs::identify(sysfs, number))),
                    Ok(false) => return Err(unusable),
                    Err(error) => return Err(fault_of_io(&error)),
                }
            }
        },
    };
    choose(wanted, found, known, &options.admission)
}

/// Which camera is asked for.
enum Wanted {
    /// The best there is.
    Best,
    /// What stands at the node that somebody chose; nothing may.
    Named(Option<Device>),
}

/// Which camera is read. `known` was read before.
fn choose(
    wanted: Wanted,
    found: Vec<Device>,
    known: Option<&Device>,
    admission: &Admission,
) -> Result<Device, Fault> {
    let again = known.and_then(|known| found.iter().find(|device| device.same_camera(known)));
    let chosen = match (again, wanted) {
        (Some(again), _) => again.clone(),
        // Another unit of the same model has taken the node: it is not the one that was chosen.
        (None, Wanted::Named(Some(named)))
            if known.is_some_and(|known| named.same_model(known) && named.serial.is_some()) =>
        {
            return Err(Fault::Missing);
        }
        (None, Wanted::Named(named)) => named.ok_or(Fault::Missing)?,
        (None, Wanted::Best) => return best(found, known, admission),
    };
    match admission.refuses(&chosen) {
        None => Ok(chosen),
        Some(why) => Err(Fault::NotAllowed(why)),
    }
}

/// The best camera that nobody has to choose: a physical one first, in the order of their nodes; what the system cannot tell only where no physical one
/// was read before; software never.
fn best(
    found: Vec<Device>,
    known: Option<&Device>,
    admission: &Admission,
) -> Result<Device, Fault> {
    let had_a_lens = known.is_some_and(|known| known.trust == Trust::Physical);
    let rank = |device: &Device| match device.trust {
        Trust::Physical => Some(0),
        Trust::Unknown if !had_a_lens => Some(1),
        Trust::Unknown | Trust::Virtual | Trust::Loopback | Trust::Replayed => None,
    };
    let (mut refused, mut candidates) = (None, Vec::new());
    for device in found {
        match (rank(&device), admission.refuses(&device)) {
            (Some(rank), None) => candidates.push((rank, node_number(&device.node), device)),
            (Some(_), Some(why)) => refused = Some(why),
            (None, _) if !had_a_lens => _ = refused.get_or_insert(Refused::Software),
            (None, _) => {}
        }
    }
    let best = candidates
        .into_iter()
        .min_by_key(|(rank, node, _)| (*rank, *node));
    let none = refused.map_or(Fault::Missing, Fault::NotAllowed);
    best.map(|(_, _, device)| device).ok_or(none)
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
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::device::{Bus, Pins, VendorProduct};

    fn device(node: u32, trust: Trust, serial: &str) -> Device {
        Device {
            node: PathBuf::from(format!("/dev/video{node}")),
            name: "HD Webcam".into(),
            bus: Bus::Usb,
            vendor_product: VendorProduct::parse("046d:0825"),
            trust,
            serial: (!serial.is_empty()).then(|| serial.to_owned()),
        }
    }

    fn any(found: &[Device], known: Option<&Device>, admission: &Admission) -> Result<u32, Fault> {
        choose(Wanted::Best, found.to_vec(), known, admission)
            .map(|d| node_number(&d.node).unwrap())
    }

    #[test]
    fn after_a_pulled_cable_no_software_takes_the_cameras_place() {
        let lens = device(1, Trust::Physical, "A1");
        let software = [
            device(0, Trust::Loopback, ""),
            device(2, Trust::Virtual, ""),
        ];
        for admission in [Admission::default(), Admission::without_policy()] {
            let both = [software[0].clone(), lens.clone()];
            assert_eq!(any(&both, None, &admission), Ok(1));
            assert_eq!(any(&software, Some(&lens), &admission), Err(Fault::Missing));
            // Nor at the beginning; then it is said why.
            let alone = any(&software, None, &admission);
            assert_eq!(alone, Err(Fault::NotAllowed(Refused::Software)));
        }
        let untold = [device(0, Trust::Unknown, "")];
        assert_eq!(any(&untold, None, &Admission::default()), Ok(0));
        let gone = any(&untold, Some(&lens), &Admission::default());
        assert_eq!(gone, Err(Fault::Missing));
    }

    #[test]
    fn of_two_units_of_one_model_the_one_that_was_read_is_read_again() {
        let (first, second) = (
            device(0, Trust::Physical, "A1"),
            device(2, Trust::Physical, "B2"),
        );
        let admission = Admission::default();
        let both = [first.clone(), second.clone()];
        assert_eq!(any(&both, Some(&second), &admission), Ok(2));
        // The second's cable is pulled, and the first moves to its node.
        let moved = Device {
            node: second.node.clone(),
            ..first
        };
        let named = choose(
            Wanted::Named(Some(moved.clone())),
            vec![moved],
            Some(&second),
            &admission,
        );
        assert_eq!(named, Err(Fault::Missing));
    }

    #[test]
    fn a_camera_that_policy_does_not_name_is_refused_by_that_name() {
        let admission = Admission {
            pins: Pins::new(vec![VendorProduct::parse("1234:5678").unwrap()]),
            software: false,
        };
        let other = device(0, Trust::Physical, "A1");
        let issued = Device {
            vendor_product: VendorProduct::parse("1234:5678"),
            ..device(3, Trust::Physical, "C3")
        };
        let alone = any(std::slice::from_ref(&other), None, &admission);
        assert_eq!(alone, Err(Fault::NotAllowed(Refused::NotIssued)));
        assert_eq!(any(&[other.clone(), issued], None, &admission), Ok(3));
        let named = choose(Wanted::Named(Some(other)), Vec::new(), None, &admission);
        assert_eq!(named, Err(Fault::NotAllowed(Refused::NotIssued)));
        let software = device(1, Trust::Loopback, "");
        let named = choose(Wanted::Named(Some(software)), Vec::new(), None, &admission);
        assert_eq!(named, Err(Fault::NotAllowed(Refused::Software)));
    }

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
