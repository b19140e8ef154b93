//! What the centre checks of a packet, as one pure function: it trusts nothing that a station says.

use crate::portrait::PortraitCheck;
use domain::{Application, ClockConfidence, Role, Source, StaffId, Timestamp, four_eyes};
use envelope::{
    Decision, DecisionKind, Digest, Identity, Lease, Manifest, PACKET_LIMIT_BYTES, PartKind, Parts,
    PublicKey, Signed, Statement, Zeroizing, from_cbor, open,
};
use face::Template;

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
    /// The newest lease that the station said it has.
    pub seen: Option<LeaseSeen>,
}

/// When a station said that it has a lease.
pub(crate) struct LeaseSeen {
    pub serial: u64,
    pub at: Timestamp,
}

/// Clocks of the same day differ by so much.
const CLOCK_SLACK_MILLIS: i64 = 300_000;

/// A packet that holds.
pub(crate) struct Enrolment {
    pub application: Application,
    pub portrait: Zeroizing<Vec<u8>>,
    pub template: Template,
    pub lease_serial: u64,
}

/// All checks, cheapest first.
pub(crate) fn check(
    packet: &Submission,
    ingest: &Identity,
    portraits: &PortraitCheck,
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
    let template = parts.get(PartKind::Template).ok_or("template")?;
    let template = Template::from_bytes(template).map_err(|_| "template")?;
    portraits.check(portrait, &template, lease.policy.match_score)?;
    Ok(Enrolment {
        application,
        portrait: Zeroizing::new(portrait.to_vec()),
        template,
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
    if rolled_back(packet) {
        return Err("policy-rolled-back");
    }
    if statement.clock != ClockConfidence::Trusted {
        return Ok(newest);
    }
    let lease = candidates
        .iter()
        .find(|l| l.issued_at.millis() <= statement.at.plus_millis(CLOCK_SLACK_MILLIS).millis())
        .copied()
        .unwrap_or(newest);
    let drafts = i64::from(lease.policy.limits.draft_days);
    if statement.at > lease.expires_at.plus_days(drafts) {
        return Err("lease-expired");
    }
    Ok(lease)
}

/// A station that has a newer policy went on under an older one.
fn rolled_back(packet: &Submission) -> bool {
    let manifest = &packet.manifest;
    let Some(seen) = &packet.seen else {
        return false;
    };
    let known = packet.leases.iter().find(|l| l.serial == seen.serial);
    known.is_some_and(|lease| lease.policy.version > manifest.policy_version)
        && manifest.clock == ClockConfidence::Trusted
        && manifest.at > seen.at.plus_millis(CLOCK_SLACK_MILLIS)
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
    let unshown = lease.policy.challenges(&photo.source) && !photo.liveness.shown_live();
    if (low || unshown) && !photo.liveness.flagged {
        return Err("liveness");
    }
    // Without a passed challenge somebody must have answered for it.
    if unshown && !photo.liveness.vouched() && photo.reason.is_none() {
        return Err("liveness");
    }
    Ok(())
}
