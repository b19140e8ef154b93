//! The policy root, offline: it signs the centre's receipt keys, and nothing else.

use super::files::{signing_key, text};
use super::keys::{CERTIFICATE_DAYS, ROOT};
use crate::{CentreError, private_file};
use domain::Timestamp;
use envelope::{KeyCertificate, KeyPurpose, Signed};
use std::path::Path;

/// Days that clocks of the centre and of the root's machine may differ by.
const CLOCK_DAYS: i64 = 31;

/// A request to the root: the certificate that is wanted, signed by the key that it is for, so that nobody asks in another's name.
#[derive(Debug)]
pub struct Request {
    /// What the root is to say.
    pub wanted: KeyCertificate,
}

impl Request {
    /// Reads one and checks what the root must not sign.
    ///
    /// # Errors
    /// [`CentreError::Refused`] says why the root does not sign it.
    pub fn read(path: &Path, now: Timestamp) -> Result<Self, CentreError> {
        let refused = |why: &str| CentreError::Refused(format!("{}: {why}", path.display()));
        let bytes = private_file::read(path)?.ok_or_else(|| refused("there is no such file"))?;
        let no_request = |_| refused("it is no request for a key's certificate");
        let signed = Signed::<KeyCertificate>::from_bytes(bytes).map_err(no_request)?;
        let claimed = signed.peek().map_err(no_request)?;
        let wanted = signed
            .verify(&claimed.key)
            .map_err(|_| refused("it is not signed by the key that it is for"))?
            .into_document();
        let KeyPurpose::Centre = wanted.purpose;
        let longest = now.plus_days(CERTIFICATE_DAYS + CLOCK_DAYS);
        if wanted.not_after > longest || wanted.not_after < now || wanted.not_before > longest {
            return Err(refused("its dates are not those of a new key"));
        }
        Ok(Self { wanted })
    }

    /// Signs it with the root that lies in a folder which `init` carried away, into a new file.
    ///
    /// # Errors
    /// [`CentreError::KeyMissing`] where the root is not there, [`CentreError::File`].
    pub fn sign(&self, root: &Path, to: &Path) -> Result<(), CentreError> {
        let seed = text(&root.join(ROOT), "policy root")?;
        let root = signing_key(&seed, "policy root")?;
        private_file::write(to, Signed::sign(&self.wanted, &root)?.as_bytes())
    }
}
