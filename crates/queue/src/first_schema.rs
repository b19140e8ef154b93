//! The tables of version 1, frozen: what release 3de2f98 wrote, and what a downgrade writes again.

/// `user_version` of these tables.
pub(crate) const VERSION: i64 = 1;

/// Tables of version 1 that are checked page by page at every start.
pub(crate) const CHECKED_AT_START: [&str; 6] = [
    "settings",
    "applications",
    "centre_keys",
    "sign_in",
    "day_counters",
    "outcomes",
];

/// Every table of version 1, in an order in which rows may be put in.
pub(crate) const NAMES: [&str; 9] = [
    "settings",
    "centre_keys",
    "sign_in",
    "applications",
    "documents",
    "envelopes",
    "outcomes",
    "audit",
    "day_counters",
];

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
    staff       TEXT PRIMARY KEY,
    tries       INTEGER NOT NULL,
    last_at     INTEGER NOT NULL,
    unlocked_at INTEGER NOT NULL
) STRICT;

CREATE TABLE applications (
    packet          BLOB PRIMARY KEY CHECK (length(packet) = 16),
    stage           TEXT NOT NULL CHECK (stage IN ('draft', 'in_review', 'outbox', 'settled', 'closed')),
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
    verdict         TEXT,
    receipt_sequence INTEGER,
    upload_url      TEXT,
    upload_offset   INTEGER NOT NULL DEFAULT 0,
    attempts        INTEGER NOT NULL DEFAULT 0,
    not_before      INTEGER NOT NULL DEFAULT 0,
    wait_reason     TEXT,
    paused          INTEGER NOT NULL DEFAULT 0,
    created_at      INTEGER NOT NULL,
    changed_at      INTEGER NOT NULL,
    submitted_at    INTEGER
) STRICT;
CREATE INDEX applications_by_stage ON applications (stage, priority, counter);
CREATE INDEX applications_by_creation ON applications (created_at);

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
";
