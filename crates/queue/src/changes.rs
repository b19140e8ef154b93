//! What has changed since somebody looked: SQLite itself tells of every row that is written, so that no act can forget to.

use crate::QueueError;
use rusqlite::Connection;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How often rows of a table were written since the store was opened; a write that was rolled back counts too. Two equal values mean that
/// nothing changed between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Changes {
    /// Applications and their stages, and the reviews of other stations.
    pub applications: u64,
    /// What waits for the centre, carried for other stations too.
    pub items: u64,
    /// What the centre answered.
    pub outcomes: u64,
    /// The audit chain, and with it the day's counters.
    pub audit: u64,
    /// Tries at key files.
    pub sign_in: u64,
    /// The file: another one after a failure of the disk.
    pub files: u64,
}

const TABLES: [&str; 6] = [
    "applications",
    "items",
    "outcomes",
    "audit",
    "sign_in",
    "visits",
];

/// One counter a table, and one for the files.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    tables: Arc<[AtomicU64; TABLES.len()]>,
    files: u64,
}

impl Counted {
    /// Counts on a connection that was just made.
    pub(crate) fn watch(&mut self, connection: &mut Connection) -> Result<(), QueueError> {
        self.files += 1;
        let tables = self.tables.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, _| {
            let table = if table == "carried" { "items" } else { table };
            if let Some(at) = TABLES.iter().position(|known| *known == table) {
                tables[at].fetch_add(1, Ordering::Relaxed);
            }
        }))?;
        Ok(())
    }

    pub(crate) fn now(&self) -> Changes {
        let [applications, items, outcomes, audit, sign_in, visits] =
            self.tables.each_ref().map(|n| n.load(Ordering::Relaxed));
        Changes {
            applications: applications + visits,
            items,
            outcomes,
            audit,
            sign_in,
            files: self.files,
        }
    }
}
