//! A face followed from frame to frame: detection only where there is no face to follow, and from time to time.

use crate::crop::Frame;
use crate::detector::Detector;
use crate::error::FaceError;
use crate::face::{Face, FaceList};
use crate::landmarker::{self, Landmarker};
use crate::landmarks::Landmarks;
use crate::pose::{Pose, PoseNetwork};

/// Every so many frames the detector looks at the whole frame again: for other people, and for a face that is not one.
const DETECT_EVERY: u32 = 12;
/// Every so many frames the pose network sets the landmarks' pose right; its 20 ms then fall on under 1 % of the frames.
const ASK_POSE_EVERY: u32 = 128;
/// The frame of a track on which the pose network is first asked: not that of the first detection.
const ASK_POSE_FIRST: u32 = 2;
/// And every so manieth while a challenge is watched: how far nose and mouth stand out differs from person to person, and with it how much a turn or a nod shows
/// in the landmarks (of a flat face hardly anything).
const ASK_POSE_ATTENTIVE: u32 = 3;
/// A detection that shares less than this with the face that is followed is another face.
const SAME_FACE: f32 = 0.35;

/// The face that is followed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Track {
    faces: FaceList,
    landmarks: Option<Landmarks>,
    frames: u32,
    since_detection: u32,
    pose_correction: Option<Asked>,
    pub(crate) attentive: bool,
}

/// What the pose network said more than the landmarks, and when.
#[derive(Debug, Clone, Copy)]
struct Asked {
    more: Pose,
    frame: u32,
}

impl Track {
    /// Forgets the face.
    pub(crate) fn reset(&mut self) {
        let attentive = self.attentive;
        *self = Self {
            attentive,
            ..Self::default()
        };
    }

    /// Takes the next frame.
    pub(crate) fn follow(
        &mut self,
        picture: &Frame<'_>,
        detector: &mut Detector,
        landmarker: &mut Landmarker,
    ) -> Result<(), FaceError> {
        self.since_detection += 1;
        self.frames = self.frames.wrapping_add(1);
        let followed = match self.landmarks {
            Some(landmarks) if self.since_detection < DETECT_EVERY => {
                let found = landmarker.find(picture, landmarker::box_of(&landmarks))?;
                Some(found).filter(|found| landmarker::plausible(found) && near(&landmarks, found))
            }
            _ => None,
        };
        match followed {
            Some(landmarks) => {
                self.landmarks = Some(landmarks);
                if let Some(face) = self.faces.largest() {
                    self.faces.replace_largest(Face {
                        bounds: landmarker::box_of(&landmarks),
                        ..face
                    });
                }
                Ok(())
            }
            None => self.detect(picture, detector, landmarker),
        }
    }

    fn detect(
        &mut self,
        picture: &Frame<'_>,
        detector: &mut Detector,
        landmarker: &mut Landmarker,
    ) -> Result<(), FaceError> {
        self.since_detection = 0;
        self.faces = detector.detect(picture)?;
        let Some(face) = self.faces.largest() else {
            self.landmarks = None;
            self.pose_correction = None;
            return Ok(());
        };
        // The same face goes on from its own landmarks' box, which is steadier than the detector's.
        let before = self
            .landmarks
            .map(|landmarks| landmarker::box_of(&landmarks));
        let bounds = match before {
            Some(before) if before.overlap(face.bounds) > SAME_FACE => before,
            _ => {
                self.pose_correction = None;
                self.frames = 0;
                face.bounds
            }
        };
        let mut found = landmarker.find(picture, bounds)?;
        if !landmarker::plausible(&found) && bounds != face.bounds {
            found = landmarker.find(picture, face.bounds)?;
        }
        self.landmarks = landmarker::plausible(&found).then_some(found);
        if self.landmarks.is_none() {
            self.faces = FaceList::default();
        }
        Ok(())
    }

    /// The pose of this frame: from the landmarks, plus what the network said more when it was last asked.
    pub(crate) fn pose(
        &mut self,
        picture: &Frame<'_>,
        network: &mut PoseNetwork,
        landmarks: &Landmarks,
    ) -> Result<Pose, FaceError> {
        let rough = Pose::from_landmarks(landmarks);
        let stale = |asked: Asked| self.frames.wrapping_sub(asked.frame) >= ASK_POSE_ATTENTIVE;
        let wanted = self.attentive && self.pose_correction.is_none_or(stale);
        let due = wanted || self.frames % ASK_POSE_EVERY == ASK_POSE_FIRST;
        if due && !self.detected_now() {
            let found = network.estimate(picture, landmarker::box_of(landmarks))?;
            self.pose_correction = Some(Asked {
                more: found.minus(rough),
                frame: self.frames,
            });
        }
        Ok(self
            .pose_correction
            .map_or(rough, |asked| rough.plus(asked.more)))
    }

    pub(crate) fn faces(&self) -> &FaceList {
        &self.faces
    }

    pub(crate) fn landmarks(&self) -> Option<Landmarks> {
        self.landmarks
    }

    pub(crate) fn detected_now(&self) -> bool {
        self.since_detection == 0
    }
}

/// Whether two frames' landmarks can be the same face: moved by less than its width, of about the same size.
fn near(before: &Landmarks, after: &Landmarks) -> bool {
    let unit = before.eyes_to_chin();
    let moved = before.between_eyes().distance(after.between_eyes());
    let grown = after.eyes_to_chin() / unit.max(1e-3);
    moved < unit && (0.75..1.34).contains(&grown)
}
