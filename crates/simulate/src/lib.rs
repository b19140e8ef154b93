//! A scripted office day with real pictures through the same desk that the window uses.
//!
//! It starts the real centre as a process, a TCP link whose cable can be pulled, and a desk that
//! officer and supervisor work at; what it reports is counted at the centre and on the disk.
//!
//! ```no_run
//! let options = simulate::DayOptions {
//!     applicants: 8,
//!     seed: 1,
//!     data: "/tmp/day".into(),
//!     assets: simulate::assets(None),
//!     database: None,
//! };
//! let report = simulate::run(&options, &|line| eprintln!("{line}"))?;
//! assert_eq!((report.lost, report.duplicated, report.residue_bytes), (0, 0, 0));
//! # Ok::<(), anyhow::Error>(())
//! ```
//!
//! It has no rules of its own: what it may do is what the desk lets a person do.

mod centre;
mod centre_faults;
mod centre_process;
mod clock;
mod counter;
mod day;
mod faults;
mod feeder;
mod link_bench;
mod people;
mod plan;
mod proxy;
mod residue;
mod shift;
mod studio;
mod thread_bench;
mod whole;

pub use centre::{Admin, Centre};
pub use centre_faults::{CentreFaultOptions, CentreFaultReport, run_centre_faults};
pub use centre_process::{CentreProcess, centre_command, sibling};
pub use counter::{Counter, OFFICER, SUPERVISOR};
pub use day::{DayOptions, DayReport, assets, run};
pub use faults::{FaultKind, FaultOptions, FaultReport, run_faults, run_station};
pub use link_bench::bench_link;
pub use proxy::Proxy;
pub use residue::{Markers, scan};
pub use thread_bench::bench_thread;
pub use whole::{WholeKind, WholeOptions, WholeRun, run_alone, run_whole};
