//! Verbs about stations and those who work at them.

use crate::passphrases::Passphrases;
use crate::{Place, beside, println_out};
use anyhow::{Context, bail};
use central::dev;
use clap::Subcommand;
use domain::{OfficeId, Role, StaffId, StationId, Timestamp};
use envelope::WorkFactor;
use std::path::PathBuf;

#[derive(Subcommand)]
pub(crate) enum StationAct {
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
        /// A member of staff: NUMBER:ROLE:LATIN NAME:URDU NAME; may be repeated.
        #[arg(long = "staff")]
        staff: Vec<String>,
        /// Their passphrases: lines NUMBER:PASSPHRASE in a file, - for standard input; without it they are asked for.
        #[arg(long, value_name = "FILE")]
        passphrases: Option<PathBuf>,
    },
    /// Prints all stations: name, office, activations, lease, last seen, revoked since; with tabs between.
    List {
        #[command(flatten)]
        place: Place,
        /// As JSON, with what each last said of itself.
        #[arg(long)]
        json: bool,
    },
    /// Another PC in the place of one that is lost or broken: its certificates and keys are revoked, what it delivers still waits for a
    /// person, and a one-time code for the new PC is printed.
    Replace {
        #[command(flatten)]
        place: Place,
        /// The station, such as MUL-03.
        #[arg(long)]
        station: String,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revokes a station: it may deliver what it holds, which then waits for a person, and nothing else.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The station, such as MUL-03.
        #[arg(long)]
        station: String,
        /// Only the keys of its earlier activations, such as those of a stolen PC that was replaced.
        #[arg(long)]
        replaced_keys: bool,
    },
}

#[derive(Subcommand)]
pub(crate) enum StaffAct {
    /// Adds a member of staff to an office that exists.
    Add {
        #[command(flatten)]
        place: Place,
        /// The office, such as MUL.
        #[arg(long)]
        office: String,
        /// NUMBER:ROLE:LATIN NAME:URDU NAME
        #[arg(long)]
        staff: String,
        /// The passphrase: a line NUMBER:PASSPHRASE in a file, - for standard input; without it it is asked for.
        #[arg(long, value_name = "FILE")]
        passphrases: Option<PathBuf>,
    },
    /// Transfers a member of staff to another office, with the next leases of both. Drafts are handed over before.
    Move {
        #[command(flatten)]
        place: Place,
        /// The staff number.
        #[arg(long)]
        staff: String,
        /// The new office, such as LHE.
        #[arg(long)]
        office: String,
    },
    /// A new key file under the same number, for somebody who forgot the passphrase: the old one opens nothing new from the next lease on.
    /// What was sealed to the old key: `recover`.
    NewKeys {
        #[command(flatten)]
        place: Place,
        /// NUMBER:ROLE:LATIN NAME:URDU NAME; only the passphrase and what it opens are new.
        #[arg(long)]
        staff: String,
        /// The passphrase: a line NUMBER:PASSPHRASE in a file, - for standard input; without it it is asked for.
        #[arg(long, value_name = "FILE")]
        passphrases: Option<PathBuf>,
    },
    /// Takes a member of staff off every lease to come.
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The staff number.
        #[arg(long)]
        staff: String,
    },
}

#[derive(clap::Args)]
pub(crate) struct Unlock {
    #[command(flatten)]
    place: Place,
    /// The station, such as MUL-03.
    #[arg(long)]
    station: String,
    /// The staff number.
    #[arg(long)]
    staff: String,
}

