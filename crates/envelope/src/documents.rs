//! The documents that are signed: statement, decision, manifest, void, receipt, lease, unlock, key certificate, key-file note, custody,
//! and those of a review at another station.

use crate::{Digest, Document, PartKind, PublicKey, Recipient};
use domain::{
    ApplicationKind, ClockConfidence, ItemKind, OfficeId, PacketId, Policy, Priority, Role,
    StaffId, StationId, Timestamp, Verdict,
};
use serde::{Deserialize, Serialize};

/// The version of documents that have new fields; those of version 1 have exactly the fields of the first release.
pub const FORMAT: u16 = 2;

fn first() -> u16 {
    1
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_first(format: &u16) -> bool {
    *format == 1
}

/// A signed document: its fields are named in one place, so that a reader knows which ones it understands.
macro_rules! document {
    (
        $name:literal
        $(#[$doc:meta])*
        pub struct $type:ident { $($(#[$field_doc:meta])* pub $field:ident: $kind:ty,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        pub struct $type {
            $($(#[$field_doc])* pub $field: $kind,)+
        }

        impl Document for $type {
            const TYPE: &'static str = concat!("application/vnd.shanakht.", $name, "+cbor");
            const FIELDS: &'static [&'static str] = &[$(stringify!($field)),+];
        }
    };
}

pub(crate) use document;

document! {
    "statement"
    /// The officer's word: "I took this".
    pub struct Statement {
        /// Version of this document.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        pub format: u16,
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
        /// Serial of the lease in force, where the document is of version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lease: Option<u64>,
        /// Head of the audit chain at signing, where the document is of version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub audit_head: Option<Digest>,
        /// What the item is; none for an enrolment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<ItemKind>,
    }
}

/// What a supervisor decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// The packet may leave.
    Approve,
    /// The application ends.
    Reject,
}

document! {
    "decision"
    /// The supervisor's word over the same digest.
    pub struct Decision {
        /// Version of this document.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        pub format: u16,
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
        /// Serial of the lease in force, where the document is of version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lease: Option<u64>,
        /// Head of the audit chain at signing, where the document is of version 2.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub audit_head: Option<Digest>,
    }
}

document! {
    "manifest"
    /// The station's word: binds both of the above to this station's place in its own history.
    /// Public to the transport; holds no personal data.
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
        /// Digest of the signed decision, where the item needs one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub decision: Option<Digest>,
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
        /// What the item is; none for an enrolment.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub kind: Option<ItemKind>,
        /// Serial of the lease in force; it never falls along the counters.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub lease: Option<u64>,
    }
}

impl Manifest {
    /// What the item is.
    pub fn item(&self) -> ItemKind {
        self.kind.unwrap_or(ItemKind::Enrolment)
    }
}

document! {
    "void"
    /// The station's word that a packet was damaged before it left: its counter waits for nobody. An undamaged original that turns up
    /// later is still taken.
    pub struct Void {
        /// Version of this document.
        pub format: u16,
        /// The packet that was damaged.
        pub packet: PacketId,
        /// Which station.
        pub station: StationId,
        /// The counter that it had.
        pub counter: u64,
        /// Digest of this station's packet before, as its manifest named it.
        pub previous: Option<Digest>,
        /// The digest that its bytes should have.
        pub digest: Digest,
        /// Why, as a key.
        pub reason: String,
        /// Serial of the lease in force.
        pub lease: Option<u64>,
        /// Head of the audit chain.
        pub audit_head: Digest,
        /// When, as the station believes.
        pub at: Timestamp,
    }
}

document! {
    "key-file-note"
    /// A member of staff's word that this is their newest key file.
    pub struct KeyFileNote {
        /// Version of this document.
        pub format: u16,
        /// Whose.
        pub staff: StaffId,
        /// Rises with every new passphrase.
        pub version: u64,
        /// SHA-256 of the key file.
        pub digest: Digest,
    }
}

document! {
    "custody"
    /// What lies on a medium, as whoever wrote it says: sealed packets on their way to the centre, or answers on their way back.
    pub struct Custody {
        /// Version of this document.
        pub format: u16,
        /// Who wrote it: a station's name, or `centre`.
        pub by: String,
        /// For whom answers are; none for packets on their way to the centre.
        pub to: Option<StationId>,
        /// When, as the writer believes.
        pub at: Timestamp,
        /// Every file, by its name on the medium.
        pub files: Vec<CustodyFile>,
    }
}

/// A file on a medium.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustodyFile {
    /// Its name: lower-case letters, digits, hyphens and dots.
    pub name: String,
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// Its length in bytes.
    pub length: u64,
}

document! {
    "review-copy"
    /// The station's word that an application waits for review and that this sealed copy of it is for the office's supervisors, so that
    /// another station of the office may show it. It says nothing of the applicant.
    pub struct ReviewCopy {
        /// Version of this document.
        pub format: u16,
        /// The application.
        pub packet: PacketId,
        /// The station that holds the packet.
        pub station: StationId,
        /// SHA-256 of the packet: what a decision must name.
        pub digest: Digest,
        /// Digest of the officer's signed statement.
        pub statement: Digest,
        /// SHA-256 of the sealed copy.
        pub copy: Digest,
        /// Its length in bytes.
        pub copy_length: u64,
        /// What is asked for.
        pub kind: ApplicationKind,
        /// 0 to 100: the order of review.
        pub risk: u8,
        /// Pictures came from a file.
        pub replayed: bool,
        /// When the officer submitted it, by that station's clock.
        pub submitted_at: Timestamp,
        /// Serial of the lease in force.
        pub lease: Option<u64>,
    }
}

document! {
    "review-return"
    /// A supervisor's word at another station that an application goes back to its officer, with its content sealed to them.
    pub struct ReviewReturn {
        /// Version of this document.
        pub format: u16,
        /// The application.
        pub packet: PacketId,
        /// SHA-256 of the packet that was reviewed.
        pub digest: Digest,
        /// Whose application it is.
        pub officer: StaffId,
        /// What is asked for.
        pub kind: ApplicationKind,
        /// Who decided; never the officer.
        pub supervisor: StaffId,
        /// Key of the reason, no free text about a person.
        pub reason: String,
        /// SHA-256 of the draft, sealed to the officer.
        pub draft: Digest,
        /// When.
        pub at: Timestamp,
        /// Serial of the lease in force.
        pub lease: Option<u64>,
        /// Head of the audit chain at signing.
        pub audit_head: Option<Digest>,
    }
}

document! {
    "receipt"
    /// The centre's word: what it holds, so that the station may let go.
    pub struct Receipt {
        /// Version of this document.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        pub format: u16,
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
}

/// A member of staff as the lease names them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
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

impl std::fmt::Debug for StaffEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StaffEntry")
            .field("id", &self.id)
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}

/// A key file as the lease carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyFileEntry {
    /// Whose.
    pub staff: StaffId,
    /// Rises with every new passphrase; 0 for the one that the authority made.
    pub version: u64,
    /// The *age* file under its passphrase.
    #[serde(with = "bytes")]
    pub file: Vec<u8>,
}

/// Byte strings of CBOR, instead of arrays of numbers.
mod bytes {
    use serde::{Deserializer, Serializer, de::Visitor};

    pub(super) fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(bytes)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Vec<u8>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a byte string")
            }
            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
                Ok(bytes.to_vec())
            }
            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
                Ok(bytes)
            }
        }
        from.deserialize_byte_buf(Bytes)
    }
}

