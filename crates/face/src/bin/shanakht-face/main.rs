//! `shanakht-face`: batch work with faces on the command line.

mod assess;
mod compare;
mod draw;
mod liveness;
mod map;
mod models;
mod pictures;
mod portrait;
mod verify;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Everything was done.
const DONE: u8 = 0;
/// Everything ran, and the answer is no: no face, no match, a clause that does not hold.
const ANSWER_NO: u8 = 1;
/// A file or the command line is at fault.
const FAILED: u8 = 2;

const EXAMPLES: &str = "\
Examples:
  shanakht-face assess photo.jpg --json
  shanakht-face assess pictures/ --csv > quality.csv
  shanakht-face assess pictures/ --draw overlays/
  shanakht-face compare live.jpg card.jpg --json
  shanakht-face map native-values.csv
  shanakht-face portrait photo.jpg -o portrait.jpg
  shanakht-face verify --pairs pairs.csv --root pictures/ --json report.json --det-svg det.svg
  shanakht-face liveness clip.mp4 --challenge turn-left,blink,nod --json

Exit codes:
  0  done, and the answer is yes
  1  done, and the answer is no (no face found, not a match, a clause of the portrait does not hold)
  2  a file could not be read, or the command line is wrong";

/// Quality, comparison and portraits of faces, by ISO/IEC 29794-5 and ICAO 9303.
#[derive(Parser)]
#[command(name = "shanakht-face", version, after_help = EXAMPLES)]
struct Cli {
    /// Folder with the networks and their manifest.json; by default $SHANAKHT_MODELS, then assets/models upwards from here or from
    /// the program.
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Judge a recorded challenge (a clip, or a folder of frames in order of name).
    Liveness(liveness::Options),
    /// FMR and FNMR, with intervals and sample sizes, over rows `a,b,same`.
    Verify(verify::Options),
    /// Measure every quality component of pictures.
    Assess(assess::Options),
    /// Compare the faces of two pictures.
    Compare(compare::Options),
    /// Turn native values (component,native) into scalars (component,native,scalar).
    Map(map::Options),
    /// The networks, proven, and the identity of their templates.
    Models(models::Options),
    /// Cut the ICAO portrait and say which clauses hold.
    Portrait(portrait::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let models = || pictures::models_folder(cli.models.clone());
    let outcome = match &cli.command {
        Command::Models(options) => models().and_then(|folder| models::run(options, &folder)),
        Command::Assess(options) => models().and_then(|folder| assess::run(options, &folder)),
        Command::Compare(options) => models().and_then(|folder| compare::run(options, &folder)),
        Command::Liveness(options) => models().and_then(|folder| liveness::run(options, &folder)),
        Command::Verify(options) => models().and_then(|folder| verify::run(options, &folder)),
        Command::Map(options) => map::run(options),
        Command::Portrait(options) => models().and_then(|folder| portrait::run(options, &folder)),
    };
    match outcome {
        Ok(true) => ExitCode::from(DONE),
        Ok(false) => ExitCode::from(ANSWER_NO),
        Err(error) => {
            eprintln!("shanakht-face: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}
