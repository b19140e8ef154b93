//! The station's own keys: a file that only its owner can read.

use envelope::{EnvelopeError, PublicKey, SigningKey, Zeroizing};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// The station's own keys in the data folder.
pub const STATION_KEY_FILE: &str = "station.key";
/// Written before an activation is kept, and renamed after it: a cut in between loses neither the old keys nor the new ones.
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
    /// Reads the keys whose public side the lease names; without a lease, those of the last activation. `None` when there are none, or
    /// they are not readable.
    pub(crate) fn load(folder: &Path, known: Option<PublicKey>) -> Option<Self> {
        let next = read(&folder.join(NEXT_FILE));
        let wanted = |keys: &Self| known.is_some_and(|key| key == keys.signing.public());
        if let Some(keys) = next.filter(wanted) {
            // An activation was kept, and the rename after it was cut off.
            let _ = take_next(folder);
            return Some(keys);
        }
        read(&folder.join(STATION_KEY_FILE))
    }

    /// New keys for an activation.
    pub(crate) fn generate() -> Result<Self, EnvelopeError> {
        Ok(Self {
            signing: SigningKey::generate()?,
            tls_key_pem: None,
        })
    }

    /// Writes the keys beside those in use; [`take_next`] puts them in their place.
    pub(crate) fn write_next(&self, folder: &Path) -> std::io::Result<()> {
        let mut text = Zeroizing::new(hex::encode(self.signing.expose_seed()));
        text.push('\n');
        if let Some(pem) = &self.tls_key_pem {
            text.push_str(pem);
        }
        let mut file = fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(folder.join(NEXT_FILE))?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    }
}

/// The keys that [`StationKeys::write_next`] wrote are those in use from now on.
pub(crate) fn take_next(folder: &Path) -> std::io::Result<()> {
    fs::rename(folder.join(NEXT_FILE), folder.join(STATION_KEY_FILE))?;
    fs::File::open(folder)?.sync_all()
}

fn read(path: &Path) -> Option<StationKeys> {
    let text = Zeroizing::new(fs::read_to_string(path).ok()?);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let mut seed = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(first.trim(), seed.as_mut()).ok()?;
    let pem = rest.trim();
    Some(StationKeys {
        signing: SigningKey::from_seed(seed.as_ref()).ok()?,
        tls_key_pem: (!pem.is_empty()).then(|| Zeroizing::new(pem.to_owned())),
    })
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
    fn the_folder_is_its_owners_only_and_keys_come_back_from_their_file() {
        let folder = tempfile::tempdir().unwrap();
        private_folder(folder.path()).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(StationKeys::load(folder.path(), None).is_none());
        let mut keys = StationKeys::generate().unwrap();
        keys.tls_key_pem = Some(Zeroizing::new("-----BEGIN".to_owned()));
        keys.write_next(folder.path()).unwrap();
        take_next(folder.path()).unwrap();
        let again = StationKeys::load(folder.path(), None).unwrap();
        assert_eq!(again.signing.public(), keys.signing.public());
        assert_eq!(again.tls_key_pem, keys.tls_key_pem);
        let mode = fs::metadata(folder.path().join(STATION_KEY_FILE)).unwrap();
        assert_eq!(mode.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_cut_after_the_activation_was_kept_loses_no_key() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (
            StationKeys::generate().unwrap(),
            StationKeys::generate().unwrap(),
        );
        old.write_next(folder.path()).unwrap();
        take_next(folder.path()).unwrap();
        new.write_next(folder.path()).unwrap();
        let load = |key: &StationKeys| {
            StationKeys::load(folder.path(), Some(key.signing.public()))
                .unwrap()
                .signing
                .public()
        };
        // The store still holds the old activation: the old key stays in use.
        assert_eq!(load(&old), old.signing.public());
        // The store holds the new one: the new key is found, and stays.
        assert_eq!(load(&new), new.signing.public());
        assert_eq!(load(&new), new.signing.public());
    }
}
