//! The store itself: opened whole or not at all, written one transaction at a time.

use crate::audit::{self, Act};
use crate::ballast::{BALLAST_BYTES, Ballast};
use crate::{QueueError, Stop, schema};
use domain::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};

/// How a store is opened; the default is what a station uses.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Bytes kept free for purging on a full disk.
    pub ballast_bytes: u64,
    /// The most pages the file may grow to; none for as many as the disk has. For tests.
    pub page_limit: Option<u32>,
    /// The name of a registered VFS under SQLite. For fault tests.
    pub vfs: Option<String>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            ballast_bytes: BALLAST_BYTES,
            page_limit: None,
            vfs: None,
        }
    }
}

/// The station's store; one owner, one writer.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    ballast: Ballast,
    path: PathBuf,
    stopped: Option<Stop>,
}

impl Store {
    /// Opens the store at `path`, or makes it where there has never been one.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where the file is damaged, empty or gone: it stays untouched.
    /// [`QueueError::InUse`], [`QueueError::NewerVersion`], [`QueueError::DiskFull`],
    /// [`QueueError::Io`].
    pub fn open(path: &Path, now: Timestamp) -> Result<Self, QueueError> {
        Self::open_with(path, &StoreOptions::default(), now)
    }

    /// As [`Store::open`], with options.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with(
        path: &Path,
        options: &StoreOptions,
        now: Timestamp,
    ) -> Result<Self, QueueError> {
        let ballast = Ballast::beside(path, options.ballast_bytes);
        if !path.exists() {
            if ballast.exists() || with_suffix(path, "-wal").exists() {
                return Err(QueueError::Damaged("the file is gone"));
            }
            create(path, options, now)?;
        }
        if fs::metadata(path)?.len() == 0 {
            return Err(QueueError::Damaged("the file is empty"));
        }
        let connection = connect(path, options)?;
        // Closing would fold the WAL into the file: a damaged store must stay as it is.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        check(&connection)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
        let mut store = Self {
            connection,
            ballast,
            path: path.to_owned(),
            stopped: None,
        };
        // What a crash left in the WAL of something already destroyed goes now. On a full disk
        // this may fail; the store still opens, so that uploads can free it.
        match store.purge() {
            Ok(_) | Err(QueueError::DiskFull) => Ok(store),
            Err(error) => Err(error),
        }
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Why the store takes no more work, if so; what is readable stays readable.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// Whether the room for purging on a full disk is there; false says that the disk is full.
    pub fn has_ballast(&self) -> bool {
        self.ballast.is_whole()
    }

    /// Reads every page of the file, envelopes too: minutes on a large store.
    ///
    /// # Errors
    /// [`QueueError::Damaged`], after which the store takes no more work.
    pub fn check_everything(&mut self) -> Result<(), QueueError> {
        let checked = quick_check(&self.connection, "PRAGMA quick_check(1)");
        self.remember(checked)
    }

    /// Runs `act` in one transaction that is on the disk when this returns `Ok`.
    pub(crate) fn write<T>(
        &mut self,
        act: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        if let Some(stop) = self.stopped {
            return Err(QueueError::Stopped(stop));
        }
        let written = transact(&mut self.connection, act);
        self.remember(written)
    }

    /// As [`Store::write`], for acts that free room: on a full disk they run in the ballast's.
    pub(crate) fn write_freeing<T>(
        &mut self,
        act: impl Fn(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        match self.write(&act) {
            Err(QueueError::DiskFull) => {
                self.ballast.release()?;
                self.write(&act)
            }
            other => other,
        }
    }

    /// Keeps in mind what an error says about the disk.
    pub(crate) fn remember<T>(&mut self, result: Result<T, QueueError>) -> Result<T, QueueError> {
        if let Err(error) = &result
            && let Some(stop) = error.stop()
        {
            tracing::error!(error = %error, "the store stops taking work");
            self.stopped = Some(stop);
        }
        result
    }

    /// Folds the WAL into the file and cuts it to nothing; uses and renews the ballast.
    pub(crate) fn truncate_wal(&mut self) -> Result<(), QueueError> {
        let mut done = checkpoint(&self.connection);
        if done == Err(QueueError::DiskFull) {
            self.ballast.release()?;
            done = checkpoint(&self.connection);
        }
        self.remember(done)?;
        match self.ballast.restore() {
            Ok(()) | Err(QueueError::DiskFull) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn transact<T>(
    connection: &mut Connection,
    act: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>,
) -> Result<T, QueueError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = act(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn checkpoint(connection: &Connection) -> Result<(), QueueError> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        Ok(())
    } else {
        Err(QueueError::InUse)
    }
}

/// Makes the whole store under another name first: a crash leaves either nothing or a store.
fn create(path: &Path, options: &StoreOptions, now: Timestamp) -> Result<(), QueueError> {
    let unfinished = with_suffix(path, ".new");
    for suffix in ["", "-wal", "-journal"] {
        match fs::remove_file(with_suffix(&unfinished, suffix)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    create_private(&unfinished)?;
    let mut connection = connect(&unfinished, options)?;
    transact(&mut connection, |tx| {
        tx.execute_batch(schema::TABLES)?;
        tx.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
        tx.pragma_update(None, "user_version", schema::VERSION)?;
        audit::append(tx, &Act::new("store-created"), now)
    })?;
    checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    fs::File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, path)?;
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn create_private(path: &Path) -> Result<(), QueueError> {
    let mut how = fs::OpenOptions::new();
    how.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut how, 0o600);
    how.open(path)?;
    Ok(())
}

/// Connects with every option that matters said aloud.
fn connect(path: &Path, options: &StoreOptions) -> Result<Connection, QueueError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let connection = match &options.vfs {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // Exclusive: a second process is told so at once, and there is no shared-memory file.
    // temp_store=MEMORY: nothing spills into temporary files.
    connection.execute_batch(
        "PRAGMA busy_timeout = 2000;
         PRAGMA locking_mode = EXCLUSIVE;
         PRAGMA page_size = 8192;
         PRAGMA auto_vacuum = NONE;
         PRAGMA encoding = 'UTF-8';
         PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 0;
         PRAGMA trusted_schema = OFF;
         PRAGMA cell_size_check = ON;
         PRAGMA foreign_keys = ON;
         PRAGMA recursive_triggers = OFF;",
    )?;
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(QueueError::Io { code: 0 });
    }
    connection.execute_batch(
        "PRAGMA synchronous = FULL;
         PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 512;
         PRAGMA fullfsync = ON;
         PRAGMA checkpoint_fullfsync = ON;",
    )?;
    if let Some(limit) = options.page_limit {
        connection.pragma_update(None, "max_page_count", limit)?;
    }
    Ok(connection)
}

fn check(connection: &Connection) -> Result<(), QueueError> {
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id != schema::APPLICATION_ID {
        return Err(QueueError::Damaged("not a store of this application"));
    }
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > schema::VERSION {
        return Err(QueueError::NewerVersion {
            found,
            known: schema::VERSION,
        });
    }
    // A short file passes a table's check when the missing pages belong to another table.
    quick_check(connection, "PRAGMA quick_check(sqlite_schema)")?;
    whole(connection)?;
    for table in schema::CHECKED_AT_START {
        quick_check(connection, &format!("PRAGMA quick_check({table})"))?;
    }
    audit::check_head(connection)
}

fn quick_check(connection: &Connection, pragma: &str) -> Result<(), QueueError> {
    let verdict: String = connection
        .query_row(pragma, [], |row| row.get(0))
        .map_err(|error| {
            match QueueError::from(error) {
                // A schema that cannot be read any more, seen as a missing table.
                QueueError::Internal { .. } => QueueError::Damaged("a table"),
                other => other,
            }
        })?;
    if verdict == "ok" {
        Ok(())
    } else {
        Err(QueueError::Damaged("a page"))
    }
}

/// The file must hold as many pages as it says, unless the newest are still in the WAL.
fn whole(connection: &Connection) -> Result<(), QueueError> {
    let Some(path) = connection.path().filter(|p| !p.is_empty()) else {
        return Ok(());
    };
    let pages: u64 = connection
        .query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    let size: u64 = connection
        .query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0))?
        .unsigned_abs();
    let wal = fs::metadata(with_suffix(Path::new(path), "-wal")).map_or(0, |m| m.len());
    let file = fs::metadata(path)?.len();
    if wal == 0 && file < pages.saturating_mul(size) {
        return Err(QueueError::Damaged("the file is cut"));
    }
    Ok(())
}

pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
