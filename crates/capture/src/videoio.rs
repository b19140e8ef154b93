//! A camera read through OpenCV's `videoio`: for drivers that nokhwa refuses (rates that are not 1/n, or none named).

use std::time::{Duration, Instant};

use opencv::core::{Mat, Vector};
use opencv::videoio::{
    CAP_PROP_FOURCC, CAP_PROP_FPS, CAP_PROP_FRAME_HEIGHT, CAP_PROP_FRAME_WIDTH, CAP_V4L2,
    VideoCapture, VideoWriter,
};
use opencv::videoio::{VideoCaptureTrait, VideoCaptureTraitConst};

use crate::decode::shot_of_mat;
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::{LIVE_LIMIT, Shot};
use crate::modes::{self, Mode};
use crate::webcam::fault_of_text;

/// `videoio` keeps this many buffers: after a pause they hold old pictures.
const BUFFERS: usize = 4;

pub(crate) struct Videoio {
    device: Device,
    mode: Mode,
    capture: VideoCapture,
    picture: Mat,
    last_read: Instant,
}

impl Videoio {
    pub(crate) fn open(device: &Device, mode: &Mode) -> Result<Videoio, Fault> {
        let [a, b, c, d] = mode.fourcc.map(char::from);
        let fourcc = VideoWriter::fourcc(a, b, c, d).map_err(Fault::driver)?;
        let settings = Vector::<i32>::from_slice(&[
            CAP_PROP_FOURCC,
            fourcc,
            CAP_PROP_FRAME_WIDTH,
            mode.width as i32,
            CAP_PROP_FRAME_HEIGHT,
            mode.height as i32,
        ]);
        let node = device.node.to_string_lossy();
        let mut capture = VideoCapture::from_file_with_params(node.as_ref(), CAP_V4L2, &settings)
            .map_err(Fault::driver)?;
        if !capture.is_opened().unwrap_or(false) {
            return Err(fault_of_silence(device));
        }
        if mode.interval.is_some() {
            // A driver that keeps its own rate is as good.
            let _ = capture.set(CAP_PROP_FPS, mode.fps());
        }
        Ok(Videoio {
            device: device.clone(),
            mode: *mode,
            capture,
            picture: Mat::default(),
            last_read: Instant::now(),
        })
    }
}

impl Driver for Videoio {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        format!("{} (videoio)", self.mode)
    }

    /// `videoio` gives up waiting after ten seconds, a limit of its own that cannot be set from here.
    fn next(&mut self, _wait: Duration) -> Result<Option<Shot>, Fault> {
        if self.last_read.elapsed() > LIVE_LIMIT / 2 {
            for _ in 0..BUFFERS {
                self.capture.grab().map_err(Fault::driver)?;
            }
        }
        let read = self
            .capture
            .read(&mut self.picture)
            .map_err(Fault::driver)?;
        self.last_read = Instant::now();
        if read {
            return shot_of_mat(&self.picture).map(Some);
        }
        match modes::gives_frames(&self.device.node) {
            // Still there: it only gave nothing.
            Ok(_) => Ok(None),
            Err(error) => Err(fault_of_text(&error.to_string())),
        }
    }
}

/// OpenCV only says that it did not open; the driver is asked once more for the reason.
fn fault_of_silence(device: &Device) -> Fault {
    match modes::gives_frames(&device.node) {
        Ok(_) => Fault::driver("videoio does not open it"),
        Err(error) => fault_of_text(&error.to_string()),
    }
}
