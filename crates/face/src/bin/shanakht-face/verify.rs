//! `verify`: error rates over a list of pairs.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow};
use clap::Args;
use face::verify::{
    Calibration, EnrolFailure, PairList, Report, TemplateSource, compare_pairs, det_csv, det_svg,
};
use face::{Analyser, Template};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::pictures;

#[derive(Args)]
pub(crate) struct Options {
    /// Rows `a,b,same`.
    #[arg(long, value_name = "FILE")]
    pairs: PathBuf,
    /// Folder that the names in the rows start from.
    #[arg(long, value_name = "DIR", default_value = ".")]
    root: PathBuf,
    /// The report; standard output without it.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The detection error trade-off as rows.
    #[arg(long, value_name = "FILE")]
    det_csv: Option<PathBuf>,
    /// The detection error trade-off as a picture.
    #[arg(long, value_name = "FILE")]
    det_svg: Option<PathBuf>,
    /// The table from score to false match rate that these pairs support.
    #[arg(long, value_name = "FILE")]
    calibration: Option<PathBuf>,
    /// Worker threads; by default one a core.
    #[arg(long)]
    threads: Option<usize>,
}

/// The report, and which pictures gave no template.
#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    report: &'a Report,
    model: &'a str,
    failures: Vec<Failure<'a>>,
}

#[derive(Serialize)]
struct Failure<'a> {
    picture: &'a str,
    reason: &'a EnrolFailure,
}

struct Enroller(Analyser);

impl TemplateSource for Enroller {
    type Template = Template;

    fn template(&mut self, path: &Path) -> Result<Template, EnrolFailure> {
        let picture =
            pictures::open(path).map_err(|error| EnrolFailure(error.root_cause().to_string()))?;
        let landmarks = self
            .0
            .landmarks(&picture)
            .map_err(|error| EnrolFailure(error.to_string()))?;
        self.0
            .template(&picture, &landmarks)
            .map_err(|error| EnrolFailure(error.to_string()))
    }

    fn score(a: &Template, b: &Template) -> Option<f32> {
        face::compare(a, b).ok().map(face::Score::value)
    }
}

pub(crate) fn run(options: &Options, models: &Path) -> anyhow::Result<bool> {
    let named = || options.pairs.display().to_string();
    let file = File::open(&options.pairs).with_context(named)?;
    let list = PairList::read(BufReader::new(file)).with_context(named)?;
    let model = Analyser::new(models)?.template_model().as_str().to_owned();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let bar = ProgressBar::new(list.pictures.len() as u64).with_style(
        ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {eta} left")?,
    );
    let start = || Analyser::new(models).map(Enroller);
    let (scored, failures) = compare_pairs(
        &list,
        &options.root,
        options.threads.unwrap_or(cores),
        start,
        |_| bar.inc(1),
    )
    .map_err(|error| anyhow!("{error}"))?;
    bar.finish_and_clear();
    let failed = failures.iter().flatten().count() as u64;
    let report = Report::of(&scored, list.pictures.len() as u64, failed);
    let failures = list
        .pictures
        .iter()
        .zip(&failures)
        .filter_map(|(picture, failure)| {
            failure.as_ref().map(|reason| Failure { picture, reason })
        });
    let answer = Answer {
        report: &report,
        model: &model,
        failures: failures.collect(),
    };
    let text = serde_json::to_string_pretty(&answer)?;
    match &options.json {
        Some(path) => write(path, &text)?,
        None => print(&text),
    }
    if let Some(path) = &options.det_csv {
        write(path, &det_csv(&report.det))?;
    }
    if let Some(path) = &options.det_svg {
        write(
            path,
            &det_svg(&report.det, &format!("Verification, {model}")),
        )?;
    }
    if let Some(path) = &options.calibration {
        let table = Calibration::measure(model.as_str(), named(), &scored)?;
        write(path, &serde_json::to_string_pretty(&table)?)?;
    }
    Ok(true)
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| path.display().to_string())
}

#[allow(clippy::print_stdout)] // the command's answer
fn print(text: &str) {
    println!("{text}");
}
