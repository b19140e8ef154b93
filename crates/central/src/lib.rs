//! The reference central store: ingest, records, gallery, adjudication.
//!
//! ```no_run
//! use central::{Centre, CentreOptions};
//! let centre = Centre::start(CentreOptions::development("target/centre", "assets/models"))?;
//! println!("{} {}", centre.url(), centre.ca_pem());
//! centre.stop();
//! # Ok::<(), central::CentreError>(())
//! ```
//!
//! It trusts no station: everything a packet says is checked again, and a packet that fails is
//! quarantined with its reason, never dropped. It holds no station's code.

mod activation;
mod adjudication;
mod alarm;
pub mod answers;
mod authority;
mod certificate;
mod clock;
mod cluster;
mod database;
mod dedup;
pub mod dev;
pub mod disk;
mod error;
pub mod extension;
mod figures;
mod folder;
mod history;
mod http;
pub mod import;
mod ingest;
pub mod keys;
mod lease;
mod limits;
mod message;
mod outcome;
mod packet;
mod peer;
mod policy;
pub mod population;
mod portrait;
mod private_file;
mod problem;
pub mod recover;
pub mod reviews;
mod serve;
mod station_status;
mod store;
mod supervise;
mod upload;
mod version;
mod void;

pub use activation::ActivationCode;
pub use alarm::{Alarm, open_alarms};
pub use clock::Clock;
pub use cluster::{Cluster, Durability};
pub use database::Database;
pub use disk::Disk;
pub use error::CentreError;
pub use figures::Figures;
pub use ingest::{Ingest, Which, judge_again};
pub use keys::KeyRing;
pub use message::explain;
pub use packet::{Arrived, arrived};
pub use policy::{enact as enact_policy, in_force as current_policy};
pub use serve::{Centre, CentreOptions, RunningCentre};
pub use store::{DatabaseChoice, Place, Store};
