//! `compare`: the faces of two pictures.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use face::verify::FalseMatch;
use face::{Analyser, Decision, DecisionPolicy, Template};
use serde::Serialize;

use crate::pictures;

#[derive(Args)]
pub(crate) struct Options {
    /// One picture.
    left: PathBuf,
    /// The other.
    right: PathBuf,
    /// JSON instead of words.
    #[arg(long)]
    json: bool,
    /// From this score on a match (default: the networks' manifest, FMR 1e-4).
    #[arg(long, value_name = "SCORE")]
    match_from: Option<f32>,
    /// Below this score a non-match; between the two a person decides.
    #[arg(long, value_name = "SCORE")]
    non_match_below: Option<f32>,
}

#[derive(Serialize)]
struct Answer<'a> {
    score: f32,
    decision: Decision,
    /// The false match rate at the threshold, where it was measured.
    fmr_at_threshold: Option<f64>,
    /// The false match rate at this score, where it was measured.
    fmr_at_score: Option<f64>,
    calibrated_on: &'a str,
    policy: DecisionPolicy,
    model: &'a str,
}

pub(crate) fn run(options: &Options, models: &Path) -> anyhow::Result<bool> {
    let mut analyser = Analyser::new(models)?;
    let left = template_of(&mut analyser, &options.left)?;
    let right = template_of(&mut analyser, &options.right)?;
    let score = face::compare(&left, &right)?;
    let templates = analyser.templates();
    let shipped = templates.decisions();
    let calibration = templates.calibrations().first();
    let rate = |score: f32| match calibration?.false_match(f64::from(score)) {
        FalseMatch::About(fmr) => Some(fmr),
        FalseMatch::MoreThan(_) | FalseMatch::LessThan(_) => None,
    };
    let policy = DecisionPolicy {
        match_from: options.match_from.unwrap_or(shipped.match_from),
        non_match_below: options.non_match_below.unwrap_or(shipped.non_match_below),
        dated: shipped.dated.clone(),
    };
    let decision = policy.decide(score);
    let answer = Answer {
        score: score.value(),
        decision,
        fmr_at_threshold: rate(policy.match_from),
        fmr_at_score: rate(score.value()),
        calibrated_on: calibration.map_or("nothing", |table| &table.data),
        policy,
        model: left.model().as_str(),
    };
    print(&answer, options.json)?;
    Ok(decision == Decision::Match)
}

fn template_of(analyser: &mut Analyser, path: &Path) -> anyhow::Result<Template> {
    let picture = pictures::open(path)?;
    let named = || path.display().to_string();
    let landmarks = analyser.landmarks(&picture).with_context(named)?;
    analyser.template(&picture, &landmarks).with_context(named)
}

#[allow(clippy::print_stdout)] // the command's answer
fn print(answer: &Answer<'_>, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{}", serde_json::to_string_pretty(answer)?);
        return Ok(());
    }
    let words = match answer.decision {
        Decision::Match => "match",
        Decision::NonMatch => "no match",
        Decision::Undecided => "undecided: a person must look",
    };
    println!(
        "{words} (score {:.3}, match from {:.3})",
        answer.score, answer.policy.match_from
    );
    Ok(())
}
