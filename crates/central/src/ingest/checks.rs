//! What the centre checks of a packet, as one pure function: it trusts nothing that a station says.

use super::key_file::{self, NewKeyFile};
use super::reason::Reason;
use super::signers;
use crate::custody::Openers;
use crate::portrait::PortraitCheck;
use domain::{Application, CaseKind, ItemKind, Source, Timestamp};
use envelope::{
    Decision, Digest, EnvelopeError, Lease, Manifest, PACKET_LIMIT_BYTES, PartKind, Parts,
    PublicKey, Signed, Statement, Zeroizing, from_cbor,
};
use face::Template;

/// A packet with everything that its checks need. The manifest's signature has verified.
pub(crate) struct Submission {
    pub manifest: Manifest,
    pub statement: Signed<Statement>,
    pub decision: Option<Signed<Decision>>,
    pub station_key: PublicKey,
    pub sealed: Vec<u8>,
    /// The leases of the station that its documents may mean, newest first.
    pub leases: Vec<Lease>,
    /// Leases of the office's other stations with the serial that the decision names: it may have been made there.
    pub colleagues: Vec<Lease>,
    /// The newest lease that the station said it has.
    pub seen: Option<LeaseSeen>,
    /// When it is judged, by the centre's clock.
    pub now: Timestamp,
    /// It came after the revocation of its station, of the key that signed it or of somebody who signed.
    pub after_revocation: bool,
    /// As what two operators let it in: late, or reviewed by nobody.
    pub admitted: Option<CaseKind>,
}

/// When a station said that it has a lease.
pub(crate) struct LeaseSeen {
    pub serial: u64,
    pub at: Timestamp,
}

/// An item that holds.
pub(crate) enum Judged {
    /// It takes effect.
    Enrolment(Box<Enrolment>),
    /// It waits for somebody's decision.
    Unreviewed {
        /// Of the lease that the officer worked under.
        lease_serial: u64,
    },
    /// The next leases carry it.
    KeyFile(NewKeyFile),
}

impl Judged {
    /// Serial of the lease that it was made under.
    pub(crate) fn lease_serial(&self) -> u64 {
        match self {
            Self::Enrolment(enrolment) => enrolment.lease_serial,
            Self::Unreviewed { lease_serial } => *lease_serial,
            Self::KeyFile(file) => file.lease_serial,
        }
    }
}

/// A packet that holds.
pub(crate) struct Enrolment {
    pub application: Application,
    pub portrait: Zeroizing<Vec<u8>>,
    pub template: Template,
    pub lease_serial: u64,
}

/// Why there is no judgement.
#[derive(Debug)]
pub(crate) enum Unjudged {
    /// It does not hold.
    Not(Reason),
    /// The keeper of the centre's keys did not answer: nothing is known of the packet, and it is tried again.
    KeyAway,
}

impl From<Reason> for Unjudged {
    fn from(reason: Reason) -> Self {
        Self::Not(reason)
    }
}

/// All checks, cheapest first.
pub(crate) fn check(
    packet: &Submission,
    ingest: &Openers,
    portraits: &PortraitCheck,
) -> Result<Judged, Unjudged> {
    // Nothing at a station proves when it was signed: a person judges.
    if packet.after_revocation && packet.admitted.is_none() {
        return Err("arrived-after-revocation".into());
    }
    let lease = signers::officers_lease(packet)?;
    signers::check(packet, lease)?;
    if packet.manifest.replayed && !lease.policy.replay_allowed {
        return Err("replay".into());
    }
    let opened = ingest.open(&packet.sealed, PACKET_LIMIT_BYTES);
    let tar = opened.map_err(|error| match error {
        EnvelopeError::KeyAway => Unjudged::KeyAway,
        EnvelopeError::NotAddressed => Unjudged::Not("not-addressed"),
        _ => Unjudged::Not("not-openable"),
    })?;
    let parts = Parts::from_tar(&tar).map_err(|_| "parts")?;
    if !same_kinds(&parts.kinds(), &packet.manifest.parts) {
        return Err("parts".into());
    }
    let judged = match packet.manifest.item() {
        ItemKind::Unreviewed if packet.admitted != Some(CaseKind::Unreviewed) => {
            enrolment(packet, lease, &parts, portraits).map(|e| Judged::Unreviewed {
                lease_serial: e.lease_serial,
            })
        }
        ItemKind::Enrolment | ItemKind::Unreviewed => enrolment(packet, lease, &parts, portraits)
            .map(|enrolment| Judged::Enrolment(Box::new(enrolment))),
        ItemKind::KeyFile => key_file::check(packet, lease, &parts).map(Judged::KeyFile),
        ItemKind::Void => Err("document"),
    };
    Ok(judged?)
}

fn enrolment(
    packet: &Submission,
    lease: &Lease,
    parts: &Parts,
    portraits: &PortraitCheck,
) -> Result<Enrolment, Reason> {
    let application: Application = parts
        .get(PartKind::Application)
        .and_then(|bytes| from_cbor(bytes).ok())
        .ok_or("application")?;
    let gaps = |at| application.details.gaps(application.kind, at);
    // Somebody's birthday may lie between photograph and sending; and where the station's clock is wrong, its documents' dates are:
    // then the lease that it worked under and this moment are the nearest that the centre knows.
    let (lease_at, manifest_at) = (lease.issued_at, packet.manifest.at);
    let mut times = [application.photo.at, manifest_at, lease_at, packet.now].into_iter();
    if times.all(|at| !gaps(at).is_empty()) {
        return Err("application");
    }
    recorded(&application, packet, lease)?;
    let portrait = parts.get(PartKind::Portrait).ok_or("portrait")?;
    let template = parts.get(PartKind::Template).ok_or("template")?;
    let template = Template::from_bytes(template).map_err(|_| "template")?;
    let template = portraits.check(portrait, template)?;
    Ok(Enrolment {
        application,
        portrait: Zeroizing::new(portrait.to_vec()),
        template,
        lease_serial: lease.serial,
    })
}

/// Whether the bytes are those that the manifest names.
pub(super) fn bytes_hold(packet: &Submission) -> bool {
    packet.manifest.digest == Digest::of(&packet.sealed)
        && packet.manifest.length == packet.sealed.len() as u64
}

pub(super) fn same_kinds(left: &[PartKind], right: &[PartKind]) -> bool {
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
