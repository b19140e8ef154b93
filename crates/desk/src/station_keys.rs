//! The station's own keys: a file that only its owner can read, made anew at each activation.

use envelope::{SigningKey, Zeroizing};
use std::fs;
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

const FILE: &str = "station.key";
/// How the key is kept, as the manifest says.
pub(crate) const PROTECTION: &str = "file";

/// The station's signing key and the private key of its TLS certificate.
#[derive(Clone)]
pub(crate) struct StationKeys {
    pub(crate) signing: SigningKey,
    pub(crate) tls_pem: Zeroizing<String>,
}

impl StationKeys {
    /// New keys, with the request for a TLS certificate in PEM.
    pub(crate) fn generate() -> Result<(Self, String), Box<dyn std::error::Error + Send + Sync>> {
        let signing = SigningKey::generate()?;
        let pair = rcgen::KeyPair::generate()?;
        let request = rcgen::CertificateParams::new(Vec::new())?.serialize_request(&pair)?.pem()?;
        Ok((Self { signing, tls_pem: Zeroizing::new(pair.serialize_pem()) }, request))
    }

    /// Writes the keys so that a crash leaves the old file or the new one.
    pub(crate) fn save(&self, folder: &Path) -> std::io::Result<()> {
        let seed = Zeroizing::new(hex::encode(self.signing.expose_seed()));
        let text = Zeroizing::new(format!("{}\n{}", seed.as_str(), self.tls_pem.as_str()));
        let (file, fresh) = (folder.join(FILE), folder.join("station.key.new"));
        let mut out =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&fresh)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()?;
        fs::rename(&fresh, &file)?;
        fs::File::open(folder)?.sync_all()
    }

    /// Reads the keys; `None` when there are none or they are not readable.
    pub(crate) fn load(folder: &Path) -> Option<Self> {
        let text = Zeroizing::new(fs::read_to_string(folder.join(FILE)).ok()?);
        let (hex_seed, pem) = text.split_once('\n')?;
        let mut seed = Zeroizing::new([0_u8; 32]);
        hex::decode_to_slice(hex_seed, seed.as_mut()).ok()?;
        Some(Self {
            signing: SigningKey::from_seed(seed.as_ref()).ok()?,
            tls_pem: Zeroizing::new(pem.to_owned()),
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
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn keys_come_back_from_a_file_that_others_cannot_read() {
        let folder = tempfile::tempdir().unwrap();
        private_folder(folder.path()).unwrap();
        let (keys, request) = StationKeys::generate().unwrap();
        assert!(request.contains("CERTIFICATE REQUEST"));
        keys.save(folder.path()).unwrap();
        let again = StationKeys::load(folder.path()).unwrap();
        assert_eq!(again.signing.public(), keys.signing.public());
        let mode = fs::metadata(folder.path().join(FILE)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
