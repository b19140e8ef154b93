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
    #[arg(short, long, value_name = "OUT")]
    output: PathBuf,
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
    let ending = options
        .output
        .extension()
        .and_then(|ending| ending.to_str());
    let file = match ending.map(str::to_ascii_lowercase).as_deref() {
        Some("jpg" | "jpeg") => portrait.jpeg.clone(),
        Some("png") => portrait.picture.encode_png(),
        _ => bail!(
            "{}: the portrait is written as .jpg or .png",
            options.output.display()
        ),
    };
    std::fs::write(&options.output, &file).with_context(|| options.output.display().to_string())?;
    print(&portrait, file.len(), options.json)?;
    Ok(portrait.conforms())
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
