//! Verbs about the centre's keys, and the policy root's own.

use crate::{Place, beside, println_out};
use anyhow::bail;
use central::Clock;
use central::custody::{root, rotation};
use clap::Subcommand;
use domain::Timestamp;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum KeyAct {
    /// Prints the generations of both keys, newest first: purpose, number, in force since, root's word until, here or not, public side.
    List {
        #[command(flatten)]
        place: Place,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// A new receipt key and a new ingest key in the place of the old ones, while stations go on. With the root away: first --request,
    /// then `root sign` where the root is, then --certificate.
    Rotate {
        #[command(flatten)]
        place: Place,
        /// Makes the keys and writes here what the root is to sign. Nothing changes yet.
        #[arg(long, value_name = "FILE", conflicts_with = "certificate")]
        request: Option<PathBuf>,
        /// The root's answer: from now on the new keys are in force.
        #[arg(long, value_name = "FILE")]
        certificate: Option<PathBuf>,
    },
}

#[derive(Subcommand)]
pub(crate) enum RootAct {
    /// Signs a receipt key of the centre, offline, after showing it; the root signs nothing else.
    Sign {
        /// The folder that `init --carry-away` filled.
        #[arg(long, value_name = "DIR")]
        root: PathBuf,
        /// What `key rotate --request` wrote.
        request: PathBuf,
        /// Where the certificate goes.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

impl KeyAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List { place, json } => beside(&place, async move |store| {
                let lines = rotation::list(&store).await?;
                if json {
                    println_out(&serde_json::to_string_pretty(&lines)?);
                    return Ok(());
                }
                for line in lines {
                    let until = line
                        .not_after
                        .map_or_else(|| "-".to_owned(), Timestamp::to_rfc3339);
                    let here = if line.here { "here" } else { "missing" };
                    let number = line.number.to_string();
                    let since = line.since.to_rfc3339();
                    println_out(
                        &[line.purpose, &number, &since, &until, here, &line.public].join("\t"),
                    );
                }
                Ok(())
            }),
            Self::Rotate {
                place,
                request,
                certificate,
            } => beside(&place, async move |store| {
                let number = match (request, certificate) {
                    (Some(request), _) => {
                        rotation::request(&store, &request)?;
                        println_out(&request.display().to_string());
                        return Ok(());
                    }
                    (None, Some(certificate)) => rotation::enact(&store, &certificate).await?,
                    (None, None) => rotation::at_once(&store).await?,
                };
                println_out(&number.to_string());
                Ok(())
            }),
        }
    }
}

impl RootAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self::Sign {
            root,
            request,
            out,
            yes,
        } = self;
        let read = root::Request::read(&request, Clock::system().now())?;
        let wanted = &read.wanted;
        println_out(&format!(
            "receipts and leases\t{}\t{}\t{}",
            String::from(wanted.key),
            wanted.not_before.to_rfc3339(),
            wanted.not_after.to_rfc3339()
        ));
        if !yes && !agreed()? {
            bail!("nothing was signed");
        }
        Ok(read.sign(&root, &out)?)
    }
}

fn agreed() -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody is there to ask: --yes says that the line above was looked at");
    }
    println_out("Sign this key? yes/no");
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim() == "yes")
}
