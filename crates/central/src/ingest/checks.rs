//! What the centre checks of a packet, as one pure function: it trusts nothing that a station says.

use crate::picture::PictureCheck;
use domain::{Application, ClockConfidence, Role, Source, StaffId, four_eyes};
use envelope::{
    Decision, DecisionKind, Digest, Identity, Lease, Manifest, PACKET_LIMIT_BYTES, PartKind, Parts,
    PublicKey, Signed, Statement, Zeroizing, from_cbor, open,
};

/// A reason for quarantine, by its key.
pub(crate) type Reason = &'static str;

/// A packet with everything that its checks need. The manifest's signature has verified.
pub(crate) struct Submission {
    pub manifest: Manifest,
    pub statement: Signed<Statement>,
    pub decision: Signed<Decision>,
    pub station_key: PublicKey,
    pub sealed: Vec<u8>,
    /// The leases of the station, newest first.
    pub leases: Vec<Lease>,
}

/// A packet that holds.
pub(crate) struct Enrolment {
    pub application: Application,
    pub portrait: Zeroizing<Vec<u8>>,
    pub template: Template,
    pub lease_serial: u64,
}

/// A template as it is searched.
pub(crate) struct Template {
    pub model: String,
    pub vector: Vec<f32>,
    pub bytes: Zeroizing<Vec<u8>>,
}

/// All checks, cheapest first.
pub(crate) fn check(
    packet: &Submission,
    ingest: &Identity,
    pictures: &dyn PictureCheck,
) -> Result<Enrolment, Reason> {
    let lease = lease_in_force(packet)?;
    signatures(packet, lease)?;
    if packet.manifest.replayed && !lease.policy.replay_allowed {
        return Err("replay");
    }
    let tar = open(&packet.sealed, ingest, PACKET_LIMIT_BYTES).map_err(|_| "not-openable")?;
    let parts = Parts::from_tar(&tar).map_err(|_| "parts")?;
    if !same_kinds(&parts.kinds(), &packet.manifest.parts) {
        return Err("parts");
    }
    let application: Application = parts
        .get(PartKind::Application)
        .and_then(|bytes| from_cbor(bytes).ok())
        .ok_or("application")?;
    recorded(&application, packet, lease)?;
    let portrait = parts.get(PartKind::Portrait).ok_or("portrait")?;
    pictures.check(portrait).map_err(|fault| fault.0)?;
    let template = parts.get(PartKind::Template).ok_or("template")?;
    Ok(Enrolment {
        application,
        portrait: Zeroizing::new(portrait.to_vec()),
        template: Template::parse(template).ok_or("template")?,
        lease_serial: lease.serial,
    })
}

/// The newest lease with the manifest's policy and key that was issued before the statement; a
/// station whose clock cannot be believed is judged by the newest.
fn lease_in_force(packet: &Submission) -> Result<&Lease, Reason> {
    let statement = packet.statement.peek().map_err(|_| "statement")?;
    let mut candidates: Vec<_> = packet
        .leases
        .iter()
        .filter(|l| l.policy.version == packet.manifest.policy_version)
        .filter(|l| l.station_key == packet.station_key)
        .collect();
    candidates.sort_by_key(|l| std::cmp::Reverse(l.serial));
    let newest = *candidates.first().ok_or("policy-version")?;
    if statement.clock != ClockConfidence::Trusted {
        return Ok(newest);
    }
    // Five minutes: clocks of the same day differ.
    let lease = candidates
        .iter()
        .find(|l| l.issued_at.millis() <= statement.at.millis().saturating_add(300_000))
        .copied()
        .unwrap_or(newest);
    let drafts = i64::from(lease.policy.limits.draft_days);
    if statement.at > lease.expires_at.plus_days(drafts) {
        return Err("lease-expired");
    }
    Ok(lease)
}

fn signatures(packet: &Submission, lease: &Lease) -> Result<(), Reason> {
    let manifest = &packet.manifest;
    let named = |document: &Digest, length: usize| {
        *document == manifest.digest && manifest.length == length as u64
    };
    if !named(&Digest::of(&packet.sealed), packet.sealed.len()) {
        return Err("digest");
    }
    let claimed = packet.statement.peek().map_err(|_| "statement")?;
    let officer = member(lease, &claimed.officer)?;
    let statement = packet
        .statement
        .verify(&officer.key)
        .map_err(|_| "statement-signature")?;
    let agrees = statement.packet == manifest.packet
        && statement.digest == manifest.digest
        && statement.length == manifest.length
        && statement.station == manifest.station
        && same_kinds(&statement.parts, &manifest.parts);
    if !agrees {
        return Err("statement");
    }
    let claimed = packet.decision.peek().map_err(|_| "decision")?;
    four_eyes(&statement.officer, &claimed.supervisor).map_err(|_| "four-eyes")?;
    let supervisor = member(lease, &claimed.supervisor)?;
    if supervisor.role != Role::Supervisor {
        return Err("role");
    }
    let decision = packet
        .decision
        .verify(&supervisor.key)
        .map_err(|_| "decision-signature")?;
    if decision.packet != manifest.packet || decision.digest != manifest.digest {
        return Err("decision");
    }
    if decision.kind != DecisionKind::Approve {
        return Err("not-approved");
    }
    Ok(())
}

fn member<'l>(lease: &'l Lease, id: &StaffId) -> Result<&'l envelope::StaffEntry, Reason> {
    lease.member(id).ok_or("staff-unknown")
}

fn same_kinds(left: &[PartKind], right: &[PartKind]) -> bool {
    let sorted = |kinds: &[PartKind]| {
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds
    };
    sorted(left) == sorted(right)
}

/// What the station recorded, against the policy of its lease.
fn recorded(application: &Application, packet: &Submission, lease: &Lease) -> Result<(), Reason> {
    let photo = &application.photo;
    if (photo.source == Source::Replayed) != packet.manifest.replayed {
        return Err("replay");
    }
    // An officer may take a picture although a check did not hold, with a recorded reason.
    let short =
        !lease.policy.shortfalls(&photo.quality).is_empty() || photo.quality.readings.is_empty();
    if short && photo.reason.is_none() {
        return Err("quality");
    }
    let low = photo
        .liveness
        .passive_median
        .is_some_and(|median| median < lease.policy.passive_liveness);
    if low && !photo.liveness.flagged {
        return Err("liveness");
    }
    Ok(())
}

/// Values of a template.
const VALUES: usize = face::gallery::DIMENSIONS;

impl Template {
    /// Reads a stored template: `SHT1`, the model's name behind its length, 512 little-endian
    /// figures of a unit vector.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (length, rest) = bytes.strip_prefix(b"SHT1")?.split_first()?;
        let (name, figures) = rest.split_at_checked(usize::from(*length))?;
        let model = std::str::from_utf8(name).ok()?;
        let plain = !model.is_empty() && model.len() <= 64 && model.is_ascii();
        if !plain || figures.len() != VALUES * 4 {
            return None;
        }
        let vector: Vec<f32> = figures
            .as_chunks::<4>()
            .0
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        let norm: f32 = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
        ((norm - 1.0).abs() < 1e-3).then(|| Self {
            model: model.to_owned(),
            vector,
            bytes: Zeroizing::new(bytes.to_vec()),
        })
    }
}
