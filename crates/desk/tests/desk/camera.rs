//! A camera that shows whoever has taken the seat: real pictures, placed into 720p frames.

use crate::station::assets;
use capture::MemoryFeed;
use face::liveness::{Action, Prompt};
use face::{Analyser, Picture};
use image::RgbImage;
use image::imageops::{self, FilterType};
use puppets::{Actor, Body, Head, Puppet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

pub const FRAME: (u32, u32) = (1280, 720);
/// A cheap webcam's rate; slower machines see fewer.
const FRAME_TIME: Duration = Duration::from_millis(80);

/// A frame that the camera shows until another one comes.
#[derive(Clone)]
pub struct Shown {
    pub width: u32,
    pub height: u32,
    pub rgb: Arc<Vec<u8>>,
}

/// Whoever sits before the camera; nothing comes before somebody does.
#[derive(Clone, Default)]
pub struct Seat(Arc<Mutex<Option<Shown>>>);

impl Seat {
    pub fn take(&self, shown: &Shown) {
        *self.0.lock().unwrap() = Some(shown.clone());
    }
}

/// The thread behind the lens.
pub struct Feeder {
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Feeder {
    pub fn start(feed: MemoryFeed, seat: Seat) -> Self {
        Self::every(FRAME_TIME, feed, seat)
    }

    /// The same at another rate.
    pub fn every(frame_time: Duration, feed: MemoryFeed, seat: Seat) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let over = ended.clone();
        let thread = std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                let shown = seat.0.lock().unwrap().clone();
                if let Some(shown) = shown {
                    feed.push(shown.width, shown.height, shown.rgb.to_vec());
                }
                std::thread::sleep(frame_time);
            }
        });
        Self {
            ended,
            thread: Some(thread),
        }
    }
}

impl Drop for Feeder {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// Somebody before the camera who follows what the desk asks.
pub struct Performer {
    asked: Arc<Mutex<Prompt>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Performer {
    /// Sits down with the face of this picture.
    pub fn start(feed: MemoryFeed, file: &str) -> Self {
        let mut analyser = Analyser::new(&assets().join("models")).unwrap();
        let bytes = std::fs::read(assets().join("pictures").join(file)).unwrap();
        let picture = Picture::decode(&bytes).unwrap();
        let landmarks = analyser.landmarks(&picture).unwrap();
        let head = Head::for_judging().next().unwrap();
        let puppet = Puppet::new(&picture, &landmarks, Body::Solid(head));
        let asked = Arc::new(Mutex::new(Prompt::Over));
        let ended = Arc::new(AtomicBool::new(false));
        let (heard, over) = (asked.clone(), ended.clone());
        let thread = std::thread::spawn(move || {
            let begun = Instant::now();
            let mut actor = Actor::new(11);
            for nth in 1.. {
                if over.load(Ordering::SeqCst) {
                    break;
                }
                let prompt = *heard.lock().unwrap();
                let at_ms = u64::try_from(begun.elapsed().as_millis()).unwrap();
                let posture = actor.follow(prompt, at_ms);
                let frame = puppet.frame(&posture, FRAME.0, FRAME.1, nth);
                feed.push(FRAME.0, FRAME.1, frame.as_rgb().to_vec());
                std::thread::sleep(Duration::from_millis(20));
            }
        });
        Self {
            asked,
            ended,
            thread: Some(thread),
        }
    }

    /// Hears the officer read out the live view's instruction; whatever is no movement is answered by sitting still.
    pub fn hear(&self, instruction: &str) {
        let prompts = [Prompt::LookAhead]
            .into_iter()
            .chain(Action::ALL.map(Prompt::Act));
        let prompt = prompts
            .into_iter()
            .find(|prompt| prompt.key() == instruction)
            .unwrap_or(Prompt::Over);
        *self.asked.lock().unwrap() = prompt;
    }
}

impl Drop for Performer {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// The frames of all tests, made once.
pub struct Gallery {
    /// Barack Obama, and the same man on another day.
    pub first: Shown,
    /// The first again, out of a JPEG file of low quality.
    pub first_compressed: Shown,
    pub first_again: Shown,
    /// Another man.
    pub other: Shown,
    /// Two people at once.
    pub two: Shown,
    /// An empty chair.
    pub nobody: Shown,
    /// One pixel.
    pub tiny: Shown,
}

/// The frames, made by the first test that asks for them.
pub fn gallery() -> &'static Gallery {
    static GALLERY: OnceLock<Gallery> = OnceLock::new();
    GALLERY.get_or_init(|| {
        let mut analyser = Analyser::new(&assets().join("models")).unwrap();
        let mut frame = |people: &[(&str, f32)]| {
            let mut frame = empty();
            for (file, x) in people {
                seat(&mut analyser, &mut frame, file, *x);
            }
            shown(frame)
        };
        let first = frame(&[("obama.jpg", 0.5)]);
        let picture = Picture::from_rgb(first.width, first.height, first.rgb.to_vec()).unwrap();
        let compressed = Picture::decode(&picture.encode_jpeg(40)).unwrap();
        Gallery {
            first_compressed: Shown {
                rgb: Arc::new(compressed.as_rgb().to_vec()),
                ..first.clone()
            },
            first,
            first_again: frame(&[("obama2.jpg", 0.5)]),
            other: frame(&[("biden.jpg", 0.5)]),
            two: frame(&[("obama.jpg", 0.27), ("biden.jpg", 0.73)]),
            nobody: frame(&[]),
            tiny: Shown {
                width: 1,
                height: 1,
                rgb: Arc::new(vec![90; 3]),
            },
        }
    })
}

/// A plain wall, with a little grain as every camera has.
fn empty() -> RgbImage {
    RgbImage::from_fn(FRAME.0, FRAME.1, |x, y| {
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) % 5;
        let value = 166 + grain as u8;
        image::Rgb([value, value + 2, value])
    })
}

/// Places a picture so that its face is as large as an enrolment wants it, at `x` of the width.
fn seat(analyser: &mut Analyser, frame: &mut RgbImage, file: &str, x: f32) {
    let bytes = std::fs::read(assets().join("pictures").join(file)).unwrap();
    let picture = Picture::decode(&bytes).unwrap();
    let face = analyser
        .detect(&picture)
        .unwrap()
        .largest()
        .unwrap_or_else(|| panic!("no face in {file}"))
        .bounds;
    let pixels =
        RgbImage::from_raw(picture.width(), picture.height(), picture.as_rgb().to_vec()).unwrap();
    let scale = 0.45 * FRAME.1 as f32 / face.height;
    let resized = imageops::resize(
        &pixels,
        (picture.width() as f32 * scale) as u32,
        (picture.height() as f32 * scale) as u32,
        FilterType::Triangle,
    );
    let left = FRAME.0 as f32 * x - (face.x + face.width / 2.0) * scale;
    let top = FRAME.1 as f32 * 0.47 - (face.y + face.height / 2.0) * scale;
    imageops::overlay(frame, &resized, left as i64, top as i64);
}

fn shown(frame: RgbImage) -> Shown {
    Shown {
        width: frame.width(),
        height: frame.height(),
        rgb: Arc::new(frame.into_raw()),
    }
}
