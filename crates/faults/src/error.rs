//! Why a run could not be made; what a run finds is a report, not an error.

use envelope::EnvelopeError;

/// The harness itself failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FaultError {
    /// Something invented for the runs is not accepted by the product.
    #[error("the invented {0} is not accepted")]
    Setup(&'static str),
    /// The committed recording is not what it says.
    #[error("the recording is not whole: {0}")]
    Recording(&'static str),
    /// The recorder could not make a recording.
    #[error("the recorder failed: {0}")]
    Recorder(String),
    /// The folder in memory failed.
    #[error("the folder of the runs failed: {0}")]
    Folder(String),
    /// A sealed or signed thing of ours cannot be read or made.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// The store failed on a whole disk.
    #[error("the store failed where nothing was wrong: {0}")]
    Store(String),
}

impl FaultError {
    pub(crate) fn recorder(error: impl std::fmt::Display) -> Self {
        Self::Recorder(error.to_string())
    }

    pub(crate) fn folder(error: impl std::fmt::Display) -> Self {
        Self::Folder(error.to_string())
    }
}
