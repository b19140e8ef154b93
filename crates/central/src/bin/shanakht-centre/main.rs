//! `shanakht-centre`: the reference central store. Built from `crates/central/milvus` too, with that package's feature `milvus`.
#![allow(unexpected_cfgs)]

mod alarms;
mod carried;
mod cases;
mod keys;
mod lease;
mod operators;
mod packets;
mod passphrases;
mod people;
mod policy;
mod records;
mod secret;
mod serving;

use anyhow::bail;
use central::population::{self, Faces};
use central::{Clock, DatabaseChoice, Durability, Store, audit};
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing::Level;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

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
    /// Makes a new centre's keys, once.
    Init(serving::Init),
    /// Runs the centre until it is interrupted; makes no key.
    Serve(serving::Serve),
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
    /// Packets that took no effect.
    Packet {
        #[command(subcommand)]
        act: packets::PacketAct,
    },
    /// Whatever waits for people.
    Case {
        #[command(subcommand)]
        act: cases::CaseAct,
    },
    /// Those who decide.
    Operator {
        #[command(subcommand)]
        act: operators::OperatorAct,
    },
    /// Records that the authority had before, in signed batches.
    Records {
        #[command(subcommand)]
        act: records::RecordsAct,
    },
    /// Opens a locked sign-in again, with the station's next lease.
    Unlock(people::Unlock),
    /// Leases.
    Lease {
        #[command(subcommand)]
        act: lease::LeaseAct,
    },
    /// Alarms: what a person must look at.
    Alarm {
        #[command(subcommand)]
        act: alarms::AlarmAct,
    },
    /// Prints the alarms that nobody has cleared, newest first: as `alarm list`.
    Alarms(alarms::List),
    /// The centre's two keys.
    Key {
        #[command(subcommand)]
        act: keys::KeyAct,
    },
    /// The policy root, offline.
    Root {
        #[command(subcommand)]
        act: keys::RootAct,
    },
    /// Prints what was done by commands, newest first: number, time, who, result, verb, arguments.
    Acts {
        #[command(flatten)]
        place: Place,
        /// How many.
        #[arg(long, default_value_t = 100)]
        limit: i64,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Seals drafts and review copies of a salvage folder to a colleague, with the office-recovery identity; offline.
    Recover(carried::Recover),
    /// Takes packets and voids from a folder, as a station's salvage or a medium has them.
    Import(carried::Import),
    /// Writes a station's receipts, lease and outcomes to a medium, for a station without a link.
    Answers(carried::Answers),
    /// What has arrived from a station: packet, state, why it waits for a person, and how many records came of it.
    Packets {
        #[command(flatten)]
        place: Place,
        /// The station, such as MUL-03.
        #[arg(long)]
        station: String,
    },
    /// The policy in force.
    Policy {
        #[command(subcommand)]
        act: policy::PolicyAct,
    },
    /// Prints the URL of the database, for PostgreSQL's own programs; its password goes into a file beside.
    Database {
        #[command(flatten)]
        place: Place,
        /// Where the password goes, as libpq reads it.
        #[arg(long, value_name = "FILE")]
        passfile: PathBuf,
    },
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
    /// A PostgreSQL of one's own, postgresql://USER@HOST/NAME?sslmode=verify-full&sslrootcert=FILE&passfile=FILE; without it a private
    /// cluster in the folder, made with the programs of $SHANAKHT_POSTGRES or of the usual places.
    #[arg(long)]
    database: Option<String>,
    /// Where packets lie, shared by all centres over one database: a folder, by default `packets` in the centre's, or a bucket,
    /// s3://BUCKET/PREFIX?endpoint=URL&region=NAME&credentials=FILE, the file having key and secret on two lines.
    #[arg(long, value_name = "DIR")]
    packets: Option<PathBuf>,
}

impl Place {
    fn place(&self) -> central::Place {
        let own = central::Place::of(&self.data);
        central::Place {
            packets: self.packets.clone().unwrap_or_else(|| own.packets.clone()),
            ..own
        }
    }

