//! A member of staff's key file under a new passphrase: its owner's own signed note says that it is the newest.

use super::checks::Submission;
use super::reason::Reason;
use crate::CentreError;
use deadpool_postgres::Transaction;
use domain::StaffId;
use envelope::{Digest, KeyFile, KeyFileNote, Lease, PartKind, Parts, Signed};

/// A key file that holds, and its owner's note.
pub(crate) struct NewKeyFile {
    pub staff: StaffId,
    pub version: u64,
    pub file: Vec<u8>,
    pub note: Vec<u8>,
    pub lease_serial: u64,
}

/// The parts are the owner's key file and the owner's word about it. The statement has verified.
pub(super) fn check(
    packet: &Submission,
    lease: &Lease,
    parts: &Parts,
) -> Result<NewKeyFile, Reason> {
    let statement = packet.statement.peek().map_err(|_| "statement")?;
    let owner = lease.member(&statement.officer).ok_or("staff-unknown")?;
    let (file, note) = (
        parts.get(PartKind::KeyFile).ok_or("parts")?,
        parts.get(PartKind::KeyFileNote).ok_or("parts")?,
    );
    if parts.kinds().len() != 2 {
        return Err("parts");
    }
    // Checks its size: 4 KiB.
    KeyFile::from_bytes(file.to_vec()).map_err(|_| "parts")?;
    let signed = Signed::<KeyFileNote>::from_bytes(note.to_vec()).map_err(|_| "document")?;
    let verified = signed
        .verify(&owner.key)
        .map_err(|_| "statement-signature")?;
    if verified.staff != owner.id || verified.digest != Digest::of(file) {
        return Err("document");
    }
    Ok(NewKeyFile {
        staff: owner.id.clone(),
        version: verified.version,
        file: file.to_vec(),
        note: note.to_vec(),
        lease_serial: lease.serial,
    })
}

/// Stores it where it is newer than the one that is there; says whether it was.
pub(super) async fn store(
    transaction: &Transaction<'_>,
    new: &NewKeyFile,
) -> Result<bool, CentreError> {
    let Ok(version) = i64::try_from(new.version) else {
        return Ok(false);
    };
    let rows = transaction
        .execute(
            "update staff set key_file = $2, key_note = $3, key_version = $4 where id = $1 and key_version < $4",
            &[&new.staff.as_str(), &new.file, &new.note, &version],
        )
        .await?;
    Ok(rows == 1)
}
