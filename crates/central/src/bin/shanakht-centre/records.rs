//! Verbs about records that the authority had before.

use crate::cases::Signer;
use crate::{Models, Place, beside, println_out, who};
use central::bulk::{self, Batch, Counts, Report};
use clap::Subcommand;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum RecordsAct {
    /// An adjudicator's word that a batch may be taken: FOLDER with records.csv and portraits; two are needed.
    Sign {
        #[command(flatten)]
        place: Place,
        folder: PathBuf,
        #[command(flatten)]
        signer: Signer,
        #[arg(long)]
        json: bool,
    },
    /// Takes a batch that two adjudicators have signed, and goes on where it stopped; then reports.
    Import {
        #[command(flatten)]
        place: Place,
        folder: PathBuf,
        #[command(flatten)]
        models: Models,
        #[arg(long)]
        json: bool,
    },
    /// What became of a batch: failures by year, sex and region, and the lines without a usable reference.
    Report {
        #[command(flatten)]
        place: Place,
        folder: PathBuf,
        #[arg(long)]
        json: bool,
    },
}

impl RecordsAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Sign {
                place,
                folder,
                signer,
                json,
            } => {
                let batch = Batch::open(&folder)?;
                let (operator, key) = signer.open()?;
                beside(&place, async move |store| {
                    let whole = bulk::sign(&store, &batch, (&operator, &key)).await?;
                    let state = if whole { "signed" } else { "waits-for-another" };
                    let answer = serde_json::json!({
                        "list": batch.list(), "rows": batch.rows(), "state": state,
                    });
                    let plain = format!("{state}\t{} rows\t{}", batch.rows(), batch.list());
                    println_out(&if json { answer.to_string() } else { plain });
                    Ok(())
                })
            }
            Self::Import {
                place,
                folder,
                models,
                json,
            } => {
                let batch = Batch::open(&folder)?;
                beside(&place, async move |store| {
                    bulk::take(&store, &batch, &models.folder(), &who()).await?;
                    say(&bulk::report(&store, &batch).await?, json)
                })
            }
            Self::Report {
                place,
                folder,
                json,
            } => {
                let batch = Batch::open(&folder)?;
                beside(&place, async move |store| {
                    say(&bulk::report(&store, &batch).await?, json)
                })
            }
        }
    }
}

fn say(report: &Report, json: bool) -> anyhow::Result<()> {
    if json {
        println_out(&serde_json::to_string_pretty(report)?);
        return Ok(());
    }
    println_out("of\trows\timported\tno reference\trefused\tfailure");
    let line = |name: &str, counts: &Counts| {
        println_out(&format!(
            "{name}\t{}\t{}\t{}\t{}\t{:.4}",
            counts.rows, counts.imported, counts.no_reference, counts.refused, counts.failure
        ));
    };
    line(&format!("all {}", report.of), &report.all);
    for by in [&report.by_year, &report.by_sex, &report.by_region] {
        for (name, counts) in by {
            line(name, counts);
        }
    }
    for (number, why) in &report.listed {
        println_out(&format!("line {number}\t{why}"));
    }
    Ok(())
}
