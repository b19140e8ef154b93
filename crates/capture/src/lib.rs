//! Frames from cameras, replayed pictures and clips; hot-plug, device identity, pacing: the newest frame wins.
//!
//! ```no_run
//! use std::time::Duration;
//! use capture::{Camera, CameraOptions, SourceSpec};
//!
//! let camera = Camera::open(SourceSpec::camera("any"), CameraOptions::default());
//! let mut seen = 0;
//! while let Some(frame) = camera.newer_than(seen, Duration::from_secs(5)) {
//!     seen = frame.sequence;
//!     // frame.rgb holds frame.width × frame.height pixels of 8-bit RGB
//! }
//! let why = camera.status().key(); // "camera-busy", "camera-unplugged", …
//! ```
//!
//! A [`Camera`] opens and reads its source on threads of its own and never makes its user wait for a driver. Whatever goes wrong is a
//! [`CameraStatus`], and is tried again until it works. No frame older than [`LIVE_LIMIT`] is given. Every source that is not a lens on
//! a real bus says so in its [`Device`].
//!
//! This crate never looks for faces and never writes a picture anywhere.

// What a user of the crate holds.
mod camera;
mod device;
mod frame;
mod probe;
mod source;
mod status;

// What reads on a thread of its own, and what it reads.
mod clip;
mod driver;
mod memory;
mod open;
mod pictures;
mod reader;
mod webcam;
mod webcam_nokhwa;
mod webcam_v4l;

// What those need.
mod arrivals;
mod decode;
mod detail;
mod modes;
mod pace;
mod sysfs;

pub use camera::Camera;
pub use device::{
    Admission, Bus, Device, NAME_LIMIT, Pins, Refused, Standing, Trust, VendorProduct,
};
pub use frame::{Counts, Frame, LIVE_LIMIT, SourceId};
pub use memory::{FeedFault, MemoryFeed};
pub use probe::{ProbeOptions, ProbeReport, Spread, StatusChange, probe};
pub use source::{CameraOptions, ReplayOptions, Selector, SourceSpec};
pub use status::{CameraStatus, FailureReason, Live};
pub use sysfs::{identify, video_nodes};
pub use webcam::devices;
