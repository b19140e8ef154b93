//! `shanakht-face-bench [NAME] --json FILE`: the face pipeline against OpenCV's own dnn on the same weights, in one run.
//!
//! The peer is what a program does that calls OpenCV's dnn as the networks' authors show it: decode, then every network on every
//! frame at its native size, without tracking. Both run on one thread, on the same pictures, turn about in one run.

#[path = "shanakht-face-bench/bad_pictures.rs"]
mod bad_pictures;
#[path = "shanakht-face-bench/people.rs"]
mod people;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, bail};
use clap::Parser;
use face::{Analyser, Component, Guide, Measures, Picture, Thresholds};
use opencv::core::{Mat, Rect, Scalar, Size, Vector};
use opencv::prelude::*;
use opencv::{dnn, imgcodecs, imgproc};
use serde::{Deserialize, Serialize};

/// Measures one bench, or all of them, and writes the rows to a JSON file (an array).
#[derive(Parser)]
struct Options {
    /// `decode`, `frame`, `detect`, `template`, `pixels` or `bad`; all of these without a name. `people` needs --set.
    name: Option<String>,
    /// Where the rows go.
    #[arg(long)]
    json: PathBuf,
    /// The folder with models and pictures.
    #[arg(long, default_value = "assets")]
    assets: PathBuf,
    /// For `people`: a folder with people.csv and their pictures.
    #[arg(long, value_name = "DIR")]
    set: Option<PathBuf>,
    /// Only for `bad`, which measures each kind of file in a process of its own.
    #[arg(long, hide = true)]
    kind: Option<usize>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    value: f64,
    unit: &'static str,
    peer: Option<&'static str>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    samples: usize,
    /// Of a count's share of the samples.
    #[serde(skip_serializing_if = "Option::is_none")]
    interval95: Option<[f64; 2]>,
}

impl Row {
    fn ms(name: &str, value: f64, samples: usize) -> Self {
        Self {
            name: name.into(),
            value,
            unit: "ms",
            peer: None,
            peer_value: None,
            ratio: None,
            samples,
            interval95: None,
        }
    }

    fn against(mut self, peer: &'static str, value: f64) -> Self {
        self.ratio = Some(self.value / value);
        self.peer = Some(peer);
        self.peer_value = Some(value);
        self
    }
}

type Bench = fn(&Path) -> anyhow::Result<Vec<Row>>;
const BENCHES: [(&str, Bench); 6] = [
    ("decode", decode),
    ("frame", frame),
    ("detect", detect),
    ("template", template),
    ("pixels", pixels),
    ("bad", bad_pictures::costs),
];

/// More than two rounds of the pose network's turn (every 128th frame).
const FRAMES: usize = 400;
const WARM_UP: usize = 20;
/// The peer runs on every so many-th of our frames: its times vary less.
const PEER_EVERY: usize = 8;
const TEMPLATES: usize = 40;

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    opencv::core::set_num_threads(1)?;
    if let Some(kind) = options.kind {
        return bad_pictures::cost_of(&options.assets, kind);
    }
    if options.name.as_deref() == Some("people") {
        let set = options.set.as_deref();
        let set = set.context("`people` needs --set DIR, a folder with people.csv and pictures")?;
        return write(&options.json, &people::run(&options.assets, set)?);
    }
    let wanted = |name: &str| options.name.as_deref().is_none_or(|wanted| wanted == name);
    let mut rows = Vec::new();
    for (_, bench) in BENCHES.iter().filter(|(name, _)| wanted(name)) {
        rows.append(&mut bench(&options.assets)?);
    }
    if rows.is_empty() {
        let known = BENCHES.map(|(name, _)| name).join(", ");
        bail!("there is no such bench; there are {known}");
    }
    write(&options.json, &rows)
}

