//! Faults on purpose, without a desk: power cuts, disks that fail or fill up, clocks that lie and links that break, over the real
//! store, the real upload engine and really signed documents, with envelopes recorded from enrolments with faces.
//!
//! - [`run()`] makes a number of runs of one [`Kind`] and gives a [`FaultReport`]: what people were told, and what of it was lost, came
//!   twice or was left behind. Then it breaks something on purpose: a control that nobody notices is counted too.
//! - A run is decided by seed and number alone: `from` makes a share of a larger volume, and one number is the replay of one run.
//!
//! ```
//! use faults::{Kind, Plan, run};
//! let plan = Plan { kind: Kind::Power, runs: 2, seed: 1, from: 0 };
//! let report = run(&plan, &|line| eprintln!("{line}"))?;
//! assert!(report.kept_its_promises());
//! # Ok::<(), faults::FaultError>(())
//! ```
//!
//! It never runs a desk, a window, a process or HTTP: what needs those is `simulate`'s.

mod centre;
mod clock;
mod disk;
mod disk_full;
mod error;
mod io;
mod ledger;
mod link;
mod network;
mod office;
mod power;
mod random;
mod recorder;
mod recording;
mod residue;
mod run;
mod search;
mod station;
mod workbench;
mod world;

pub use disk::{Code, Fault, FaultyDisk, OpClass, OpCounts, Syncs};
pub use error::FaultError;
pub use ledger::{Said, Word};
pub use random::Random;
pub use recorder::record;
pub use run::{FaultReport, Finding, Kind, Plan, Share, io_ways, run, run_shared};
pub use search::Search;