/// An office as the lease names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeInfo {
    /// Its id.
    pub id: OfficeId,
    /// English name.
    pub name_latin: String,
    /// Urdu name.
    pub name_urdu: String,
}

/// Another station of the same office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfficeStation {
    /// Which.
    pub id: StationId,
    /// Any of them verifies what it says of its reviews: the newest first, then those of its PCs before.
    pub keys: Vec<PublicKey>,
}

document! {
    "lease"
    /// What a station may do, until when, and with whom; signed by the centre.
    pub struct Lease {
        /// Version of this document.
        #[serde(default = "first", skip_serializing_if = "is_first")]
        pub format: u16,
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
        /// The newest key files of the staff. A station never takes an older one than it has.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub key_files: Vec<KeyFileEntry>,
        /// Drafts and review copies are sealed to it too; its secret half is with the authority, offline.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub office_recovery: Option<Recipient>,
        /// Sign-ins that the centre opens again, and up to when wrong tries are forgiven.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub unlocks: Vec<(StaffId, Timestamp)>,
        /// The other stations of the office: what waits for review at one may be decided at another.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        pub stations: Vec<OfficeStation>,
        /// What the code of this lease's one extension leads to: [`crate::ExtensionCode::commitment`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub extension: Option<Digest>,
    }
}

impl Lease {
    /// The same for a station of the first release: no field that it does not know.
    #[must_use]
    pub fn for_first_release(mut self) -> Self {
        self.format = 1;
        self.key_files.clear();
        self.office_recovery = None;
        self.unlocks.clear();
        self.stations.clear();
        self.extension = None;
        self.policy.limits.extension = None;
        self.policy.unreviewed_days = None;
        self.policy.second_copy = None;
        self.policy.numbers = None;
        self.policy.false_positive_identification = None;
        self
    }

    /// The member of staff with that number.
    pub fn member(&self, id: &StaffId) -> Option<&StaffEntry> {
        self.staff.iter().find(|s| s.id == *id)
    }

    /// Another station of this office.
    pub fn colleague(&self, station: &StationId) -> Option<&OfficeStation> {
        self.stations.iter().find(|s| s.id == *station)
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

document! {
    "key-certificate"
    /// The policy root's word about the centre's key.
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
}

document! {
    "unlock"
    /// Opens a locked sign-in again; signed by the centre or by a supervisor of the lease.
    pub struct Unlock {
        /// At which station.
        pub station: StationId,
        /// For whom.
        pub staff: StaffId,
        /// Wrong tries up to this time are forgiven.
        pub at: Timestamp,
    }
}
