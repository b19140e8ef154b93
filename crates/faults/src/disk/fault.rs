//! What goes wrong on a disk, and when.

use super::OpCounts;
use sqlite_plugin::vars;
use sqlite_plugin::vfs::SqliteErr;

/// Which operations a fault counts and strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpClass {
    /// Reads, writes, truncations, deletions, syncs.
    All,
    /// Writes, truncations, deletions.
    Changes,
    /// Syncs.
    Syncs,
    /// Both of these.
    ChangesAndSyncs,
}

impl OpClass {
    fn holds(self, one: Self) -> bool {
        match self {
            Self::All => true,
            Self::ChangesAndSyncs => one != Self::All,
            class => class == one,
        }
    }
}

/// How the operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The medium fails.
    Error,
    /// There is no room.
    Full,
    /// What was written may or may not be kept.
    FailedSync,
    /// There is no power.
    PowerCut,
}

impl Code {
    /// The codes of a disk that fails and goes on.
    pub const FAILURES: [Self; 3] = [Self::Error, Self::Full, Self::FailedSync];

    /// The operations that can end so.
    pub fn class(self) -> OpClass {
        match self {
            Self::Error => OpClass::All,
            Self::Full => OpClass::Changes,
            Self::FailedSync => OpClass::Syncs,
            Self::PowerCut => OpClass::ChangesAndSyncs,
        }
    }

    pub(super) fn of_sqlite(self, class: OpClass) -> SqliteErr {
        match (self, class) {
            (Self::Full, _) => vars::SQLITE_FULL,
            (Self::FailedSync, _) => vars::SQLITE_IOERR_FSYNC,
            (Self::Error, OpClass::All) => vars::SQLITE_IOERR_READ,
            (Self::Error, OpClass::Changes) => vars::SQLITE_IOERR_WRITE,
            (Self::Error | Self::PowerCut, _) => vars::SQLITE_IOERR,
        }
    }
}

/// A fault at the `at`th operation of its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    code: Code,
    at: u64,
    for_good: bool,
}

impl Fault {
    /// The `at`th operation of the code's class fails, once.
    pub fn once(code: Code, at: u64) -> Self {
        Self {
            code,
            at,
            for_good: false,
        }
    }

    /// It and all later ones of its class fail.
    pub fn for_good(code: Code, at: u64) -> Self {
        Self {
            code,
            at,
            for_good: true,
        }
    }

    /// The same from the next operation of its class on.
    #[must_use]
    pub fn at_once(self) -> Self {
        Self { at: 1, ..self }
    }

    /// The power goes at the `at`th change or sync: it and everything later fails.
    pub fn power_cut(at: u64) -> Self {
        Self::for_good(Code::PowerCut, at)
    }

    pub(super) fn after(self, counts: OpCounts) -> Self {
        Self {
            at: self.at + counts.of(self.code.class()),
            ..self
        }
    }

    pub(super) fn strikes(self, class: OpClass, counts: OpCounts) -> bool {
        let reached = counts.of(self.code.class()) >= self.at;
        // Without power nothing is read either.
        reached && (self.code == Code::PowerCut || self.code.class().holds(class))
    }

    pub(super) fn is_over_after_one(self) -> bool {
        !self.for_good
    }

    pub(super) fn code(self) -> Code {
        self.code
    }
}

/// What a sync is worth.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Syncs {
    /// What was synced is kept.
    #[default]
    Honest,
    /// The log is synced only before its content goes into the database: what `synchronous=NORMAL` does in WAL mode.
    Normal,
    /// The disk says that it has synced and has not.
    Lies,
}
