//! Where packets lie: a folder of this machine, or a bucket that speaks S3. What it confirms is there for good.

use crate::{CentreError, Disk, private_file};
use envelope::Zeroizing;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{Certificate, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What names a bucket.
const SCHEME: &str = "s3://";

/// A packet store.
pub(crate) struct PacketStore {
    objects: Box<dyn ObjectStore>,
    /// The folder, and the disk that it is on; a bucket syncs by itself before it answers.
    folder: Option<(PathBuf, Disk)>,
}

impl PacketStore {
    /// A folder, which is made where it is missing, or `s3://BUCKET/PREFIX?endpoint=URL&region=NAME&credentials=FILE&ca=FILE`. The
    /// credentials are two lines, key and secret, in a file for its owner alone; `ca` where the endpoint's certificate is not of the
    /// system's authorities.
    pub(crate) fn open(place: &Path, disk: &Disk) -> Result<Self, CentreError> {
        if let Some(bucket) = place.to_str().and_then(|text| text.strip_prefix(SCHEME)) {
            return Ok(Self {
                objects: open_bucket(bucket)?,
                folder: None,
            });
        }
        private_file::make_folder(place)?;
        Ok(Self {
            objects: Box::new(LocalFileSystem::new_with_prefix(place)?),
            folder: Some((place.to_owned(), disk.clone())),
        })
    }

    pub(crate) fn objects(&self) -> &dyn ObjectStore {
        self.objects.as_ref()
    }

    /// Returns once the bytes lie there for good.
    pub(crate) async fn keep(&self, name: &str, bytes: Vec<u8>) -> Result<(), CentreError> {
        self.objects
            .put(&name.into(), PutPayload::from(bytes))
            .await?;
        let Some((root, disk)) = &self.folder else {
            return Ok(());
        };
        let kept = disk.keep(root, &root.join(name)).await;
        kept.map_err(|e| CentreError::file("a packet could not be stored", e))
    }
}

fn open_bucket(named: &str) -> Result<Box<dyn ObjectStore>, CentreError> {
    let refused = |why: &str| CentreError::Refused(format!("{SCHEME}{named}: {why}"));
    let (place, query) = named.split_once('?').unwrap_or((named, ""));
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    let mut builder = AmazonS3Builder::new().with_bucket_name(bucket);
    let mut options = ClientOptions::new();
    let mut credentials = None;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match name {
            "endpoint" => {
                // Without TLS on this machine alone: packets are sealed, their documents name staff.
                let here = ["http://127.0.0.1:", "http://localhost:"];
                let here = here.iter().any(|start| value.starts_with(start));
                if !here && !value.starts_with("https://") {
                    return Err(refused("an endpoint on another machine is https"));
                }
                options = options.with_allow_http(here);
                builder = builder.with_endpoint(value);
            }
            "region" => builder = builder.with_region(value),
            "credentials" => credentials = Some(PathBuf::from(value)),
            "ca" => options = trusting(options, Path::new(value))?,
            _ => return Err(refused("it names something unknown")),
        }
    }
    let file = credentials.ok_or_else(|| refused("credentials=FILE is missing"))?;
    let (key, secret) = read_credentials(&file)?;
    // The client of the packet store finds its cryptography here.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let store = builder
        .with_access_key_id(key.as_str())
        .with_secret_access_key(secret.as_str())
        .with_client_options(options)
        .build()?;
    Ok(if prefix.is_empty() {
        Box::new(store)
    } else {
        Box::new(PrefixStore::new(store, prefix))
    })
}

fn trusting(options: ClientOptions, file: &Path) -> Result<ClientOptions, CentreError> {
    let unreadable = || CentreError::Refused(format!("{} is no certificate", file.display()));
    let bytes = private_file::read(file)?.ok_or_else(unreadable)?;
    let certificate = Certificate::from_pem(&bytes).map_err(|_| unreadable())?;
    Ok(options.with_root_certificate(certificate))
}

type Secret = Zeroizing<String>;

fn read_credentials(file: &Path) -> Result<(Secret, Secret), CentreError> {
    let refused = |why: &str| CentreError::Refused(format!("{}: {why}", file.display()));
    let cannot = |e| CentreError::file(format!("{} could not be read", file.display()), e);
    let mode = std::fs::metadata(file)
        .map_err(cannot)?
        .permissions()
        .mode();
    if mode & 0o077 != 0 {
        return Err(refused("it may be read by others: chmod 600"));
    }
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(cannot)?);
    let mut lines = text
        .lines()
        .map(|line| Zeroizing::new(line.trim().to_owned()));
    match (lines.next(), lines.next()) {
        (Some(key), Some(secret)) if !key.is_empty() && !secret.is_empty() => Ok((key, secret)),
        _ => Err(refused("it has not two lines, key and secret")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn why(named: &str) -> String {
        let opened = PacketStore::open(Path::new(named), &Disk::system());
        opened.err().unwrap().to_string()
    }

    #[test]
    fn a_bucket_wants_credentials_in_a_file_of_its_owners_and_tls() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("credentials");
        std::fs::write(&file, "key\nsecret\n").unwrap();
        let mode = |mode| std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
        mode(0o600);
        let named = |more: &str| format!("s3://b/p?region=x{more}&credentials={}", file.display());
        let good = named("&endpoint=https://s3.example");
        assert!(PacketStore::open(Path::new(&good), &Disk::system()).is_ok());
        let plain = why(&named("&endpoint=http://s3.example"));
        assert!(plain.contains("https"), "{plain}");
        assert!(why(&named("&secret=x")).contains("unknown"));
        assert!(why("s3://b/p").contains("credentials"));
        mode(0o644);
        assert!(why(&good).contains("chmod 600"));
        mode(0o600);
        std::fs::write(&file, "key\n").unwrap();
        assert!(why(&good).contains("two lines"));
    }
}
