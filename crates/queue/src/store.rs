//! The store itself: opened whole or not at all, written one transaction at a time.

use crate::ballast::{BALLAST_BYTES, Ballast};
use crate::changes::{Changes, Counted};
use crate::file::{self, with_suffix};
use crate::files::{FileSystem, SystemFiles};
use crate::outbox::Unwritten;
use crate::rescue::{self, Rescued};
use crate::second_copy::SecondDisk;
use crate::{QueueError, Stop, migration};
use domain::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Transaction};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How a store is opened; the default is what a station uses.
#[derive(Debug, Clone)]
pub struct StoreOptions {
    /// Where a second sealed copy is kept, on another disk; none for the station's own setting.
    pub second: Option<SecondDisk>,
    /// Bytes kept free for purging on a full disk.
    pub ballast_bytes: u64,
    /// The most pages the file may grow to; none for as many as the disk has. For tests.
    pub page_limit: Option<u32>,
    /// The name of a registered VFS under SQLite. For fault tests.
    pub vfs: Option<String>,
    /// What syncs and renames the store's own files, which SQLite does not. For fault tests.
    pub files: Arc<dyn FileSystem>,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            second: None,
            ballast_bytes: BALLAST_BYTES,
            page_limit: None,
            vfs: None,
            files: Arc::new(SystemFiles),
        }
    }
}

/// The station's store; one owner, one writer.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    ballast: Ballast,
    path: PathBuf,
    options: StoreOptions,
    stopped: Option<Stop>,
    rescued: Option<Rescued>,
    changes: Counted,
    pub(crate) unwritten: Unwritten,
    pub(crate) unwritten_powered_millis: i64,
}

impl Store {
    /// Opens the store at `path`, or makes it where there has never been one.
    ///
    /// # Errors
    /// [`QueueError::Damaged`] where the file is damaged, empty or gone: it stays untouched, and [`crate::rescue()`] makes
    /// a new one of what can be read. A store of version 1 is migrated in one transaction.
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
        rescue::finish(path, &*options.files)?;
        let ballast = Ballast::beside(path, options.ballast_bytes, options.files.clone());
        if !path.exists() {
            if ballast.exists() || with_suffix(path, "-wal").exists() {
                return Err(QueueError::Damaged("the file is gone"));
            }
            file::create(path, options, now)?;
        }
        if fs::metadata(path)?.len() == 0 {
            return Err(QueueError::Damaged("the file is empty"));
        }
        let mut connection = open_checked(path, options, &ballast, now)?;
        let mut changes = Counted::default();
        changes.watch(&mut connection)?;
        let mut store = Self {
            connection,
            ballast,
            path: path.to_owned(),
            options: options.clone(),
            stopped: None,
            rescued: None,
            changes,
            unwritten: Unwritten::default(),
            unwritten_powered_millis: 0,
        };
        store.adopt_second_copy()?;
        // What the second disk is owed from before, its purges first.
        if store.options.second.is_some() {
            match store.write(|_| Ok(())) {
                Ok(()) | Err(QueueError::DiskFull) => {}
                Err(error) => return Err(error),
            }
        }
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

    pub(crate) fn options(&self) -> &StoreOptions {
        &self.options
    }

    pub(crate) fn options_mut(&mut self) -> &mut StoreOptions {
        &mut self.options
    }

    /// Why the store takes no more work, if so; what is readable stays readable.
    pub fn stopped(&self) -> Option<Stop> {
        self.stopped
    }

    /// What a failure of the disk made of the store while it was open: a new file, the old one set aside.
    pub fn rescued(&self) -> Option<&Rescued> {
        self.rescued.as_ref()
    }

    /// What was written so far, by table; equal values mean that nothing changed.
    pub fn changes(&self) -> Changes {
        self.changes.now()
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
        let checked = file::quick_check(&self.connection, "PRAGMA quick_check(1)");
        self.remember(checked)
    }

