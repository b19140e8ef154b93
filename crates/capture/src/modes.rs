//! Which formats, sizes and rates a camera offers, and which of them to ask for.
//!
//! Asking the driver itself is needed because the closest match of a library is not ours: `Closest(1280×720 YUYV 30)` chose 10 frames a
//! second on a driver that offers 30.

use std::fmt;
use std::io;
use std::path::Path;

use v4l::capability::Flags;
use v4l::frameinterval::FrameIntervalEnum;
use v4l::framesize::FrameSizeEnum;
use v4l::video::Capture;

use crate::decode::PixelFormat;

/// More modes than this are not listed: a broken driver may enumerate without end.
const MODE_LIMIT: usize = 2_000;
/// A driver that names no rate is taken to give this many frames a second.
const ASSUMED_FPS: f64 = 15.0;
/// A face that is followed needs this many frames a second.
const LEAST_FPS: f64 = 10.0;
/// A size beyond the wanted one is taken only at this many frames a second.
pub(crate) const SMOOTH_FPS: f64 = 24.0;

/// One way in which a camera can give frames.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mode {
    pub fourcc: [u8; 4],
    pub width: u32,
    pub height: u32,
    /// Seconds a frame as a fraction, where the driver says.
    pub interval: Option<(u32, u32)>,
}

impl Mode {
    pub(crate) fn fps(&self) -> f64 {
        match self.interval {
            Some((numerator, denominator)) if numerator > 0 => {
                f64::from(denominator) / f64::from(numerator)
            }
            _ => ASSUMED_FPS,
        }
    }

    pub(crate) fn pixel_format(&self) -> Option<PixelFormat> {
        PixelFormat::of_fourcc(self.fourcc)
    }

    fn pixels(&self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fourcc = String::from_utf8_lossy(&self.fourcc);
        let (width, height) = (self.width, self.height);
        match self.interval {
            Some(_) => write!(out, "{fourcc} {width}x{height} at {:.3}", self.fps()),
            None => write!(out, "{fourcc} {width}x{height}"),
        }
    }
}

impl fmt::Debug for Mode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// True for nodes that give frames: output, metadata and memory-to-memory nodes share the name `videoN`.
pub(crate) fn gives_frames(node: &Path) -> io::Result<bool> {
    let flags = v4l::Device::with_path(node)?.query_caps()?.capabilities;
    Ok(flags.contains(Flags::VIDEO_CAPTURE | Flags::STREAMING)
        && !flags.intersects(Flags::VIDEO_OUTPUT | Flags::VIDEO_M2M | Flags::META_CAPTURE))
}

/// What `node` offers, for the wanted size where sizes are a range.
pub(crate) fn list(node: &Path, want: (u32, u32)) -> io::Result<Vec<Mode>> {
    let device = v4l::Device::with_path(node)?;
    let mut modes = Vec::new();
    for format in device.enum_formats()? {
        for size in device.enum_framesizes(format.fourcc).unwrap_or_default() {
            let (width, height) = match size.size {
                FrameSizeEnum::Discrete(size) => (size.width, size.height),
                FrameSizeEnum::Stepwise(range) => (
                    on_step(want.0, range.min_width, range.max_width, range.step_width),
                    on_step(
                        want.1,
                        range.min_height,
                        range.max_height,
                        range.step_height,
                    ),
                ),
            };
            let intervals = device
                .enum_frameintervals(format.fourcc, width, height)
                .unwrap_or_default();
            let mut fractions: Vec<_> = intervals
                .into_iter()
                .flat_map(|found| fractions(&found.interval))
                .map(Some)
                .collect();
            if fractions.is_empty() {
                fractions.push(None);
            }
            modes.extend(fractions.into_iter().map(|interval| Mode {
                fourcc: format.fourcc.repr,
                width,
                height,
                interval,
            }));
            if modes.len() > MODE_LIMIT {
                modes.truncate(MODE_LIMIT);
                return Ok(modes);
            }
        }
    }
    Ok(modes)
}

/// The value of a range that is nearest to `want` from above, else the largest.
fn on_step(want: u32, least: u32, most: u32, step: u32) -> u32 {
    if want <= least {
        return least;
    }
    let steps = (want.min(most) - least).div_ceil(step.max(1));
    (least + steps * step.max(1)).min(most)
}

fn fractions(interval: &FrameIntervalEnum) -> Vec<(u32, u32)> {
    match interval {
        FrameIntervalEnum::Discrete(exact) => vec![(exact.numerator, exact.denominator)],
        // The shortest interval and, where it lies in the range, thirty frames a second.
        FrameIntervalEnum::Stepwise(range) => {
            let shortest = (range.min.numerator, range.min.denominator);
            let seconds = |numerator: u32, denominator: u32| {
                f64::from(numerator) / f64::from(denominator.max(1))
            };
            let (low, high) = (
                seconds(shortest.0, shortest.1),
                seconds(range.max.numerator, range.max.denominator),
            );
            if low <= 1.0 / 30.0 && 1.0 / 30.0 <= high {
                vec![(1, 30), shortest]
            } else {
                vec![shortest]
            }
        }
    }
}

