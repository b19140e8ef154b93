//! How many faces a frame shows, for the look at a camera without a window.

use capture::Frame;
use std::path::Path;

/// Counts faces with the station's own models.
pub struct FaceCounter(face::Analyser);

impl FaceCounter {
    /// Loads the models of a folder.
    ///
    /// # Errors
    /// What is wrong with them, in one line.
    pub fn load(models: &Path) -> Result<Self, String> {
        face::Analyser::new(models)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Faces in a frame; none in one whose pixels do not fit its size.
    pub fn count(&mut self, frame: &Frame) -> usize {
        face::Picture::from_shared(frame.width, frame.height, frame.rgb.clone())
            .map_or(0, |picture| self.0.preview(&picture).faces.as_slice().len())
    }
}

impl std::fmt::Debug for FaceCounter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FaceCounter(..)")
    }
}
