//! The station's own keys: a file that only its owner can read.

use envelope::{SigningKey, Zeroizing};
use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

/// The station's own key in the data folder.
pub const STATION_KEY_FILE: &str = "station.key";
/// How the key is kept, as the manifest says.
pub(crate) const PROTECTION: &str = "file";

/// The station's signing key.
#[derive(Clone)]
pub(crate) struct StationKeys {
    pub(crate) signing: SigningKey,
}

impl StationKeys {
    /// Reads the key; `None` when there is none or it is not readable.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let text = Zeroizing::new(fs::read_to_string(folder.join(STATION_KEY_FILE)).ok()?);
        let mut seed = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(text.trim(), seed.as_mut()).ok()?;
        Some(Self {
            signing: SigningKey::from_seed(seed.as_ref()).ok()?,
        })
    }
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
    fn the_folder_is_its_owners_only_and_a_key_comes_back_from_its_file() {
        let folder = tempfile::tempdir().unwrap();
        private_folder(folder.path()).unwrap();
        let mode = fs::metadata(folder.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        assert!(StationKeys::load(folder.path()).is_none());
        let key = SigningKey::generate().unwrap();
        fs::write(
            folder.path().join(STATION_KEY_FILE),
            hex::encode(key.expose_seed()),
        )
        .unwrap();
        let again = StationKeys::load(folder.path()).unwrap();
        assert_eq!(again.signing.public(), key.public());
    }
}
