//! Answers on their way back: receipts, the lease, outcomes, and envelopes sealed to staff.

use crate::folder::{FolderWriter, fits};
use crate::packet::paper;
use crate::walk::{Walk, of_answers};
use crate::{
    CENTRE, CustodySeen, Direction, ENVELOPE_LIMIT_BYTES, FileKind, FileName, Files, ITEMS_LIMIT,
    Label, MediaError, Reason, Refusal, StoredFile,
};
use domain::{PacketId, StationId};
use envelope::{Custody, KeyCertificate, Lease, PublicKey, Receipt, Signed, Signer, Verified};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use wire::{LeaseReply, OutcomeList};

/// The largest lease or list of outcomes, as JSON.
const JSON_LIMIT_BYTES: usize = 4 << 20;

/// What the centre sends back to a station, without the sealed answers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answers {
    /// Receipts of its packets and voids.
    pub receipts: Vec<Signed<Receipt>>,
    /// Its lease, with the certificate of the key that signed it.
    pub lease: Option<LeaseReply>,
    /// What became of its office's packets.
    pub outcomes: Option<OutcomeList>,
}

/// An envelope sealed to staff: bytes that nobody on the way reads.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedAnswer {
    /// The packet that it answers.
    pub packet: PacketId,
    /// The age file.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for SealedAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "SealedAnswer({}, {} bytes)",
            self.packet,
            self.bytes.len()
        )
    }
}

/// A sealed answer that lies on the medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The packet that it answers.
    pub packet: PacketId,
    /// The age file, which is not in memory.
    pub envelope: StoredFile,
}

/// What was found in a folder of answers.
#[derive(Debug, Clone)]
pub struct AnswersRead {
    /// What the centre says lies here.
    pub custody: Verified<Custody>,
    /// Receipts, lease and outcomes. Receipts and lease carry signatures of their own, which the store verifies; outcomes are the
    /// centre's word by custody alone.
    pub answers: Answers,
    /// Sealed answers.
    pub sealed: Vec<StoredAnswer>,
    /// What was not taken, and why.
    pub refused: Vec<Refusal>,
}

/// Writes answers for `label.station` into a fresh folder: at most [`ITEMS_LIMIT`] receipts and as many sealed answers. `key` is the
/// centre's.
///
/// # Errors
/// [`MediaError`]; a folder without custody is then left, which no station takes.
pub fn write_answers(
    files: &dyn Files,
    medium: &Path,
    label: &Label,
    key: &dyn Signer,
    answers: &Answers,
    sealed: impl IntoIterator<Item = SealedAnswer>,
) -> Result<PathBuf, MediaError> {
    let small = small_files(answers)?;
    let mut sealed = sealed.into_iter().peekable();
    if small.is_empty() && sealed.peek().is_none() {
        return Err(MediaError::Nothing);
    }
    let length = small.values().map(|bytes| bytes.len() as u64).sum();
    if !fits(files, medium, length)? {
        return Err(MediaError::Full);
    }
    let mut folder = FolderWriter::begin(files, medium, label, Direction::Answers)?;
    for (name, bytes) in &small {
        folder.put(*name, bytes)?;
    }
    let mut written = BTreeSet::new();
    for answer in sealed {
        if !written.insert(answer.packet) {
            return Err(MediaError::Refused(Reason::Twice));
        }
        if written.len() > ITEMS_LIMIT {
            return Err(MediaError::TooManyItems);
        }
        let length = answer.bytes.len() as u64;
        if length > ENVELOPE_LIMIT_BYTES {
            return Err(MediaError::Refused(Reason::TooLarge));
        }
        if !fits(files, medium, length)? {
            return Err(MediaError::Full);
        }
        folder.put(FileName::Of(answer.packet, FileKind::Answer), &answer.bytes)?;
    }
    let to = Some(label.station.clone());
    Ok(folder.finish(CENTRE, to, label.at, key)?.0)
}

/// Everything but sealed answers, checked as its reader will check it.
fn small_files(answers: &Answers) -> Result<BTreeMap<FileName, Vec<u8>>, MediaError> {
    let refused = MediaError::Refused;
    let mut small = BTreeMap::new();
    for signed in &answers.receipts {
        let packet = paper(signed).map_err(refused)?.packet;
        let bytes = signed.as_bytes();
        let [first, second] =
            [FileKind::Receipt, FileKind::SecondReceipt].map(|kind| FileName::Of(packet, kind));
        let has = |name| small.get(&name).map(|held: &Vec<u8>| held == bytes);
        let name = match (has(first), has(second)) {
            (Some(true), _) | (_, Some(true)) => continue,
            (None, _) => first,
            (_, None) => second,
            _ => return Err(refused(Reason::Twice)),
        };
        small.insert(name, bytes.to_vec());
    }
    if small.len() > ITEMS_LIMIT {
        return Err(MediaError::TooManyItems);
    }
    if let Some(lease) = &answers.lease {
        small.insert(FileName::Lease, json(serde_json::to_vec(lease))?);
    }
    if let Some(outcomes) = &answers.outcomes {
        small.insert(FileName::Outcomes, json(serde_json::to_vec(outcomes))?);
    }
    Ok(small)
}

