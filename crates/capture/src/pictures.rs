//! A picture or a folder of pictures as a source: shown in turn, without end, at a steady rate.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use opencv::core::{BORDER_CONSTANT, Mat, MatTraitConst, Scalar, Size, copy_make_border};
use opencv::imgproc;

use crate::decode::{PIXEL_LIMIT, decode_picture, shot_of_mat};
use crate::device::Device;
use crate::driver::{Driver, Fault};
use crate::frame::Shot;
use crate::pace::Pace;
use crate::source::ReplayOptions;
use crate::status::FailureReason;

/// Files longer than this are not pictures of a person.
const FILE_LIMIT: u64 = 64 << 20;
/// Pictures of a folder that are looked at.
const FOLDER_LIMIT: usize = 10_000;
/// Decoded pictures that are kept; at 1280×720 each takes 2.8 MB.
const KEPT_LIMIT: usize = 12;

pub(crate) struct Pictures {
    device: Device,
    files: Vec<PathBuf>,
    kept: Vec<(usize, Shot)>,
    replay: ReplayOptions,
    pace: Pace,
    started: Option<Instant>,
    shown: u64,
    /// Files in a row that could not be shown.
    unreadable: usize,
}

impl Pictures {
    pub(crate) fn open(path: &Path, replay: &ReplayOptions) -> Result<Pictures, Fault> {
        let files = picture_files(path)?;
        Ok(Pictures {
            device: Device::replayed("pictures"),
            files,
            kept: Vec::new(),
            replay: replay.clone(),
            pace: Pace::new(replay.fps),
            started: None,
            shown: 0,
            unreadable: 0,
        })
    }

    fn index_now(&mut self) -> usize {
        let started = *self.started.get_or_insert_with(Instant::now);
        let turn = match self.replay.hold {
            Duration::ZERO => self.shown,
            hold => (started.elapsed().as_nanos() / hold.as_nanos()) as u64,
        };
        (turn % self.files.len() as u64) as usize
    }

    fn picture(&mut self, index: usize) -> Result<Shot, Fault> {
        if let Some((_, shot)) = self.kept.iter().find(|(kept, _)| *kept == index) {
            return Ok(shot.clone());
        }
        let path = self.files.get(index).ok_or(Fault::Missing)?;
        let shot = load(path, self.replay.letterbox)?;
        if self.kept.len() == KEPT_LIMIT {
            self.kept.remove(0);
        }
        self.kept.push((index, shot.clone()));
        Ok(shot)
    }
}

impl Driver for Pictures {
    fn device(&self) -> &Device {
        &self.device
    }

    fn format(&self) -> String {
        format!(
            "{} pictures at {} (replayed)",
            self.files.len(),
            self.replay.fps
        )
    }

    fn next(&mut self, wait: Duration) -> Result<Option<Shot>, Fault> {
        if !self.pace.wait(wait) {
            return Ok(None);
        }
        let index = self.index_now();
        self.shown += 1;
        let outcome = self.picture(index);
        match &outcome {
            Err(Fault::Damaged) => self.unreadable += 1,
            _ => self.unreadable = 0,
        }
        if self.unreadable > self.files.len() && self.kept.is_empty() {
            return Err(Fault::Failing(FailureReason::DamagedFrames));
        }
        outcome.map(Some)
    }
}

fn picture_files(path: &Path) -> Result<Vec<PathBuf>, Fault> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|_| Fault::Missing)?;
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|file| is_picture(file) && file.is_file())
        .take(FOLDER_LIMIT)
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(Fault::Missing);
    }
    Ok(files)
}

fn is_picture(path: &Path) -> bool {
    let ending = path.extension().and_then(OsStr::to_str).unwrap_or_default();
    ["jpg", "jpeg", "png"]
        .iter()
        .any(|known| ending.eq_ignore_ascii_case(known))
}

fn load(path: &Path, letterbox: Option<(u32, u32)>) -> Result<Shot, Fault> {
    let size = fs::metadata(path).map_err(|_| Fault::Unplugged)?.len();
    if size > FILE_LIMIT {
        return Err(Fault::Damaged);
    }
    let bytes = fs::read(path).map_err(|_| Fault::Unplugged)?;
    let (width, height) = header_size(&bytes).ok_or(Fault::Damaged)?;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 || pixels > PIXEL_LIMIT {
        return Err(Fault::Damaged);
    }
    let picture = decode_picture(&bytes)?;
    match letterbox {
        Some(size) => shot_of_mat(&fit(&picture, size).map_err(|_| Fault::Damaged)?),
        None => shot_of_mat(&picture),
    }
}

/// Width and height as the file's header claims them.
fn header_size(bytes: &[u8]) -> Option<(u32, u32)> {
    image::ImageReader::new(std::io::Cursor::new(bytes))
        .with_guessed_format()
        .ok()?
        .into_dimensions()
        .ok()
}

/// Scales to fit and fills up with black.
pub(crate) fn fit(picture: &Mat, (width, height): (u32, u32)) -> opencv::Result<Mat> {
    let (width, height) = (width.clamp(1, 8192) as i32, height.clamp(1, 8192) as i32);
    let scale = (f64::from(width) / f64::from(picture.cols()))
        .min(f64::from(height) / f64::from(picture.rows()));
    let scaled =
        |length: i32, most: i32| ((f64::from(length) * scale).round() as i32).clamp(1, most);
    let inner = Size::new(
        scaled(picture.cols(), width),
        scaled(picture.rows(), height),
    );
    let mut small = Mat::default();
    let method = if scale < 1.0 {
        imgproc::INTER_AREA
    } else {
        imgproc::INTER_CUBIC
    };
    imgproc::resize(picture, &mut small, inner, 0.0, 0.0, method)?;
    let (left, top) = ((width - inner.width) / 2, (height - inner.height) / 2);
    let (right, bottom) = (width - inner.width - left, height - inner.height - top);
    let mut whole = Mat::default();
    copy_make_border(
        &small,
        &mut whole,
        top,
        bottom,
        left,
        right,
        BORDER_CONSTANT,
        Scalar::all(0.0),
    )?;
    Ok(whole)
}
