//! A centre's keys, and the centre itself.

use crate::{Models, Place, println_out};
use anyhow::Context;
use central::{Centre, CentreOptions, Clock, Ingest, keys};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

#[derive(clap::Args)]
pub(crate) struct Init {
    /// The centre's folder.
    #[arg(long)]
    data: PathBuf,
    /// For development: the policy root and the recovery identities stay beside the other keys, and replayed pictures are taken.
    #[arg(long, conflicts_with = "carry_away", required_unless_present_any = ["carry_away", "adopt"])]
    development: bool,
    /// An empty folder for the policy root and the recovery identities, to be carried away: the centre works without them.
    #[arg(long, value_name = "DIR")]
    carry_away: Option<PathBuf>,
    /// Takes over the keys of the first release, and makes what it did not have.
    #[arg(long, conflicts_with_all = ["development", "carry_away"])]
    adopt: bool,
}

#[derive(clap::Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    place: Place,
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8443")]
    listen: SocketAddr,
    #[command(flatten)]
    models: Models,
    /// How many packets are judged at a time; by default as many as there are processors, at least two.
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// How long one packet may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    packet_seconds: u64,
}

impl Init {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let now = Clock::system().now();
        if self.adopt {
            return Ok(keys::adopt(&self.data, now)?);
        }
        keys::init(&self.data, now, self.carry_away.as_deref())?;
        if let Some(away) = self.carry_away {
            println_out(&away.display().to_string());
        }
        Ok(())
    }
}

/// Why a centre stopped.
enum Stopped {
    Asked,
    Stuck,
}

impl Serve {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let ingest = Ingest::default();
        let options = CentreOptions {
            place: self.place.place(),
            listen: self.listen,
            database: self.place.choice(),
            ingest: Ingest {
                workers: self.workers.unwrap_or(ingest.workers),
                deadline: Duration::from_secs(self.packet_seconds),
            },
            makes_keys: false,
            ..CentreOptions::development(&self.place.data, self.models.folder())
        };
        // Asked for before the start, so that an interrupt while PostgreSQL starts is not lost.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (mut interrupt, mut terminate) = {
            let _inside = runtime.enter();
            (
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
            )
        };
        let centre = Centre::start(options)?;
        println_out(&centre.url());
        let stopped = runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => Stopped::Asked,
                _ = terminate.recv() => Stopped::Asked,
                () = centre.until_stuck() => Stopped::Stuck,
            }
        });
        centre.stop();
        match stopped {
            Stopped::Asked => Ok(()),
            Stopped::Stuck => begin_anew(),
        }
    }
}

/// Threads that do not come back end with their process only: the same program takes its place, under the same number.
fn begin_anew() -> anyhow::Result<()> {
    tracing::error!("several packets are past their deadline; the centre begins anew");
    let program = std::env::current_exe().context("the centre's program is gone")?;
    let error = Command::new(program)
        .args(std::env::args_os().skip(1))
        .exec();
    Err(error).context("the centre could not begin anew")
}
