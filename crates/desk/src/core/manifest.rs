//! The station's own word: manifests of what leaves, voids of what was damaged.

use super::{Core, Signing};
use crate::station_keys::PROTECTION;
use domain::{ClockConfidence, ItemKind, StationId, Timestamp};
use envelope::{EnvelopeError, FORMAT, Manifest, Signed, SigningKey, Void};
use queue::{ManifestSeed, VoidSeed};

/// What a manifest says beside the store's seed, taken before the store is asked.
pub(super) struct StationWord {
    station: StationId,
    key: SigningKey,
    signing: Signing,
    policy_version: u32,
    at: Timestamp,
    clock: ClockConfidence,
}

impl Core {
    /// None before the activation.
    pub(super) fn station_word(&self) -> Option<StationWord> {
        let station = self.station.as_ref()?;
        Some(StationWord {
            station: station.record.station.clone(),
            key: station.keys.signing.clone(),
            signing: self.signing(),
            policy_version: self.policy().version,
            at: self.options.clock.now(),
            clock: self.clock(),
        })
    }
}

impl StationWord {
    pub(super) fn manifest(&self, seed: &ManifestSeed) -> Result<Signed<Manifest>, EnvelopeError> {
        let manifest = Manifest {
            format: self.signing.format,
            packet: seed.packet,
            station: self.station.clone(),
            counter: seed.counter,
            previous: seed.previous,
            digest: seed.digest,
            length: seed.length,
            parts: seed.statement.peek()?.parts,
            statement: seed.statement_digest,
            decision: seed.decision_digest,
            priority: seed.priority,
            at: self.at,
            clock: self.clock,
            policy_version: self.policy_version,
            replayed: seed.replayed,
            key_protection: PROTECTION.to_owned(),
            audit_head: seed.audit_head,
            kind: (seed.kind != ItemKind::Enrolment).then_some(seed.kind),
            lease: self.signing.lease.and(seed.lease),
        };
        Signed::sign(&manifest, &self.key)
    }

    pub(super) fn void(&self, seed: &VoidSeed) -> Result<Signed<Void>, EnvelopeError> {
        let void = Void {
            format: FORMAT,
            packet: seed.packet,
            station: self.station.clone(),
            counter: seed.counter,
            previous: seed.previous,
            digest: seed.digest,
            reason: seed.reason.clone(),
            lease: seed.lease,
            audit_head: seed.audit_head,
            at: self.at,
        };
        Signed::sign(&void, &self.key)
    }
}
