//! From pictures to a session: what every caller does with a frame, once.

use super::decision::Decision;
use super::observation::{CameraId, Observation, ObservedFace, digest_of};
use super::session::{Prompt, Session};
use crate::analyser::{Analyser, Preview};
use crate::comparison::{Score, compare};
use crate::picture::Picture;
use crate::template::Template;

/// Milliseconds between two comparisons with the session's face.
const SIMILARITY_EVERY_MS: u64 = 500;
/// A passive score is computed on every so manieth frame.
const PASSIVE_EVERY: u64 = 4;

/// A session, and the face that all its frames are compared with.
#[derive(Debug)]
pub struct Watcher {
    session: Session,
    anchor: Option<Template>,
    next_similarity_ms: u64,
    frames: u64,
}

/// One frame, not mirrored.
#[derive(Debug, Clone, Copy)]
pub struct Sight<'a> {
    /// The whole picture.
    pub picture: &'a Picture,
    /// What [`Analyser::preview`] found in it.
    pub preview: &'a Preview,
    /// [`Analyser::passive_liveness`], where it was computed for this frame; ten frames of a session need it.
    pub passive: Option<f32>,
    /// Equal for equal devices.
    pub camera: CameraId,
    /// When it was taken, in milliseconds of a clock that does not jump.
    pub at_ms: u64,
}

impl Watcher {
    /// Watches for a session. The face is the portrait's that is to be enrolled, or else the first frame's.
    pub fn new(session: Session, portrait: Option<Template>) -> Self {
        Self {
            session,
            anchor: portrait,
            next_similarity_ms: 0,
            frames: 0,
        }
    }

    /// The session as it stands.
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// The same, to end it or to let time pass.
    pub fn session_mut(&mut self) -> &mut Session {
        &mut self.session
    }

    /// Takes a frame that was analysed for the screen anyway, and says what to ask now.
    pub fn observe(&mut self, analyser: &mut Analyser, sight: &Sight<'_>) -> Prompt {
        let mut face = ObservedFace::of_preview(sight.preview);
        if let Some(face) = &mut face {
            face.passive = sight.passive;
            if sight.at_ms >= self.next_similarity_ms
                && let Ok(template) = analyser.template(sight.picture, &face.landmarks)
            {
                self.next_similarity_ms = sight.at_ms + SIMILARITY_EVERY_MS;
                let anchor = self.anchor.get_or_insert_with(|| template.clone());
                face.similarity = compare(anchor, &template).ok().map(Score::value);
            }
        }
        self.session.observe(&Observation {
            at_ms: sight.at_ms,
            digest: digest_of(sight.picture.as_rgb()),
            camera: sight.camera,
            faces: sight.preview.faces.len(),
            face,
        })
    }

    /// Analyses a picture of the only camera and takes it.
    pub fn look(&mut self, analyser: &mut Analyser, picture: &Picture, at_ms: u64) -> Prompt {
        analyser.attend(true);
        let preview = analyser.preview(picture);
        let passive = preview
            .landmarks
            .filter(|_| self.frames.is_multiple_of(PASSIVE_EVERY))
            .and_then(|landmarks| analyser.passive_liveness(picture, &landmarks).ok());
        self.frames += 1;
        let sight = Sight {
            picture,
            preview: &preview,
            passive,
            camera: CameraId(0),
            at_ms,
        };
        self.observe(analyser, &sight)
    }

    /// The decision, and the face that was watched.
    pub fn finish(self) -> (Decision, Option<Template>) {
        (self.session.finish(), self.anchor)
    }
}
