//! `shanakht-centre`: the reference central store.

mod carried;
mod people;

use central::population::{self, Faces};
use central::{Centre, CentreOptions, Clock, DatabaseChoice, Durability, Store};
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use tokio::signal::unix::{SignalKind, signal};

/// What is logged unless RUST_LOG says otherwise.
const LOGGED: &str = "info,refinery_core=warn,tokio_postgres=warn";

#[derive(Parser)]
#[command(
    name = "shanakht-centre",
    version,
    about = "The reference central store"
)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Runs the centre until it is interrupted.
    Serve {
        #[command(flatten)]
        place: Place,
        /// Where to listen.
        #[arg(long, default_value = "127.0.0.1:8443")]
        listen: SocketAddr,
        #[command(flatten)]
        models: Models,
    },
    /// Loads an invented population for development.
    Population {
        #[command(flatten)]
        place: Place,
        /// How many records.
        #[arg(long, default_value_t = 300)]
        count: u32,
        /// The same seed gives the same people.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// A folder of pictures: each person in it becomes one record's face.
        #[arg(long)]
        pictures: Option<PathBuf>,
        #[command(flatten)]
        models: Models,
    },
    /// Stations.
    Station {
        #[command(subcommand)]
        act: people::StationAct,
    },
    /// Members of staff.
    Staff {
        #[command(subcommand)]
        act: people::StaffAct,
    },
    /// Opens a locked sign-in again, with the station's next lease.
    Unlock(people::Unlock),
    /// Prints the alarms that nobody has cleared, newest first.
    Alarms {
        #[command(flatten)]
        place: Place,
    },
    /// Seals drafts and review copies of a salvage folder to a colleague, with the office-recovery identity; offline.
    Recover(carried::Recover),
    /// Takes packets and voids from a folder, as a station's salvage or a medium has them.
    Import(carried::Import),
    /// Writes a station's receipts, lease and outcomes to a medium, for a station without a link.
    Answers(carried::Answers),
    /// Figures counted in the database, as JSON.
    Figures {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(clap::Args)]
struct Place {
    /// The centre's folder.
    #[arg(long)]
    data: PathBuf,
    /// A PostgreSQL of one's own; without it a private cluster in the folder, made with the programs
    /// of $SHANAKHT_POSTGRES or of the usual places.
    #[arg(long)]
    database: Option<String>,
}

impl Place {
    fn choice(&self) -> DatabaseChoice {
        match &self.database {
            Some(url) => DatabaseChoice::Url(url.clone()),
            None => DatabaseChoice::Private(Durability::Full),
        }
    }
}

#[derive(clap::Args)]
struct Models {
    /// Folder of the face models with their manifest.json; by default $SHANAKHT_MODELS, then
    /// assets/models upwards from here or from the program.
    #[arg(long, value_name = "DIR")]
    models: Option<PathBuf>,
}

impl Models {
    fn folder(&self) -> PathBuf {
        let named = self.models.clone();
        if let Some(folder) = named.or_else(|| std::env::var_os("SHANAKHT_MODELS").map(Into::into))
        {
            return folder;
        }
        let starts = [std::env::current_dir().ok(), std::env::current_exe().ok()];
        for start in starts.into_iter().flatten() {
            for folder in start.ancestors() {
                let candidate = folder.join("assets/models");
                if candidate.join("manifest.json").is_file() {
                    return candidate;
                }
            }
        }
        // The start-up error names it.
        PathBuf::from("assets/models")
    }
}

fn main() -> ExitCode {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    match run(Arguments::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let explained = error
                .downcast_ref::<central::CentreError>()
                .map(central::explain);
            match explained {
                Some(text) => eprintln!("{text}"),
                None => eprintln!("{error:#}"),
            }
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Serve {
            place,
            listen,
            models,
        } => serve(&place, listen, models.folder()),
        Verb::Population {
            place,
            count,
            seed,
            pictures,
            models,
        } => {
            let faces = match pictures {
                Some(folder) => Faces::read(&folder, &models.folder())?,
                None => Faces::default(),
            };
            beside(&place, async move |store| {
                let added = population::load(&store, count, seed, &faces).await?;
                println_out(&format!(
                    "{} records added, {} of them with a real picture",
                    added.records, added.with_picture
                ));
                Ok(())
            })
        }
        Verb::Figures { place } => beside(&place, async |store| {
            let figures = central::Figures::count(&store).await?;
            println_out(&serde_json::to_string_pretty(&figures)?);
            Ok(())
        }),
        Verb::Station { act } => act.run(),
        Verb::Staff { act } => act.run(),
        Verb::Unlock(act) => act.run(),
        Verb::Alarms { place } => beside(&place, async |store| {
            for alarm in central::open_alarms(&store).await? {
                println_out(&line(&alarm));
            }
            Ok(())
        }),
        Verb::Recover(act) => act.run(),
        Verb::Import(act) => act.run(),
        Verb::Answers(act) => act.run(),
    }
}

/// Time, kind, station, packet, detail, with tabs between; `-` for what there is none of.
fn line(alarm: &central::Alarm) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        alarm.at.to_rfc3339(),
        alarm.kind.clone(),
        or_dash(alarm.station.clone()),
        or_dash(alarm.packet.map(|packet| packet.to_string())),
        or_dash(alarm.detail.clone()),
    ]
    .join("\t")
}

fn serve(place: &Place, listen: SocketAddr, models: PathBuf) -> anyhow::Result<()> {
    let options = CentreOptions {
        listen,
        database: place.choice(),
        ..CentreOptions::development(&place.data, models)
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
    runtime.block_on(async {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
    });
    centre.stop();
    Ok(())
}

/// Carries out an act on the store, beside the centre that may run in the folder.
fn beside<F>(place: &Place, act: impl FnOnce(Store) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let store = Store::open_beside(&place.data, &place.choice(), Clock::system()).await?;
        act(store.clone()).await?;
        store.close();
        Ok(())
    })
}

#[allow(clippy::print_stdout)] // the answer of a command
fn println_out(text: &str) {
    println!("{text}");
}
