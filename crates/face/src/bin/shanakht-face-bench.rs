//! `shanakht-face-bench NAME --json FILE`: the face pipeline against OpenCV's own dnn on the same weights, in one run.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Parser;
use face::{Analyser, Guide, Picture, Thresholds};
use opencv::core::{Mat, Scalar, Size, Vector};
use opencv::prelude::*;
use opencv::{dnn, imgcodecs};
use serde::Serialize;

/// Measures one bench and appends its rows to a JSON file (an array).
#[derive(Parser)]
struct Options {
    /// `frame` (720p preview) or `template`.
    name: String,
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
    /// The folder with models and pictures.
    #[arg(long, default_value = "assets")]
    assets: PathBuf,
}

#[derive(Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    peer: &'static str,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    samples: usize,
}

const FRAMES: usize = 300;
const PEER_FRAMES: usize = 60;
const TEMPLATES: usize = 40;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let rows = match options.name.as_str() {
        "frame" => frame(&options.assets)?,
        "template" => template(&options.assets)?,
        other => bail!("there is no bench {other}; there are frame and template"),
    };
    std::fs::write(&options.json, serde_json::to_vec_pretty(&rows)?)
        .context("the rows cannot be written")?;
    Ok(())
}

/// A face that drifts over a 720p frame, as JPEG files.
fn clip(assets: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let picture =
        Picture::decode(&std::fs::read(assets.join("pictures/biden.jpg"))?)?.scaled_to_fit(1400);
    let (width, height) = (1280, 720);
    (0..30_i32)
        .map(|step| {
            let left = (width - picture.width() as i32) / 2 + (step - 15).abs() * 4;
            let mut rgb = Vec::with_capacity((width * height * 3) as usize);
            for y in 0..height {
                for x in 0..width {
                    rgb.extend_from_slice(&picture.at(x - left, y + 60));
                }
            }
            Ok(Picture::from_rgb(width as u32, height as u32, rgb)?.encode_jpeg(85))
        })
        .collect()
}

fn frame(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let clip = clip(assets)?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let (mut guide, thresholds) = (Guide::new(), Thresholds::default());
    let mut times = Vec::with_capacity(FRAMES);
    let mut seen = 0;
    for at in 0..FRAMES + 20 {
        let started = Instant::now();
        let picture = Picture::decode(&clip[at % clip.len()])?;
        let preview = analyser.preview(&picture);
        guide.next(at as u64 * 33, &preview, &thresholds);
        if at >= 20 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
            seen += usize::from(preview.landmarks.is_some());
        }
    }
    if seen < FRAMES {
        bail!("the face was lost in {} of {FRAMES} frames", FRAMES - seen);
    }
    let peer = peer_frames(&clip, assets)?;
    let (median, late) = (quantile(&mut times, 0.5), quantile(&mut times, 0.99));
    let row = |name: &str, value: f64, peer_value: Option<f64>| Row {
        name: name.into(),
        value,
        unit: "ms",
        peer: "OpenCV dnn, same weights, detector + landmarks + pose every frame, native size",
        peer_value,
        ratio: peer_value.map(|peer| value / peer),
        samples: FRAMES,
    };
    Ok(vec![
        row("frame pipeline 720p, median", median, Some(peer)),
        row("frame pipeline 720p, p99", late, None),
    ])
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let place = (times.len() as f64 * share) as usize;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

/// Decoding and the three networks on each frame, as their authors use them: without tracking, without components.
fn peer_frames(clip: &[Vec<u8>], assets: &Path) -> anyhow::Result<f64> {
    let load = |name: &str| dnn::read_net_from_onnx(assets.join("models").join(name));
    let mut detector = load("fr_detect.onnx")?;
    let mut landmarks = load("fr_landmark.onnx")?;
    let mut pose = load("fr_pose.onnx")?;
    let mut times = Vec::new();
    for at in 0..PEER_FRAMES + 5 {
        let started = Instant::now();
        let file = Vector::<u8>::from_slice(&clip[at % clip.len()]);
        let frame = imgcodecs::imdecode(&file, imgcodecs::IMREAD_COLOR)?;
        run(&mut detector, &frame, (320, 240), 1.0 / 128.0, 127.0)?;
        let face = Mat::roi(&frame, opencv::core::Rect::new(480, 120, 320, 420))?.try_clone()?;
        let mut grey = Mat::default();
        opencv::imgproc::cvt_color(&face, &mut grey, opencv::imgproc::COLOR_BGR2GRAY, 0)?;
        run(&mut landmarks, &grey, (64, 64), 1.0 / 256.0, 0.0)?;
        run(&mut pose, &face, (224, 224), 1.0 / 57.0, 118.0)?;
        if at >= 5 {
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(quantile(&mut times, 0.5))
}

fn run(
    net: &mut dnn::Net,
    picture: &Mat,
    size: (i32, i32),
    scale: f64,
    mean: f64,
) -> anyhow::Result<()> {
    let size = Size::new(size.0, size.1);
    let blob = dnn::blob_from_image(
        picture,
        scale,
        size,
        Scalar::all(mean),
        true,
        false,
        opencv::core::CV_32F,
    )?;
    net.set_input(&blob, "", 1.0, Scalar::all(0.0))?;
    let names = net.get_unconnected_out_layers_names()?;
    let mut outputs = Vector::<Mat>::new();
    net.forward(&mut outputs, &names)?;
    Ok(())
}

fn template(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let picture = Picture::decode(&std::fs::read(assets.join("pictures/obama.jpg"))?)?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let landmarks = analyser.landmarks(&picture)?;
    let mut times = Vec::new();
    for _ in 0..TEMPLATES {
        let started = Instant::now();
        analyser.template(&picture, &landmarks)?;
        times.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    let mut net = dnn::read_net_from_onnx(assets.join("models/fr_feature.onnx"))?;
    let face = Mat::new_rows_cols_with_default(112, 112, opencv::core::CV_8UC3, Scalar::all(90.0))?;
    let mut peer = Vec::new();
    for _ in 0..TEMPLATES {
        let started = Instant::now();
        // Twice: our template is the mean of the face and its mirror image.
        run(&mut net, &face, (112, 112), 1.0 / 128.0, 127.0)?;
        run(&mut net, &face, (112, 112), 1.0 / 128.0, 127.0)?;
        peer.push(started.elapsed().as_secs_f64() * 1000.0);
    }
    let (value, peer_value) = (quantile(&mut times, 0.5), quantile(&mut peer, 0.5));
    Ok(vec![Row {
        name: "template (alignment, face and mirror image), median".into(),
        value,
        unit: "ms",
        peer: "OpenCV dnn, same weights, two runs on an aligned face",
        peer_value: Some(peer_value),
        ratio: Some(value / peer_value),
        samples: TEMPLATES,
    }])
}
