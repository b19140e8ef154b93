//! Verbs about folders that were carried here.

use crate::{Place, beside, println_out};
use anyhow::Context;
use central::import::{Fate, import};
use central::recover::{read_identity, recover};
use central::{Clock, DatabaseChoice, Durability, Store, dev};
use domain::{StaffId, StationId};
use envelope::Recipient;
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub(crate) struct Recover {
    /// The file of the office-recovery identity.
    #[arg(long)]
    identity: PathBuf,
    /// The folder with *.draft.age and *.review.age; what is sealed anew goes into its folder `resealed`.
    folder: PathBuf,
    /// Who goes on with them: an age recipient (age1…), or a staff number, which --data looks up.
    #[arg(long)]
    to: String,
    /// The centre's folder, to look up a staff number.
    #[arg(long)]
    data: Option<PathBuf>,
    /// A PostgreSQL of one's own.
    #[arg(long, requires = "data")]
    database: Option<String>,
}

#[derive(clap::Args)]
pub(crate) struct Import {
    #[command(flatten)]
    place: Place,
    /// The folder with PACKET.packet and its documents, or PACKET.void.cose.
    folder: PathBuf,
    /// How long to wait for receipts, where a centre runs.
    #[arg(long, default_value_t = 60)]
    wait_seconds: u64,
}

#[derive(clap::Args)]
pub(crate) struct Answers {
    #[command(flatten)]
    place: Place,
    /// The station, such as MUL-03.
    #[arg(long)]
    station: String,
    /// The medium: a fresh folder is made on it.
    medium: PathBuf,
}

impl Answers {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let station = StationId::parse(&self.station)?;
        let medium = self.medium;
        beside(&self.place, async move |store| {
            let written = central::answers::write(&store, &station, &medium).await?;
            println_out(&format!(
                "{}\t{} receipts, a lease, {} outcomes",
                written.folder.display(),
                written.receipts,
                written.outcomes
            ));
            Ok(())
        })
    }
}

impl Recover {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let identity = read_identity(&self.identity)?;
        let to = match Recipient::parse(&self.to) {
            Ok(recipient) => recipient,
            Err(_) => self.look_up()?,
        };
        let done = recover(&self.folder, &identity, &to)?;
        for file in &done {
            let fate = match &file.refused {
                None => "sealed anew".to_owned(),
                Some(why) => format!("refused: {why}"),
            };
            println_out(&format!("{}\t{fate}", file.name));
        }
        let refused = done.iter().filter(|file| file.refused.is_some()).count();
        anyhow::ensure!(refused == 0, "{refused} of {} were refused", done.len());
        Ok(())
    }

    fn look_up(&self) -> anyhow::Result<Recipient> {
        let staff = StaffId::parse(&self.to)?;
        let data = self
            .data
            .clone()
            .context("a staff number needs --data, to look it up")?;
        let choice = match &self.database {
            Some(url) => DatabaseChoice::Url(url.clone()),
            None => DatabaseChoice::Private(Durability::Full),
        };
        tokio::runtime::Runtime::new()?.block_on(async {
            let store =
                Store::open_beside(&central::Place::of(data), &choice, Clock::system()).await?;
            let recipient = dev::recipient_of(&store, &staff).await;
            store.close();
            Ok(recipient?)
        })
    }
}

impl Import {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let folder = self.folder;
        let wait = Duration::from_secs(self.wait_seconds);
        beside(&self.place, async move |store| {
            // Without a centre nothing is checked now: the next one does, and this command writes the receipts then.
            let patience = if store.is_alone() {
                Duration::ZERO
            } else {
                wait
            };
            let done = import(&store, &folder, patience).await?;
            for one in &done {
                let fate = match &one.fate {
                    Fate::Taken => "taken".to_owned(),
                    Fate::Known => "had it already".to_owned(),
                    Fate::Refused(why) => format!("refused: {why}"),
                };
                let receipt = if one.receipt {
                    "receipt"
                } else {
                    "no receipt yet"
                };
                println_out(&format!("{}\t{fate}\t{receipt}", one.name));
            }
            Ok(())
        })
    }
}
