//! Keys as files that only the centre's own user may read: for development.

use super::{Custody, Name, Purpose, free};
use crate::{CentreError, private_file};
use envelope::{Identity, Opener, Signer, SigningKey, Zeroizing};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A folder of keys.
pub(super) struct Files(PathBuf);

impl Files {
    pub(super) fn at(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    fn path(&self, name: Name) -> PathBuf {
        let ending = match name.purpose {
            Purpose::Receipts => "seed",
            Purpose::Ingest => "identity",
        };
        self.0.join(format!("{name}.{ending}"))
    }

    fn secret(&self, name: Name) -> Result<Option<Zeroizing<String>>, CentreError> {
        match text(&self.path(name), name.purpose.words()) {
            Ok(secret) => Ok(Some(secret)),
            Err(CentreError::KeyMissing(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Custody for Files {
    fn signer(&self, name: Name) -> Result<Option<Arc<dyn Signer>>, CentreError> {
        let Some(seed) = self.secret(name)? else {
            return Ok(None);
        };
        Ok(Some(Arc::new(signing_key(&seed, name.purpose.words())?)))
    }

    fn opener(&self, name: Name) -> Result<Option<Arc<dyn Opener>>, CentreError> {
        let Some(secret) = self.secret(name)? else {
            return Ok(None);
        };
        Ok(Some(Arc::new(identity(&secret, name.purpose.words())?)))
    }

    fn make_signer(&self, name: Name) -> Result<Arc<dyn Signer>, CentreError> {
        free(self.secret(name)?.is_some(), name)?;
        let key = SigningKey::generate()?;
        let seed = Zeroizing::new(hex::encode(key.expose_seed()));
        private_file::write(&self.path(name), seed.as_bytes())?;
        Ok(Arc::new(key))
    }

    fn make_opener(&self, name: Name) -> Result<Arc<dyn Opener>, CentreError> {
        free(self.secret(name)?.is_some(), name)?;
        let key = Identity::generate();
        private_file::write(&self.path(name), key.to_secret().as_bytes())?;
        Ok(Arc::new(key))
    }
}

pub(super) fn signing_key(seed: &str, name: &'static str) -> Result<SigningKey, CentreError> {
    let mut bytes = Zeroizing::new([0_u8; 32]);
    hex::decode_to_slice(seed, bytes.as_mut()).map_err(|_| CentreError::Keys(name))?;
    SigningKey::from_seed(bytes.as_ref()).map_err(|_| CentreError::Keys(name))
}

pub(super) fn identity(secret: &str, name: &'static str) -> Result<Identity, CentreError> {
    Identity::parse(secret).map_err(|_| CentreError::Keys(name))
}

/// The text of a key file.
pub(super) fn text(path: &Path, name: &'static str) -> Result<Zeroizing<String>, CentreError> {
    let bytes = private_file::read(path)?.ok_or(CentreError::KeyMissing(name))?;
    let bytes = Zeroizing::new(bytes);
    let text = std::str::from_utf8(&bytes).map_err(|_| CentreError::Keys(name))?;
    Ok(Zeroizing::new(text.trim().to_owned()))
}
