//! Holds what people were told against the centre, the closed store, and the keys of those who are left.

use super::ledger::Entry;
use super::office::{Office, Role};
use crate::residue;
use anyhow::Context;
use domain::PacketId;
use envelope::{Identity, KeyFile, PACKET_LIMIT_BYTES};
use faults::{FaultReport, Finding, Word};
use rusqlite::{Connection, OpenFlags, OptionalExtension};
use std::collections::BTreeMap;
use std::path::Path;

/// Closes the desk and counts.
pub(super) fn count(office: &mut Office<'_>, run: u64) -> anyhow::Result<FaultReport> {
    let waiting = {
        let queue = &office.counter.state()?.queue;
        queue.drafts + queue.in_review + queue.outbox
    };
    let arrived = office.arrived()?;
    let mut report = FaultReport {
        runs: 1,
        acknowledged: office.ledger.all_said().total(),
        said: office.ledger.all_said(),
        ..FaultReport::default()
    };
    if waiting == 0 {
        office.markers.envelopes();
        let image = office.counter.disk_image()?;
        let station = image.path().join("station");
        set_aside(office, &station)?;
        report.residue_bytes += residue::scan(&station, &office.markers)?;
    }
    office.counter.close_desk();
    let station = office.counter.station_data().to_owned();
    report.set_aside_bytes = set_aside(office, &station)?;
    report.residue_bytes += residue::scan(&station, &office.markers)?;
    let left = Left::read(office, &station)?;
    let somebody_left = office.staff.iter().any(|member| !member.here);
    let mut found = Vec::new();
    let mut held = BTreeMap::new();
    for one in &arrived {
        *held.entry(one.packet).or_insert(0_u64) += 1;
        report.faces += u64::from(one.records == 1 || one.of_somebody_who_left());
        let effects = one.records.saturating_sub(1);
        if !office.ledger.knows(one.packet) {
            report.duplicated += 1;
            found.push(format!(
                "{} is at the centre, and nobody began it",
                one.packet
            ));
        }
        report.duplicated += effects;
        let expected = somebody_left && one.of_somebody_who_left();
        if one.state == "quarantined" && !expected {
            report.broken += 1;
            found.push(format!("{} was quarantined: {}", one.packet, one.reason));
        }
    }
    for (packet, entry) in office.ledger.entries() {
        report.duplicated += held.get(&packet).map_or(0, |times| times.saturating_sub(1));
        if let Some(why) = left.lost(packet, entry, held.contains_key(&packet))? {
            report.lost += 1;
            found.push(format!("{packet}: {why}"));
        }
    }
    report.failed_runs = u64::from(!found.is_empty() || report.residue_bytes > 0);
    if report.failed_runs > 0 {
        found.push(format!("{} bytes left", report.residue_bytes));
        let what = found.join("; ");
        report.findings.push(Finding { run, what });
    }
    Ok(report)
}

/// Files of a disk that had failed are kept as they are, with what was sealed in them; they are counted apart.
fn set_aside(office: &Office<'_>, station: &Path) -> anyhow::Result<u64> {
    let apart = office.place.folder.join("set-aside");
    std::fs::create_dir_all(&apart)?;
    for entry in std::fs::read_dir(station)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().contains(".set-aside-") {
            std::fs::rename(entry.path(), apart.join(entry.file_name()))?;
        }
    }
    residue::scan(&apart, &office.markers)
}

/// The closed station, and who can open what of it.
struct Left {
    store: Connection,
    envelopes: std::path::PathBuf,
    /// Keys of those who work here today, with their number and what they are.
    readers: Vec<(String, Role, Identity)>,
}

impl Left {
    fn read(office: &Office<'_>, station: &Path) -> anyhow::Result<Self> {
        let envelopes = office.salvage("left")?;
        let path = station.join(desk::STORE_FILE);
        let store = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut readers = Vec::new();
        let waits = std::fs::read_dir(&envelopes)?.next().is_some();
        // A key file takes a third of a second to open, on purpose: only where something is left to be opened.
        for member in office.staff.iter().filter(|m| waits && m.here) {
            let file: Vec<u8> = store
                .query_row(
                    "SELECT file FROM key_files WHERE staff = ?1",
                    [member.id.as_str()],
                    |row| row.get(0),
                )
                .with_context(|| format!("the key file of {}", member.id))?;
            let passphrase = member.passphrase.as_str().into();
            let keys = KeyFile::from_bytes(file)?.open(&passphrase)?;
            readers.push((member.id.to_string(), member.role, keys.identity));
        }
        Ok(Self {
            store,
            envelopes,
            readers,
        })
    }

    /// Why an application is not where people were told that it is; none where it is.
    fn lost(
        &self,
        packet: PacketId,
        entry: Entry,
        arrived: bool,
    ) -> anyhow::Result<Option<String>> {
        let Some(said) = entry.said else {
            return Ok(None);
        };
        if arrived {
            return Ok(None);
        }
        let row: Option<(String, String)> = self
            .store
            .query_row(
                "SELECT stage, officer FROM applications WHERE packet = ?1",
                [packet.as_bytes().as_slice()],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((stage, officer)) = row else {
            return Ok(Some(format!("said {said:?}, and nowhere")));
        };
        let kept = match stage.as_str() {
            "draft" => said <= Word::Saved && self.opens(packet, "draft", |id, _| id == officer),
            "in_review" => {
                said < Word::Approved
                    && self.opens(packet, "review", |id, role| {
                        role == Role::Supervisor && id != officer
                    })
            }
            "closed" => entry.ended && self.was_ended(packet)?,
            // Whatever was approved has left: the link stood.
            _ => false,
        };
        Ok((!kept).then(|| format!("said {said:?}, now {stage} where nobody can open it")))
    }

    fn opens(&self, packet: PacketId, role: &str, reads: impl Fn(&str, Role) -> bool) -> bool {
        let file = self.envelopes.join(format!("{packet}.{role}.age"));
        let Ok(sealed) = std::fs::read(file) else {
            return false;
        };
        self.readers
            .iter()
            .filter(|(id, role, _)| reads(id, *role))
            .any(|(_, _, identity)| envelope::open(&sealed, identity, PACKET_LIMIT_BYTES).is_ok())
    }

    /// The log says which person ended it.
    fn was_ended(&self, packet: PacketId) -> anyhow::Result<bool> {
        let rows: i64 = self.store.query_row(
            "SELECT count(*) FROM audit WHERE packet = ?1 AND act IN ('rejected', 'closed') AND staff IS NOT NULL",
            [packet.as_bytes().as_slice()],
            |row| row.get(0),
        )?;
        Ok(rows > 0)
    }
}