    fn choice(&self) -> anyhow::Result<DatabaseChoice> {
        match &self.database {
            Some(url) if central::names_password(url)? => bail!(
                "a password in --database can be read by everybody at this machine: name a file with it, as ?passfile=FILE"
            ),
            Some(url) => Ok(DatabaseChoice::Url(url.clone())),
            None => Ok(DatabaseChoice::Private(Durability::Full)),
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
    let wanted = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED));
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(filter_fn(|what| {
            may_be_logged(what.target(), *what.level())
        }));
    tracing_subscriber::registry()
        .with(wanted)
        .with(lines)
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

/// Whatever RUST_LOG asks for: the drivers print what passes through them, names and portraits included, below their warnings.
fn may_be_logged(target: &str, level: Level) -> bool {
    let own = ["central", "shanakht_centre"];
    own.contains(&target.split("::").next().unwrap_or_default()) || level <= Level::WARN
}

fn run(verb: Verb) -> anyhow::Result<()> {
    match verb {
        Verb::Init(act) => act.run(),
        Verb::Serve(act) => act.run(),
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
        Verb::Packets { place, station } => {
            let station = domain::StationId::parse(&station)?;
            beside(&place, async move |store| {
                for one in central::arrived(&store, &station).await? {
                    let reason = one.reason.as_deref().unwrap_or("-");
                    let (packet, state, records) = (one.packet, one.state, one.records);
                    println_out(&format!("{packet}\t{state}\t{reason}\t{records}"));
                }
                Ok(())
            })
        }
        Verb::Station { act } => act.run(),
        Verb::Staff { act } => act.run(),
        Verb::Packet { act } => act.run(),
        Verb::Case { act } => act.run(),
        Verb::Operator { act } => act.run(),
        Verb::Records { act } => act.run(),
        Verb::Policy { act } => act.run(),
        Verb::Unlock(act) => act.run(),
        Verb::Lease { act } => act.run(),
        Verb::Alarm { act } => act.run(),
        Verb::Alarms(list) => list.run(),
        Verb::Key { act } => act.run(),
        Verb::Root { act } => act.run(),
        Verb::Database { place, passfile } => beside(&place, async move |store| {
            println_out(&store.database_url(&passfile)?);
            Ok(())
        }),
        Verb::Acts { place, limit, json } => beside(&place, async move |store| {
            let acts = audit::acts(&store, limit).await?;
            if json {
                println_out(&serde_json::to_string_pretty(&acts)?);
                return Ok(());
            }
            for act in acts {
                let (number, at) = (act.number.to_string(), act.at.to_rfc3339());
                println_out(
                    &[&number, &at, &act.by, &act.act, &act.subject]
                        .map(String::as_str)
                        .join("\t"),
                );
            }
            Ok(())
        }),
        Verb::Recover(act) => act.run(),
        Verb::Import(act) => act.run(),
        Verb::Answers(act) => act.run(),
    }
}

/// Carries out an act on the store, beside the centre that may run in the folder; what was typed is written down there before.
fn beside<F>(place: &Place, act: impl FnOnce(Store) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let store = Store::open_beside(&place.place(), &place.choice()?, Clock::system()).await?;
        let typed = typed();
        let begun = audit::note_alone(&store, &who(), &typed.verb, &typed.arguments).await?;
        let done = act(store.clone()).await;
        let ended = if done.is_ok() { "done" } else { "failed" };
        audit::note_alone(&store, &who(), ended, &begun.to_string()).await?;
        store.close();
        done
    })
}

/// What was typed, apart from where the centre is.
struct Typed {
    verb: String,
    arguments: String,
}

fn typed() -> Typed {
    let words: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let verbs = words.iter().position(|word| word.starts_with('-'));
    let (verb, rest) = words.split_at(verbs.unwrap_or(words.len()));
    let mut arguments = Vec::new();
    let mut rest = rest.iter();
    while let Some(word) = rest.next() {
        if ["--data", "--database", "--packets"].contains(&word.as_str()) {
            rest.next();
        } else {
            arguments.push(word.as_str());
        }
    }
    Typed {
        verb: verb.join(" "),
        arguments: arguments.join(" "),
    }
}

/// Who is at the machine, as it says.
fn who() -> String {
    let mut named = ["SUDO_USER", "USER", "LOGNAME"].into_iter();
    let found = named.find_map(|name| std::env::var(name).ok());
    found.unwrap_or_else(|| format!("user {}", uid()))
}

/// The number of the machine's user, where no name is given.
fn uid() -> u32 {
    std::os::unix::fs::MetadataExt::uid(&match std::fs::metadata("/proc/self") {
        Ok(own) => own,
        Err(_) => return u32::MAX,
    })
}

#[allow(clippy::print_stdout)] // the answer of a command
fn println_out(text: &str) {
    println!("{text}");
}
