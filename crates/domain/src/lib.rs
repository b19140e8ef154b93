//! What registration means, without I/O, clocks, randomness or async.
//!
//! Everything that a person tells the authority is parsed once into a type of this crate and is
//! valid from then on. Personal data has no `Display`, and its `Debug` prints the type's name only;
//! the text itself is read with `expose()`, which is easy to search for.
//!
//! ```
//! use domain::{Cnic, Gender};
//! let cnic = Cnic::parse("35202-0001234-1")?;
//! assert_eq!(cnic.gender(), Gender::Male);
//! assert_eq!(format!("{cnic:?}"), "Cnic(..)");
//! # Ok::<(), domain::CnicError>(())
//! ```
//!
//! It never reads a file, a clock or a random number.

mod application;
mod case;
mod cnic;
mod date;
mod decision;
mod exception;
mod id;
mod item;
mod lifecycle;
mod name;
mod outcome;
mod policy;
mod quality;
mod staff;
mod time;

pub use application::{
    Application, ApplicationKind, Consent, Details, Gap, Gender, PhotoRecord, Refusal, Source,
};
pub use case::{CaseKind, OperatorRole, Ruling, RulingGround};
pub use cnic::{Cnic, CnicError, Province};
pub use date::{BirthDate, DateError};
pub use decision::DecisionResult;
pub use exception::{CaptureReason, Exception, VouchReason};
pub use id::{IdError, OfficeId, OperatorId, PacketId, StaffId, StationId};
pub use item::ItemKind;
pub use lifecycle::{Lifecycle, Stage, TransitionError, Verdict};
pub use name::{Address, BilingualName, LatinName, Phone, TextError, UrduName, ascii_digits};
pub use outcome::{Outcome, OutcomeKind, QUARANTINE_REASONS};
pub use policy::{ChallengeRule, Extension, Limits, NoNewWork, NumberRules, Policy, Priority};
pub use quality::{ChallengeOutcome, ChallengeRecord, LivenessRecord, QualityRecord, Reading};
pub use staff::{FourEyesError, Role, four_eyes};
pub use time::{ClockConfidence, SurelyPassed, Timestamp};
