//! A camera read through `v4l`, the binding under `nokhwa`.
//!
//! It is used directly because of what was seen on a real V4L2 driver: nokhwa waits without limit, so that a driver which gives no
//! frames holds its thread for good; it hands on buffers that the driver marked as damaged; and it refuses rates that are not 1/n.
//! OpenCV's `videoio` waits ten seconds after a fatal error and hands on damaged buffers too.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use v4l::buffer::{Flags, Type};
use v4l::io::mmap::Stream as MmapStream;
use v4l::io::traits::{CaptureStream, Stream};
use v4l::video::Capture;
use v4l::video::capture::Parameters;
use v4l::{Format, FourCC, Fraction, Timestamp};

use crate::arrivals::Arrivals;
use crate::decode::{PixelFormat, decode};
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::Shot;
use crate::modes::Mode;
use crate::status::FailureReason;
use crate::webcam::fault_of_io;

/// Buffers asked for; at 30 frames a second they bridge a pause of 130 ms.
const BUFFERS: u32 = 4;
/// Buffers that a driver may give instead.
const BUFFERS_MOST: usize = 32;
/// `poll`'s "there is something to read".
const POLLIN: i16 = 1;
const EINTR: i32 = 4;

pub(crate) struct V4lCamera {
    device: Device,
    mode: Mode,
    pixels: PixelFormat,
    width: u32,
    height: u32,
    stride: usize,
    stream: MmapStream<'static>,
    buffers: usize,
    arrivals: Arrivals,
}

impl V4lCamera {
    pub(crate) fn open(device: &Device, mode: &Mode) -> Result<V4lCamera, Fault> {
        let unusable = Fault::Failing(FailureReason::NoUsableFormat);
        let pixels = mode.pixel_format().ok_or(unusable.clone())?;
        let node = v4l::Device::with_path(&device.node).map_err(|error| fault_of_io(&error))?;
        let wanted = Format::new(mode.width, mode.height, FourCC::new(&mode.fourcc));
        let given = node
            .set_format(&wanted)
            .map_err(|error| fault_of_io(&error))?;
        if given.fourcc.repr != mode.fourcc {
            return Err(unusable);
        }
        if let Some((numerator, denominator)) = mode.interval {
            // A driver that keeps a rate of its own is as good.
            let _ = node.set_params(&Parameters::new(Fraction::new(numerator, denominator)));
        }
        let mut stream = MmapStream::with_buffers(&node, Type::VideoCapture, BUFFERS)
            .map_err(|error| fault_of_io(&error))?;
        let buffers = start(&mut stream).map_err(|error| fault_of_io(&error))?;
        Ok(V4lCamera {
            device: device.clone(),
            mode: *mode,
            pixels,
            width: given.width,
            height: given.height,
            stride: given.stride as usize,
            stream,
            buffers,
            arrivals: Arrivals::of(buffers),
        })
    }
}

/// Queues all buffers but the first, which the first read queues, and starts the stream. Gives the number of buffers.
fn start(stream: &mut MmapStream<'static>) -> std::io::Result<usize> {
    let mut buffers = 1;
    while buffers < BUFFERS_MOST {
        match CaptureStream::queue(stream, buffers) {
            Ok(()) => buffers += 1,
            Err(error) if buffers == 1 => return Err(error),
            // One past the last: the binding does not say how many there are.
            Err(_) => break,
        }
    }
    Stream::start(stream)?;
    Ok(buffers)
}

impl Driver for V4lCamera {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        format!("{} (v4l)", self.mode)
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Shot>, Fault> {
        // The binding's own time-out cannot be used: after one it queues a buffer twice.
        let handle = self.stream.handle();
        match handle.poll(POLLIN, wait.as_millis() as i32) {
            Ok(0) => return Ok(None),
            Ok(_) => {}
            Err(error) if error.raw_os_error() == Some(EINTR) => return Ok(None),
            Err(error) => return Err(fault_of_io(&error)),
        }
        let mut passed = 0;
        loop {
            let (bytes, meta) =
                CaptureStream::next(&mut self.stream).map_err(|error| fault_of_io(&error))?;
            let monotonic = meta.flags.contains(Flags::TIMESTAMP_MONOTONIC);
            let claimed = monotonic.then(|| since(meta.timestamp)).flatten();
            let arrived = Instant::now();
            let age = self.arrivals.age(arrived, claimed);
            let used = bytes.get(..meta.bytesused as usize).unwrap_or_default();
            if meta.flags.contains(Flags::ERROR) || used.is_empty() {
                return Err(Fault::Damaged);
            }
            // The newest frame wins here too: on a machine slower than its camera the buffers would hold every frame back.
            if passed < self.buffers && handle.poll(POLLIN, 0).is_ok_and(|ready| ready > 0) {
                passed += 1;
                continue;
            }
            let packed = unpadded(self.pixels, self.width, self.height, self.stride, used);
            let mut shot = decode(
                self.pixels,
                self.width,
                self.height,
                packed.as_deref().unwrap_or(used),
            )?;
            // Decoding takes its time too.
            shot.age = age + arrived.elapsed();
            return Ok(Some(shot));
        }
    }
}

/// The time since a moment of the kernel's monotonic clock; `None` for a moment to come.
fn since(then: Timestamp) -> Option<Duration> {
    let now = clock_gettime(ClockId::Monotonic);
    let now = Duration::new(
        u64::try_from(now.tv_sec).ok()?,
        u32::try_from(now.tv_nsec).ok()?,
    );
    let micros = u32::try_from(then.usec).ok()?.checked_mul(1000)?;
    now.checked_sub(Duration::new(u64::try_from(then.sec).ok()?, micros))
}

/// The rows without the padding that some drivers add; `None` when there is none.
fn unpadded(
    pixels: PixelFormat,
    width: u32,
    height: u32,
    stride: usize,
    data: &[u8],
) -> Option<Vec<u8>> {
    let (bytes, rows) = match pixels {
        PixelFormat::Mjpeg => return None,
        PixelFormat::Yuyv => (2, height),
        PixelFormat::Nv12 => (1, height * 3 / 2),
        PixelFormat::Rgb | PixelFormat::Bgr => (3, height),
    };
    let row = width as usize * bytes;
    if row == 0 || stride <= row {
        return None;
    }
    let rows = data.chunks(stride).take(rows as usize);
    Some(
        rows.flat_map(|line| line.get(..row).unwrap_or(line))
            .copied()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_at_the_end_of_rows_is_left_out() {
        let padded = [1, 2, 3, 4, 0, 0, 5, 6, 7, 8, 0, 0];
        assert_eq!(
            unpadded(PixelFormat::Yuyv, 2, 2, 6, &padded),
            Some(vec![1, 2, 3, 4, 5, 6, 7, 8])
        );
        assert_eq!(unpadded(PixelFormat::Yuyv, 2, 2, 4, &padded), None);
        assert_eq!(unpadded(PixelFormat::Mjpeg, 2, 2, 6, &padded), None);
    }

    #[test]
    fn a_moment_to_come_has_no_age() {
        assert_eq!(since(Timestamp::new(i64::MAX / 2, 0)), None);
        assert!(since(Timestamp::new(0, 0)).is_some());
    }
}
