//! Verbs about policy.

use crate::{Place, beside, println_out};
use anyhow::Context;
use clap::Subcommand;
use domain::Policy;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum PolicyAct {
    /// Prints the policy in force, as JSON that `set` reads.
    Show {
        #[command(flatten)]
        place: Place,
    },
    /// Brings a policy into force: the next lease of every station carries it. Its version must be newer.
    Set {
        #[command(flatten)]
        place: Place,
        /// The policy as JSON.
        #[arg(long)]
        file: PathBuf,
    },
}

impl PolicyAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Show { place } => beside(&place, async |store| {
                let policy = central::current_policy(&store).await?;
                println_out(&serde_json::to_string_pretty(&policy)?);
                Ok(())
            }),
            Self::Set { place, file } => {
                let text = std::fs::read_to_string(&file)
                    .with_context(|| format!("{} cannot be read", file.display()))?;
                let policy: Policy = serde_json::from_str(&text)
                    .with_context(|| format!("{} is no policy", file.display()))?;
                beside(&place, async move |store| {
                    central::enact_policy(&store, &policy).await?;
                    Ok(())
                })
            }
        }
    }
}
