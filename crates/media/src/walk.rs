//! A bounded walk through one folder: known names only, sizes before bytes, custody's digests where there is custody.

use crate::packet::PAPER_LIMIT_BYTES;
use crate::{ENVELOPE_LIMIT_BYTES, FileKind, FileName, Files, MediaError, Reason, Refusal};
use envelope::{
    Custody, DOCUMENT_LIMIT_BYTES, Digest, Document, EnvelopeError, PublicKey, Signed, Verified,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The most names of a folder that are looked at: four times what a full one has.
pub const ENTRIES_LIMIT: usize = 20_000;
/// The most bytes of documents that are taken from one folder.
pub const PAPERS_LIMIT_BYTES: u64 = 32 << 20;
/// The most bytes that are read from one folder.
pub const FOLDER_LIMIT_BYTES: u64 = 16 << 30;

/// What became of a folder's custody document.
#[derive(Debug, Clone, PartialEq)]
pub enum CustodySeen {
    /// There is none: writing was broken off.
    Missing,
    /// It is not believed; the files stand for themselves.
    Refused(Reason),
    /// Signed by a key that the caller knows. Whether that key belongs to [`Custody::by`] is for the caller to compare.
    Verified(Box<Verified<Custody>>),
}

/// A file that was found whole on the medium and is read again when it is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    path: PathBuf,
    digest: Digest,
    length: u64,
}

impl StoredFile {
    /// SHA-256 of its bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Its length in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Its bytes, if they are still those that were found.
    ///
    /// # Errors
    /// [`Reason::Digest`] when they changed meanwhile; else why they were not read.
    pub fn bytes(&self, files: &dyn Files) -> Result<Vec<u8>, Reason> {
        let bytes = files.read(&self.path, self.length)?;
        if bytes.len() as u64 == self.length && Digest::of(&bytes) == self.digest {
            Ok(bytes)
        } else {
            Err(Reason::Digest)
        }
    }
}

/// A walk through one folder.
pub(crate) struct Walk<'a> {
    files: &'a dyn Files,
    folder: &'a Path,
    names: BTreeSet<FileName>,
    custody: Option<BTreeMap<FileName, (Digest, u64)>>,
    refused: BTreeMap<FileName, Reason>,
    counted: BTreeMap<Reason, usize>,
    papers_left: u64,
    bytes_left: u64,
}

impl<'a> Walk<'a> {
    /// Looks at the names; `belongs` says which ones such a folder has.
    pub(crate) fn open(
        files: &'a dyn Files,
        folder: &'a Path,
        belongs: fn(FileName) -> bool,
    ) -> Result<Self, MediaError> {
        let listing = files.list(folder, ENTRIES_LIMIT)?;
        let mut walk = Self {
            files,
            folder,
            names: BTreeSet::new(),
            custody: None,
            refused: BTreeMap::new(),
            counted: BTreeMap::new(),
            papers_left: PAPERS_LIMIT_BYTES,
            bytes_left: FOLDER_LIMIT_BYTES,
        };
        let mut parts = BTreeSet::new();
        for name in &listing.names {
            let text = name.to_str().unwrap_or_default();
            if let Some(name) = FileName::parse(text).filter(|n| belongs(*n)) {
                walk.names.insert(name);
            } else if let Some(name) = FileName::parse_part(text).filter(|n| belongs(*n)) {
                parts.insert(name);
            } else {
                walk.count(Reason::OddName);
            }
        }
        for name in parts.difference(&walk.names) {
            walk.refused.insert(*name, Reason::Unfinished);
        }
        if listing.more {
            walk.count(Reason::TooManyFiles);
        }
        Ok(walk)
    }

    /// Reads the custody document; with one of these keys its digests bind every file from then on.
    pub(crate) fn custody(&mut self, keys: &[PublicKey]) -> CustodySeen {
        if !self.names.contains(&FileName::Custody) {
            return CustodySeen::Missing;
        }
        match self.verified_custody(keys) {
            Ok((custody, files)) => {
                self.custody = Some(files);
                CustodySeen::Verified(Box::new(custody))
            }
            Err(reason) => {
                self.refuse(FileName::Custody, reason);
                CustodySeen::Refused(reason)
            }
        }
    }

    #[allow(clippy::type_complexity, reason = "read once, above")]
    fn verified_custody(
        &mut self,
        keys: &[PublicKey],
    ) -> Result<(Verified<Custody>, BTreeMap<FileName, (Digest, u64)>), Reason> {
        let bytes = self.take(FileName::Custody, DOCUMENT_LIMIT_BYTES as u64)?;
        let signed = Signed::<Custody>::from_bytes(bytes)?;
        // Its key is chosen by name, so that a large document is not read once for each of a centre's many keys.
        let named = signed.key_id()?;
        let key = keys.iter().find(|key| key.id() == named);
        let key = key.ok_or(Reason::CustodyUnverified)?;
        let custody = signed.verify(key).map_err(|error| match error {
            EnvelopeError::BadSignature => Reason::CustodyUnverified,
            error => error.into(),
        })?;
        let mut files = BTreeMap::new();
        for file in &custody.files {
            let name = FileName::parse(&file.name).ok_or(Reason::Malformed)?;
            files.insert(name, (file.digest, file.length));
        }
        Ok((custody, files))
    }

