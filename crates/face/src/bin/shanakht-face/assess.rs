//! `assess`: every component of many pictures, on all cores.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::Context;
use clap::Args;
use face::{Analyser, Assessment, Code, Component, Models, Thresholds};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use crate::{draw, pictures};

#[derive(Args)]
pub(crate) struct Options {
    /// Pictures, or folders with pictures.
    #[arg(required = true, value_name = "PICTURE")]
    pictures: Vec<PathBuf>,
    /// One JSON object a line and picture (the default).
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// CSV: one row a picture, a column for each component's native value and scalar.
    #[arg(long)]
    csv: bool,
    /// Also writes each picture with landmarks, box and components drawn on it, as PNG, into this folder.
    #[arg(long, value_name = "DIR")]
    draw: Option<PathBuf>,
    /// A policy as JSON that the pictures are judged by; without it, the one that stations get by default.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    /// How many pictures at once (default: the machine's cores).
    #[arg(long, value_name = "N")]
    threads: Option<usize>,
}

/// One picture's row. `error` stands alone where there is no result.
#[derive(Serialize)]
struct Row {
    picture: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instruction: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<Verdict>,
    #[serde(flatten)]
    assessment: Option<Assessment>,
}

/// What the policy says of a picture.
#[derive(Serialize)]
struct Verdict {
    passes: bool,
    refused_by: Vec<&'static str>,
}

pub(crate) fn run(options: &Options, models: &Path) -> anyhow::Result<bool> {
    let files = pictures::expand(&options.pictures)?;
    if let Some(folder) = &options.draw {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    }
    let models = Models::load(models)?;
    let thresholds = match &options.policy {
        Some(file) => thresholds_of(file)?,
        None => Thresholds::default(),
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = options
        .threads
        .unwrap_or(cores)
        .clamp(1, files.len().clamp(1, 256));
    let progress = progress(files.len());
    let next = AtomicUsize::new(0);
    // Two rows a worker may wait: results are small, and the writer is faster than the networks.
    let (sender, rows) = mpsc::sync_channel::<(usize, anyhow::Result<Row>)>(threads * 2);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            let (sender, files, next) = (sender.clone(), &files, &next);
            let (models, thresholds) = (&models, &thresholds);
            scope.spawn(move || work(options, models, thresholds, files, next, &sender));
        }
        drop(sender);
        write_in_order(options, &rows, &progress)
    })
}

fn progress(count: usize) -> ProgressBar {
    if count < 4 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pictures, {eta} left");
    ProgressBar::new(count as u64)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn thresholds_of(file: &Path) -> anyhow::Result<Thresholds> {
    let named = || file.display().to_string();
    let text = std::fs::read(file).with_context(named)?;
    let policy = serde_json::from_slice(&text).with_context(named)?;
    Ok(Thresholds::of(&policy))
}

fn work(
    options: &Options,
    models: &Models,
    thresholds: &Thresholds,
    files: &[PathBuf],
    next: &AtomicUsize,
    sender: &mpsc::SyncSender<(usize, anyhow::Result<Row>)>,
) {
    let mut analyser = match Analyser::with_models(models) {
        Ok(analyser) => analyser,
        Err(error) => {
            // The receiver stops at the first error; when it is gone already there is nobody left to tell.
            let _ = sender.send((0, Err(error.into())));
            return;
        }
    };
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(path) = files.get(at) else { return };
        let row = row_of(&mut analyser, thresholds, path, options.draw.as_deref());
        if sender.send((at, row)).is_err() {
            return;
        }
    }
}

fn row_of(
    analyser: &mut Analyser,
    thresholds: &Thresholds,
    path: &Path,
    draw_into: Option<&Path>,
) -> anyhow::Result<Row> {
    let name = path.display().to_string();
    let missing = |error: String| Row {
        picture: name.clone(),
        error: Some(error),
        instruction: None,
        policy: None,
        assessment: None,
    };
    let picture = match pictures::open(path) {
        Ok(picture) => picture,
        Err(error) => return Ok(missing(error.root_cause().to_string())),
    };
    let assessment = match analyser.assess(&picture) {
        Ok(assessment) => assessment,
        Err(error) => return Ok(missing(error.to_string())),
    };
    if let Some(folder) = draw_into {
        draw::write(&picture, &assessment, path, folder)?;
    }
    let view = face::Observed::view(&assessment);
    let refused_by = face::refusals(&view, thresholds);
    Ok(Row {
        picture: name,
        error: None,
        instruction: Some(face::judge(&view, thresholds).key()),
        policy: Some(Verdict {
            passes: refused_by.is_empty(),
            refused_by,
        }),
        assessment: Some(assessment),
    })
}

/// Rows come in any order and are written in that of the command line. Gives whether every picture had a face.
fn write_in_order(
    options: &Options,
    rows: &mpsc::Receiver<(usize, anyhow::Result<Row>)>,
    progress: &ProgressBar,
) -> anyhow::Result<bool> {
    let mut waiting = std::collections::BTreeMap::new();
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    let mut turn = 0;
    let mut all_found = true;
    if options.csv {
        write_csv(&mut output, &header())?;
    }
    for (at, row) in rows {
        waiting.insert(at, row?);
        while let Some(row) = waiting.remove(&turn) {
            all_found &= row.error.is_none();
            if options.csv {
                write_csv(&mut output, &cells(&row))?;
            } else {
                serde_json::to_writer(&mut output, &row)?;
                output.write_all(b"\n")?;
            }
            turn += 1;
            progress.inc(1);
        }
    }
    output.flush()?;
    progress.finish_and_clear();
    Ok(all_found)
}

fn header() -> Vec<String> {
    let mut cells: Vec<String> = [
        "picture",
        "error",
        "instruction",
        "faces",
        "yaw_deg",
        "pitch_deg",
        "roll_deg",
    ]
    .map(String::from)
    .to_vec();
    for component in Component::ALL {
        cells.push(format!("{component}.native"));
        cells.push(format!("{component}.scalar"));
    }
    cells
}

fn cells(row: &Row) -> Vec<String> {
    let mut cells = vec![
        row.picture.clone(),
        row.error.clone().unwrap_or_default(),
        row.instruction.unwrap_or_default().into(),
    ];
    let Some(assessment) = &row.assessment else {
        cells.resize(header().len(), String::new());
        return cells;
    };
    cells.push(assessment.faces.len().to_string());
    let pose = assessment.pose;
    cells.extend([pose.yaw_deg, pose.pitch_deg, pose.roll_deg].map(|angle| format!("{angle:.2}")));
    for measure in assessment.measures.iter() {
        let missing = match measure.code {
            Code::Ok => "",
            Code::NotAssessed => "NotAssessed",
            Code::FailureToAssess => "FailureToAssess",
        };
        cells.push(
            measure
                .native
                .map_or_else(|| missing.into(), |native| format!("{native:.6}")),
        );
        cells.push(
            measure
                .scalar
                .map_or_else(|| missing.into(), |scalar| scalar.to_string()),
        );
    }
    cells
}

fn write_csv(output: &mut impl Write, cells: &[String]) -> anyhow::Result<()> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells)?;
    let line = writer
        .into_inner()
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    output.write_all(&line)?;
    Ok(())
}
