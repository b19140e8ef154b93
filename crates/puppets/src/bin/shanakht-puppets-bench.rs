//! `shanakht-puppets-bench [NAME] --json FILE`: rates and times over generated people, attacks and skin tones.

#[path = "shanakht-puppets-bench/fairness.rs"]
mod fairness;
#[path = "shanakht-puppets-bench/liveness.rs"]
mod liveness;
#[path = "shanakht-puppets-bench/verify.rs"]
mod verify;

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Parser;
use face::verify::Rate;
use serde::Serialize;

/// Measures one bench, or all of them, and writes the rows to a JSON file (an array).
#[derive(Parser)]
struct Options {
    /// `fairness`, `verify` or `liveness`; all of these without a name.
    name: Option<String>,
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
    peer: Option<&'static str>,
    peer_value: Option<f64>,
    ratio: Option<f64>,
    samples: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    interval95: Option<[f64; 2]>,
}

impl Row {
    fn of(name: impl Into<String>, unit: &'static str, value: f64, samples: usize) -> Self {
        Self {
            name: name.into(),
            value,
            unit,
            peer: None,
            peer_value: None,
            ratio: None,
            samples,
            interval95: None,
        }
    }

    /// So many of so many, with the interval of the share.
    fn share(name: impl Into<String>, unit: &'static str, rate: &Rate) -> Self {
        Self {
            interval95: Some([rate.low95, rate.high95]),
            ..Self::of(name, unit, rate.errors as f64, rate.trials as usize)
        }
    }
}

type Bench = fn(&Path) -> anyhow::Result<Vec<Row>>;
const BENCHES: [(&str, Bench); 3] = [
    ("fairness", fairness::passes),
    ("verify", verify::run),
    ("liveness", liveness::rates),
];

fn main() -> anyhow::Result<()> {
    let options = Options::parse();
    let wanted = |name: &str| options.name.as_deref().is_none_or(|wanted| wanted == name);
    let mut rows = Vec::new();
    for (_, bench) in BENCHES.iter().filter(|(name, _)| wanted(name)) {
        rows.append(&mut bench(&options.assets)?);
    }
    if rows.is_empty() {
        bail!(
            "there is no such bench; there are {}",
            BENCHES.map(|(name, _)| name).join(", ")
        );
    }
    std::fs::write(&options.json, serde_json::to_vec_pretty(&rows)?)
        .context("the rows cannot be written")
}