    /// The names that were found, in order.
    pub(crate) fn names(&self) -> Vec<FileName> {
        self.names.iter().copied().collect()
    }

    /// Whether there is a whole file of that name.
    pub(crate) fn has(&self, name: FileName) -> bool {
        self.names.contains(&name)
    }

    /// Whether custody names it.
    pub(crate) fn is_in_custody(&self, name: FileName) -> bool {
        self.custody
            .as_ref()
            .is_some_and(|files| files.contains_key(&name))
    }

    /// A file of at most `limit` bytes; its bytes are those that custody names, where custody names it.
    pub(crate) fn take(&mut self, name: FileName, limit: u64) -> Result<Vec<u8>, Reason> {
        if !self.names.contains(&name) {
            return Err(Reason::Missing);
        }
        let path = self.folder.join(name.to_string());
        let bytes = self.files.read(&path, limit.min(self.bytes_left));
        let bytes = bytes.map_err(|fault| match fault {
            crate::ReadFault::TooLarge if self.bytes_left < limit => Reason::TooMuch,
            fault => fault.into(),
        })?;
        self.bytes_left = self.bytes_left.saturating_sub(bytes.len() as u64);
        let named = self.custody.as_ref().and_then(|files| files.get(&name));
        if named.is_some_and(|n| *n != (Digest::of(&bytes), bytes.len() as u64)) {
            return Err(Reason::Changed);
        }
        Ok(bytes)
    }

    /// A signed document about a packet, kept in memory.
    pub(crate) fn paper<T: Document>(&mut self, name: FileName) -> Result<Signed<T>, Reason> {
        let limit = PAPER_LIMIT_BYTES.min(self.papers_left);
        let bytes = self.take(name, limit).map_err(|reason| match reason {
            Reason::TooLarge if limit < PAPER_LIMIT_BYTES => Reason::TooMuch,
            reason => reason,
        })?;
        self.papers_left = self.papers_left.saturating_sub(bytes.len() as u64);
        let signed = Signed::from_bytes(bytes)?;
        signed.peek()?;
        Ok(signed)
    }

    /// A sealed file, read once and not kept.
    pub(crate) fn envelope(&mut self, name: FileName) -> Result<StoredFile, Reason> {
        let bytes = self.take(name, ENVELOPE_LIMIT_BYTES)?;
        Ok(StoredFile {
            path: self.folder.join(name.to_string()),
            digest: Digest::of(&bytes),
            length: bytes.len() as u64,
        })
    }

    /// Takes note of a refusal; the first reason of a file counts.
    pub(crate) fn refuse(&mut self, name: FileName, reason: Reason) {
        self.refused.entry(name).or_insert(reason);
    }

    fn count(&mut self, reason: Reason) {
        *self.counted.entry(reason).or_default() += 1;
    }

    /// Everything that was refused, and what custody names and nobody found.
    pub(crate) fn finish(mut self) -> Vec<Refusal> {
        for name in self.custody.take().unwrap_or_default().into_keys() {
            if !self.names.contains(&name) {
                self.refuse(name, Reason::Missing);
            }
        }
        let named = self.refused.into_iter().map(|(file, reason)| Refusal {
            file: Some(file),
            reason,
            count: 1,
        });
        let counted = self.counted.into_iter().map(|(reason, count)| Refusal {
            file: None,
            reason,
            count,
        });
        named.chain(counted).collect()
    }
}

/// Files of a folder of packets.
pub(crate) fn of_packets(name: FileName) -> bool {
    match name {
        FileName::Custody => true,
        FileName::Lease | FileName::Outcomes => false,
        FileName::Of(_, kind) => !of_an_answer(kind),
    }
}

/// Files of a folder of answers.
pub(crate) fn of_answers(name: FileName) -> bool {
    match name {
        FileName::Custody | FileName::Lease | FileName::Outcomes => true,
        FileName::Of(_, kind) => of_an_answer(kind),
    }
}

fn of_an_answer(kind: FileKind) -> bool {
    matches!(
        kind,
        FileKind::Receipt | FileKind::SecondReceipt | FileKind::Answer
    )
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::testing::{Stick, Writer};

    #[test]
    fn a_folder_gives_no_more_bytes_than_its_limit() {
        let (writer, stick) = (Writer::new("MUL-03"), Stick::new());
        let folder = Path::new("/stick/folder");
        let name = |n| FileName::Of(writer.id(n), FileKind::Packet);
        for n in 1..=3 {
            stick.put(&folder.join(name(n).to_string()), &[7; 400]);
        }
        let mut walk = Walk::open(&stick, folder, of_packets).unwrap();
        walk.bytes_left = 1_000;
        assert!(walk.envelope(name(1)).is_ok());
        assert!(walk.envelope(name(2)).is_ok());
        assert_eq!(walk.envelope(name(3)), Err(Reason::TooMuch));
        assert_eq!(stick.bytes_read(), 800);
    }
}
