//! What can go wrong with a picture's face.

use crate::models::ModelError;
use crate::picture::PictureError;

/// Why a picture gives no result.
#[derive(Debug, thiserror::Error)]
pub enum FaceError {
    /// No face was found.
    #[error("no face was found in the picture")]
    NoFace,
    /// The landmarks do not make a face that could be aligned.
    #[error("the landmarks do not make a face")]
    UnusableLandmarks,
    /// The picture is no picture.
    #[error(transparent)]
    Picture(#[from] PictureError),
    /// The networks cannot be used.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The engine refused: a fault of ours or of the model file, never of the person.
    #[error("the vision engine failed: {0}")]
    Engine(String),
}

impl From<opencv::Error> for FaceError {
    fn from(error: opencv::Error) -> Self {
        Self::Engine(error.message)
    }
}
