//! Opens whatever a [`SourceSpec`] names. Runs on the reader's thread.

use crate::clip::Clip;
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::memory::MemoryDriver;
use crate::pictures::Pictures;
use crate::source::{CameraOptions, SourceSpec};
use crate::webcam;

/// A function that opens `spec`; `known` is the device that was open before, `second` says that an earlier reader of it hangs.
pub(crate) fn opener(
    spec: &SourceSpec,
    options: &CameraOptions,
    known: Option<Device>,
    second: bool,
) -> impl FnOnce() -> Result<Box<dyn Driver>, Fault> + Send + 'static {
    let (spec, options) = (spec.clone(), options.clone());
    move || match &spec {
        SourceSpec::Camera(selector) => webcam::open(selector, &options, known.as_ref(), second),
        SourceSpec::Pictures(path) => Ok(Box::new(Pictures::open(path, &options.replay)?)),
        SourceSpec::Clip(path) => Ok(Box::new(Clip::open(path, &options.replay)?)),
        SourceSpec::Memory(feed) => Ok(Box::new(MemoryDriver::open(feed)?)),
    }
}
