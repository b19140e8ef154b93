//! The tables, and what the file says of itself.

/// `application_id` in the file's header: "Shnk".
pub(crate) const APPLICATION_ID: i64 = 0x5368_6e6b;
/// `user_version`: rises with every change of the tables.
pub const VERSION: i64 = 3;
/// Before reviews were decided at other stations, and packets of others carried.
pub(crate) const SECOND_VERSION: i64 = 2;

/// Tables that are checked page by page at every start. Envelopes, documents and enclosures carry digests or
/// signatures of their own and are checked when they are read: a start must not read gigabytes.
pub(crate) const CHECKED_AT_START: [&str; 8] = [
    "settings",
    "applications",
    "items",
    "centre_keys",
    "key_files",
    "sign_in",
    "day_counters",
    "outcomes",
];

/// Every table of version 2, in an order in which rows may be put in.
const NAMES: [&str; 14] = [
    "settings",
    "centre_keys",
    "key_files",
    "sign_in",
    "applications",
    "items",
    "documents",
    "enclosures",
    "owed_copies",
    "envelopes",
    "readers",
    "outcomes",
    "audit",
    "day_counters",
];

/// The tables of version 2; version 3 has those of [`crate::visits`] and [`crate::carried`] beside them. `stage` and `role` are names of `domain::Stage` and `envelopes::Role`, an item's
/// `kind` is a key of `domain::ItemKind`; times are milliseconds since the epoch; digests are 32 bytes.
///
/// `enclosures` holds what an item without an application carries: its documents, a key file's sealed bytes, and
/// for good the receipt. They stand apart from `documents` and `envelopes`, which belong to applications and are
/// never copied by a migration: there can be gigabytes.
pub(crate) const TABLES: &str = "
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT;

CREATE TABLE centre_keys (
    key         BLOB PRIMARY KEY CHECK (length(key) = 32),
    certificate BLOB NOT NULL
) STRICT;

