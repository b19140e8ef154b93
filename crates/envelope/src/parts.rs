//! The parts of a packet: a plain tar, zero-padded so that its length tells little.

use crate::EnvelopeError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io::Read;
use zeroize::Zeroizing;

/// The largest part: a portrait has about 150 kB, a frame of a burst at most 2 MB.
pub const PART_LIMIT_BYTES: usize = 8 << 20;
/// The largest tar inside a packet.
pub const PACKET_LIMIT_BYTES: usize = 32 << 20;
/// The most parts of one packet.
const PARTS_LIMIT: usize = 32;

/// What a part is; its file name inside the tar follows from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartKind {
    /// Details, consent, quality: CBOR of `domain::Application`.
    Application,
    /// The ICAO portrait.
    Portrait,
    /// A frame of the burst.
    Burst(u8),
    /// The biometric template.
    Template,
    /// Evidence of liveness, in CBOR.
    Liveness,
    /// The consent, in CBOR.
    Consent,
    /// A member of staff's key file.
    KeyFile,
    /// Its owner's signed note.
    KeyFileNote,
}

impl PartKind {
    /// Its file name.
    pub fn file_name(self) -> String {
        match self {
            Self::Application => "application.cbor".to_owned(),
            Self::Portrait => "portrait.jpg".to_owned(),
            Self::Burst(n) => format!("burst/{n}.jpg"),
            Self::Template => "template.bin".to_owned(),
            Self::Liveness => "liveness.cbor".to_owned(),
            Self::Consent => "consent.cbor".to_owned(),
            Self::KeyFile => "staff.key".to_owned(),
            Self::KeyFileNote => "staff.key.note".to_owned(),
        }
    }

    fn from_file_name(name: &str) -> Option<Self> {
        match name {
            "application.cbor" => Some(Self::Application),
            "portrait.jpg" => Some(Self::Portrait),
            "template.bin" => Some(Self::Template),
            "liveness.cbor" => Some(Self::Liveness),
            "consent.cbor" => Some(Self::Consent),
            "staff.key" => Some(Self::KeyFile),
            "staff.key.note" => Some(Self::KeyFileNote),
            _ => {
                let n = name
                    .strip_prefix("burst/")?
                    .strip_suffix(".jpg")?
                    .parse()
                    .ok()?;
                (Self::Burst(n).file_name() == name).then_some(Self::Burst(n))
            }
        }
    }
}

/// The content of a packet in memory; wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parts(Vec<(PartKind, Zeroizing<Vec<u8>>)>);

