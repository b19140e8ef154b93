//! Frame to faces, landmarks, pose, quality components, liveness evidence, portrait and template.