CREATE TABLE sign_in (
    staff             TEXT PRIMARY KEY,
    tries             INTEGER NOT NULL,
    last_at           INTEGER NOT NULL,
    unlocked_at       INTEGER NOT NULL,
    lease_unlocked_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE applications (
    packet          BLOB PRIMARY KEY CHECK (length(packet) = 16),
    stage           TEXT NOT NULL CHECK (stage IN ('draft', 'in_review', 'outbox', 'settled', 'closed', 'set_aside')),
    officer         TEXT NOT NULL,
    kind            TEXT NOT NULL,
    step            TEXT NOT NULL DEFAULT '',
    reason          TEXT,
    risk            INTEGER NOT NULL DEFAULT 0,
    flags           TEXT NOT NULL DEFAULT '',
    replayed        INTEGER NOT NULL DEFAULT 0,
    priority        INTEGER NOT NULL DEFAULT 2,
    digest          BLOB CHECK (digest IS NULL OR length(digest) = 32),
    length          INTEGER NOT NULL DEFAULT 0,
    counter         INTEGER UNIQUE,
    lease           INTEGER,
    verdict         TEXT,
    receipt_sequence INTEGER,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    submitted_at    INTEGER
) STRICT;
CREATE INDEX applications_by_stage ON applications (stage, priority, counter);
CREATE INDEX applications_by_lease ON applications (lease);

CREATE TABLE documents (
    packet BLOB NOT NULL REFERENCES applications (packet),
    kind   TEXT NOT NULL CHECK (kind IN ('statement', 'decision', 'manifest', 'receipt')),
    bytes  BLOB NOT NULL,
    PRIMARY KEY (packet, kind)
) STRICT;

CREATE TABLE envelopes (
    id     INTEGER PRIMARY KEY,
    packet BLOB NOT NULL REFERENCES applications (packet),
    role   TEXT NOT NULL CHECK (role IN ('draft', 'review', 'packet')),
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    bytes  BLOB NOT NULL,
    UNIQUE (packet, role)
) STRICT;

CREATE TABLE outcomes (
    cursor INTEGER PRIMARY KEY,
    packet BLOB NOT NULL,
    kind   TEXT NOT NULL,
    reason TEXT,
    at     INTEGER NOT NULL
) STRICT;
CREATE INDEX outcomes_by_packet ON outcomes (packet);

CREATE TABLE day_counters (
    day    TEXT NOT NULL,
    act    TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (day, act)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    act    TEXT NOT NULL,
    staff  TEXT,
    packet BLOB,
    detail TEXT NOT NULL,
    hash   BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TABLE items (
    packet        BLOB PRIMARY KEY CHECK (length(packet) = 16),
    kind          TEXT NOT NULL,
    priority      INTEGER NOT NULL,
    counter       INTEGER NOT NULL UNIQUE,
    digest        BLOB NOT NULL CHECK (length(digest) = 32),
    length        INTEGER NOT NULL,
    upload_url    TEXT,
    upload_offset INTEGER NOT NULL DEFAULT 0,
    attempts      INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    wait_reason   TEXT,
    paused        INTEGER NOT NULL DEFAULT 0,
    since         INTEGER NOT NULL
) STRICT;
CREATE INDEX items_by_order ON items (priority, counter, paused, not_before);
CREATE INDEX items_at_once ON items (priority, counter) WHERE paused = 0 AND not_before = 0;
CREATE INDEX items_by_wait ON items (not_before) WHERE paused = 0 AND not_before <> 0;

CREATE TABLE enclosures (
    packet BLOB NOT NULL CHECK (length(packet) = 16),
    kind   TEXT NOT NULL CHECK (kind IN ('statement', 'manifest', 'void', 'envelope', 'receipt')),
    bytes  BLOB NOT NULL,
    PRIMARY KEY (packet, kind)
) STRICT;

CREATE TABLE readers (
    packet  BLOB NOT NULL CHECK (length(packet) = 16),
    role    TEXT NOT NULL CHECK (role IN ('draft', 'review')),
    readers BLOB NOT NULL CHECK (length(readers) = 32),
    PRIMARY KEY (packet, role)
) STRICT;

CREATE TABLE owed_copies (
    packet BLOB NOT NULL CHECK (length(packet) = 16),
    part   TEXT NOT NULL,
    PRIMARY KEY (packet, part)
) STRICT;

CREATE TABLE key_files (
    staff   TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    file    BLOB NOT NULL
) STRICT;
";

/// The statements that make these tables and their indexes, out of a schema's text.
pub(crate) fn creation<'a>(
    tables: &'a str,
    names: &'a [&str],
) -> impl Iterator<Item = &'a str> + 'a {
    tables.split(';').map(str::trim).filter(move |statement| {
        let of = statement
            .strip_prefix("CREATE TABLE ")
            .or_else(|| statement.split_once(" ON ").map(|(_, table)| table));
        let table = of.and_then(|rest| rest.split(' ').next());
        table.is_some_and(|table| names.contains(&table))
    })
}

/// Lays out the newest version in an empty file.
pub(crate) fn lay_out(tx: &rusqlite::Transaction<'_>) -> Result<(), crate::QueueError> {
    crate::file::lay_out(tx, &compact(TABLES), VERSION)?;
    lay_out_third(tx)
}

/// The tables that version 3 has beside those of version 2.
pub(crate) fn lay_out_third(tx: &rusqlite::Transaction<'_>) -> Result<(), crate::QueueError> {
    tx.execute_batch(&compact(crate::visits::TABLES))?;
    Ok(tx.execute_batch(&compact(crate::carried::TABLES))?)
}

/// Without the spaces that please the eye. SQLite keeps these texts in the file's list of tables, and that has to stay on the first page:
/// a rescue reads every other page without the list, but none without it.
fn compact(tables: &str) -> String {
    let words: Vec<&str> = tables.split_whitespace().collect();
    words.join(" ")
}

/// Every table of the newest version, in an order in which rows may be put in.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let later = crate::visits::NAMES
        .into_iter()
        .chain(crate::carried::NAMES);
    NAMES.into_iter().chain(later)
}