    /// Runs `act` in one transaction that is on the disk when this returns `Ok`.
    ///
    /// Where the disk fails or a page is damaged, what can be read is written into a new, synced file, and the act is
    /// repeated there once: after a failed fsync the kernel may call lost pages clean, so that the old file proves nothing
    /// any more. A second failure stops the store.
    pub(crate) fn write<T>(
        &mut self,
        mut act: impl FnMut(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        if let Some(stop) = self.stopped {
            return Err(QueueError::Stopped(stop));
        }
        let mut written = self.act(&mut act);
        if self.moves_on(&written) {
            written = self.act(&mut act);
        }
        self.remember(written)
    }

    /// The act's own transaction, with what a second disk is owed before, within and after it.
    fn act<T>(
        &mut self,
        act: &mut impl FnMut(&Transaction<'_>) -> Result<T, QueueError>,
    ) -> Result<T, QueueError> {
        let Some(second) = &self.options.second else {
            return file::transact(&mut self.connection, act);
        };
        let done = file::transact(&mut self.connection, |tx| {
            let before = second.pay(tx)?;
            let value = act(tx)?;
            second.write_new(tx, before)?;
            Ok(value)
        })?;
        // The act is done whatever becomes of this: what is not removed there stays owed.
        if second.owes_removals(&self.connection)
            && let Err(error) =
                file::transact(&mut self.connection, |tx| second.remove_destroyed(tx))
        {
            tracing::warn!(error = %error, "a purge of the second disk stays owed");
        }
        Ok(done)
    }

    /// Whether a failure of the disk was answered by a new file.
    fn moves_on<T>(&mut self, result: &Result<T, QueueError>) -> bool {
        let Err(error) = result else { return false };
        if error.stop().is_none() || self.rescued.is_some() {
            return false;
        }
        tracing::error!(error = %error, "the disk failed: the store moves into a new file");
        match self.move_into_new_file() {
            Ok(()) => true,
            Err(second) => {
                tracing::error!(error = %second, "the store finds no new file");
                false
            }
        }
    }

    fn move_into_new_file(&mut self) -> Result<(), QueueError> {
        let built = rescue::build(&self.connection, &self.path, &self.options, None)?;
        // The old file must stay as it is: closing would fold its WAL.
        self.connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        let old = std::mem::replace(&mut self.connection, Connection::open_in_memory()?);
        drop(old);
        let set_aside = rescue::finish(&self.path, &*self.options.files)?;
        let mut connection = file::connect(&self.path, &self.options)?;
        file::check(&connection)?;
        if let Some(second) = &self.options.second {
            second.watch(&connection)?;
        }
        self.changes.watch(&mut connection)?;
        self.connection = connection;
        self.rescued = Some(built.at(set_aside));
        Ok(())
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
        let mut done = file::checkpoint(&self.connection);
        if done == Err(QueueError::DiskFull) {
            self.ballast.release()?;
            done = file::checkpoint(&self.connection);
        }
        if self.moves_on(&done) {
            done = file::checkpoint(&self.connection);
        }
        self.remember(done)?;
        match self.ballast.restore() {
            Ok(()) | Err(QueueError::DiskFull) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Connects to a file that holds together, in this build's version.
fn open_checked(
    path: &Path,
    options: &StoreOptions,
    ballast: &Ballast,
    now: Timestamp,
) -> Result<Connection, QueueError> {
    let mut connection = file::connect(path, options)?;
    // Closing would fold the WAL into the file: a damaged store must stay as it is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let version = file::check(&connection)?;
    if version < crate::schema::VERSION {
        let mut migrated = migration::upgrade(&mut connection, now);
        if migrated == Err(QueueError::DiskFull) {
            ballast.release()?;
            migrated = migration::upgrade(&mut connection, now);
        }
        migrated?;
    }
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if let Some(second) = &options.second {
        second.watch(&connection)?;
    }
    Ok(connection)
}
