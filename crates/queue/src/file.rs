//! The file of a store: made whole under another name, opened with every option that matters, checked at a start.

use crate::audit::{self, Act};
use crate::files::FileSystem;
use crate::{QueueError, StoreOptions, first_schema, schema, visits};
use domain::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};
use std::fs;
use std::path::{Path, PathBuf};

/// Every store has pages of this size.
pub(crate) const PAGE_BYTES: usize = 8192;

pub(crate) fn transact<T>(
    connection: &mut Connection,
    act: impl FnOnce(&Transaction<'_>) -> Result<T, QueueError>,
) -> Result<T, QueueError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = act(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

pub(crate) fn checkpoint(connection: &Connection) -> Result<(), QueueError> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy == 0 {
        Ok(())
    } else {
        Err(QueueError::InUse)
    }
}

/// Makes a whole store: either it is there when this returns, or nothing is.
pub(crate) fn create(
    path: &Path,
    options: &StoreOptions,
    now: Timestamp,
) -> Result<(), QueueError> {
    build(path, options, |connection| {
        transact(connection, |tx| {
            schema::lay_out(tx)?;
            audit::append(tx, &Act::new("store-created"), now)
        })
    })
}

/// The tables of a version, in an empty file.
pub(crate) fn lay_out(tx: &Transaction<'_>, tables: &str, version: i64) -> Result<(), QueueError> {
    tx.execute_batch(tables)?;
    tx.pragma_update(None, "application_id", schema::APPLICATION_ID)?;
    tx.pragma_update(None, "user_version", version)?;
    Ok(())
}

/// Makes the file under another name first, synced: a crash leaves either nothing or the whole at `path`.
pub(crate) fn build(
    path: &Path,
    options: &StoreOptions,
    fill: impl FnOnce(&mut Connection) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    let built = build_unfinished(path, options, fill);
    if built.is_err() {
        // Its room is wanted, and sealed envelopes can be in it.
        discard_unfinished(path)?;
    }
    built
}

fn build_unfinished(
    path: &Path,
    options: &StoreOptions,
    fill: impl FnOnce(&mut Connection) -> Result<(), QueueError>,
) -> Result<(), QueueError> {
    discard_unfinished(path)?;
    let unfinished = with_suffix(path, ".new");
    create_private(&unfinished)?;
    let mut connection = connect(&unfinished, options)?;
    fill(&mut connection)?;
    checkpoint(&connection)?;
    connection.close().map_err(|(_, error)| error)?;
    options.files.sync(&unfinished)?;
    options.files.rename(&unfinished, path)?;
    sync_folder(path, &*options.files)
}

/// Removes what a crash left of a file that [`build`] had not finished: sealed envelopes can be in it.
pub(crate) fn discard_unfinished(path: &Path) -> Result<(), QueueError> {
    remove(&with_suffix(path, ".new"))
}

/// Removes a file of SQLite's and those beside it, where they are.
pub(crate) fn remove(path: &Path) -> Result<(), QueueError> {
    for suffix in ["", "-wal", "-journal", "-shm"] {
        match fs::remove_file(with_suffix(path, suffix)) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
            _ => {}
        }
    }
    Ok(())
}

/// The names in the folder are on the disk when this returns.
pub(crate) fn sync_folder(path: &Path, files: &dyn FileSystem) -> Result<(), QueueError> {
    if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty()) {
        files.sync_folder(folder)?;
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
pub(crate) fn connect(path: &Path, options: &StoreOptions) -> Result<Connection, QueueError> {
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
    connection.pragma_update(None, "page_size", PAGE_BYTES as i64)?;
    connection.execute_batch(
        "PRAGMA busy_timeout = 2000;
         PRAGMA locking_mode = EXCLUSIVE;
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

/// What a start checks; returns the version of the tables.
pub(crate) fn check(connection: &Connection) -> Result<i64, QueueError> {
    let id: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0))?;
    if id != schema::APPLICATION_ID {
        return Err(QueueError::Damaged("not a store of this application"));
    }
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables = match found {
        first_schema::VERSION => first_schema::CHECKED_AT_START.as_slice(),
        schema::SECOND_VERSION | schema::VERSION => schema::CHECKED_AT_START.as_slice(),
        _ if found > schema::VERSION => {
            return Err(QueueError::NewerVersion {
                found,
                known: schema::VERSION,
            });
        }
        _ => return Err(QueueError::Damaged("the version")),
    };
    // A short file passes a table's check when the missing pages belong to another table.
    quick_check(connection, "PRAGMA quick_check(sqlite_schema)")?;
    whole(connection)?;
    for table in tables {
        quick_check(connection, &format!("PRAGMA quick_check({table})"))?;
    }
    if found == schema::VERSION {
        for table in visits::CHECKED_AT_START {
            quick_check(connection, &format!("PRAGMA quick_check({table})"))?;
        }
        quick_check(connection, "PRAGMA quick_check(carried)")?;
    }
    audit::check_head(connection)?;
    Ok(found)
}

pub(crate) fn quick_check(connection: &Connection, pragma: &str) -> Result<(), QueueError> {
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
