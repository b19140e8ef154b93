//! A camera read through `nokhwa`.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nokhwa::Camera;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};

use crate::arrivals::Arrivals;
use crate::decode::{PixelFormat, decode};
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::Shot;
use crate::modes::Mode;
use crate::status::FailureReason;
use crate::webcam::{fault_of_text, node_number};

/// A driver keeps no more filled buffers than this; nokhwa asks for four and drivers may add some.
const BUFFERS_MOST: usize = 8;

pub(crate) struct NokhwaCamera {
    device: Device,
    mode: Mode,
    pixels: PixelFormat,
    camera: Camera,
    arrivals: Arrivals,
}

impl NokhwaCamera {
    /// [`Fault::Failing`] when nokhwa refuses the driver.
    pub(crate) fn open(device: &Device, mode: &Mode) -> Result<NokhwaCamera, Fault> {
        let unusable = Fault::Failing(FailureReason::NoUsableFormat);
        let (Some((1, fps)), Some(pixels)) = (mode.interval, mode.pixel_format()) else {
            return Err(unusable);
        };
        let number = node_number(&device.node).ok_or(unusable)?;
        let format = CameraFormat::new_from(mode.width, mode.height, frame_format(pixels), fps);
        let formats = [format.format()];
        let exactly = RequestedFormat::with_formats(RequestedFormatType::Exact(format), &formats);
        let mut camera =
            Camera::new(CameraIndex::Index(number), exactly).map_err(|error| refused(&error))?;
        camera.open_stream().map_err(|error| refused(&error))?;
        Ok(NokhwaCamera {
            device: device.clone(),
            mode: *mode,
            pixels,
            camera,
            arrivals: Arrivals::of(BUFFERS_MOST),
        })
    }
}

impl Driver for NokhwaCamera {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        format!("{} (nokhwa)", self.mode)
    }

    /// nokhwa waits without limit: a driver that gives no frames holds the thread until it does or its cable is pulled.
    fn next(&mut self, _wait: Duration) -> Result<Option<Shot>, Fault> {
        let buffer = self
            .camera
            .frame()
            .map_err(|error| fault_of_text(&error.to_string()))?;
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let claimed = buffer
            .capture_timestamp()
            .and_then(|taken| wall.checked_sub(taken));
        let arrived = Instant::now();
        let age = self.arrivals.age(arrived, claimed);
        let size = buffer.resolution();
        let mut shot = decode(self.pixels, size.width(), size.height(), buffer.buffer())?;
        // Decoding takes its time too.
        shot.age = age + arrived.elapsed();
        Ok(Some(shot))
    }
}

fn refused(error: &nokhwa::NokhwaError) -> Fault {
    fault_of_text(&error.to_string())
}

fn frame_format(pixels: PixelFormat) -> FrameFormat {
    match pixels {
        PixelFormat::Yuyv => FrameFormat::YUYV,
        PixelFormat::Nv12 => FrameFormat::NV12,
        PixelFormat::Rgb => FrameFormat::RAWRGB,
        PixelFormat::Bgr => FrameFormat::RAWBGR,
        PixelFormat::Mjpeg => FrameFormat::MJPEG,
    }
}
