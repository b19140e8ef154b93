//! Verbs about leases.

use crate::{Place, beside, println_out};
use anyhow::Context;
use central::extension::{Given, give};
use clap::Subcommand;
use domain::StationId;
use qrcode::QrCode;
use qrcode::render::unicode::Dense1x2;

#[derive(Subcommand)]
pub(crate) enum LeaseAct {
    /// Prints the code that extends a station's lease once, to be dictated or scanned there.
    Extend {
        #[command(flatten)]
        place: Place,
        /// The station, such as MUL-03.
        #[arg(long)]
        station: String,
        /// The lease's number, as the station's page (F8) shows it.
        #[arg(long)]
        serial: u64,
        /// Who gives the code; kept with it. By default the user of this machine.
        #[arg(long)]
        by: Option<String>,
        /// As JSON, without the QR code.
        #[arg(long)]
        json: bool,
    },
}

impl LeaseAct {
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let Self::Extend {
            place,
            station,
            serial,
            by,
            json,
        } = self;
        let station = StationId::parse(&station)?;
        let by = by
            .or_else(|| std::env::var("USER").ok())
            .context("--by is missing: who gives the code?")?;
        beside(&place, async move |store| {
            let given = give(&store, &station, serial, &by).await?;
            println_out(&if json {
                as_json(&given, &station, serial)
            } else {
                as_text(&given, &station, serial)?
            });
            Ok(())
        })
    }
}

fn as_json(given: &Given, station: &StationId, serial: u64) -> String {
    serde_json::json!({
        "station": station.as_str(),
        "serial": serial,
        "code": given.code.expose(),
        "days": given.extension.days,
        "packets": given.extension.packets,
        "lease_expires_at": given.expires_at.to_rfc3339(),
        "given_before_at": given.before.as_ref().map(|(at, _)| at.to_rfc3339()),
        "given_before_by": given.before.as_ref().map(|(_, by)| by),
    })
    .to_string()
}

fn as_text(given: &Given, station: &StationId, serial: u64) -> anyhow::Result<String> {
    let code = given.code.expose();
    let before = given.before.as_ref().map_or_else(String::new, |(at, by)| {
        format!("\nIt was given out before, at {} by {by}.", at.to_rfc3339())
    });
    // Upper-case letters, digits and hyphens: the small alphabet of QR codes.
    let qr = QrCode::new(code.as_bytes())?;
    let picture = qr.render::<Dense1x2>().quiet_zone(true).build();
    Ok(format!(
        "{code}\nExtends lease {serial} of {station} once: {} days and {} packets from when it is typed there (F8).{before}\n{picture}",
        given.extension.days, given.extension.packets
    ))
}
