//! Verbs about packets that took no effect.

use crate::{Place, beside, println_out};
use central::{Which, judge_again};
use clap::Subcommand;
use domain::PacketId;

#[derive(Subcommand)]
pub(crate) enum PacketAct {
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
        let Self::ReJudge {
            place,
            packet,
            reason,
        } = self;
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
