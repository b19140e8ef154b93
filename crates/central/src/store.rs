//! Everything a centre works with, opened once: database, keys, packets, clock.

use crate::authority::Authority;
use crate::cluster::{Cluster, Durability};
use crate::custody::{Name, Purpose, rotation};
use crate::ingest::Stuck;
use crate::matching::Progress;
use crate::packet_store::PacketStore;
use crate::supervise::Restarts;
use crate::{CentreError, Clock, Database, Disk, KeyRing, private_file};
use envelope::{Digest, Lease, Signed};
use object_store::ObjectStore;
use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
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

/// Where a centre keeps its files.
#[derive(Debug, Clone)]
pub struct Place {
    /// Keys, unfinished uploads, a private cluster: one centre's alone.
    pub folder: PathBuf,
    /// Packets: shared by all centres over one database. A folder, or a bucket: `s3://BUCKET/PREFIX?endpoint=…`.
    pub packets: PathBuf,
    /// Bytes that one station's connections may bring in a day.
    pub station_bytes: u64,
}

/// 4 GiB: a week's backlog of a busy counter is a quarter of it.
const STATION_BYTES: u64 = 4 << 30;

impl Place {
    /// A centre that shares nothing.
    pub fn of(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            packets: folder.join("packets"),
            station_bytes: STATION_BYTES,
            folder,
        }
    }
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
    url: String,
    database: Database,
    keys: RwLock<Arc<KeyRing>>,
    authority: Authority,
    packets: PacketStore,
    quota: u64,
    clock: Clock,
    disk: Disk,
    arrived: Notify,
    jobs: Notify,
    changed: tokio::sync::watch::Sender<u64>,
    restarts: Restarts,
    stuck: Stuck,
    progress: Progress,
    // In this order: the cluster stops before another centre may take the folder.
    cluster: Option<Cluster>,
    lock: Option<File>,
}

impl Store {
    /// Opens the store in a folder, which no other centre may use meanwhile, and brings its
    /// database to this version.
    ///
    /// # Errors
    /// [`CentreError::Busy`] and whatever keeps a part from opening.
    pub async fn open(
        place: &Place,
        database: &DatabaseChoice,
        world: (Clock, Disk),
    ) -> Result<Self, CentreError> {
        let folder = place.folder.as_path();
        private_file::make_folder(folder)?;
        let lock = lock(folder)?;
        // Before a database is made for keys that are not there.
        KeyRing::open(folder, world.0.now())?;
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
        Self::assemble(place, &url, world, cluster, Some(lock)).await
    }

