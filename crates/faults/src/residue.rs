//! What of a recording must not be left in a station's files: names, numbers, pieces of pictures and of sealed envelopes.

use crate::recording::Recording;
use crate::search::Search;
use std::path::Path;

/// A sealed envelope is looked for by a piece of every sector.
const EVERY: usize = 512;
const PIECE: usize = 16;
/// Of every so many pieces of an envelope the other forms are looked for too.
const IN_ALL_FORMS_EVERY: usize = 16;

/// What a needle is a piece of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A name, a number, a piece of a picture or template: never on a disk.
    Secret,
    /// The sealed draft.
    Draft,
    /// The sealed review copy.
    Review,
    /// The sealed packet.
    Packet,
}

/// In the name of a file that the store set aside after the disk had failed.
const SET_ASIDE: &str = ".set-aside-";

/// What was found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Residue {
    /// In the files that the station works with.
    pub bytes: u64,
    /// In files that were set aside: they are never deleted, whatever becomes of what they hold.
    pub set_aside_bytes: u64,
}

/// Whose piece it is, and of what.
pub type Owner = (usize, Kind);

/// Everything that is looked for, ready for one pass over a file.
#[derive(Debug)]
pub struct Needles(Search<Owner>);

impl Needles {
    /// The needles of a recording.
    pub fn of(recording: &Recording) -> Self {
        let mut needles = Search::default();
        for (n, person) in recording.people.iter().enumerate() {
            for secret in &person.secrets {
                needles.add_in_every_form(secret, (n, Kind::Secret));
            }
            for (kind, sealed) in [
                (Kind::Draft, person.draft),
                (Kind::Review, person.review),
                (Kind::Packet, person.packet),
            ] {
                // What every age file begins with says nothing.
                let body = sealed.get(256..).unwrap_or_default();
                for (at, sector) in body.chunks(EVERY).enumerate() {
                    let Some(piece) = sector.get(..PIECE) else {
                        continue;
                    };
                    if at % IN_ALL_FORMS_EVERY == 0 {
                        needles.add_in_every_form(piece, (n, kind));
                    } else {
                        needles.add(piece, (n, kind));
                    }
                }
            }
        }
        Self(needles)
    }

    /// Bytes of needles in every file of `folder`, without those that `may_be_there`.
    ///
    /// # Errors
    /// Where a file cannot be read.
    pub fn scan(
        &self,
        folder: &Path,
        may_be_there: impl Fn(Owner) -> bool,
    ) -> std::io::Result<Residue> {
        let mut residue = Residue::default();
        for (path, found) in self.0.folder(folder, &may_be_there)? {
            if path.to_string_lossy().contains(SET_ASIDE) {
                residue.set_aside_bytes += found;
            } else {
                residue.bytes += found;
            }
        }
        Ok(residue)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn a_name_a_picture_or_an_envelope_is_found() {
        let recording = Recording::committed().unwrap();
        let needles = Needles::of(recording);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pages");
        let plant = |bytes: &[u8]| {
            fs::write(&file, [b"..", bytes, b"an ordinary end"].concat()).unwrap();
            needles.scan(folder.path(), |_| false).unwrap().bytes
        };
        assert_eq!(plant(b"an ordinary line of a log"), 0);
        let person = &recording.people[1];
        for planted in [
            person.packet[..2048].to_vec(),
            person.review[4096..6000].to_vec(),
        ] {
            assert!(plant(&planted) > 0, "{} bytes", planted.len());
        }
        for secret in &person.secrets {
            assert!(plant(secret) > 0);
            assert!(plant(hex::encode(secret).as_bytes()) > 0);
        }
    }

    #[test]
    fn what_may_be_there_is_not_counted() {
        let recording = Recording::committed().unwrap();
        let needles = Needles::of(recording);
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("db"), recording.people[3].packet).unwrap();
        let waiting = |owner: Owner| owner == (3, Kind::Packet);
        assert_eq!(needles.scan(folder.path(), waiting).unwrap().bytes, 0);
        assert!(needles.scan(folder.path(), |_| false).unwrap().bytes > 1000);
    }
}
