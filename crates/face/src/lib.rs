//! Frame to faces, landmarks, pose, quality components, liveness evidence, portrait and template.

pub mod gallery;
pub mod verify;
