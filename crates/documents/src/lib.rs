//! The acknowledgement slip as a tagged PDF (PDF/UA-1), in English and Urdu side by side, with a QR
//! code.
//!
//! ```
//! use documents::SlipContent;
//! use domain::{ApplicationKind, BilingualName, LatinName, PacketId, StationId, Timestamp, UrduName};
//!
//! let now = Timestamp::from_millis(1_795_000_000_000);
//! let pdf = documents::slip(&SlipContent {
//!     packet: PacketId::mint(now, [7; 10]),
//!     kind: ApplicationKind::New,
//!     name: BilingualName {
//!         latin: LatinName::parse("Zainab Noor")?,
//!         urdu: UrduName::parse("زینب نور")?,
//!     },
//!     office_latin: "Multan".to_owned(),
//!     office_urdu: "ملتان".to_owned(),
//!     station: StationId::parse("MUL-03")?,
//!     at: now,
//! })?;
//! assert!(pdf.starts_with(b"%PDF-"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The text is laid out by the crate `text`, as on the screen; krilla only draws it. Nothing here
//! writes a file: a slip holds a name, and where it goes is the caller's business.

mod error;
mod sheet;
mod slip;
mod words;

pub use error::DocumentError;
pub use slip::{SlipContent, slip};
