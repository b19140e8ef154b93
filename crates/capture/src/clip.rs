//! A video file as a source, shown without end at its own rate.

use std::path::Path;
use std::time::Duration;

use opencv::core::Mat;
use opencv::videoio::{CAP_FFMPEG, CAP_PROP_FPS, CAP_PROP_POS_FRAMES, VideoCapture};
use opencv::videoio::{VideoCaptureTrait, VideoCaptureTraitConst};

use crate::decode::shot_of_mat;
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::Shot;
use crate::pace::Pace;
use crate::source::ReplayOptions;
use crate::status::FailureReason;

pub(crate) struct Clip {
    device: Device,
    file: VideoCapture,
    picture: Mat,
    fps: u32,
    pace: Pace,
    /// Frames since the clip last began: none twice over means that it has none.
    since_start: u64,
}

impl Clip {
    pub(crate) fn open(path: &Path, replay: &ReplayOptions) -> Result<Clip, Fault> {
        if !path.is_file() {
            return Err(Fault::Missing);
        }
        let file = VideoCapture::from_file(path, CAP_FFMPEG).map_err(|_| unreadable())?;
        if !file.is_opened().unwrap_or(false) {
            return Err(unreadable());
        }
        let own = file.get(CAP_PROP_FPS).unwrap_or(0.0);
        let fps = if (1.0..=60.0).contains(&own) {
            own.round() as u32
        } else {
            replay.fps
        };
        Ok(Clip {
            device: Device::replayed("clip"),
            file,
            picture: Mat::default(),
            fps,
            pace: Pace::new(fps),
            since_start: 0,
        })
    }
}

fn unreadable() -> Fault {
    Fault::Failing(FailureReason::NoUsableFormat)
}

impl Driver for Clip {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        format!("clip at {} (replayed)", self.fps)
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Shot>, Fault> {
        if !self.pace.wait(wait) {
            return Ok(None);
        }
        if self.file.read(&mut self.picture).map_err(Fault::driver)? {
            self.since_start += 1;
            return shot_of_mat(&self.picture).map(Some);
        }
        if self.since_start == 0 {
            return Err(Fault::Failing(FailureReason::DamagedFrames));
        }
        self.since_start = 0;
        self.file
            .set(CAP_PROP_POS_FRAMES, 0.0)
            .map_err(Fault::driver)?;
        Ok(None)
    }
}
