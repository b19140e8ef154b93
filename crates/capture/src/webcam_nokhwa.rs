//! A camera read through `nokhwa`.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use nokhwa::Camera;
use nokhwa::utils::{CameraFormat, CameraIndex, FrameFormat, RequestedFormat, RequestedFormatType};

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
    arrivals: VecDeque<Instant>,
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
            arrivals: VecDeque::with_capacity(BUFFERS_MOST),
        })
    }

    /// How old a frame is that arrives now: what the driver's clock says, but never more than its buffers allow. A buffer is filled
    /// after it was handed back, so a frame is younger than the arrival of the one that used the same buffer before; this saves
    /// cameras whose clock is wrong.
    fn age(&mut self, now: Instant, taken: Option<Duration>) -> Duration {
        let wall = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let claimed = taken
            .and_then(|taken| wall.checked_sub(taken))
            .unwrap_or_default();
        let most = match self.arrivals.len() {
            BUFFERS_MOST => self
                .arrivals
                .pop_front()
                .map(|arrival| now.saturating_duration_since(arrival)),
            _ => None,
        };
        self.arrivals.push_back(now);
        most.map_or(claimed, |most| claimed.min(most))
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
        let age = self.age(Instant::now(), buffer.capture_timestamp());
        let size = buffer.resolution();
        let mut shot = decode(self.pixels, size.width(), size.height(), buffer.buffer())?;
        shot.age = age;
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
