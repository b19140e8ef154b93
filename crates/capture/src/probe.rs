//! A look at a camera without a window: what it is, what it gives, what goes wrong and whether it comes back.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde::Serialize;

use crate::camera::Camera;
use crate::device::Device;
use crate::frame::{Frame, LIVE_LIMIT};
use crate::source::{CameraOptions, SourceSpec};
use crate::webcam::devices;

/// How long the probe waits for a frame before it looks at the status.
const STEP: Duration = Duration::from_millis(50);
/// Ages and changes of status that are kept; a day at 30 frames a second has more, the report then speaks of the first ones.
const KEPT_LIMIT: usize = 1_000_000;

/// What to look at, and for how long.
#[derive(Debug, Clone)]
pub struct ProbeOptions {
    /// The source.
    pub source: SourceSpec,
    /// How long.
    pub time: Duration,
    /// How it is opened and watched.
    pub camera: CameraOptions,
}

/// What was seen. Its JSON keys are a promise of the command `shanakht camera`; more may be added.
#[derive(Debug, Clone, Serialize)]
pub struct ProbeReport {
    /// All cameras of this machine when the probe began.
    pub devices: Vec<Device>,
    /// The device that was last live.
    pub device: Option<Device>,
    /// What each opening of the source gave, each kind once, in the order seen.
    pub formats: Vec<String>,
    /// Live frames.
    pub frames: u64,
    /// Width of the last frame; 0 without one.
    pub width: u32,
    /// Height of the last frame; 0 without one.
    pub height: u32,
    /// Sizes seen and how many of the looked-at frames had them, as `1280x720`.
    pub sizes: BTreeMap<String, u64>,
    /// Live frames a second, over the time in which the source was live.
    pub rate: f64,
    /// Frames that were looked at for faces: fewer than `frames` where looking is slower than the camera.
    pub analysed: u64,
    /// Looked-at frames with at least one face.
    pub faces: u64,
    /// The most faces in one frame.
    pub most_faces: usize,
    /// Faults of the source and frames thrown away as damaged.
    pub errors: u64,
    /// Times that the source came back after a fault.
    pub recoveries: u64,
    /// Frames thrown away as damaged.
    pub damaged: u64,
    /// Frames thrown away because they were too old when they arrived.
    pub stale: u64,
    /// How old frames were when they arrived, in milliseconds.
    pub age_at_arrival_ms: Spread,
    /// How old frames were when they were given out as live, in milliseconds: never above 500.
    pub age_when_given_ms: Spread,
    /// From the start to the first live frame, in milliseconds.
    pub first_frame_ms: Option<u64>,
    /// Every change of what the officer would have been told.
    pub statuses: Vec<StatusChange>,
    /// How long the probe looked.
    pub seconds: f64,
}

/// Median, 99th percentile and largest of some durations in milliseconds; zeros without any.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half are at most this.
    pub median: f64,
    /// 99 of 100 are at most this.
    pub p99: f64,
    /// The largest.
    pub most: f64,
}

/// What the officer would have been told from a moment on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusChange {
    /// Milliseconds since the start.
    pub at_ms: u64,
    /// The message's id, such as `camera-unplugged`.
    pub status: &'static str,
    /// What the driver said, where it said something.
    pub detail: Option<String>,
}

/// Opens the source, gives each newest frame to `on_frame`, which says how many faces it sees in it, and reports.
pub fn probe(options: &ProbeOptions, mut on_frame: impl FnMut(&Frame) -> usize) -> ProbeReport {
    let devices = devices();
    let camera = Camera::open(options.source.clone(), options.camera.clone());
    let mut notes = Notes::begin(Instant::now());
    let mut seen = 0;
    while notes.start.elapsed() < options.time {
        let frame = camera.newer_than(seen, STEP);
        notes.status(&camera);
        if let Some(frame) = frame {
            seen = frame.sequence;
            // On a starved machine it may have grown old since it was handed over.
            let age = frame.age();
            if age > LIVE_LIMIT {
                continue;
            }
            notes.frame(&frame, age);
            notes.faces(on_frame(&frame));
        }
    }
    notes.report(devices, &camera)
}

