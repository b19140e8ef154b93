//! Removable media, both ways: sealed packets to the centre, answers back to a station.
//!
//! - [`export`] writes sealed packets with their documents into a fresh folder, [`read`] takes them in at the centre or at another station.
//! - [`write_answers`] brings receipts, the lease, outcomes and sealed answers back, [`read_answers`] takes them in at their station
//!   ([`centre_key`] where the centre has a new key). [`write_receipts`] and [`read_receipts`] do that for a station that carried packets.
//! - [`find`] lists the folders of a medium. [`Disk`] is the real file system; tests own theirs ([`Files`]).
//!
//! The signed custody document is written last: a stick that is pulled before leaves a folder without it, which is still read packet by
//! packet, since every packet verifies by itself. A refusal is per file, with a [`Reason`] whose key is stable; the others go on.
//!
//! ```
//! use media::{Disk, Label, Outgoing, export, read};
//! # use media::testing::{Writer, NOW};
//! # let stick = tempfile::tempdir()?;
//! # let station = Writer::new("MUL-03");
//! # let (packet, key) = (station.packet(1), station.key());
//! let label = Label { station: packet.station()?, at: NOW, random: [7; 4] };
//! let out = export(&Disk, stick.path(), &label, key, [Outgoing::Packet(packet)])?;
//! let import = read(&Disk, &out.folder, &[key.public()])?;
//! assert!(import.is_whole());
//! for arrived in &import.packets {
//!     let sealed = arrived.envelope.bytes(&Disk)?; // checked against its digest once more
//!     assert_eq!(sealed.len() as u64, arrived.envelope.length());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! It never opens an envelope, never deletes a file, and changes nothing at a station: only a receipt lets a packet go. It does not
//! judge signatures other than custody's; whoever takes a packet or a receipt verifies it as if it had come over the link.

mod answers;
mod disk;
mod error;
mod export;
mod files;
mod folder;
mod import;
mod name;
mod packet;
mod reason;
mod receipts;
#[cfg(feature = "testing")]
pub mod testing;
mod walk;

pub use answers::{
    Answers, AnswersRead, SealedAnswer, StoredAnswer, centre_key, read_answers, write_answers,
};
pub use disk::Disk;
pub use error::MediaError;
pub use export::{Exported, Outgoing, Stopped, export};
pub use files::{Files, Listing, NewFile, ReadFault};
pub use folder::{CENTRE, ITEMS_LIMIT};
pub use import::{Arrived, ArrivedVoid, Import, read};
pub use name::{Direction, FileKind, FileName, FolderName, Label, find};
pub use packet::{ENVELOPE_LIMIT_BYTES, PAPER_LIMIT_BYTES, Papers, SealedPacket};
pub use reason::{Reason, Refusal};
pub use receipts::{read_receipts, write_receipts};
pub use walk::{CustodySeen, ENTRIES_LIMIT, FOLDER_LIMIT_BYTES, PAPERS_LIMIT_BYTES, StoredFile};
