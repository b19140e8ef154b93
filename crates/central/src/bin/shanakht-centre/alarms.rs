//! Verbs about alarms.

use crate::{Place, beside, println_out};
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum AlarmAct {
    /// Prints the alarms that nobody has cleared, newest first.
    List(List),
    /// Clears alarms that somebody has looked at; prints how many. What a packet waits for is not changed by it.
    Clear {
        #[command(flatten)]
        place: Place,
        /// An alarm's number; may be repeated.
        #[arg(long, required_unless_present = "kind")]
        id: Vec<i64>,
        /// All open ones of this kind.
        #[arg(long)]
        kind: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args)]
pub(crate) struct List {
    #[command(flatten)]
    place: Place,
    /// As JSON, with their numbers.
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let json = self.json;
        beside(&self.place, async move |store| {
            let open = central::open_alarms(&store).await?;
            if json {
                println_out(&serde_json::to_string_pretty(&open)?);
            } else {
                for alarm in open {
                    println_out(&line(&alarm));
                }
            }
            Ok(())
        })
    }
}

impl AlarmAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::List(list) => list.run(),
            Self::Clear {
                place,
                id,
                kind,
                json,
            } => beside(&place, async move |store| {
                let cleared = central::clear_alarms(&store, &id, kind.as_deref()).await?;
                println_out(&if json {
                    serde_json::json!({ "cleared": cleared }).to_string()
                } else {
                    cleared.to_string()
                });
                Ok(())
            }),
        }
    }
}

/// Time, kind, station, packet, detail, carrier, number, with tabs between; `-` for what there is none of.
fn line(alarm: &central::Alarm) -> String {
    let or_dash = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
    [
        alarm.at.to_rfc3339(),
        alarm.kind.clone(),
        or_dash(alarm.station.clone()),
        or_dash(alarm.packet.map(|packet| packet.to_string())),
        or_dash(alarm.detail.clone()),
        or_dash(alarm.carrier.clone()),
        alarm.id.to_string(),
    ]
    .join("\t")
}
