//! Which pictures the desk works with.

use std::path::PathBuf;

/// A camera of this PC, or a replay, as a person chooses it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SourceChoice {
    /// The best camera there is.
    #[default]
    AnyCamera,
    /// The camera at this node, such as `/dev/video0`.
    Camera(PathBuf),
    /// A picture or a folder of pictures; named as replayed in the manifest.
    Pictures(PathBuf),
    /// A video file; named as replayed in the manifest.
    Clip(PathBuf),
}
