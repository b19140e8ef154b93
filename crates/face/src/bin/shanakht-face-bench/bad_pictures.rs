//! Time and memory that odd, damaged and hostile files cost, from bytes to a picture or a typed error and on to an assessment, each kind in a process
//! of its own.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};
use face::{Analyser, Picture};

use super::{Row, quantile, timed};

#[allow(clippy::unwrap_used, clippy::indexing_slicing)] // also the tests' own, on files that they make
#[path = "../../../tests/bad_pictures/samples.rs"]
mod samples;

const RUNS: usize = 15;
/// The child's answer begins so, between whatever else is printed.
const ANSWER: &str = "bad-picture ";

type Sample = fn(&Path) -> anyhow::Result<Vec<u8>>;
const KINDS: [(&str, Sample); 19] = [
    ("empty", |_| Ok(Vec::new())),
    ("no picture, 64 MiB of it", |_| Ok(vec![b'x'; 64 << 20])),
    ("HEIC", |_| Ok(b"\0\0\0\x18ftypheic....".to_vec())),
    ("JPEG cut in half", |assets| half(assets, "obama.jpg")),
    ("PNG cut in half", |assets| half(assets, "astronaut.png")),
    ("1 kB that claims 60 megapixels", |_| {
        Ok(samples::with_stated_size(
            samples::small_jpeg(),
            10_000,
            6_000,
        ))
    }),
    ("1 kB that claims 48 megapixels", |_| {
        Ok(samples::with_stated_size(
            samples::small_jpeg(),
            8_000,
            6_000,
        ))
    }),
    ("animated PNG", |_| Ok(samples::animated_png())),
    ("animated WebP", |_| Ok(samples::animated_webp())),
    ("CMYK JPEG, 8 x 8", |_| Ok(samples::inks([9, 99, 199, 255]))),
    ("JPEG of 0.9 megapixels held sideways", |assets| {
        Ok(samples::turned_jpeg(
            &face(assets, "obama.jpg", 1)?.encode_jpeg(90),
        ))
    }),
    ("PNG held sideways, 512 x 512", |assets| {
        Ok(samples::turned_png(&face(assets, "astronaut.png", 1)?))
    }),
    ("interlaced PNG, 200 x 200", |assets| {
        Ok(samples::interlaced_png(
            &face(assets, "astronaut.png", 1)?.scaled_to_fit(200),
        ))
    }),
    ("16-bit PNG with alpha, 512 x 512", |assets| {
        let face = face(assets, "astronaut.png", 1)?;
        Ok(samples::png(&rgb_image(&face)?.to_rgba16().into()))
    }),
    ("grey PNG, 512 x 512", |assets| {
        let face = face(assets, "astronaut.png", 1)?;
        Ok(samples::png(&rgb_image(&face)?.to_luma8().into()))
    }),
    ("lossless WebP, 512 x 512", |assets| {
        let face = face(assets, "astronaut.png", 1)?;
        Ok(samples::webp(&rgb_image(&face)?.to_rgb8()))
    }),
    ("whole 12-megapixel JPEG", |assets| {
        Ok(face(assets, "astronaut.png", 7)?.encode_jpeg(90))
    }),
    ("whole 12-megapixel 16-bit PNG with alpha", |assets| {
        let face = face(assets, "astronaut.png", 7)?;
        Ok(samples::png(&rgb_image(&face)?.to_rgba16().into()))
    }),
    ("whole 47-megapixel JPEG held sideways", |assets| {
        Ok(samples::turned_jpeg(
            &face(assets, "astronaut.png", 13)?.encode_jpeg(90),
        ))
    }),
];

