//! Receipts that another station carries back to the owner of packets, after it had sent them over its link.
//!
//! Such a folder has the name of answers, and receipts alone in it. Its custody is the carrier's, whose key the owner does not know, so
//! nothing in it is believed but what the store verifies by itself: the centre's signature in each receipt.

use crate::folder::{FolderWriter, fits};
use crate::packet::paper;
use crate::walk::{Walk, of_answers};
use crate::{
    Direction, FileKind, FileName, Files, ITEMS_LIMIT, Label, MediaError, Reason, Refusal,
};
use domain::StationId;
use envelope::{Receipt, Signed, SigningKey};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Writes receipts for `label.station` into a fresh folder: at most [`ITEMS_LIMIT`], one a packet. `by` and `key` are the carrier's.
///
/// # Errors
/// [`MediaError`]; a folder without custody is then left, whose whole receipts are read all the same.
pub fn write_receipts(
    files: &dyn Files,
    medium: &Path,
    label: &Label,
    by: &StationId,
    key: &SigningKey,
    receipts: &[Signed<Receipt>],
) -> Result<PathBuf, MediaError> {
    if receipts.is_empty() {
        return Err(MediaError::Nothing);
    }
    if receipts.len() > ITEMS_LIMIT {
        return Err(MediaError::TooManyItems);
    }
    let length = receipts.iter().map(|r| r.as_bytes().len() as u64).sum();
    if !fits(files, medium, length)? {
        return Err(MediaError::Full);
    }
    let mut folder = FolderWriter::begin(files, medium, label, Direction::Answers)?;
    let mut written = BTreeSet::new();
    for signed in receipts {
        let receipt = paper(signed).map_err(MediaError::Refused)?;
        if receipt.station != label.station {
            return Err(MediaError::Refused(Reason::OtherStation));
        }
        if !written.insert(receipt.packet) {
            return Err(MediaError::Refused(Reason::Twice));
        }
        let name = FileName::Of(receipt.packet, FileKind::Receipt);
        folder.put(name, signed.as_bytes())?;
    }
    let to = Some(label.station.clone());
    Ok(folder.finish(by.as_str(), to, label.at, key)?.0)
}

/// The receipts for `station` in a folder of answers whose custody is not the centre's, or not there; nobody's signature was judged. Other
/// files of it are refused: a lease comes with the centre's custody, since it comes with outcomes that have no other signature.
///
/// # Errors
/// [`MediaError`] where the folder cannot be listed.
pub fn read_receipts(
    files: &dyn Files,
    folder: &Path,
    station: &StationId,
) -> Result<(Vec<Signed<Receipt>>, Vec<Refusal>), MediaError> {
    let mut walk = Walk::open(files, folder, of_answers)?;
    let mut receipts = Vec::new();
    for name in walk.names() {
        let taken = match name {
            FileName::Custody => continue,
            FileName::Of(packet, FileKind::Receipt | FileKind::SecondReceipt) => {
                walk.paper::<Receipt>(name).and_then(|signed| {
                    let receipt = signed.peek()?;
                    if receipt.packet != packet {
                        return Err(Reason::OtherPacket);
                    }
                    if receipt.station != *station {
                        return Err(Reason::OtherStation);
                    }
                    Ok(signed)
                })
            }
            _ => Err(Reason::NotInCustody),
        };
        match taken {
            Ok(signed) => receipts.push(signed),
            Err(reason) => walk.refuse(name, reason),
        }
    }
    Ok((receipts, walk.finish()))
}