struct Notes {
    start: Instant,
    statuses: Vec<StatusChange>,
    formats: Vec<String>,
    device: Option<Device>,
    sizes: BTreeMap<String, u64>,
    last_size: (u32, u32),
    at_arrival: Vec<Duration>,
    when_given: Vec<Duration>,
    first_frame: Option<Duration>,
    live_since: Option<Instant>,
    live_time: Duration,
    analysed: u64,
    faces: u64,
    most_faces: usize,
}

impl Notes {
    fn begin(start: Instant) -> Notes {
        Notes {
            start,
            statuses: Vec::new(),
            formats: Vec::new(),
            device: None,
            sizes: BTreeMap::new(),
            last_size: (0, 0),
            at_arrival: Vec::new(),
            when_given: Vec::new(),
            first_frame: None,
            live_since: None,
            live_time: Duration::ZERO,
            analysed: 0,
            faces: 0,
            most_faces: 0,
        }
    }

    fn status(&mut self, camera: &Camera) {
        let status = camera.status();
        match (status.is_live(), self.live_since) {
            (true, None) => self.live_since = Some(Instant::now()),
            (false, Some(since)) => {
                self.live_time += since.elapsed();
                self.live_since = None;
            }
            _ => {}
        }
        if let Some(device) = status.device() {
            self.device = Some(device.clone());
        }
        if let Some(format) = camera.format()
            && !self.formats.contains(&format)
        {
            self.formats.push(format);
        }
        let told = self.statuses.last().map(|change| change.status);
        if told != Some(status.key()) && self.statuses.len() < KEPT_LIMIT {
            self.statuses.push(StatusChange {
                at_ms: self.start.elapsed().as_millis() as u64,
                status: status.key(),
                detail: status.detail().map(str::to_owned),
            });
        }
    }

    fn frame(&mut self, frame: &Frame, age: Duration) {
        self.first_frame.get_or_insert(self.start.elapsed());
        self.last_size = (frame.width, frame.height);
        *self
            .sizes
            .entry(format!("{}x{}", frame.width, frame.height))
            .or_default() += 1;
        if self.at_arrival.len() < KEPT_LIMIT {
            self.at_arrival.push(frame.age_at_arrival());
            self.when_given.push(age);
        }
    }

    fn faces(&mut self, faces: usize) {
        self.analysed += 1;
        self.faces += u64::from(faces > 0);
        self.most_faces = self.most_faces.max(faces);
    }

    fn report(self, devices: Vec<Device>, camera: &Camera) -> ProbeReport {
        let counts = camera.counts();
        let live_time = self.live_time
            + self
                .live_since
                .map_or(Duration::ZERO, |since| since.elapsed());
        let live_seconds = live_time.as_secs_f64();
        let rate = if live_seconds > 0.0 {
            counts.frames as f64 / live_seconds
        } else {
            0.0
        };
        ProbeReport {
            devices,
            device: self.device,
            formats: self.formats,
            frames: counts.frames,
            width: self.last_size.0,
            height: self.last_size.1,
            sizes: self.sizes,
            rate,
            analysed: self.analysed,
            faces: self.faces,
            most_faces: self.most_faces,
            errors: counts.faults + counts.damaged,
            recoveries: counts.recoveries,
            damaged: counts.damaged,
            stale: counts.stale,
            age_at_arrival_ms: Spread::of(self.at_arrival),
            age_when_given_ms: Spread::of(self.when_given),
            first_frame_ms: self.first_frame.map(|time| time.as_millis() as u64),
            statuses: self.statuses,
            seconds: self.start.elapsed().as_secs_f64(),
        }
    }
}

impl Spread {
    fn of(mut times: Vec<Duration>) -> Spread {
        times.sort_unstable();
        let at = |share: f64| {
            let index = (share * times.len() as f64).ceil() as usize;
            let time = times
                .get(index.saturating_sub(1))
                .copied()
                .unwrap_or_default();
            time.as_secs_f64() * 1000.0
        };
        Spread {
            median: at(0.5),
            p99: at(0.99),
            most: at(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spread_is_of_the_values_themselves() {
        let spread = Spread::of((1..=100).map(Duration::from_millis).collect());
        assert_eq!(
            (spread.median, spread.p99, spread.most),
            (50.0, 99.0, 100.0)
        );
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
