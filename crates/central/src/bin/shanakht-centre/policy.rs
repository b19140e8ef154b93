//! Verbs about policy.

use crate::{Place, beside, println_out, who};
use anyhow::Context;
use central::policy::{self, Genuine};
use clap::Subcommand;
use domain::Policy;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum PolicyAct {
    /// Prints the policy in force, as JSON that `set` reads.
    Show {
        #[command(flatten)]
        place: Place,
        /// Nothing else: it is JSON anyway.
        #[arg(long)]
        json: bool,
    },
    /// Brings a policy into force: the next lease of every station carries it. Its version must be newer.
    Set {
        #[command(flatten)]
        place: Place,
        /// The policy as JSON.
        #[arg(long)]
        file: PathBuf,
        /// Answers as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Prints all versions, newest first: version, since, by whom, and whether it is as it was signed.
    History {
        #[command(flatten)]
        place: Place,
        /// As JSON, with what each says.
        #[arg(long)]
        json: bool,
    },
}

impl PolicyAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Show { place, json: _ } => beside(&place, async |store| {
                let policy = policy::in_force(&store).await?;
                println_out(&serde_json::to_string_pretty(&policy)?);
                Ok(())
            }),
            Self::Set { place, file, json } => {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                let policy: Policy = serde_json::from_str(&text)
                    .with_context(|| format!("{} is no policy", file.display()))?;
                beside(&place, async move |store| {
                    policy::enact_by(&store, &policy, &who()).await?;
                    if json {
                        let version = serde_json::json!({ "version": policy.version });
                        println_out(&version.to_string());
                    }
                    Ok(())
                })
            }
            Self::History { place, json } => beside(&place, async move |store| {
                let versions = policy::history(&store).await?;
                if json {
                    println_out(&serde_json::to_string_pretty(&versions)?);
                    return Ok(());
                }
                for version in versions {
                    let genuine = match version.genuine {
                        Genuine::Signed => "signed",
                        Genuine::Unsigned => "unsigned",
                        Genuine::Altered => "altered",
                    };
                    let by = version.by.as_deref().unwrap_or("-");
                    let (number, since) = (version.version.to_string(), version.since.to_rfc3339());
                    println_out(&[number.as_str(), &since, by, genuine].join("\t"));
                }
                Ok(())
            }),
        }
    }
}
