//! Verbs about packets that took no effect.

use crate::{Place, beside, println_out};
use central::{Which, judge_again};
use clap::Subcommand;
use domain::PacketId;

#[derive(Subcommand)]
pub(crate) enum PacketAct {
    /// Brings packets and leases into the database that lie in the packet store and are not there, as after a restored backup; packets
    /// are judged again. Prints how many packets were added, known and refused, and how many leases were added.
    Rebuild {
        #[command(flatten)]
        place: Place,
        /// As JSON, with the names of what was refused.
        #[arg(long)]
        json: bool,
    },
    /// Judges packets again that lie in quarantine or rest at the centre, once the cause is mended; prints how many.
    ReJudge {
        #[command(flatten)]
        place: Place,
        /// This packet.
        #[arg(long, conflicts_with = "reason", required_unless_present = "reason")]
        packet: Option<String>,
        /// All packets with this reason, as `alarms` names it.
        #[arg(long)]
        reason: Option<String>,
    },
}

impl PacketAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let (place, packet, reason) = match self {
            Self::Rebuild { place, json } => return rebuild(&place, json),
            Self::ReJudge {
                place,
                packet,
                reason,
            } => (place, packet, reason),
        };
        let which = match packet {
            Some(packet) => Which::Packet(PacketId::parse(&packet)?),
            None => Which::Reason(reason.unwrap_or_default()),
        };
        beside(&place, async move |store| {
            println_out(&judge_again(&store, &which).await?.to_string());
            Ok(())
        })
    }
}

fn rebuild(place: &Place, json: bool) -> anyhow::Result<()> {
    beside(place, async move |store| {
        let done = central::rebuild(&store).await?;
        if json {
            println_out(&serde_json::to_string_pretty(&done)?);
        } else {
            let refused = done.refused.len() as u64;
            let counts = [done.added, done.known, refused, done.leases];
            println_out(&counts.map(|count| count.to_string()).join("\t"));
        }
        Ok(())
    })
}
