//! Sealed envelopes, signed documents, key files: everything personal on a disk is addressed to
//! whoever must read it next.
//!
//! - [`seal`] and [`open`] wrap the public *age* format; [`Parts`] is the plain tar inside a packet.
//! - [`Signed`] is a `COSE_Sign1` document; only [`Signed::verify`] makes a [`Verified`] one.
//! - [`KeyFile`] keeps a member of staff's keys under a passphrase: sign-in *is* opening it.
//!
//! ```
//! use envelope::{Identity, open, seal};
//! let centre = Identity::generate();
//! let sealed = seal(b"a portrait", &[centre.recipient()])?;
//! assert_eq!(open(&sealed, &centre, 1024)?.as_slice(), b"a portrait");
//! # Ok::<(), envelope::EnvelopeError>(())
//! ```
//!
//! It never touches SQL or HTTP, and invents no cryptography: *age* seals, *ring* signs and hashes.

mod agreement;
mod cbor;
mod digest;
mod documents;
mod error;
mod extension;
mod key_file;
mod locked;
mod operator;
mod parts;
mod passphrase;
mod pin;
mod seal;
mod sign;

pub use agreement::{Agreement, Opener, open_by_agreement, recipient_of};
pub use cbor::{from_cbor, to_cbor};
pub use digest::Digest;
pub use documents::{
    Custody, CustodyFile, Decision, DecisionKind, FORMAT, KeyCertificate, KeyFileEntry,
    KeyFileNote, KeyPurpose, Lease, Manifest, OfficeInfo, OfficeStation, Receipt, ReviewCopy,
    ReviewReturn, StaffEntry, Statement, Unlock, Void,
};
pub use error::EnvelopeError;
pub use extension::{CodeFault, ExtensionCode};
pub use key_file::{KeyFile, StaffKeys, WorkFactor};
pub use operator::{
    CaseRuling, CaseWord, ImportBatch, Notice, OPERATOR_FORMAT, OperatorCode, OperatorEnrolment,
    OperatorIntroduction, OperatorRevocation,
};
pub use parts::{PACKET_LIMIT_BYTES, PART_LIMIT_BYTES, PartKind, Parts};
pub use passphrase::{LEAST_CHARACTERS, WeakPassphrase, check_passphrase};
pub use pin::AuthorityPin;
pub use seal::{Identity, Recipient, open, seal};
pub use sign::{
    DOCUMENT_LIMIT_BYTES, Document, KeyId, PublicKey, Signed, Signer, SigningKey, Verified,
};
pub use zeroize::Zeroizing;
