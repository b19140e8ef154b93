//! Everything a centre works with, opened once: database, keys, packets, clock.

use crate::authority::Authority;
use crate::cluster::{Cluster, Durability};
use crate::supervise::Restarts;
use crate::{CentreError, Clock, Database, Disk, KeyRing, private_file};
use object_store::local::LocalFileSystem;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload};
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Which PostgreSQL a centre uses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseChoice {
    /// A cluster of its own, in the centre's folder.
    Private(Durability),
    /// The server and database that a URL names.
    Url(String),
}

/// How long an administrator's command waits for a centre that is starting in the same folder.
const BESIDE_PATIENCE: Duration = Duration::from_mins(1);
/// How often it looks.
const BESIDE_ROUND: Duration = Duration::from_millis(200);

/// The opened central store; cheap to clone.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    database: Database,
    keys: KeyRing,
    authority: Authority,
    blobs: LocalFileSystem,
    clock: Clock,
    disk: Disk,
    arrived: Notify,
    jobs: Notify,
    changed: tokio::sync::watch::Sender<u64>,
    restarts: Restarts,
    // In this order: the cluster stops before another centre may take the folder.
    cluster: Option<Cluster>,
    lock: Option<File>,
}

impl Store {
    /// Opens the store in `folder`, which no other centre may use meanwhile, and brings its
    /// database to this version.
    ///
    /// # Errors
    /// [`CentreError::Busy`] and whatever keeps a part from opening.
    pub async fn open(
        folder: &Path,
        database: &DatabaseChoice,
        clock: Clock,
    ) -> Result<Self, CentreError> {
        Self::open_on(Disk::system(), folder, database, clock).await
    }

