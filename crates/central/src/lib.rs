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
pub mod audit;
mod authority;
pub mod bulk;
pub mod cases;
mod certificate;
mod clock;
mod cluster;
pub mod custody;
mod database;
mod dedup;
pub mod dev;
pub mod disk;
pub mod edge;
mod error;
pub mod extension;
mod figures;
mod folder;
mod history;
mod http;
pub mod import;
mod ingest;
mod kept;
mod lease;
mod limits;
pub mod matching;
mod message;
pub mod operators;
mod outcome;
mod packet;
mod packet_store;
mod peer;
pub mod policy;
pub mod population;
mod portrait;
mod private_file;
mod problem;
pub mod recover;
mod registry;
pub mod reviews;
mod serve;
mod station_status;
mod store;
mod supervise;
mod upload;
mod version;
mod void;

pub use activation::ActivationCode;
pub use alarm::{Alarm, clear_alarms, open_alarms};
pub use clock::Clock;
pub use cluster::{Cluster, Durability};
pub use custody::{KeyRing, keys};
pub use database::{Database, names_password};
pub use disk::Disk;
pub use error::CentreError;
pub use figures::Figures;
pub use ingest::{Ingest, Which, judge_again};
pub use kept::{Rebuilt, rebuild};
pub use message::explain;
pub use packet::{Arrived, arrived};
pub use policy::{enact as enact_policy, in_force as current_policy};
pub use serve::{Centre, CentreOptions, RunningCentre};
pub use store::{DatabaseChoice, Place, Store};
