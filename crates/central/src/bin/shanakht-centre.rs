//! `shanakht-centre`: the reference central store.

use anyhow::Context;
use central::population::{self, Faces};
use central::{Centre, CentreOptions, Clock, DatabaseChoice, Durability, Store, dev};
use clap::{Parser, Subcommand};
use domain::{OfficeId, Role, StaffId, StationId};
use envelope::WorkFactor;
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
        act: StationAct,
    },
    /// Figures counted in the database, as JSON.
    Figures {
        #[command(flatten)]
        place: Place,
    },
}

#[derive(Subcommand)]
enum StationAct {
    /// Makes an office with an officer and a supervisor, a station, and prints a one-time code.
    Add {
        #[command(flatten)]
        place: Place,
        /// The office, such as MUL.
        #[arg(long)]
        office: String,
        /// Its English name.
        #[arg(long, default_value = "Multan")]
        office_name: String,
        /// Its Urdu name.
        #[arg(long, default_value = "ملتان")]
        office_name_urdu: String,
        /// The station, such as MUL-03.
        #[arg(long)]
        station: String,
        /// A member of staff: NUMBER:ROLE:LATIN NAME:URDU NAME:PASSPHRASE; may be repeated.
        #[arg(long = "staff")]
        staff: Vec<String>,
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
        Verb::Station {
            act:
                StationAct::Add {
                    place,
                    office,
                    office_name,
                    office_name_urdu,
                    station,
                    staff,
                },
        } => {
            let office = dev::NewOffice {
                id: OfficeId::parse(&office)?,
                name_latin: office_name,
                name_urdu: office_name_urdu,
                staff: staff
                    .iter()
                    .map(|text| member(text))
                    .collect::<anyhow::Result<_>>()?,
                work_factor: WorkFactor::STAFF,
            };
            let station = StationId::parse(&station)?;
            beside(&place, async move |store| {
                dev::add_office(&store, &office).await?;
                let code = dev::add_station(&store, &office.id, &station).await?;
                println_out(&code.expose());
                Ok(())
            })
        }
    }
}

fn serve(place: &Place, listen: SocketAddr, models: PathBuf) -> anyhow::Result<()> {
    let options = CentreOptions {
        data: place.data.clone(),
        listen,
        database: place.choice(),
        models,
        clock: Clock::system(),
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

fn member(text: &str) -> anyhow::Result<dev::NewStaff> {
    let mut fields = text.splitn(5, ':');
    let mut next = |what: &'static str| fields.next().context(what);
    let (id, role) = (next("staff number is missing")?, next("role is missing")?);
    let role = match role {
        "officer" => Role::Officer,
        "supervisor" => Role::Supervisor,
        _ => anyhow::bail!("a role is officer or supervisor"),
    };
    Ok(dev::NewStaff {
        id: StaffId::parse(id)?,
        role,
        name_latin: next("Latin name is missing")?.to_owned(),
        name_urdu: next("Urdu name is missing")?.to_owned(),
        passphrase: next("passphrase is missing")?.to_owned().into(),
    })
}

#[allow(clippy::print_stdout)] // the answer of a command
fn println_out(text: &str) {
    println!("{text}");
}