impl StationAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add {
                place,
                office,
                office_name,
                office_name_urdu,
                station,
                staff,
                passphrases,
            } => {
                let passphrases = Passphrases::read(passphrases.as_deref())?;
                let staff = staff.iter().map(|text| member(text, &passphrases));
                let office = dev::NewOffice {
                    id: OfficeId::parse(&office)?,
                    name_latin: office_name,
                    name_urdu: office_name_urdu,
                    staff: staff.collect::<anyhow::Result<_>>()?,
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
            Self::Replace {
                place,
                station,
                json,
            } => {
                let station = StationId::parse(&station)?;
                beside(&place, async move |store| {
                    let code = dev::replace_station(&store, &station).await?.expose();
                    println_out(&if json {
                        serde_json::json!({"station": station.as_str(), "code": code}).to_string()
                    } else {
                        code
                    });
                    Ok(())
                })
            }
            Self::List { place, json } => beside(&place, async move |store| {
                if json {
                    let lines = dev::stations(&store).await?;
                    println_out(&serde_json::to_string_pretty(&lines)?);
                    return Ok(());
                }
                for line in dev::stations(&store).await? {
                    println_out(&words(&line));
                }
                Ok(())
            }),
            Self::Revoke {
                place,
                station,
                replaced_keys,
            } => {
                let station = StationId::parse(&station)?;
                beside(&place, async move |store| {
                    if replaced_keys {
                        Ok(dev::revoke_replaced_keys(&store, &station).await?)
                    } else {
                        Ok(dev::revoke_station(&store, &station).await?)
                    }
                })
            }
        }
    }
}

/// A station in one line; `-` for what there is none of.
fn words(line: &dev::StationLine) -> String {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "-".to_owned(), Timestamp::to_rfc3339);
    [
        line.station.clone(),
        line.office.clone(),
        line.activations.to_string(),
        line.lease.to_string(),
        when(line.seen),
        when(line.revoked),
    ]
    .join("\t")
}

impl StaffAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Add {
                place,
                office,
                staff,
                passphrases,
            } => {
                let passphrases = Passphrases::read(passphrases.as_deref())?;
                let office = OfficeId::parse(&office)?;
                let member = member(&staff, &passphrases)?;
                beside(&place, async move |store| {
                    Ok(dev::add_staff(&store, &office, &member, WorkFactor::STAFF).await?)
                })
            }
            Self::Move {
                place,
                staff,
                office,
            } => {
                let (staff, office) = (StaffId::parse(&staff)?, OfficeId::parse(&office)?);
                beside(&place, async move |store| {
                    Ok(dev::move_staff(&store, &staff, &office).await?)
                })
            }
            Self::NewKeys {
                place,
                staff,
                passphrases,
            } => {
                let member = member(&staff, &Passphrases::read(passphrases.as_deref())?)?;
                beside(&place, async move |store| {
                    Ok(dev::new_keys(&store, &member, WorkFactor::STAFF).await?)
                })
            }
            Self::Revoke { place, staff } => {
                let staff = StaffId::parse(&staff)?;
                beside(&place, async move |store| {
                    Ok(dev::revoke_staff(&store, &staff).await?)
                })
            }
        }
    }
}

impl Unlock {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let station = StationId::parse(&self.station)?;
        let staff = StaffId::parse(&self.staff)?;
        beside(&self.place, async move |store| {
            Ok(dev::unlock(&store, &station, &staff).await?)
        })
    }
}

fn member(text: &str, passphrases: &Passphrases) -> anyhow::Result<dev::NewStaff> {
    if text.split(':').count() != 4 {
        bail!(
            "a member of staff is NUMBER:ROLE:LATIN NAME:URDU NAME; the passphrase is no argument, which everybody at this machine could read"
        );
    }
    let mut fields = text.splitn(4, ':');
    let mut next = |what: &'static str| fields.next().context(what);
    let (id, role) = (next("staff number is missing")?, next("role is missing")?);
    let role = match role {
        "officer" => Role::Officer,
        "supervisor" => Role::Supervisor,
        _ => anyhow::bail!("a role is officer or supervisor"),
    };
    let (latin, urdu) = (
        next("Latin name is missing")?,
        next("Urdu name is missing")?,
    );
    let passphrase = passphrases.of(id)?;
    envelope::check_passphrase(&passphrase, &[id, latin, urdu])
        .with_context(|| format!("the passphrase of {id} is not taken; nothing was changed"))?;
    Ok(dev::NewStaff {
        id: StaffId::parse(id)?,
        role,
        name_latin: latin.to_owned(),
        name_urdu: urdu.to_owned(),
        passphrase,
    })
}
