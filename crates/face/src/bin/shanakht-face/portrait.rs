//! `portrait`: the ICAO crop of a picture.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use face::{Analyser, Portrait};
use serde::Serialize;

use crate::pictures;

#[derive(Args)]
pub(crate) struct Options {
    /// The picture.
    picture: PathBuf,
    /// Where the portrait goes: a .jpg or .png file.
    #[arg(short, long, value_name = "OUT", required_unless_present = "record")]
    output: Option<PathBuf>,
    /// Also, or only, the portrait as a record of ISO/IEC 19794-5:2005, the form of a passport's DG2.
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// JSON instead of words.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    width: u32,
    height: u32,
    jpeg_quality: u8,
    bytes: usize,
    enlargement: f32,
    conforms: bool,
    clauses: &'a [face::ClauseResult],
}

pub(crate) fn run(options: &Options, models: &Path) -> anyhow::Result<bool> {
    let mut analyser = Analyser::new(models)?;
    let picture = pictures::open(&options.picture)?;
    let named = || options.picture.display().to_string();
    let landmarks = analyser.landmarks(&picture).with_context(named)?;
    let portrait = analyser
        .portrait(&picture, &landmarks)
        .with_context(named)?;
    let mut bytes = portrait.jpeg.len();
    if let Some(output) = &options.output {
        let file = encoded(&portrait, output)?;
        std::fs::write(output, &file).with_context(|| output.display().to_string())?;
        bytes = file.len();
    }
    if let Some(path) = &options.record {
        let record = portrait.record().with_context(named)?;
        std::fs::write(path, record).with_context(|| path.display().to_string())?;
    }
    print(&portrait, bytes, options.json)?;
    Ok(portrait.conforms())
}

fn encoded(portrait: &Portrait, output: &Path) -> anyhow::Result<Vec<u8>> {
    let ending = output.extension().and_then(|ending| ending.to_str());
    Ok(match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg") => portrait.jpeg.clone(),
        Some("png") => portrait.picture.encode_png(),
        _ => bail!(
            "{}: the portrait is written as .jpg or .png",
            output.display()
        ),
    })
}

#[allow(clippy::print_stdout)] // the command's answer
fn print(portrait: &Portrait, bytes: usize, json: bool) -> anyhow::Result<()> {
    let answer = Answer {
        width: portrait.picture.width(),
        height: portrait.picture.height(),
        jpeg_quality: portrait.jpeg_quality,
        bytes,
        enlargement: portrait.enlargement,
        conforms: portrait.conforms(),
        clauses: &portrait.clauses,
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    println!(
        "{} x {}, {bytes} bytes, frame enlarged {:.2} times",
        answer.width, answer.height, answer.enlargement
    );
    for result in &portrait.clauses {
        let value = result
            .value
            .map_or_else(|| "not found".into(), |value| format!("{value:.3}"));
        let verdict = if result.holds { "holds" } else { "FAILS" };
        println!(
            "{:14} {verdict}  {value}  ({} to {})",
            result.clause.name(),
            result.from,
            result.to
        );
    }
    Ok(())
}