    /// Opens the store beside the centre that runs in its folder, or alone where none runs: for
    /// administration.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_beside(
        place: &Place,
        database: &DatabaseChoice,
        clock: Clock,
    ) -> Result<Self, CentreError> {
        let deadline = tokio::time::Instant::now() + BESIDE_PATIENCE;
        loop {
            let world = (clock.clone(), Disk::system());
            let tried = Self::open_once_beside(place, database, world).await;
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
        place: &Place,
        database: &DatabaseChoice,
        world: (Clock, Disk),
    ) -> Result<Self, CentreError> {
        match Self::open(place, database, world.clone()).await {
            Err(CentreError::Busy(_)) => {}
            opened => return opened,
        }
        let url = match database {
            DatabaseChoice::Private(_) => Cluster::url_of_running(&place.folder, "shanakht")?,
            DatabaseChoice::Url(url) => url.clone(),
        };
        Self::assemble(place, &url, world, None, None).await
    }

    async fn assemble(
        place: &Place,
        url: &str,
        (clock, disk): (Clock, Disk),
        cluster: Option<Cluster>,
        lock: Option<File>,
    ) -> Result<Self, CentreError> {
        let (folder, now) = (place.folder.as_path(), clock.now());
        let keys = KeyRing::open(folder, now)?;
        let authority = Authority::open(folder)?;
        private_file::make_folder(&folder.join("uploads"))?;
        let packets = PacketStore::open(&place.packets, &disk)?;
        let database = Database::open(url).await?;
        let store = Self(Arc::new(Inner {
            folder: folder.to_owned(),
            url: url.to_owned(),
            database,
            keys: RwLock::new(Arc::new(keys)),
            authority,
            packets,
            quota: place.station_bytes,
            clock,
            disk,
            arrived: Notify::new(),
            jobs: Notify::new(),
            changed: tokio::sync::watch::Sender::new(0),
            restarts: Restarts::default(),
            stuck: Stuck::default(),
            progress: Progress::default(),
            cluster,
            lock,
        }));
        store.confirm_keys().await?;
        crate::operators::take_first(&store, &folder.join(crate::custody::keys::FOLDER)).await?;
        crate::policy::ensure(&store).await?;
        Ok(store)
    }

    /// The database knows the public sides of the keys that it was begun with: a centre with others stops before it signs anything.
    async fn confirm_keys(&self) -> Result<(), CentreError> {
        let client = self.client().await?;
        let keys = self.keys();
        for purpose in [Purpose::Receipts, Purpose::Ingest] {
            let public = keys.public_of(Name { purpose, number: 1 });
            let public = public.ok_or(CentreError::KeyMissing(purpose.words()))?;
            let begun = "insert into key_generation (purpose, number, public, since) values ($1, 1, $2, 0) on conflict do nothing";
            client.execute(begun, &[&purpose.as_str(), &public]).await?;
        }
        rotation::learn(self).await?;
        self.refresh_keys().await?;
        let keys = self.keys();
        let newest = "select document from lease order by issued_at desc limit 1";
        if let Some(row) = client.query_opt(newest, &[]).await? {
            let other = || CentreError::OtherKeys(Purpose::Receipts.words());
            let lease = Signed::<Lease>::from_bytes(row.get(0))?;
            let signed_by = keys.of(lease.key_id()?).map(|key| key.signer().public());
            if signed_by.is_none() && !keys.is_lacking() {
                return Err(other());
            }
            if let Some(key) = signed_by {
                lease.verify(&key).map_err(|_| other())?;
            }
        }
        let root = ("policy-root", hex::encode(keys.root().as_bytes()));
        let authority = (
            "authority",
            Digest::of(self.ca_pem().as_bytes()).to_string(),
        );
        for (name, public) in [root, authority] {
            let begun = "insert into centre_key (name, public) values ($1, $2) on conflict (name) do nothing";
            client.execute(begun, &[&name, &public]).await?;
            let kept = "select public from centre_key where name = $1";
            let row = client.query_one(kept, &[&name]).await?;
            if row.get::<_, &str>(0) != public {
                return Err(CentreError::OtherKeys(name));
            }
        }
        Ok(())
    }

    /// The centre's keys, as they are now: a rotation takes effect without a new start.
    pub fn keys(&self) -> Arc<KeyRing> {
        match self.0.keys.read() {
            Ok(keys) => keys.clone(),
            Err(poisoned) => poisoned.into_inner().clone(),
        }
    }

    /// Reads the keys again where the database knows of others than those that are here; says whether there are more now.
    pub(crate) async fn refresh_keys(&self) -> Result<bool, CentreError> {
        let known = rotation::known(self).await?;
        let before = self.keys();
        let here =
            |known: &rotation::Known| before.public_of(known.name).as_ref() == Some(&known.public);
        if known.iter().all(here) {
            return Ok(false);
        }
        let (folder, now) = (self.0.folder.clone(), self.0.clock.now());
        let read = move || KeyRing::open(&folder, now)?.with(&folder, known, now);
        let keys = tokio::task::spawn_blocking(read)
            .await
            .map_err(|_| CentreError::Ended("reading the keys"))??;
        let more = [Purpose::Receipts, Purpose::Ingest]
            .into_iter()
            .any(|purpose| keys.newest(purpose) > before.newest(purpose));
        match self.0.keys.write() {
            Ok(mut held) => *held = Arc::new(keys),
            Err(poisoned) => *poisoned.into_inner() = Arc::new(keys),
        }
        Ok(more)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.0.folder
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
        self.0.packets.objects()
    }

    /// Returns once a packet's bytes lie in the packet store for good.
    pub(crate) async fn keep_blob(&self, name: &str, bytes: Vec<u8>) -> Result<(), CentreError> {
        self.0.packets.keep(name, bytes).await
    }

    pub(crate) fn disk(&self) -> &Disk {
        &self.0.disk
    }

    /// Bytes that one station's connections may bring in a day.
    pub(crate) fn quota(&self) -> u64 {
        self.0.quota
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

    /// Jobs of this process that are past their deadline.
    pub(crate) fn stuck(&self) -> &Stuck {
        &self.0.stuck
    }

    /// The URL of the database as a command line may have it: the password is written into `passfile`, for its owner alone.
    ///
    /// # Errors
    /// [`CentreError`] where that cannot be written.
    pub fn database_url(&self, passfile: &Path) -> Result<String, CentreError> {
        crate::database::without_password(&self.0.url, passfile)
    }

    /// How far the home of this process's searches is.
    pub(crate) fn progress(&self) -> &Progress {
        &self.0.progress
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