/// The modes that can be read here, best first: at least the best size where it is claimed at [`SMOOTH_FPS`], then at least the wanted size; of
/// these the most frames a second (up to `most_fps`), then the fewest pixels, then uncompressed. Where none is large enough: the largest that is
/// not a slide show.
pub(crate) fn by_preference(
    mut modes: Vec<Mode>,
    want: (u32, u32),
    best: Option<(u32, u32)>,
    most_fps: u32,
) -> Vec<Mode> {
    modes.retain(|mode| mode.pixel_format().is_some() && mode.pixels() > 0);
    let key = |mode: &Mode| {
        let reaches = |size: (u32, u32)| mode.width >= size.0 && mode.height >= size.1;
        let large = reaches(want);
        let useful = mode.fps().min(f64::from(most_fps));
        let best = large && useful >= SMOOTH_FPS && best.is_some_and(reaches);
        let thousandths = |fps: f64| (fps * 1000.0) as i64;
        let pixels = mode.pixels() as i64;
        (
            !best,
            !large,
            if large {
                -thousandths(useful)
            } else {
                i64::from(useful < LEAST_FPS)
            },
            if large { pixels } else { -pixels },
            -thousandths(useful),
            mode.pixel_format() == Some(PixelFormat::Mjpeg),
            thousandths(mode.fps()),
        )
    };
    modes.sort_by_key(key);
    modes
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    fn mode(fourcc: [u8; 4], width: u32, height: u32, fps: u32) -> Mode {
        Mode {
            fourcc,
            width,
            height,
            interval: Some((1, fps)),
        }
    }

    fn best(modes: &[Mode]) -> Mode {
        by_preference(modes.to_vec(), (1280, 720), Some((1920, 1080)), 30)[0]
    }

    #[test]
    fn a_usual_webcam_gives_1080p_at_thirty_as_jpeg_and_720p_where_that_was_given_up() {
        let modes = [
            mode(*b"YUYV", 640, 480, 30),
            mode(*b"YUYV", 1280, 720, 10),
            mode(*b"YUYV", 1920, 1080, 5),
            mode(*b"MJPG", 1280, 720, 15),
            mode(*b"MJPG", 1280, 720, 30),
            mode(*b"MJPG", 1920, 1080, 30),
            mode(*b"H264", 1280, 720, 60),
        ];
        assert_eq!(best(&modes), modes[5]);
        let given_up = by_preference(modes.to_vec(), (1280, 720), None, 30);
        assert_eq!(given_up[0], modes[4]);
        // Five frames a second of the larger size are a slide show.
        assert_eq!(best(&modes[..5]), modes[4]);
    }

    #[test]
    fn uncompressed_wins_at_equal_rate_and_more_than_wanted_fps_does_not() {
        let modes = [
            mode(*b"MJPG", 1280, 720, 60),
            mode(*b"MJPG", 1280, 720, 30),
            mode(*b"YUYV", 1280, 720, 30),
        ];
        assert_eq!(best(&modes), modes[2]);
        assert_eq!(best(&modes[..2]), modes[1]);
    }

    #[test]
    fn without_720p_the_largest_moving_picture_is_taken() {
        let modes = [
            mode(*b"YUYV", 800, 600, 5),
            mode(*b"YUYV", 640, 480, 30),
            mode(*b"YUYV", 320, 240, 60),
        ];
        assert_eq!(best(&modes), modes[1]);
        assert_eq!(best(&modes[..1]), modes[0]);
    }

    #[test]
    fn odd_and_unknown_intervals_are_kept() {
        let odd = Mode {
            interval: Some((1001, 30000)),
            ..mode(*b"YUYV", 1280, 720, 1)
        };
        let unknown = Mode {
            interval: None,
            ..odd
        };
        let zero = Mode {
            interval: Some((0, 0)),
            ..odd
        };
        assert_eq!(
            by_preference(vec![unknown, odd, zero], (1280, 720), None, 30)[0],
            odd
        );
        assert!(
            by_preference(vec![mode(*b"H264", 1280, 720, 30)], (1280, 720), None, 30).is_empty()
        );
    }

    #[test]
    fn a_range_of_sizes_gives_the_wanted_one() {
        assert_eq!(on_step(1280, 48, 4096, 2), 1280);
        assert_eq!(on_step(1281, 48, 4096, 2), 1282);
        assert_eq!(on_step(1280, 16, 640, 0), 640);
        assert_eq!(on_step(1280, 1600, 4096, 2), 1600);
    }
}