    /// The same on a disk of the caller's.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_on(
        disk: Disk,
        folder: &Path,
        database: &DatabaseChoice,
        clock: Clock,
    ) -> Result<Self, CentreError> {
        private_file::make_folder(folder)?;
        let lock = lock(folder)?;
        let (cluster, url) = match database {
            DatabaseChoice::Url(url) => (None, url.clone()),
            DatabaseChoice::Private(durability) => {
                let (folder, durability) = (folder.to_owned(), *durability);
                let cluster =
                    tokio::task::spawn_blocking(move || Cluster::start(&folder, durability))
                        .await
                        .map_err(|_| CentreError::Ended("PostgreSQL's start"))??;
                let url = cluster.url("shanakht");
                (Some(cluster), url)
            }
        };
        Self::assemble(folder, &url, (clock, disk), cluster, Some(lock)).await
    }

    /// Opens the store beside the centre that runs in `folder`, or alone where none runs: for
    /// administration.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_beside(
        folder: &Path,
        database: &DatabaseChoice,
        clock: Clock,
    ) -> Result<Self, CentreError> {
        let deadline = tokio::time::Instant::now() + BESIDE_PATIENCE;
        loop {
            let tried = Self::open_once_beside(folder, database, clock.clone()).await;
            // The other centre is just starting, or another command has just ended.
            let passing = match &tried {
                Err(CentreError::NotRunning(_)) => true,
                Err(CentreError::Database(_)) => matches!(database, DatabaseChoice::Private(_)),
                _ => false,
            };
            if !passing || tokio::time::Instant::now() >= deadline {
                return tried;
            }
            tokio::time::sleep(BESIDE_ROUND).await;
        }
    }

    async fn open_once_beside(
        folder: &Path,
        database: &DatabaseChoice,
        clock: Clock,
    ) -> Result<Self, CentreError> {
        match (Self::open(folder, database, clock.clone()).await, database) {
            (Err(CentreError::Busy(_)), DatabaseChoice::Private(_)) => {
                let url = Cluster::url_of_running(folder, "shanakht")?;
                Self::assemble(folder, &url, (clock, Disk::system()), None, None).await
            }
            (Err(CentreError::Busy(_)), DatabaseChoice::Url(url)) => {
                Self::assemble(folder, url, (clock, Disk::system()), None, None).await
            }
            (opened, _) => opened,
        }
    }

    async fn assemble(
        folder: &Path,
        url: &str,
        (clock, disk): (Clock, Disk),
        cluster: Option<Cluster>,
        lock: Option<File>,
    ) -> Result<Self, CentreError> {
        let now = clock.now();
        let keys = KeyRing::open(&folder.join("keys"), now)?;
        let authority = Authority::open(&folder.join("keys"), now)?;
        for name in ["uploads", "packets"] {
            private_file::make_folder(&folder.join(name))?;
        }
        let blobs = LocalFileSystem::new_with_prefix(folder.join("packets"))?;
        let database = Database::open(url).await?;
        let store = Self(Arc::new(Inner {
            folder: folder.to_owned(),
            database,
            keys,
            authority,
            blobs,
            clock,
            disk,
            arrived: Notify::new(),
            jobs: Notify::new(),
            changed: tokio::sync::watch::Sender::new(0),
            restarts: Restarts::default(),
            cluster,
            lock,
        }));
        crate::policy::ensure(&store).await?;
        Ok(store)
    }

    /// The centre's keys.
    pub fn keys(&self) -> &KeyRing {
        &self.0.keys
    }

    /// The CA's certificate, which stations pin.
    pub fn ca_pem(&self) -> &str {
        self.0.authority.pem()
    }

    /// The centre's clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.0.authority
    }

    pub(crate) fn blobs(&self) -> &dyn ObjectStore {
        &self.0.blobs
    }

    /// Returns once a packet's bytes lie in the packet store for good.
    pub(crate) async fn keep_blob(&self, name: &str, bytes: Vec<u8>) -> Result<(), CentreError> {
        self.0
            .blobs
            .put(&name.into(), PutPayload::from(bytes))
            .await?;
        let root = self.0.folder.join("packets");
        let kept = self.0.disk.keep(&root, &root.join(name)).await;
        kept.map_err(|e| CentreError::file("a packet could not be stored", e))
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.0.disk
    }

    pub(crate) fn uploads(&self) -> PathBuf {
        self.0.folder.join("uploads")
    }

    pub(crate) async fn client(&self) -> Result<deadpool_postgres::Object, CentreError> {
        self.0.database.client().await
    }

    /// A packet has arrived whole.
    pub(crate) fn arrived(&self) -> &Notify {
        &self.0.arrived
    }

    /// A template waits for de-duplication.
    pub(crate) fn jobs(&self) -> &Notify {
        &self.0.jobs
    }

    /// Wakes those who wait for receipts and outcomes.
    pub(crate) fn announce(&self) {
        self.0.changed.send_modify(|n| *n = n.wrapping_add(1));
    }

    /// Rises with every receipt and outcome of this process.
    pub(crate) fn changes(&self) -> tokio::sync::watch::Receiver<u64> {
        self.0.changed.subscribe()
    }

    /// How often a task of this process came back after a panic.
    pub(crate) fn restarts(&self) -> &Restarts {
        &self.0.restarts
    }

    /// Closes the database's connections, so that a private cluster stops at once.
    pub fn close(&self) {
        self.0.database.close();
    }

    /// Whether no centre runs in this folder beside this process.
    pub fn is_alone(&self) -> bool {
        self.0.lock.is_some()
    }

    /// Whether this process runs the cluster.
    pub fn owns_cluster(&self) -> bool {
        self.0.cluster.is_some()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Store({})", self.0.folder.display())
    }
}

fn lock(folder: &Path) -> Result<File, CentreError> {
    let path = folder.join("centre.lock");
    let cannot = |e| CentreError::file(format!("{} could not be locked", path.display()), e);
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(CentreError::Busy(folder.to_owned())),
        Err(TryLockError::Error(e)) => Err(cannot(e)),
    }
}
