//! One face, one camera, one unbroken run of fresh frames.

use std::collections::HashSet;

use super::decision::{Measured, Reason};
use super::observation::{CameraId, Observation, ObservedFace};
use super::policy::Policy;
use crate::{Landmarks, Point};

/// The most frames of a session; bounds its memory to about 200 kB.
const MAX_FRAMES: usize = 7200;
/// Frames that may stand apart from their neighbours (a detector's slip) before it counts as jumping.
const MAX_SLIPS: u32 = 5;
/// Frames that may have been seen before: chance does not give three.
const MAX_REPEATS: u32 = 2;
/// Landmarks closer than this, in inter-eye distances, are the same picture's.
const SAME_PLACE: f32 = 1e-4;

/// What a head can do: a constant for the noise of measurement and a speed. A quick turn peaks near 200 degrees a second.
const MOVE: (f32, f32) = (0.25, 7.0);
const GROW: (f32, f32) = (0.08, 1.2);
const YAW: (f32, f32) = (11.0, 260.0);
const PITCH: (f32, f32) = (11.0, 220.0);

/// Where a face was.
#[derive(Clone, Copy)]
struct Place {
    at_ms: u64,
    centre: Point,
    size: f32,
    yaw_deg: f32,
    pitch_deg: f32,
}

impl Place {
    fn of(at_ms: u64, face: &ObservedFace) -> Self {
        let pose = face.pose;
        Self {
            at_ms,
            centre: face.landmarks.between_eyes(),
            size: size_of_face(face),
            yaw_deg: pose.yaw_deg,
            pitch_deg: pose.pitch_deg,
        }
    }

    fn can_become(&self, later: &Self) -> bool {
        let seconds = later.at_ms.saturating_sub(self.at_ms) as f32 / 1000.0;
        let within =
            |change: f32, (noise, speed): (f32, f32)| change.abs() <= noise + speed * seconds;
        within(
            self.centre.distance(later.centre) / self.size.min(later.size),
            MOVE,
        ) && within((later.size / self.size).ln(), GROW)
            && within(later.yaw_deg - self.yaw_deg, YAW)
            && within(later.pitch_deg - self.pitch_deg, PITCH)
    }
}

/// Inter-eye distance as it would be without the turn.
pub(super) fn size_of_face(face: &ObservedFace) -> f32 {
    face.landmarks.inter_eye_distance() / face.pose.yaw_deg.to_radians().cos().max(0.3)
}

/// Watches every frame.
#[derive(Default)]
pub(super) struct Continuity {
    camera: Option<CameraId>,
    first_ms: Option<u64>,
    last_ms: u64,
    last_face_ms: Option<u64>,
    last: Option<Place>,
    doubtful: Option<Place>,
    slips: u32,
    digests: HashSet<u64>,
    last_digest: Option<u64>,
    last_landmarks: Option<Landmarks>,
    fresh_ms: u64,
    repeats: u32,
    similarities: Vec<f32>,
    last_similarity_ms: Option<u64>,
    similarity_gap: bool,
    passive: Vec<f32>,
    frames: usize,
    frames_with_face: usize,
    frames_with_more_faces: usize,
}

