//! What the officer is told about the camera.

use crate::device::{Device, Refused};

/// The state of a [`crate::Camera`], always one of these.
#[derive(Debug, Clone, PartialEq)]
pub enum CameraStatus {
    /// Being opened, or opened and about to give its first frame.
    Starting,
    /// Frames arrive.
    Live(Live),
    /// There is no such camera, folder or clip.
    Missing,
    /// Another program has the camera.
    Busy,
    /// It was live and its cable was pulled. It is looked for until it is back.
    Unplugged,
    /// Policy does not let it be read. Another one is looked for until there is one.
    NotAllowed(Refused),
    /// It is open but gives no frames.
    NoFrames,
    /// It is there and does not work.
    Failing {
        /// Why.
        reason: FailureReason,
    },
}

/// A camera that works.
#[derive(Debug, Clone, PartialEq)]
pub struct Live {
    /// Width of the frames in pixels.
    pub width: u32,
    /// Height of the frames in pixels.
    pub height: u32,
    /// Frames a second as measured; 0 until two have come.
    pub fps: f32,
    /// The device that gives them.
    pub device: Device,
}

/// Why a camera that is there does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureReason {
    /// The driver does not answer: opening it has not ended in time.
    NoAnswer,
    /// The operating system does not let this user open it.
    NoPermission,
    /// It offers no format that can be read here.
    NoUsableFormat,
    /// Its frames cannot be decoded.
    DamagedFrames,
    /// What the driver said.
    Driver(String),
}

impl CameraStatus {
    /// The id of the message that says this to the officer.
    pub fn key(&self) -> &'static str {
        match self {
            CameraStatus::Starting => "camera-starting",
            CameraStatus::Live(_) => "camera-live",
            CameraStatus::Missing => "camera-missing",
            CameraStatus::Busy => "camera-busy",
            CameraStatus::Unplugged => "camera-unplugged",
            CameraStatus::NotAllowed(Refused::NotIssued) => "camera-not-issued",
            CameraStatus::NotAllowed(Refused::Software) => "camera-software",
            CameraStatus::NoFrames => "camera-no-frames",
            CameraStatus::Failing { reason } => reason.key(),
        }
    }

    /// What the driver said, where it said something.
    pub fn detail(&self) -> Option<&str> {
        match self {
            CameraStatus::Failing {
                reason: FailureReason::Driver(said),
            } => Some(said),
            _ => None,
        }
    }

    /// True while frames arrive.
    pub fn is_live(&self) -> bool {
        matches!(self, CameraStatus::Live(_))
    }

    /// The working device.
    pub fn device(&self) -> Option<&Device> {
        match self {
            CameraStatus::Live(live) => Some(&live.device),
            _ => None,
        }
    }

    /// True for states in which the officer waits for something to be mended.
    pub(crate) fn is_fault(&self) -> bool {
        !matches!(self, CameraStatus::Starting | CameraStatus::Live(_))
    }
}

impl FailureReason {
    /// The id of the message that says this to the officer.
    pub fn key(&self) -> &'static str {
        match self {
            FailureReason::NoAnswer => "camera-no-answer",
            FailureReason::NoPermission => "camera-no-permission",
            FailureReason::NoUsableFormat => "camera-no-usable-format",
            FailureReason::DamagedFrames => "camera-damaged-frames",
            FailureReason::Driver(_) => "camera-failing",
        }
    }
}
