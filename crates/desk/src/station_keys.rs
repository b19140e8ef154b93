//! The station's own keys: in the store's record, which only its owner can read.
//!
//! They are kept in the same transaction as the certificate and the lease that belong to them. The first release kept them in a file; it
//! is read once and then removed.

use envelope::{EnvelopeError, PublicKey, SigningKey, Zeroizing};
use queue::FileSystem;
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// Where the first release kept the keys, in the data folder.
pub const STATION_KEY_FILE: &str = "station.key";
/// What it wrote before an activation was kept.
const NEXT_FILE: &str = "station.key.new";
/// How the key is kept, as the manifest says.
pub(crate) const PROTECTION: &str = "file";

/// The station's signing key, and the key of its TLS certificate (PEM; none before an activation at a centre).
#[derive(Clone)]
pub(crate) struct StationKeys {
    pub(crate) signing: SigningKey,
    pub(crate) tls_key_pem: Option<Zeroizing<String>>,
}

impl StationKeys {
    /// New keys for an activation.
    pub(crate) fn generate() -> Result<Self, EnvelopeError> {
        Ok(Self {
            signing: SigningKey::generate()?,
            tls_key_pem: None,
        })
    }

    /// As the store's record keeps them: the seed in hexadecimal, then the PEM.
    pub(crate) fn to_secrets(&self) -> Zeroizing<Vec<u8>> {
        let seed = Zeroizing::new(hex::encode(self.signing.expose_seed()));
        let pem = self.tls_key_pem.as_ref().map_or("", |pem| pem.as_str());
        let mut text = Zeroizing::new(Vec::with_capacity(seed.len() + 1 + pem.len()));
        text.extend_from_slice(seed.as_bytes());
        text.push(b'\n');
        text.extend_from_slice(pem.as_bytes());
        text
    }

    /// Reads them back; `None` when these are none.
    pub(crate) fn from_secrets(secrets: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(secrets).ok()?;
        let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
        let mut seed = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(first.trim(), seed.as_mut()).ok()?;
        let pem = rest.trim();
        Some(Self {
            signing: SigningKey::from_seed(seed.as_ref()).ok()?,
            tls_key_pem: (!pem.is_empty()).then(|| Zeroizing::new(pem.to_owned())),
        })
    }

    /// Reads the first release's files: the keys whose public side the lease names; without a lease, those of the last activation.
    pub(crate) fn of_first_release(folder: &Path, known: Option<PublicKey>) -> Option<Self> {
        let wanted = |keys: &Self| known.is_some_and(|key| key == keys.signing.public());
        read(&folder.join(NEXT_FILE))
            .filter(wanted)
            .or_else(|| read(&folder.join(STATION_KEY_FILE)))
    }
}

/// The store has the keys now: a second copy of them is one too many.
pub fn remove_first_releases_files(folder: &Path) {
    for name in [STATION_KEY_FILE, NEXT_FILE] {
        if let Err(error) = fs::remove_file(folder.join(name))
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an old key file could not be removed");
        }
    }
}

/// Writes the keys, as the record keeps them, where the first release looks for them: the way back. They are on the disk under that name
/// when this returns.
///
/// # Errors
/// As writing fails.
pub fn keep_for_first_release(
    files: &dyn FileSystem,
    folder: &Path,
    secrets: &[u8],
) -> std::io::Result<()> {
    let unfinished = folder.join(NEXT_FILE);
    files.write(&unfinished, secrets)?;
    files.sync(&unfinished)?;
    files.rename(&unfinished, &folder.join(STATION_KEY_FILE))?;
    files.sync_folder(folder)
}

fn read(path: &Path) -> Option<StationKeys> {
    StationKeys::from_secrets(&Zeroizing::new(fs::read(path).ok()?))
}

impl std::fmt::Debug for StationKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StationKeys(..)")
    }
}

/// Makes a folder that only its owner can enter.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    if !folder.is_dir() {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_release_finds_the_keys_that_were_kept_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let keys = StationKeys::generate().unwrap();
        let known = keys.signing.public();
        keep_for_first_release(&queue::SystemFiles, folder.path(), &keys.to_secrets()).unwrap();
        let found = StationKeys::of_first_release(folder.path(), Some(known)).unwrap();
        assert_eq!(found.to_secrets(), keys.to_secrets());
        let mode = fs::metadata(folder.path().join(STATION_KEY_FILE));
        assert_eq!(mode.unwrap().permissions().mode() & 0o777, 0o600);
        remove_first_releases_files(folder.path());
        assert!(StationKeys::of_first_release(folder.path(), Some(known)).is_none());
    }

    #[test]
    fn the_folder_is_its_owners_only() {
        let folder = tempfile::tempdir().unwrap();
        private_folder(folder.path()).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[test]
    fn keys_come_back_from_the_record() {
        let mut keys = StationKeys::generate().unwrap();
        keys.tls_key_pem = Some(Zeroizing::new("-----BEGIN".to_owned()));
        let again = StationKeys::from_secrets(&keys.to_secrets()).unwrap();
        assert_eq!(again.signing.public(), keys.signing.public());
        assert_eq!(again.tls_key_pem, keys.tls_key_pem);
        assert!(StationKeys::from_secrets(b"").is_none());
    }

    #[test]
    fn the_first_releases_files_give_the_keys_that_the_lease_names() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (
            StationKeys::generate().unwrap(),
            StationKeys::generate().unwrap(),
        );
        assert!(StationKeys::of_first_release(folder.path(), None).is_none());
        fs::write(folder.path().join(STATION_KEY_FILE), old.to_secrets()).unwrap();
        fs::write(folder.path().join(NEXT_FILE), new.to_secrets()).unwrap();
        for keys in [&old, &new] {
            let known = keys.signing.public();
            let found = StationKeys::of_first_release(folder.path(), Some(known)).unwrap();
            assert_eq!(found.signing.public(), known);
        }
        remove_first_releases_files(folder.path());
        assert!(StationKeys::of_first_release(folder.path(), None).is_none());
    }
}
