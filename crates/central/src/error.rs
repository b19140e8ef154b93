//! What can fail at the centre, as a caller can act on it; no message holds personal data.

use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the centre did not start or an act was not done.
#[derive(Debug, thiserror::Error)]
pub enum CentreError {
    /// No PostgreSQL binaries were found in any usual place.
    #[error("PostgreSQL's programs initdb, pg_ctl and postgres were not found")]
    PostgresMissing,
    /// A program of PostgreSQL failed.
    #[error("PostgreSQL's {program} failed; its log: {log}")]
    PostgresFailed {
        /// Which program.
        program: &'static str,
        /// Where its log is, and the end of what it said.
        log: String,
    },
    /// Another program listens there.
    #[error("the address {0} is in use")]
    PortInUse(SocketAddr),
    /// The address cannot be listened on.
    #[error("cannot listen on {0}")]
    Listen(SocketAddr, #[source] std::io::Error),
    /// Another centre works in this folder.
    #[error("another centre works in {0}")]
    Busy(PathBuf),
    /// No centre runs in this folder, and it was asked for one.
    #[error("no centre runs in {0}")]
    NotRunning(PathBuf),
    /// A file could not be read or written.
    #[error("{what}")]
    File {
        /// Which file or folder, and what was tried.
        what: String,
        /// The system's reason.
        #[source]
        source: std::io::Error,
    },
    /// The database refused or could not be reached. The text has codes and constraint names only.
    #[error("database: {0}")]
    Database(String),
    /// A migration of the database failed.
    #[error("the database could not be brought to this version: {0}")]
    Migration(String),
    /// Packets could not be stored or read.
    #[error("the packet store failed: {0}")]
    Blobs(String),
    /// A key file or certificate of the centre is missing or damaged.
    #[error("the centre's {0} is damaged")]
    Keys(&'static str),
    /// A key file or certificate of the centre is not there. A running centre makes none.
    #[error("the centre's {0} is missing")]
    KeyMissing(&'static str),
    /// The folder's keys are not those that the database was begun with.
    #[error("the database belongs to a centre with another {0}")]
    OtherKeys(&'static str),
    /// The token that keeps the centre's keys cannot be used.
    #[error("the token of the centre's keys: {0}")]
    Token(String),
    /// Sealing, signing or opening failed.
    #[error(transparent)]
    Envelope(#[from] envelope::EnvelopeError),
    /// The models could not be loaded.
    #[error("the face models could not be loaded: {0}")]
    Models(String),
    /// What was asked for contradicts what is there.
    #[error("{0}")]
    Refused(String),
    /// A task of the centre ended unexpectedly.
    #[error("{0} ended unexpectedly")]
    Ended(&'static str),
}

impl CentreError {
    pub(crate) fn file(what: impl Into<String>, source: std::io::Error) -> Self {
        Self::File {
            what: what.into(),
            source,
        }
    }
}

impl From<tokio_postgres::Error> for CentreError {
    /// Keeps the code and the constraint; a detail of PostgreSQL may quote personal data.
    fn from(error: tokio_postgres::Error) -> Self {
        let text = match error.as_db_error() {
            Some(db) => format!(
                "{} {}",
                db.code().code(),
                db.constraint().unwrap_or_default()
            ),
            None => error.to_string(),
        };
        Self::Database(text.trim_end().to_owned())
    }
}

impl From<deadpool_postgres::PoolError> for CentreError {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        match error {
            deadpool_postgres::PoolError::Backend(e) => e.into(),
            other => Self::Database(other.to_string()),
        }
    }
}

impl From<object_store::Error> for CentreError {
    fn from(error: object_store::Error) -> Self {
        Self::Blobs(error.to_string())
    }
}

impl From<rcgen::Error> for CentreError {
    fn from(_: rcgen::Error) -> Self {
        Self::Keys("certificate")
    }
}
