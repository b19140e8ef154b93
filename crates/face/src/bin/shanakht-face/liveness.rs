//! `liveness`: a recorded challenge, judged with its evidence.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use clap::Args;
use face::liveness::{Action, Challenge, Decision, Policy, Session, Watcher};
use face::{Analyser, Picture};
use opencv::core::Mat;
use opencv::imgproc;
use opencv::prelude::*;
use opencv::videoio;

use crate::pictures;

/// Frames a second of a folder, or of a clip that does not say.
const USUAL_RATE: f64 = 15.0;

#[derive(Args)]
pub(crate) struct Options {
    /// A clip, or a folder with its frames in order of name.
    recording: PathBuf,
    /// What was asked, in order: three of blink, turn-left, turn-right, nod, come-closer. Without it the order of --seed.
    #[arg(long, value_delimiter = ',', value_name = "ACTION,ACTION,ACTION")]
    challenge: Vec<String>,
    /// The seed that the challenge was drawn from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// A picture of the person who should be seen; without it the first frame's face.
    #[arg(long, value_name = "PICTURE")]
    portrait: Option<PathBuf>,
    /// Frames a second of a folder.
    #[arg(long, default_value_t = USUAL_RATE)]
    rate: f64,
    /// The decision with all its evidence as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(options: &Options, models: &Path) -> anyhow::Result<bool> {
    ensure!(
        options.rate > 0.0 && options.rate <= 1000.0,
        "a rate lies between 0 and 1000 frames a second"
    );
    let mut analyser = Analyser::new(models)?;
    let mut portrait = None;
    if let Some(path) = &options.portrait {
        let picture = pictures::open(path)?;
        let landmarks = analyser.landmarks(&picture)?;
        portrait = Some(analyser.template(&picture, &landmarks)?);
    }
    let session = Session::new(challenge_of(options)?, Policy::default());
    let mut eye = Eye {
        analyser,
        watcher: Watcher::new(session, portrait),
    };
    if options.recording.is_dir() {
        for (nth, path) in
            (0_u32..).zip(pictures::expand(std::slice::from_ref(&options.recording))?)
        {
            let at_ms = f64::from(nth) * 1000.0 / options.rate;
            if eye.watch(at_ms as u64, &pictures::open(&path)?) {
                break;
            }
        }
    } else {
        watch_clip(&options.recording, &mut eye)?;
    }
    let (decision, _) = eye.watcher.finish();
    print(&decision, options.json)?;
    Ok(decision.is_live())
}

fn challenge_of(options: &Options) -> anyhow::Result<Challenge> {
    if options.challenge.is_empty() {
        return Ok(Challenge::draw(options.seed));
    }
    let action = |name: &String| {
        let wanted = format!("challenge-{name}");
        Action::ALL
            .into_iter()
            .find(|action| action.key() == wanted)
            .with_context(|| format!("{name} is no action"))
    };
    let actions = options
        .challenge
        .iter()
        .map(action)
        .collect::<anyhow::Result<Vec<_>>>()?;
    match actions.as_slice() {
        &[a, b, c] => Ok(Challenge::fixed([a, b, c])),
        other => bail!("a challenge has three actions, not {}", other.len()),
    }
}

/// The networks and the watch they serve.
struct Eye {
    analyser: Analyser,
    watcher: Watcher,
}

impl Eye {
    /// Takes a frame; true once the session is over.
    fn watch(&mut self, at_ms: u64, picture: &Picture) -> bool {
        let Self { analyser, watcher } = self;
        watcher.look(analyser, picture, at_ms).is_over()
    }
}

fn watch_clip(path: &Path, eye: &mut Eye) -> anyhow::Result<()> {
    let named = || path.display().to_string();
    let name = path.to_str().context("the clip's name is not UTF-8")?;
    let mut clip = videoio::VideoCapture::from_file(name, videoio::CAP_ANY).with_context(named)?;
    ensure!(
        clip.is_opened()?,
        "{}: not a clip that can be read",
        path.display()
    );
    let said = clip.get(videoio::CAP_PROP_FPS)?;
    let rate = if (1.0..=1000.0).contains(&said) {
        said
    } else {
        USUAL_RATE
    };
    let (mut frame, mut rgb) = (Mat::default(), Mat::default());
    for nth in 0_u32.. {
        if !clip.read(&mut frame)? || frame.empty() {
            break;
        }
        imgproc::cvt_color(&frame, &mut rgb, imgproc::COLOR_BGR2RGB, 0)?;
        let picture = Picture::from_rgb(
            rgb.cols() as u32,
            rgb.rows() as u32,
            rgb.data_bytes()?.to_vec(),
        )?;
        if eye.watch((f64::from(nth) * 1000.0 / rate) as u64, &picture) {
            break;
        }
    }
    Ok(())
}

#[allow(clippy::print_stdout)] // the command's answer
fn print(decision: &Decision, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(decision)?);
        return Ok(());
    }
    println!("{:?}", decision.outcome);
    for step in &decision.evidence.steps {
        println!(
            "  {}: {:.1}, {}",
            step.action.key(),
            step.extent,
            if step.done_after_ms.is_some() {
                "done"
            } else {
                "not done"
            }
        );
    }
    for flag in &decision.flags {
        println!("  to look at: {flag:?}");
    }
    Ok(())
}