fn json(text: Result<Vec<u8>, serde_json::Error>) -> Result<Vec<u8>, MediaError> {
    match text {
        Ok(bytes) if bytes.len() <= JSON_LIMIT_BYTES => Ok(bytes),
        Ok(_) => Err(MediaError::Refused(Reason::TooLarge)),
        Err(_) => Err(MediaError::Refused(Reason::Malformed)),
    }
}

/// Reads a folder of answers for `station`. `keys` are the centre's, certified by the pinned root. Without custody by one of them
/// nothing is taken, since outcomes have no other signature; the centre writes the folder again.
///
/// # Errors
/// [`MediaError::Refused`] when the folder is not the centre's, not whole, or for another station.
pub fn read_answers(
    files: &dyn Files,
    folder: &Path,
    station: &StationId,
    keys: &[PublicKey],
) -> Result<AnswersRead, MediaError> {
    let mut walk = Walk::open(files, folder, of_answers)?;
    let custody = match walk.custody(keys) {
        CustodySeen::Verified(custody) => *custody,
        CustodySeen::Missing => return Err(MediaError::Refused(Reason::CustodyMissing)),
        CustodySeen::Refused(reason) => return Err(MediaError::Refused(reason)),
    };
    match &custody.to {
        Some(to) if to == station && custody.by == CENTRE => {}
        Some(to) if to != station => return Err(MediaError::Refused(Reason::OtherStation)),
        _ => return Err(MediaError::Refused(Reason::NotAnswers)),
    }
    let mut read = AnswersRead {
        custody,
        answers: Answers::default(),
        sealed: Vec::new(),
        refused: Vec::new(),
    };
    for name in walk.names() {
        if let Err(reason) = read.take(&mut walk, name, station) {
            walk.refuse(name, reason);
        }
    }
    read.refused = walk.finish();
    Ok(read)
}

/// The certificate of the centre's key that a folder of answers brings with its lease: unverified. A station that does not know the
/// key which signed custody yet verifies this with its pinned root, and then knows it.
///
/// # Errors
/// [`MediaError::Refused`] when there is no lease that can be read.
pub fn centre_key(files: &dyn Files, folder: &Path) -> Result<Signed<KeyCertificate>, MediaError> {
    let mut walk = Walk::open(files, folder, of_answers)?;
    let certificate = walk
        .take(FileName::Lease, JSON_LIMIT_BYTES as u64)
        .and_then(|bytes| lease_reply(&bytes))
        .and_then(|reply| Ok(reply.centre_key.read::<KeyCertificate>()?));
    certificate.map_err(MediaError::Refused)
}

impl AnswersRead {
    fn take(
        &mut self,
        walk: &mut Walk<'_>,
        name: FileName,
        station: &StationId,
    ) -> Result<(), Reason> {
        let limit = JSON_LIMIT_BYTES as u64;
        if name != FileName::Custody && !walk.is_in_custody(name) {
            return Err(Reason::NotInCustody);
        }
        match name {
            FileName::Custody => {}
            FileName::Lease => {
                let reply = lease_reply(&walk.take(name, limit)?)?;
                if reply.lease.read::<Lease>()?.peek()?.station != *station {
                    return Err(Reason::OtherStation);
                }
                self.answers.lease = Some(reply);
            }
            FileName::Outcomes => {
                let list = serde_json::from_slice(&walk.take(name, limit)?);
                self.answers.outcomes = Some(list.map_err(|_| Reason::Malformed)?);
            }
            FileName::Of(packet, FileKind::Answer) => {
                let envelope = walk.envelope(name)?;
                self.sealed.push(StoredAnswer { packet, envelope });
            }
            FileName::Of(packet, _) => {
                let signed = walk.paper::<Receipt>(name)?;
                let receipt = signed.peek()?;
                if receipt.packet != packet {
                    return Err(Reason::OtherPacket);
                }
                if receipt.station != *station {
                    return Err(Reason::OtherStation);
                }
                self.answers.receipts.push(signed);
            }
        }
        Ok(())
    }
}

fn lease_reply(bytes: &[u8]) -> Result<LeaseReply, Reason> {
    serde_json::from_slice(bytes).map_err(|_| Reason::Malformed)
}
