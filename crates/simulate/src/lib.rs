//! A scripted office day with real pictures through the same desk that the window uses.
//!
//! It starts the real centre as a process, a TCP link whose cable can be pulled, and a desk that
//! officer and supervisor work at; what it reports is counted at the centre and on the disk.

mod centre_process;
mod day;
mod office;
mod people;
mod proxy;
mod residue;
mod studio;

pub use centre_process::{CentreProcess, centre_command, sibling};
pub use day::{DayOptions, DayReport, assets, run};
pub use office::{OFFICER, Office, SUPERVISOR};
pub use proxy::Proxy;