impl Parts {
    /// Adds a part, or puts it in the place of the one of its kind.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] past [`PART_LIMIT_BYTES`] or the number of parts.
    pub fn put(&mut self, kind: PartKind, bytes: Vec<u8>) -> Result<(), EnvelopeError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() > PART_LIMIT_BYTES {
            return Err(EnvelopeError::TooLarge {
                limit: PART_LIMIT_BYTES,
            });
        }
        if let Some(slot) = self.0.iter_mut().find(|(k, _)| *k == kind) {
            slot.1 = bytes;
        } else if self.0.len() == PARTS_LIMIT {
            return Err(EnvelopeError::TooLarge { limit: PARTS_LIMIT });
        } else {
            self.0.push((kind, bytes));
        }
        Ok(())
    }

    /// The bytes of a part.
    pub fn get(&self, kind: PartKind) -> Option<&[u8]> {
        self.0
            .iter()
            .find(|(k, _)| *k == kind)
            .map(|(_, b)| b.as_slice())
    }

    /// Takes every part of the burst away, before a new one is put.
    pub fn clear_burst(&mut self) {
        self.0.retain(|(k, _)| !matches!(k, PartKind::Burst(_)));
    }

    /// Takes a part away.
    pub fn remove(&mut self, kind: PartKind) {
        self.0.retain(|(k, _)| *k != kind);
    }

    /// Which parts there are, in order.
    pub fn kinds(&self) -> Vec<PartKind> {
        let mut kinds: Vec<_> = self.0.iter().map(|(k, _)| *k).collect();
        kinds.sort_unstable();
        kinds
    }

    /// The padded tar.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] past [`PACKET_LIMIT_BYTES`].
    pub fn to_tar(&self) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let too_large = EnvelopeError::TooLarge {
            limit: PACKET_LIMIT_BYTES,
        };
        // Reserved whole: a growing buffer would leave copies behind.
        let size: usize = self
            .0
            .iter()
            .map(|(_, b)| 512 + b.len().next_multiple_of(512))
            .sum::<usize>()
            + 1024;
        let padded = padme(size);
        if padded > PACKET_LIMIT_BYTES {
            return Err(too_large);
        }
        let mut builder = tar::Builder::new(Vec::with_capacity(padded));
        let mut parts: Vec<_> = self.0.iter().collect();
        parts.sort_by_key(|(k, _)| *k);
        for (kind, bytes) in parts {
            let mut header = tar::Header::new_ustar();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o600);
            header
                .set_path(kind.file_name())
                .map_err(|_| EnvelopeError::Malformed("part name"))?;
            header.set_cksum();
            builder
                .append(&header, bytes.as_slice())
                .map_err(|_| EnvelopeError::SealFailed)?;
        }
        let mut tar = Zeroizing::new(
            builder
                .into_inner()
                .map_err(|_| EnvelopeError::SealFailed)?,
        );
        let length = padded.max(tar.len());
        tar.resize(length, 0);
        Ok(tar)
    }

    /// Reads a tar, refusing names it does not know, links and anything over a limit.
    ///
    /// # Errors
    /// [`EnvelopeError::Malformed`] or [`EnvelopeError::TooLarge`].
    pub fn from_tar(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let malformed = || EnvelopeError::Malformed("packet content");
        if bytes.len() > PACKET_LIMIT_BYTES {
            return Err(EnvelopeError::TooLarge {
                limit: PACKET_LIMIT_BYTES,
            });
        }
        let mut parts = Self::default();
        let mut archive = tar::Archive::new(bytes);
        for entry in archive.entries().map_err(|_| malformed())? {
            let mut entry = entry.map_err(|_| malformed())?;
            if entry.header().entry_type() != tar::EntryType::Regular {
                return Err(malformed());
            }
            let name =
                String::from_utf8(entry.path_bytes().into_owned()).map_err(|_| malformed())?;
            let kind = PartKind::from_file_name(&name).ok_or_else(malformed)?;
            let size = usize::try_from(entry.size()).map_err(|_| malformed())?;
            if size > PART_LIMIT_BYTES {
                return Err(EnvelopeError::TooLarge {
                    limit: PART_LIMIT_BYTES,
                });
            }
            if parts.get(kind).is_some() {
                return Err(malformed());
            }
            let mut content = Vec::with_capacity(size.min(bytes.len()));
            entry.read_to_end(&mut content).map_err(|_| malformed())?;
            if content.len() != size {
                return Err(malformed());
            }
            parts.put(kind, content)?;
        }
        Ok(parts)
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|(k, b)| (k, b.len())))
            .finish()
    }
}

/// Padmé: rounds a length so that it leaks O(log log n) bits and grows by at most 12 % (Nikitin et
/// al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", PoPETs 2019).
fn padme(length: usize) -> usize {
    let Some(e) = length.checked_ilog2() else {
        return length;
    };
    let Some(s) = e.checked_ilog2() else {
        return length;
    };
    let mask = (1_usize << (e - (s + 1))) - 1;
    (length + mask) & !mask
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sample() -> Parts {
        let mut parts = Parts::default();
        parts.put(PartKind::Portrait, vec![9; 70_000]).unwrap();
        parts
            .put(PartKind::Application, b"details".to_vec())
            .unwrap();
        parts.put(PartKind::Burst(0), vec![1; 5]).unwrap();
        parts
    }

    #[test]
    fn parts_come_back_from_their_tar() {
        let tar = sample().to_tar().unwrap();
        assert_eq!(tar.len(), padme(tar.len()), "padded");
        let back = Parts::from_tar(&tar).unwrap();
        assert_eq!(
            back.kinds(),
            [
                PartKind::Application,
                PartKind::Portrait,
                PartKind::Burst(0)
            ]
        );
        assert_eq!(back.get(PartKind::Application), Some(&b"details"[..]));
    }

    #[test]
    fn names_that_nobody_knows_are_refused() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(1);
        header.set_path("notes.txt").unwrap();
        header.set_cksum();
        builder.append(&header, &b"x"[..]).unwrap();
        let tar = builder.into_inner().unwrap();
        assert_eq!(
            Parts::from_tar(&tar),
            Err(EnvelopeError::Malformed("packet content"))
        );
    }

    #[test]
    fn one_part_too_large_is_refused() {
        let mut parts = Parts::default();
        assert!(
            parts
                .put(PartKind::Portrait, vec![0; PART_LIMIT_BYTES + 1])
                .is_err()
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..4096)) {
            let _ = Parts::from_tar(&bytes);
        }

        #[test]
        fn a_damaged_tar_never_panics(at in 0usize..2000, value: u8) {
            let mut tar = sample().to_tar().unwrap().to_vec();
            tar[at] = value;
            let _ = Parts::from_tar(&tar);
        }
    }
}
