//! The offline-first SQLite store of a station: states of applications, sealed envelopes, the
//! outbox, the hash-chained audit log, and the cache of lease and staff.
//!
//! It holds states, counters, digests and envelopes; never a name, a CNIC or a picture. What leaves the station is an
//! *item*: an enrolment, an application that nobody reviewed, a key file, or the void of a damaged packet. One
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
//! It never speaks HTTP, never opens an envelope, and never deletes a damaged store: [`rescue()`] writes what can be read
//! of it into a new file and sets the old one aside.

mod application;
mod approval;
mod audit;
mod ballast;
mod believed;
mod carried;
mod chain;
mod changes;
mod draft;
mod envelopes;
mod error;
mod extension;
mod figures;
mod file;
mod files;
mod first_schema;
mod item;
mod key;
mod key_file;
mod lease;
mod migration;
mod offers;
mod outbox;
mod outcome;
mod readers;
mod receipt;
mod recovered;
mod rescue;
mod review;
mod salvage;
mod schema;
mod second_copy;
mod set_aside;
mod sign_in;
mod station;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod visits;

pub use audit::{AuditExport, AuditFault, AuditRow, AuditSummary};
pub use ballast::BALLAST_BYTES;
pub use carried::{
    CARRIED_LIMIT, CARRIED_LIMIT_BYTES, CARRIED_RECEIPTS_LIMIT, Carried, ReceiptsOf,
};
pub use chain::{ChainEnd, ManifestSeed};
pub use changes::Changes;
pub use draft::{DraftEntry, DraftRow};
pub use envelopes::ENVELOPE_LIMIT_BYTES;
pub use error::{QueueError, Stop};
pub use extension::ExtensionRefusal;
pub use figures::{Counts, DayCounters, HistoryRow, WaitingRow};
pub use files::{FileSystem, SystemFiles};
pub use item::{ItemDocuments, OutboxEntry, OutboxRow, UploadPoint};
pub use key_file::KeyFileChange;
pub use lease::LeaseRecord;
pub use migration::downgrade;
pub use offers::{OfferReport, Word};
pub use readers::{SealedCopy, readers_digest};
pub use receipt::{Purged, Settled};
pub use rescue::{Rescued, RescuedTable, rescue};
pub use review::{ReviewRow, Submission};
pub use salvage::{Salvaged, salvage, salvage_with};
pub use schema::VERSION as STORE_VERSION;
pub use second_copy::{SecondCopy, SecondDisk, SecondDiskFault};
pub use set_aside::{SetAsideRow, VoidSeed};
pub use sign_in::Tries;
pub use station::StationRecord;
pub use store::{Store, StoreOptions};
pub use visits::{Visit, VisitRow, WordResult};
