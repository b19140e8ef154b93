//! A centre's keys, and the centre itself.

use crate::{Models, Place, println_out};
use anyhow::Context;
use central::custody::TokenChoice;
#[cfg(feature = "milvus")]
use central::matching::Engine;
use central::{Centre, CentreOptions, Clock, Ingest, keys};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
#[cfg(feature = "milvus")]
use std::sync::Arc;
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
    /// The library of a token (PKCS#11) in which the centre's two keys are made, and never leave it. Without it they are files, for
    /// development.
    #[arg(long, value_name = "FILE", requires_all = ["token", "pin_file"])]
    token_module: Option<PathBuf>,
    /// The token's label.
    #[arg(long, value_name = "LABEL", requires = "token_module")]
    token: Option<String>,
    /// A file with the PIN of the token's user, for the centre's own user alone; the centre reads it at every start.
    #[arg(long, value_name = "FILE", requires = "token_module")]
    pin_file: Option<PathBuf>,
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
    /// Where to tell figures in the OpenMetrics format to whoever asks, such as 127.0.0.1:9464: this machine's, or a network of
    /// operators alone.
    #[arg(long, value_name = "ADDR")]
    metrics: Option<SocketAddr>,
    #[command(flatten)]
    models: Models,
    /// A folder of earlier face models: by them references are searched that are not made anew yet. May be given several times.
    #[arg(long, value_name = "DIR")]
    former_models: Vec<PathBuf>,
    /// Searches references on this Milvus, such as http://127.0.0.1:19530, instead of in this process.
    #[cfg(feature = "milvus")]
    #[arg(long, value_name = "URL")]
    milvus: Option<String>,
    /// A file with Milvus' user:password or API key.
    #[cfg(feature = "milvus")]
    #[arg(long, value_name = "FILE", requires = "milvus")]
    milvus_token: Option<PathBuf>,
    /// How many packets are judged at a time; by default half as many again as there are processors.
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
        let token = match (self.token_module, self.token, self.pin_file) {
            (Some(module), Some(token), Some(pin_file)) => Some(TokenChoice {
                module,
                token,
                pin_file,
            }),
            _ => None,
        };
        let codes = keys::init(&self.data, now, self.carry_away.as_deref(), token.as_ref())?;
        if let Some(away) = self.carry_away {
            println_out(&away.display().to_string());
        }
        // Kept nowhere: to be written on paper, one for each of the first two operators.
        for (operator, code) in codes {
            println_out(&format!("{operator}\t{}", code.expose()));
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
    /// Where references are searched.
    #[cfg(feature = "milvus")]
    fn engine(&self, here: Arc<dyn Engine>) -> anyhow::Result<Arc<dyn Engine>> {
        let Some(url) = &self.milvus else {
            return Ok(here);
        };
        let token = self.milvus_token.as_ref().map(|file| {
            let text = std::fs::read_to_string(file);
            text.with_context(|| format!("{} cannot be read", file.display()))
        });
        let token = token.transpose()?.map(|text| text.trim().to_owned());
        Ok(Arc::new(milvus_home::Milvus::at(url, token)))
    }

    pub(crate) fn run(self) -> anyhow::Result<()> {
        let ingest = Ingest::default();
        let options = CentreOptions::development(&self.place.data, self.models.folder());
        #[cfg(feature = "milvus")]
        let options = CentreOptions {
            engine: self.engine(options.engine.clone())?,
            ..options
        };
        let options = CentreOptions {
            place: self.place.place(),
            listen: self.listen,
            metrics: self.metrics,
            database: self.place.choice()?,
            ingest: Ingest {
                workers: self.workers.unwrap_or(ingest.workers),
                deadline: Duration::from_secs(self.packet_seconds),
            },
            former_models: self.former_models,
            makes_keys: false,
            ..options
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