/// All kinds: median and largest time to the picture or the error, median time of the assessment, memory beside the decoded picture.
pub(super) fn costs(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (nth, (name, _)) in KINDS.iter().enumerate() {
        let output = Command::new(std::env::current_exe()?)
            .args(["bad", "--json", "-", "--kind", &nth.to_string(), "--assets"])
            .arg(assets)
            .output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let answer = text.lines().find_map(|line| line.strip_prefix(ANSWER));
        let answer = answer
            .with_context(|| format!("{name}: {}", String::from_utf8_lossy(&output.stderr)))?;
        let (figures, outcome) = answer.split_once('|').context("an answer")?;
        let figures: Vec<f64> = figures
            .split_whitespace()
            .map(str::parse)
            .collect::<Result<_, _>>()?;
        let &[median, largest, assessed, bytes] = figures.as_slice() else {
            anyhow::bail!("{name}: {answer}");
        };
        rows.push(Row::ms(
            &format!("{name}: {outcome}; to it, median"),
            median,
            RUNS,
        ));
        rows.push(Row::ms(&format!("{name}; to it, largest"), largest, RUNS));
        if assessed > 0.0 {
            rows.push(Row::ms(
                &format!("{name}; assessed, median"),
                assessed,
                RUNS,
            ));
        }
        rows.push(Row {
            unit: "MiB",
            ..Row::ms(
                &format!("{name}; memory beside the picture"),
                bytes / f64::from(1 << 20),
                1,
            )
        });
    }
    Ok(rows)
}

/// One kind, in the process that was started for it.
#[allow(clippy::print_stdout)] // the answer to the process that asked
pub(super) fn cost_of(assets: &Path, kind: usize) -> anyhow::Result<()> {
    let (_, sample) = KINDS.get(kind).context("no such kind")?;
    let file = sample(assets)?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    // The networks' own buffers are made at their first use.
    analyser.assess(&face(assets, "obama.jpg", 1)?)?;
    let before = memory("VmRSS:")?;
    std::fs::write("/proc/self/clear_refs", "5").context("the peak cannot be reset")?;
    let (outcome, pixels) = match Picture::decode(&file) {
        Err(error) => (error.to_string(), 0),
        Ok(picture) => {
            let seen = match analyser.assess(&picture) {
                Ok(_) => "a picture with a face".to_owned(),
                Err(error) => format!("a picture, {error}"),
            };
            (seen, picture.as_rgb().len())
        }
    };
    let beside = (memory("VmHWM:")? - before - pixels as f64).max(0.0);
    let (mut decoded, mut assessed) = (Vec::with_capacity(RUNS), Vec::with_capacity(RUNS));
    for _ in 0..RUNS {
        if let Ok(picture) = timed(&mut decoded, || Picture::decode(&file)) {
            // Without a face it is done after the detector; that counts too.
            let _ = timed(&mut assessed, || analyser.assess(&picture));
        }
    }
    let median = quantile(&mut decoded, 0.5);
    let assessment = if assessed.is_empty() {
        0.0
    } else {
        quantile(&mut assessed, 0.5)
    };
    println!(
        "{ANSWER}{median} {} {assessment} {beside}|{outcome}",
        quantile(&mut decoded, 1.0)
    );
    Ok(())
}

/// Bytes, from the kernel's account of this process.
fn memory(field: &str) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kilobytes: f64 = line
        .and_then(|rest| rest.split_whitespace().next())
        .context("no such field")?
        .parse()?;
    Ok(kilobytes * 1024.0)
}

fn half(assets: &Path, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut file = std::fs::read(assets.join("pictures").join(name))?;
    file.truncate(file.len() / 2);
    Ok(file)
}

/// A picture with each pixel so many times across and down.
fn face(assets: &Path, name: &str, times: u32) -> anyhow::Result<Picture> {
    let picture = Picture::decode(&std::fs::read(assets.join("pictures").join(name))?)?;
    let (width, height) = (picture.width() * times, picture.height() * times);
    ensure!(times > 0, "nothing is left");
    let mut rgb = Vec::with_capacity((width * height * 3) as usize);
    for y in 0..height {
        for x in 0..width {
            rgb.extend_from_slice(&picture.at((x / times) as i32, (y / times) as i32));
        }
    }
    Ok(Picture::from_rgb(width, height, rgb)?)
}

fn rgb_image(picture: &Picture) -> anyhow::Result<image::DynamicImage> {
    let pixels = picture.as_rgb().to_vec();
    image::RgbImage::from_raw(picture.width(), picture.height(), pixels)
        .map(image::DynamicImage::ImageRgb8)
        .context("pixels of another length")
}
