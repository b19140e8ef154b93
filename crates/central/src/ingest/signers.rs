//! Who signed, and under which lease: a document of version 2 says its lease's serial and is judged by that, never by a date; one of
//! the first release has a date only.

use super::checks::{Submission, bytes_hold, same_kinds};
use super::reason::Reason;
use domain::{ClockConfidence, ItemKind, Role, StaffId, four_eyes};
use envelope::{Decision, DecisionKind, Lease, Signed, StaffEntry, Statement};

/// Clocks of the same day differ by so much.
const CLOCK_SLACK_MILLIS: i64 = 300_000;

/// The lease that the officer worked under. Its end is the station's business: what was begun in time may always be submitted.
pub(super) fn officers_lease(packet: &Submission) -> Result<&Lease, Reason> {
    let manifest = &packet.manifest;
    if manifest.format == 1 {
        return by_date(packet);
    }
    let serial = manifest.lease.ok_or("document")?;
    let in_force = own(packet, serial).ok_or("lease-unknown")?;
    if in_force.policy.version != manifest.policy_version {
        return Err("policy-version");
    }
    let statement = packet.statement.peek().map_err(|_| "statement")?;
    match statement.lease {
        Some(signed_under) if signed_under > serial => Err("document"),
        Some(signed_under) => own(packet, signed_under).ok_or("lease-unknown"),
        // Signed by a release that said no serial, and sent by one that does.
        None if statement.format == 1 => by_date(packet).or(Ok(in_force)),
        None => Err("document"),
    }
}

fn own(packet: &Submission, serial: u64) -> Option<&Lease> {
    packet.leases.iter().find(|lease| lease.serial == serial)
}

/// The newest lease with the manifest's policy and key that was issued before the statement; a
/// station whose clock cannot be believed is judged by the newest.
fn by_date(packet: &Submission) -> Result<&Lease, Reason> {
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
    Ok(candidates
        .iter()
        .find(|l| l.issued_at.millis() <= statement.at.plus_millis(CLOCK_SLACK_MILLIS).millis())
        .copied()
        .unwrap_or(newest))
}

/// A station of the first release that has a newer policy went on under an older one.
fn rolled_back(packet: &Submission) -> bool {
    let manifest = &packet.manifest;
    let Some(seen) = packet.seen.as_ref().filter(|_| manifest.format == 1) else {
        return false;
    };
    own(packet, seen.serial).is_some_and(|lease| lease.policy.version > manifest.policy_version)
        && manifest.clock == ClockConfidence::Trusted
        && manifest.at > seen.at.plus_millis(CLOCK_SLACK_MILLIS)
}

/// The officer's word, and the supervisor's where the item needs one.
pub(super) fn check(packet: &Submission, lease: &Lease) -> Result<(), Reason> {
    if !bytes_hold(packet) {
        return Err("digest");
    }
    let officer = officer(packet, lease)?;
    match (&packet.decision, packet.manifest.item().needs_decision()) {
        (Some(decision), true) => supervisor(packet, lease, decision, &officer),
        (None, false) => Ok(()),
        _ => Err("document"),
    }
}

fn officer(packet: &Submission, lease: &Lease) -> Result<StaffId, Reason> {
    let claimed = packet.statement.peek().map_err(|_| "statement")?;
    let officer = member(lease, &claimed.officer)?;
    let statement = packet
        .statement
        .verify(&officer.key)
        .map_err(|_| "statement-signature")?;
    if !agrees(&statement, packet) || !meant(&statement, packet.manifest.item()) {
        return Err("statement");
    }
    Ok(claimed.officer)
}

fn agrees(statement: &Statement, packet: &Submission) -> bool {
    let manifest = &packet.manifest;
    statement.packet == manifest.packet
        && statement.digest == manifest.digest
        && statement.length == manifest.length
        && statement.station == manifest.station
        && same_kinds(&statement.parts, &manifest.parts)
}

/// Whether the officer meant this kind of item. That no supervisor decided in time shows only after the statement: an application that
/// goes to the centre unreviewed was stated as an enrolment.
fn meant(statement: &Statement, item: ItemKind) -> bool {
    let stated = statement.kind.unwrap_or(ItemKind::Enrolment);
    stated == item || (stated == ItemKind::Enrolment && item == ItemKind::Unreviewed)
}

fn supervisor(
    packet: &Submission,
    lease: &Lease,
    signed: &Signed<Decision>,
    officer: &StaffId,
) -> Result<(), Reason> {
    let manifest = &packet.manifest;
    let claimed = signed.peek().map_err(|_| "decision")?;
    four_eyes(officer, &claimed.supervisor).map_err(|_| "four-eyes")?;
    let supervisor = deciders_entry(packet, lease, &claimed)?;
    if supervisor.role != Role::Supervisor {
        return Err("role");
    }
    let decision = signed
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

/// The supervisor as the lease names them that the decision names: one of this station, or of the office's station where it was made.
fn deciders_entry<'p>(
    packet: &'p Submission,
    lease: &'p Lease,
    claimed: &Decision,
) -> Result<&'p StaffEntry, Reason> {
    let Some(serial) = claimed.lease else {
        return match claimed.format {
            1 => member_since(packet, lease, &claimed.supervisor),
            _ => Err("document"),
        };
    };
    own(packet, serial)
        .into_iter()
        .chain(&packet.colleagues)
        .find_map(|lease| lease.member(&claimed.supervisor))
        .ok_or("staff-unknown")
}

/// The supervisor of the first release may have joined after the officer's word: their decision says no serial.
fn member_since<'p>(
    packet: &'p Submission,
    lease: &'p Lease,
    id: &StaffId,
) -> Result<&'p StaffEntry, Reason> {
    let since = packet.leases.iter().filter(|l| l.serial >= lease.serial);
    std::iter::once(lease)
        .chain(since)
        .find_map(|lease| lease.member(id))
        .ok_or("staff-unknown")
}

fn member<'l>(lease: &'l Lease, id: &StaffId) -> Result<&'l StaffEntry, Reason> {
    lease.member(id).ok_or("staff-unknown")
}
