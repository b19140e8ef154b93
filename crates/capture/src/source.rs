//! Which source to open, and how.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::device::Admission;
use crate::memory::MemoryFeed;

/// What a [`crate::Camera`] reads.
#[derive(Debug, Clone)]
pub enum SourceSpec {
    /// A camera of this machine.
    Camera(Selector),
    /// A picture, or a folder of pictures, shown in turn without end.
    Pictures(PathBuf),
    /// A video file, shown without end.
    Clip(PathBuf),
    /// Frames that the program feeds: tests and simulation.
    Memory(MemoryFeed),
}

/// Which camera of this machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Selector {
    /// The best there is: the one used before, else physical ones that policy admits, in the order of their nodes. Never a virtual one: who wants one names it.
    #[default]
    Any,
    /// This node (`/dev/video0`, or a link such as `/dev/v4l/by-id/…`). Should it vanish and the same camera come back at another
    /// node, it is followed.
    Node(PathBuf),
}

impl SourceSpec {
    /// A camera by `""` or `any`, a number, or a path.
    pub fn camera(text: &str) -> SourceSpec {
        let text = text.trim();
        SourceSpec::Camera(match text {
            "" | "any" => Selector::Any,
            number if number.bytes().all(|digit| digit.is_ascii_digit()) => {
                Selector::Node(PathBuf::from(format!("/dev/video{number}")))
            }
            path => Selector::Node(PathBuf::from(path)),
        })
    }
}

/// How sources are opened and watched. The defaults suit an office.
#[derive(Debug, Clone)]
pub struct CameraOptions {
    /// The smallest size that is wanted, in pixels.
    pub want: (u32, u32),
    /// A larger size that is taken where the camera claims it at a rate of motion pictures, and given up again where what arrives is slow or has no more detail.
    pub best: Option<(u32, u32)>,
    /// Which cameras may be read; [`crate::Camera::admit`] changes it.
    pub admission: Admission,
    /// More frames a second than this are not asked for: a face needs no more, and decoding costs.
    pub most_fps: u32,
    /// Opening a device may take this long before it counts as not answering.
    pub open_timeout: Duration,
    /// The first frame may take this long; some cameras warm up for seconds.
    pub first_frame_timeout: Duration,
    /// A live camera that gives no frame for this long is said to give none.
    pub silence: Duration,
    /// After this long without frames the device is closed and opened again.
    pub reopen_after: Duration,
    /// The wait before the first try again; doubled each time.
    pub retry_first: Duration,
    /// The longest wait between tries.
    pub retry_most: Duration,
    /// Dropping or switching waits this long for a reader before it is left behind.
    pub join_timeout: Duration,
    /// How pictures and clips are shown.
    pub replay: ReplayOptions,
    /// Where sysfs is mounted.
    pub sysfs: PathBuf,
}

impl Default for CameraOptions {
    fn default() -> CameraOptions {
        CameraOptions {
            want: (1280, 720),
            best: Some((1920, 1080)),
            admission: Admission::without_policy(),
            most_fps: 30,
            open_timeout: Duration::from_secs(5),
            first_frame_timeout: Duration::from_secs(4),
            silence: Duration::from_secs(1),
            reopen_after: Duration::from_secs(6),
            retry_first: Duration::from_millis(200),
            retry_most: Duration::from_secs(2),
            join_timeout: Duration::from_secs(1),
            replay: ReplayOptions::default(),
            sysfs: Path::new("/sys").to_owned(),
        }
    }
}

/// How pictures and clips are shown.
#[derive(Debug, Clone, PartialEq)]
pub struct ReplayOptions {
    /// Frames a second, 1 to 60.
    pub fps: u32,
    /// Each picture stays this long; zero: one frame each.
    pub hold: Duration,
    /// Pictures are fitted into this size with black bars; `None` leaves them as they are.
    pub letterbox: Option<(u32, u32)>,
}

impl Default for ReplayOptions {
    fn default() -> ReplayOptions {
        ReplayOptions {
            fps: 15,
            hold: Duration::from_secs(2),
            letterbox: Some((1280, 720)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_is_named_by_nothing_a_number_or_a_path() {
        let node = |text: &str| match SourceSpec::camera(text) {
            SourceSpec::Camera(Selector::Node(path)) => Some(path),
            _ => None,
        };
        assert_eq!(node(""), None);
        assert_eq!(node("2"), Some(PathBuf::from("/dev/video2")));
        assert_eq!(node("/dev/video1"), Some(PathBuf::from("/dev/video1")));
    }
}