fn write(json: &Path, rows: &[Row]) -> anyhow::Result<()> {
    std::fs::write(json, serde_json::to_vec_pretty(rows)?).context("the rows cannot be written")
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

fn timed<T>(times: &mut Vec<f64>, run: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = run();
    times.push(started.elapsed().as_secs_f64() * 1000.0);
    result
}

fn quantile(times: &mut [f64], share: f64) -> f64 {
    times.sort_by(f64::total_cmp);
    let place = (times.len() as f64 * share) as usize;
    times
        .get(place.min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f64::NAN)
}

fn decode(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let clip = clip(assets)?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for at in 0..FRAMES / 4 {
        let file = &clip[at % clip.len()];
        timed(&mut ours, || Picture::decode(file))?;
        timed(&mut peers, || open(file))?;
    }
    let row = Row::ms(
        "decode 720p JPEG, median",
        quantile(&mut ours, 0.5),
        ours.len(),
    );
    Ok(vec![
        row.against("OpenCV imdecode", quantile(&mut peers, 0.5)),
    ])
}

fn frame(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let clip = clip(assets)?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let mut networks = Networks::load(assets)?;
    let (mut guide, thresholds) = (Guide::new(), Thresholds::default());
    let (mut ours, mut peers) = (Vec::with_capacity(FRAMES), Vec::new());
    for at in 0..FRAMES + WARM_UP {
        let file = &clip[at % clip.len()];
        let mut time = Vec::with_capacity(1);
        let seen = timed(&mut time, || -> anyhow::Result<bool> {
            let picture = Picture::decode(file)?;
            let preview = analyser.preview(&picture);
            guide.next(at as u64 * 33, &preview, &thresholds);
            Ok(preview.landmarks.is_some())
        })?;
        if !seen {
            bail!("the face was lost in frame {at}");
        }
        if at < WARM_UP {
            continue;
        }
        ours.append(&mut time);
        if at % PEER_EVERY == 0 {
            timed(&mut peers, || -> anyhow::Result<()> {
                let frame = open(file)?;
                let face = networks.detect(&frame)?;
                networks.landmarks(&face)?;
                networks.pose(&face)?;
                networks.eyes(&face)
            })?;
        }
    }
    let peer = quantile(&mut peers, 0.5);
    Ok(vec![
        Row::ms(
            "frame pipeline 720p, median",
            quantile(&mut ours, 0.5),
            FRAMES,
        )
        .against(
            "OpenCV imdecode and dnn, same weights, native size, every network on every frame",
            peer,
        ),
        Row::ms(
            "frame pipeline 720p, p99",
            quantile(&mut ours, 0.99),
            FRAMES,
        )
        .against("the same, p99", quantile(&mut peers, 0.99)),
    ])
}

fn detect(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let pictures = clip(assets)?
        .iter()
        .map(|file| Picture::decode(file))
        .collect::<Result<Vec<_>, _>>()?;
    let frames = clip(assets)?
        .iter()
        .map(|file| open(file))
        .collect::<Result<Vec<_>, _>>()?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let mut networks = Networks::load(assets)?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for at in 0..FRAMES {
        let place = at % pictures.len();
        let found = timed(&mut ours, || analyser.follow(&pictures[place]))?;
        if found.is_none() {
            bail!("the face was lost in frame {at}");
        }
        if at % PEER_EVERY == 0 {
            timed(&mut peers, || -> anyhow::Result<()> {
                let face = networks.detect(&frames[place])?;
                networks.landmarks(&face)
            })?;
        }
    }
    let mean = |times: &[f64]| times.iter().sum::<f64>() / times.len() as f64;
    let row = Row::ms(
        "detector and landmarks 720p, mean (detection every 12th frame)",
        mean(&ours),
        FRAMES,
    );
    Ok(vec![row.against(
        "OpenCV dnn, same weights, both on every frame",
        mean(&peers),
    )])
}

fn template(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let picture = Picture::decode(&std::fs::read(assets.join("pictures/obama.jpg"))?)?;
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let landmarks = analyser.landmarks(&picture)?;
    let mut nets = [
        (load(assets, "fr_feature.onnx")?, 127.0),
        (load(assets, "mobilefacenet.onnx")?, 127.5),
    ];
    let face = Mat::new_rows_cols_with_default(112, 112, opencv::core::CV_8UC3, Scalar::all(90.0))?;
    let (mut ours, mut peers) = (Vec::new(), Vec::new());
    for _ in 0..TEMPLATES {
        timed(&mut ours, || analyser.template(&picture, &landmarks))?;
        timed(&mut peers, || -> anyhow::Result<()> {
            // Twice: our template is the mean of the face and its mirror image.
            for (net, subtract) in &mut nets {
                for _ in 0..2 {
                    run(net, &face, (112, 112), 1.0 / 128.0, *subtract)?;
                }
            }
            Ok(())
        })?;
    }
    let row = Row::ms(
        "template (alignment, face and mirror image), median",
        quantile(&mut ours, 0.5),
        TEMPLATES,
    );
    Ok(vec![row.against(
        "OpenCV dnn, same weights, two runs of each on an aligned face",
        quantile(&mut peers, 0.5),
    )])
}

const PIXEL_PEER: &str = "crates/face/benches/ofiqpy_pixels.py";
const PIXEL_PICTURES: [&str; 5] = [
    "astronaut.png",
    "biden.jpg",
    "obama.jpg",
    "obama2.jpg",
    "obama3.jpg",
];

/// What the peer found: natives and scalars by component for each face, and its median time.
#[derive(Deserialize)]
struct PixelPeer {
    faces: Vec<std::collections::BTreeMap<String, (f64, f64)>>,
    ms: f64,
}

fn pixels(assets: &Path) -> anyhow::Result<Vec<Row>> {
    let mut analyser = Analyser::new(&assets.join("models"))?;
    let folder = std::env::temp_dir().join(format!("shanakht-pixels-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let (mut times, mut found) = (Vec::new(), Vec::new());
    for (nth, name) in PIXEL_PICTURES.iter().enumerate() {
        let picture = Picture::decode(&std::fs::read(assets.join("pictures").join(name))?)?;
        let landmarks = analyser.landmarks(&picture)?;
        for _ in 0..20 {
            timed(&mut times, || analyser.pixel_measures(&picture, &landmarks))?;
        }
        found.push(analyser.pixel_measures(&picture, &landmarks)?);
        let (rgb, points) = analyser.last_aligned();
        // The project's own published pictures, not an applicant's.
        std::fs::write(folder.join(format!("face-{nth}.rgb")), rgb)?;
        std::fs::write(
            folder.join(format!("face-{nth}.json")),
            serde_json::to_vec(&points)?,
        )?;
    }
    let row = Row::ms(
        "seven pixel components of a face (alignment included), median",
        quantile(&mut times, 0.5),
        times.len(),
    );
    let Some(peer) = pixel_peer(&folder) else {
        return Ok(vec![row]);
    };
    let mut differences = Row {
        unit: "points of 100",
        ..Row::ms(
            "pixel components, largest difference of scalar",
            0.0,
            found.len() * 7,
        )
    };
    for (ours, theirs) in found.iter().zip(&peer.faces) {
        differences.value = differences.value.max(largest_difference(ours, theirs)?);
    }
    differences.peer = Some("PyPI ofiqpy 0.2.2 on the same aligned faces");
    let row = row.against(
        "PyPI ofiqpy 0.2.2 on the same aligned faces (without alignment)",
        peer.ms,
    );
    Ok(vec![row, differences])
}

fn pixel_peer(folder: &Path) -> Option<PixelPeer> {
    let python = std::env::var("SHANAKHT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let output = Command::new(python)
        .arg(PIXEL_PEER)
        .arg(folder)
        .output()
        .ok()?;
    if !output.status.success() {
        eprintln!("no peer: PyPI ofiqpy did not run");
        return None;
    }
    serde_json::from_slice(&output.stdout).ok()
}

fn largest_difference(
    ours: &Measures,
    theirs: &std::collections::BTreeMap<String, (f64, f64)>,
) -> anyhow::Result<f64> {
    let mut largest = 0.0_f64;
    for (name, (native, scalar)) in theirs {
        let component: Component = name.parse()?;
        let measure = ours.get(component);
        let (own, value) = (measure.native, measure.scalar);
        let value = value.with_context(|| format!("{name} was not computed"))?;
        let difference = (f64::from(value) - scalar).abs();
        if difference > 0.0 {
            eprintln!("{name}: {own:?} {value}, the peer {native} {scalar}");
        }
        largest = largest.max(difference);
    }
    Ok(largest)
}

/// The peer: the same weights, as their authors use them.
struct Networks {
    detector: dnn::Net,
    landmarks: dnn::Net,
    pose: dnn::Net,
    eye: dnn::Net,
}

impl Networks {
    fn load(assets: &Path) -> anyhow::Result<Self> {
        Ok(Self {
            detector: load(assets, "fr_detect.onnx")?,
            landmarks: load(assets, "fr_landmark.onnx")?,
            pose: load(assets, "fr_pose.onnx")?,
            eye: load(assets, "fr_eye.onnx")?,
        })
    }

    /// Runs the detector; the face is then cut where the clip is known to have it, which spares the peer its own selection of boxes.
    fn detect(&mut self, frame: &Mat) -> anyhow::Result<Mat> {
        run(&mut self.detector, frame, (320, 240), 1.0 / 128.0, 127.0)?;
        Ok(Mat::roi(frame, Rect::new(480, 120, 320, 420))?.try_clone()?)
    }

    fn landmarks(&mut self, face: &Mat) -> anyhow::Result<()> {
        let mut grey = Mat::default();
        imgproc::cvt_color(face, &mut grey, imgproc::COLOR_BGR2GRAY, 0)?;
        run(&mut self.landmarks, &grey, (64, 64), 1.0 / 256.0, 0.0)
    }

    fn pose(&mut self, face: &Mat) -> anyhow::Result<()> {
        run(&mut self.pose, face, (224, 224), 1.0 / 57.0, 118.0)
    }

    fn eyes(&mut self, face: &Mat) -> anyhow::Result<()> {
        let mut grey = Mat::default();
        imgproc::cvt_color(face, &mut grey, imgproc::COLOR_BGR2GRAY, 0)?;
        for left in [60, 180] {
            let eye = Mat::roi(&grey, Rect::new(left, 130, 80, 80))?.try_clone()?;
            run(&mut self.eye, &eye, (24, 24), 1.0 / 255.0, 0.0)?;
        }
        Ok(())
    }
}

fn load(assets: &Path, name: &str) -> anyhow::Result<dnn::Net> {
    let path = assets.join("models").join(name);
    let path = path.to_str().context("the folder's name is not UTF-8")?;
    Ok(dnn::read_net_from_onnx(path)?)
}

fn open(file: &[u8]) -> anyhow::Result<Mat> {
    let file = Vector::<u8>::from_slice(file);
    Ok(imgcodecs::imdecode(&file, imgcodecs::IMREAD_COLOR)?)
}

fn run(
    net: &mut dnn::Net,
    picture: &Mat,
    size: (i32, i32),
    scale: f64,
    mean: f64,
) -> anyhow::Result<()> {
    let blob = dnn::blob_from_image(
        picture,
        scale,
        Size::new(size.0, size.1),
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
