//! A store on a disk that failed: what can be read goes into a new, synced file; the old one is set aside, never deleted.

mod leaves;
mod mend;
mod rows;

use crate::audit::{self, Act};
use crate::file::{self, with_suffix};
use crate::files::FileSystem;
use crate::{QueueError, StoreOptions, first_schema, migration, schema};
use domain::Timestamp;
#[cfg(feature = "testing")]
pub(crate) use leaves::rows as rows_on_leaves;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::path::{Path, PathBuf};

/// How many damaged files may lie beside a store.
const SET_ASIDE_LIMIT: u32 = 1000;

/// What became of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescuedTable {
    /// Its name.
    pub name: String,
    /// Rows that were read.
    pub rows: u64,
    /// How often a row could not be read where one was looked for.
    pub unreadable: u64,
}

/// What a rescue brought into the new file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescued {
    /// Where the old file is now, its WAL beside it.
    pub set_aside: PathBuf,
    /// Table by table.
    pub tables: Vec<RescuedTable>,
    /// Applications whose row was gone and was made again from their documents and the log.
    pub rebuilt: u64,
    /// Envelopes and documents of which nobody knows whose they are: they are in the old file alone.
    pub left: u64,
}

impl Rescued {
    /// How often a row could not be read where one was looked for: not how many are gone, since most are then found on
    /// their own pages.
    pub fn unreadable(&self) -> u64 {
        self.tables.iter().map(|table| table.unreadable).sum()
    }
}

/// Makes a new store at `path` of what can be read of the one that is there, and renames that one. The figures of a day are
/// counted anew from the log. Whatever was not acknowledged as done stays undone.
///
/// # Errors
/// [`QueueError::Damaged`] where not even the list of tables can be read, [`QueueError::InUse`], [`QueueError::DiskFull`],
/// [`QueueError::Io`]: the old file is where it was.
pub fn rescue(path: &Path, now: Timestamp) -> Result<Rescued, QueueError> {
    let options = StoreOptions::default();
    finish(path, &*options.files)?;
    if !path.exists() {
        return Err(QueueError::Damaged("the file is gone"));
    }
    let source = open_source(path)?;
    let built = build(&source, path, &options, Some(now))?;
    drop(source);
    let set_aside = finish(path, &*options.files)?;
    Ok(built.at(set_aside))
}

/// A new file that waits to take the old one's place.
pub(crate) struct Built(Rescued);

impl Built {
    pub(crate) fn at(mut self, set_aside: Option<PathBuf>) -> Rescued {
        self.0.set_aside = set_aside.unwrap_or_default();
        self.0
    }
}

/// Opened so that nothing of it changes: not even the WAL is folded.
fn open_source(path: &Path) -> Result<Connection, QueueError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let source = Connection::open_with_flags(path, flags)?;
    source.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    source.execute_batch(
        "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA query_only = ON;
         PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0;",
    )?;
    Ok(source)
}

/// Writes what `source` still gives into a new file beside `path`, synced under a name that [`finish`] knows. Without a
/// clock the log's last row says when.
pub(crate) fn build(
    source: &Connection,
    path: &Path,
    options: &StoreOptions,
    now: Option<Timestamp>,
) -> Result<Built, QueueError> {
    let version = version_of(source)?;
    let mut rescued = Rescued {
        set_aside: PathBuf::new(),
        tables: Vec::new(),
        rebuilt: 0,
        left: 0,
    };
    file::build(&waiting(path), options, |target| {
        target.execute_batch("PRAGMA foreign_keys = OFF")?;
        let first = version == first_schema::VERSION;
        let names: Vec<&str> = if first {
            first_schema::NAMES.to_vec()
        } else {
            let (visits, carried) = (crate::visits::NAMES, crate::carried::NAMES);
            let (visited, carries) = (has(source, visits[0]), has(source, carried[0]));
            let named = |name: &&str| {
                (visited || !visits.contains(name)) && (carries || !carried.contains(name))
            };
            schema::names().filter(named).collect()
        };
        file::transact(target, |tx| {
            if first {
                file::lay_out(tx, first_schema::TABLES, version)
            } else {
                schema::lay_out(tx)
            }
        })?;
        for name in names {
            rescued.tables.push(rows::copy(source, target, name)?);
        }
        if rescued.unreadable() > 0 {
            rows::copy_leaves(path, target, &mut rescued.tables)?;
        }
        let last_at = file::transact(target, mend::log)?;
        let now = now.unwrap_or(last_at);
        if first {
            migration::upgrade(target, now)?;
        }
        let unreadable = rescued.unreadable();
        (rescued.rebuilt, rescued.left) = file::transact(target, |tx| {
            let mended = mend::applications(tx, now)?;
            mend::counter(tx)?;
            let detail = format!(
                "unreadable={unreadable} rebuilt={} left={}",
                mended.0, mended.1
            );
            audit::append(tx, &Act::new("store-rescued").detail(&detail)?, now)?;
            mend::figures(tx)?;
            Ok(mended)
        })?;
        Ok(())
    })?;
    Ok(Built(rescued))
}

/// A store of version 2 has no table of other stations' reviews nor of what is carried, and misses none.
fn has(source: &Connection, table: &str) -> bool {
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)";
    source
        .query_row(sql, [table], |row| row.get(0))
        .unwrap_or(true)
}

/// By the tables that are there: the header may be what is damaged.
fn version_of(source: &Connection) -> Result<i64, QueueError> {
    let mut statement = source.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?;
    let names = statement.query_map([], |row| row.get::<_, String>(0))?;
    let names =
        names
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| match QueueError::from(error) {
                QueueError::Internal { .. } => QueueError::Damaged("the list of tables"),
                other => other,
            })?;
    let has = |name: &str| names.iter().any(|n| n == name);
    if !has("envelopes") || !has("applications") {
        return Err(QueueError::Damaged("the list of tables"));
    }
    Ok(if has("items") {
        schema::VERSION
    } else {
        first_schema::VERSION
    })
}

/// The whole new file, until it takes the old one's place.
fn waiting(path: &Path) -> PathBuf {
    with_suffix(path, ".rescued")
}

/// Puts a new file that is whole into the old one's place, and says where that is now. Called at every start too: a crash
/// at any of these steps is taken up here again.
///
/// # Errors
/// [`QueueError::Io`] where the folder cannot be changed.
pub(crate) fn finish(path: &Path, files: &dyn FileSystem) -> Result<Option<PathBuf>, QueueError> {
    let new = waiting(path);
    // Sealed envelopes can be in what a crash left of them.
    file::discard_unfinished(&new)?;
    file::remove(&leaves::copy_name(path))?;
    if !new.exists() {
        return Ok(None);
    }
    let set_aside = free_name(path)?;
    // The WAL goes first: beside the new file it would be taken for that one's.
    for suffix in ["-wal", ""] {
        let old = with_suffix(path, suffix);
        if old.exists() {
            files.rename(&old, &with_suffix(&set_aside, suffix))?;
            file::sync_folder(path, files)?;
        }
    }
    files.rename(&new, path)?;
    file::sync_folder(path, files)?;
    Ok(Some(set_aside))
}

fn free_name(path: &Path) -> Result<PathBuf, QueueError> {
    (1..=SET_ASIDE_LIMIT)
        .map(|n| with_suffix(path, &format!(".set-aside-{n}")))
        .find(|name| !name.exists())
        .ok_or(QueueError::Io { code: 0 })
}