impl Continuity {
    /// Takes a frame. Gives its face where it may be used; nothing where there is none, or one that the next frame must confirm.
    pub fn observe<'o>(
        &mut self,
        frame: &'o Observation,
        policy: &Policy,
    ) -> Result<Option<&'o ObservedFace>, Reason> {
        self.frames += 1;
        if self.frames > MAX_FRAMES {
            return Err(Reason::TooManyFrames);
        }
        if *self.camera.get_or_insert(frame.camera) != frame.camera {
            return Err(Reason::CameraChanged);
        }
        if self.first_ms.is_some() && frame.at_ms < self.last_ms {
            return Err(Reason::ClockWentBack);
        }
        if self.first_ms.is_none() {
            (self.first_ms, self.fresh_ms) = (Some(frame.at_ms), frame.at_ms);
        }
        self.last_ms = frame.at_ms;
        self.check_freshness(frame, policy)?;
        self.frames_with_more_faces += usize::from(frame.faces > 1);
        let Some(face) = frame.face.as_ref().filter(|face| face.is_sane()) else {
            return self.check_sight(frame.at_ms, policy).map(|()| None);
        };
        self.check_sight(frame.at_ms, policy)?;
        self.frames_with_face += 1;
        self.last_face_ms = Some(frame.at_ms);
        self.measure(frame.at_ms, face, policy)?;
        Ok(self.follows(frame.at_ms, face)?.then_some(face))
    }

    fn check_freshness(&mut self, frame: &Observation, policy: &Policy) -> Result<(), Reason> {
        let landmarks = frame.face.as_ref().map(|face| face.landmarks);
        let same_picture = self.last_digest == Some(frame.digest);
        let same_places = landmarks.zip(self.last_landmarks).is_some_and(|(a, b)| {
            let unit = a.inter_eye_distance().max(1.0);
            a.points()
                .iter()
                .zip(b.points())
                .all(|(a, b)| a.distance(*b) <= SAME_PLACE * unit)
        });
        if !(same_picture || same_places) {
            self.fresh_ms = frame.at_ms;
        }
        if !same_picture && !self.digests.insert(frame.digest) {
            self.repeats += 1;
        }
        self.last_digest = Some(frame.digest);
        self.last_landmarks = landmarks;
        if self.repeats > MAX_REPEATS {
            return Err(Reason::FramesRepeated);
        }
        if frame.at_ms - self.fresh_ms >= policy.frozen_ms {
            Err(Reason::Frozen)
        } else {
            Ok(())
        }
    }

    fn check_sight(&self, at_ms: u64, policy: &Policy) -> Result<(), Reason> {
        match self.last_face_ms {
            Some(last) if at_ms - last > policy.face_lost_ms => Err(Reason::FaceLost),
            _ => Ok(()),
        }
    }

    fn measure(&mut self, at_ms: u64, face: &ObservedFace, policy: &Policy) -> Result<(), Reason> {
        if let Some(score) = face.passive.filter(|score| score.is_finite()) {
            self.passive.push(score);
        }
        if at_ms - *self.last_similarity_ms.get_or_insert(at_ms) > policy.similarity_gap_ms {
            self.similarity_gap = true;
        }
        if let Some(score) = face.similarity {
            self.last_similarity_ms = Some(at_ms);
            self.similarities.push(score);
            // Written so that a score that is not a number denies.
            if !matches!(
                score.partial_cmp(&policy.lowest_similarity),
                Some(std::cmp::Ordering::Greater | std::cmp::Ordering::Equal)
            ) {
                return Err(Reason::OtherFace);
            }
        }
        Ok(())
    }

    /// True where the face can be the last one moved on. One that stands apart is left aside; a second one beside it is a jump.
    fn follows(&mut self, at_ms: u64, face: &ObservedFace) -> Result<bool, Reason> {
        let here = Place::of(at_ms, face);
        let Some(last) = self.last else {
            self.last = Some(here);
            return Ok(true);
        };
        if last.can_become(&here) {
            (self.last, self.doubtful) = (Some(here), None);
            return Ok(true);
        }
        self.slips += 1;
        if self.slips > MAX_SLIPS
            || self
                .doubtful
                .is_some_and(|doubtful| doubtful.can_become(&here))
        {
            return Err(Reason::Jump);
        }
        self.doubtful = Some(here);
        Ok(false)
    }

    /// Whether all that must be measured was, and what it says.
    pub fn verdict(&self, since_ms: u64, policy: &Policy) -> Result<(), Reason> {
        let (passive, similarity) = (self.passive(), self.similarity());
        let (Some(similar), false) = (similarity.median, self.similarity_gap) else {
            return Err(Reason::SimilarityNotMeasured);
        };
        if self.last_similarity_ms.is_none_or(|last| last < since_ms) {
            return Err(Reason::SimilarityNotMeasured);
        }
        // The last look counts as much as the middle one: a cut just before the end has nothing else against it.
        let last = self.similarities.last().copied().unwrap_or(similar);
        if similar.min(last) < policy.median_similarity {
            return Err(Reason::OtherFace);
        }
        match passive.median {
            Some(median) if passive.frames >= policy.passive_frames.max(1) => {
                if median < policy.passive_deny {
                    Err(Reason::PassiveScore)
                } else {
                    Ok(())
                }
            }
            _ => Err(Reason::PassiveNotMeasured),
        }
    }

    pub fn passive(&self) -> Measured {
        Measured::of(&self.passive)
    }

    pub fn similarity(&self) -> Measured {
        Measured::of(&self.similarities)
    }

    pub fn camera(&self) -> Option<CameraId> {
        self.camera
    }

    /// Frames, those with a face, those with more.
    pub fn counts(&self) -> (usize, usize, usize) {
        (
            self.frames.min(MAX_FRAMES),
            self.frames_with_face,
            self.frames_with_more_faces,
        )
    }

    /// Milliseconds from the first frame to a moment.
    pub fn since_first(&self, at_ms: u64) -> u64 {
        self.first_ms.map_or(0, |first| at_ms.saturating_sub(first))
    }

    pub fn duration_ms(&self) -> u64 {
        self.since_first(self.last_ms)
    }
}
