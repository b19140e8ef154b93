//! The offline-first SQLite store of a station: states of applications, sealed envelopes, the
//! outbox, the hash-chained audit log, and the cache of lease and staff.
//!
//! It holds states, counters, digests and envelopes; never a name, a CNIC or a picture. One
//! [`Store`] has one owner, who runs it on a thread of its own; a second process finds it
//! [`QueueError::InUse`]. What returned `Ok` is on the disk (WAL, `synchronous=FULL`), and a
//! packet leaves the disk only through [`Store::settle`] with the centre's verified receipt.
//!
//! ```
//! use domain::Timestamp;
//! use queue::Store;
//! # let folder = tempfile::tempdir()?;
//! let now = Timestamp::from_millis(1_795_000_000_000);
//! let mut store = Store::open(&folder.path().join("station.db"), now)?;
//! store.audit("signed-in", None, None, "", now)?;
//! assert_eq!(store.counts()?.outbox, 0);
//! assert_eq!(store.verify_audit()?.rows, 2); // the store's creation and the sign-in
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It never speaks HTTP, never opens an envelope, and never recreates or deletes a damaged store.

mod application;
mod approval;
mod audit;
mod ballast;
mod draft;
mod envelopes;
mod error;
mod figures;
mod key;
mod lease;
mod outbox;
mod outcome;
mod receipt;
mod review;
mod salvage;
mod schema;
mod sign_in;
mod station;
mod store;
#[cfg(feature = "testing")]
pub mod testing;

pub use approval::ManifestSeed;
pub use audit::{AuditExport, AuditFault, AuditRow, AuditSummary};
pub use ballast::BALLAST_BYTES;
pub use draft::{DraftEntry, DraftRow};
pub use envelopes::ENVELOPE_LIMIT_BYTES;
pub use error::{QueueError, Stop};
pub use figures::{Counts, DayCounters, HistoryRow};
pub use lease::LeaseRecord;
pub use outbox::{OutboxEntry, OutboxRow, UploadPoint};
pub use receipt::{Purged, Settled};
pub use review::{ReviewRow, Submission};
pub use salvage::{Salvaged, salvage};
pub use sign_in::Tries;
pub use station::StationRecord;
pub use store::{Store, StoreOptions};
