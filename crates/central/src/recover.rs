//! Drafts and review copies of somebody who left, sealed anew to somebody who can go on: offline, with the office-recovery identity.

use crate::folder::{Folder, Refusal};
use crate::upload::UPLOAD_LIMIT_BYTES;
use crate::{CentreError, private_file};
use envelope::{Identity, PACKET_LIMIT_BYTES, Recipient, Zeroizing, open, seal};
use std::path::Path;

/// Endings of what a salvage folder holds for people.
const ENDINGS: [&str; 2] = [".draft.age", ".review.age"];
/// The folder inside, where they lie under the same names.
const RESEALED: &str = "resealed";

/// What became of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovered {
    /// The file's name.
    pub name: String,
    /// Why it was not sealed anew, as a key; none where it was.
    pub refused: Option<String>,
}

/// Reads an identity from its file.
///
/// # Errors
/// [`CentreError::Keys`] where it holds none.
pub fn read_identity(path: &Path) -> Result<Identity, CentreError> {
    let damaged = || CentreError::Keys("office-recovery identity");
    let bytes = Zeroizing::new(private_file::read(path)?.ok_or_else(damaged)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
    Identity::parse(text.trim()).map_err(|_| damaged())
}

/// Opens every draft and review copy of a folder and seals it to `to` and again to the identity, into the folder `resealed` inside. What
/// is opened stays in memory. One that cannot be opened stops none of the others.
///
/// # Errors
/// [`CentreError`] where the folder cannot be read or written.
pub fn recover(
    folder: &Path,
    identity: &Identity,
    to: &Recipient,
) -> Result<Vec<Recovered>, CentreError> {
    let folder = Folder::at(folder);
    let mut done = Vec::new();
    let mut resealed = None;
    for name in folder.names()? {
        if !ENDINGS.iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        let refused = match reseal(&folder, &name, identity, to) {
            Ok(sealed) => {
                let inside = match resealed.take() {
                    Some(inside) => inside,
                    None => folder.inside(RESEALED)?,
                };
                inside.write(&name, &sealed)?;
                resealed = Some(inside);
                None
            }
            Err(reason) => Some(reason.to_owned()),
        };
        done.push(Recovered { name, refused });
    }
    Ok(done)
}

fn reseal(
    folder: &Folder,
    name: &str,
    identity: &Identity,
    to: &Recipient,
) -> Result<Vec<u8>, Refusal> {
    let limit = usize::try_from(UPLOAD_LIMIT_BYTES).unwrap_or(PACKET_LIMIT_BYTES);
    let sealed = folder.read(name, limit)?;
    let plain = open(&sealed, identity, PACKET_LIMIT_BYTES).map_err(|_| "not-openable")?;
    seal(&plain, &[to.clone(), identity.recipient()]).map_err(|_| "not-sealed")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::fs;

    #[test]
    fn a_departed_officers_drafts_open_for_the_colleague() {
        let (office, gone, colleague) = (
            Identity::generate(),
            Identity::generate(),
            Identity::generate(),
        );
        let place = tempfile::tempdir().unwrap();
        let write = |name: &str, to: &[Recipient]| {
            let sealed = seal(name.as_bytes(), to).unwrap();
            fs::write(place.path().join(name), sealed).unwrap();
        };
        write("a.draft.age", &[gone.recipient(), office.recipient()]);
        write("b.review.age", &[gone.recipient(), office.recipient()]);
        write("c.draft.age", &[gone.recipient()]); // sealed before there was an office-recovery identity
        fs::write(place.path().join("d.draft.age"), "damaged").unwrap();
        fs::write(place.path().join("e.packet"), "not for people").unwrap();
        let done = recover(place.path(), &office, &colleague.recipient()).unwrap();
        let refused = |name: &str| {
            done.iter()
                .find(|d| d.name == name)
                .unwrap()
                .refused
                .clone()
        };
        assert_eq!(done.len(), 4);
        assert_eq!(
            (refused("a.draft.age"), refused("b.review.age")),
            (None, None)
        );
        assert!(refused("c.draft.age").is_some() && refused("d.draft.age").is_some());
        for name in ["a.draft.age", "b.review.age"] {
            let sealed = fs::read(place.path().join(RESEALED).join(name)).unwrap();
            for reader in [&colleague, &office] {
                assert_eq!(
                    open(&sealed, reader, 64).unwrap().as_slice(),
                    name.as_bytes()
                );
            }
            assert!(open(&sealed, &gone, 64).is_err());
            assert!(place.path().join(name).exists(), "the old one stays");
        }
    }
}
