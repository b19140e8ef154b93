//! The documents that are signed: statement, decision, manifest, receipt, lease, unlock, key certificate.

use crate::{Digest, Document, PartKind, PublicKey, Recipient};
use domain::{
    ClockConfidence, OfficeId, PacketId, Policy, Priority, Role, StaffId, StationId, Timestamp,
    Verdict,
};
use serde::{Deserialize, Serialize};

macro_rules! document {
    ($type:ty, $name:literal) => {
        impl Document for $type {
            const TYPE: &'static str = concat!("application/vnd.shanakht.", $name, "+cbor");
        }
    };
}

/// The officer's word: "I took this".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The application.
    pub packet: PacketId,
    /// SHA-256 of the age file.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// What is inside.
    pub parts: Vec<PartKind>,
    /// Who says so.
    pub officer: StaffId,
    /// Where.
    pub station: StationId,
    /// When, by the station's clock.
    pub at: Timestamp,
    /// How far that clock can be believed.
    pub clock: ClockConfidence,
}
document!(Statement, "statement");

/// What a supervisor decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// The packet may leave.
    Approve,
    /// The application ends.
    Reject,
}

/// The supervisor's word over the same digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// The application.
    pub packet: PacketId,
    /// SHA-256 of the age file that was reviewed.
    pub digest: Digest,
    /// Who decided; never the officer.
    pub supervisor: StaffId,
    /// What.
    pub kind: DecisionKind,
    /// Keys of the reasons, no free text about a person.
    pub reasons: Vec<String>,
    /// When.
    pub at: Timestamp,
}
document!(Decision, "decision");

/// The station's word: binds both of the above to this station's place in its own history.
/// Public to the transport; holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this document.
    pub format: u16,
    /// The application: the idempotency key.
    pub packet: PacketId,
    /// Which station.
    pub station: StationId,
    /// Gap-free, from 1.
    pub counter: u64,
    /// Digest of this station's packet before; none for the first.
    pub previous: Option<Digest>,
    /// SHA-256 of the age file.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
    /// What is inside.
    pub parts: Vec<PartKind>,
    /// Digest of the signed statement.
    pub statement: Digest,
    /// Digest of the signed decision.
    pub decision: Digest,
    /// Order of leaving.
    pub priority: Priority,
    /// When, by the station's clock.
    pub at: Timestamp,
    /// How far that clock can be believed.
    pub clock: ClockConfidence,
    /// The policy in force.
    pub policy_version: u32,
    /// Pictures came from a file, not from a camera.
    pub replayed: bool,
    /// How the station's key is kept: `file` or `tpm`.
    pub key_protection: String,
    /// Head of the audit chain.
    pub audit_head: Digest,
}
document!(Manifest, "manifest");

impl Manifest {
    /// The version that this build writes and reads.
    pub const FORMAT: u16 = 1;
}

/// The centre's word: what it holds, so that the station may let go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// The application.
    pub packet: PacketId,
    /// SHA-256 of the age file that is stored.
    pub digest: Digest,
    /// Whose packet it was.
    pub station: StationId,
    /// Rises with every receipt of the centre.
    pub sequence: u64,
    /// Whether the station may delete.
    pub verdict: Verdict,
    /// Key of the reason for quarantine or retention.
    pub reason: Option<String>,
    /// The station's audit head that the centre saw.
    pub audit_head: Digest,
    /// When.
    pub at: Timestamp,
}
document!(Receipt, "receipt");

/// A member of staff as the lease names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaffEntry {
    /// Staff number.
    pub id: StaffId,
    /// Name in Latin letters, for the status line and slips.
    pub name_latin: String,
    /// Name in Urdu.
    pub name_urdu: String,
    /// What they may do.
    pub role: Role,
    /// Verifies their signatures.
    pub key: PublicKey,
    /// Drafts and review copies are sealed to it.
    pub recipient: Recipient,
}

/// An office as the lease names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfficeInfo {
    /// Its id.
    pub id: OfficeId,
    /// English name.
    pub name_latin: String,
    /// Urdu name.
    pub name_urdu: String,
}

/// What a station may do, until when, and with whom; signed by the centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lease {
    /// Which station.
    pub station: StationId,
    /// Where it stands.
    pub office: OfficeInfo,
    /// Rises with every lease of this station; an older one is refused.
    pub serial: u64,
    /// The centre's time when it was issued.
    pub issued_at: Timestamp,
    /// No new application starts after this.
    pub expires_at: Timestamp,
    /// The rules.
    pub policy: Policy,
    /// Who works here.
    pub staff: Vec<StaffEntry>,
    /// Packets are sealed to all of these: ingest and disaster recovery.
    pub ingest: Vec<Recipient>,
    /// The station's own key, as the centre knows it.
    pub station_key: PublicKey,
}
document!(Lease, "lease");

impl Lease {
    /// The member of staff with that number.
    pub fn member(&self, id: &StaffId) -> Option<&StaffEntry> {
        self.staff.iter().find(|s| s.id == *id)
    }

    /// Whom review copies are sealed to.
    pub fn supervisors(&self) -> impl Iterator<Item = &StaffEntry> {
        self.staff.iter().filter(|s| s.role == Role::Supervisor)
    }
}

/// What a certified key may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Receipts, leases and unlocks of the centre.
    Centre,
}

/// The policy root's word about the centre's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCertificate {
    /// What it may sign.
    pub purpose: KeyPurpose,
    /// The key.
    pub key: PublicKey,
    /// From when.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
}
document!(KeyCertificate, "key-certificate");

/// Opens a locked sign-in again; signed by the centre or by a supervisor of the lease.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlock {
    /// At which station.
    pub station: StationId,
    /// For whom.
    pub staff: StaffId,
    /// Wrong tries up to this time are forgiven.
    pub at: Timestamp,
}
document!(Unlock, "unlock");
