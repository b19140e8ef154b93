//! Whether a face stands upright. The networks know upright faces only: of one that lies or stands on its head they see another one, with a
//! pose of its own invention. Where they contradict one another the picture is turned and they are asked again.

use crate::crop::{self, Crop, Frame};
use crate::detector::Detector;
use crate::error::FaceError;
use crate::eyes::{EyeNetwork, Eyes};
use crate::geometry::Bounds;
use crate::landmarker::{self, Landmarker};
use crate::landmarks::Landmarks;
use crate::picture::Picture;
use crate::pose::Pose;

/// The pose network knows no tilt beyond some 40°; the landmarks follow to some 60°. Where they differ by more, the larger is believed.
const ROLLS_DIFFER_DEG: f32 = 12.0;
/// An eye network that says less than this of lids that stand open contradicts them.
const EYES_DOUBTFUL: f32 = 0.5;
/// An eye network that says more than this has seen open eyes, the right way up.
const EYES_SURE: f32 = 0.7;
/// A detector that is less sure than this of a face may look at one that lies.
const DETECTOR_SURE: f32 = 0.9;
/// The piece about the face that is turned: so many times its longer side, at this many pixels.
const WIDENED: f32 = 2.2;
const SIDE: u32 = 480;

/// The pose with the tilt that landmarks and network agree on, or the larger where they do not.
pub(crate) fn agreed(mut pose: Pose, landmarks: &Landmarks) -> Pose {
    let tilt = Pose::from_landmarks(landmarks).roll_deg;
    if (tilt - pose.roll_deg).abs() > ROLLS_DIFFER_DEG && tilt.abs() > pose.roll_deg.abs() {
        pose.roll_deg = tilt;
    }
    pose
}

/// How a face stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stand {
    /// As the networks know faces.
    Upright,
    /// It lies, or stands on its head: the true tilt in degrees, as [`Pose::roll_deg`].
    Turned(f32),
    /// Detector and eye network both doubt it, and no turn makes a face with open eyes of it: not a face that anything can be said of.
    NotBelieved,
}

/// Asks the networks again where they contradict one another.
pub(crate) struct Uprightness {
    crop: Crop,
}

/// The networks that are asked.
pub(crate) struct Networks<'a> {
    pub detector: &'a mut Detector,
    pub landmarker: &'a mut Landmarker,
    pub eyes: &'a mut EyeNetwork,
}

impl Uprightness {
    pub(crate) fn new() -> Self {
        Self { crop: Crop::new() }
    }

    /// How the face stands that detector, landmarks and eye network have just seen.
    pub(crate) fn stand(
        &mut self,
        picture: &Frame<'_>,
        landmarks: &Landmarks,
        eyes: Eyes,
        score: f32,
        networks: &mut Networks<'_>,
    ) -> Result<Stand, FaceError> {
        let (eyes_doubted, face_doubted) =
            (eyes.least_open() < EYES_DOUBTFUL, score < DETECTOR_SURE);
        if !eyes_doubted && !face_doubted {
            return Ok(Stand::Upright);
        }
        let face = landmarks.bounds();
        let around = Bounds::square(face.centre(), face.width.max(face.height) * WIDENED);
        let mut rgb = self.crop.take(picture, around, SIDE, SIDE)?.to_vec();
        let mut best: Option<(f32, f32)> = None;
        for quarters in 1..4 {
            rgb = turned_clockwise(&rgb, SIDE as usize);
            let piece = Picture::from_rgb(SIDE, SIDE, rgb.clone())?;
            let view = crop::view(&piece)?;
            let Some(found) = networks.detector.detect(&view)?.largest() else {
                continue;
            };
            let rough = networks.landmarker.find(&view, found.bounds)?;
            if !landmarker::plausible(&rough) {
                continue;
            }
            let marks = networks
                .landmarker
                .find(&view, landmarker::box_of(&rough))?;
            let open = networks.eyes.look(&view, &marks)?.least_open();
            let surer = best.is_none_or(|(_, before)| open > before);
            if landmarker::plausible(&marks) && open > EYES_SURE && surer {
                let roll = Pose::from_landmarks(&marks).roll_deg + 90.0 * quarters as f32;
                best = Some((wrapped(roll), open));
            }
        }
        Ok(match best {
            Some((roll, open)) if open > eyes.least_open() => Stand::Turned(roll),
            _ if eyes_doubted && face_doubted => Stand::NotBelieved,
            _ => Stand::Upright,
        })
    }
}

/// −180..180.
fn wrapped(degrees: f32) -> f32 {
    (degrees + 180.0).rem_euclid(360.0) - 180.0
}

/// A square picture, a quarter clockwise.
fn turned_clockwise(rgb: &[u8], side: usize) -> Vec<u8> {
    let mut turned = Vec::with_capacity(rgb.len());
    for row in 0..side {
        for column in 0..side {
            let from = ((side - 1 - column) * side + row) * 3;
            turned.extend_from_slice(rgb.get(from..from + 3).unwrap_or_default());
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_quarters_are_none_and_one_brings_the_lower_left_to_the_upper_left() {
        let rgb: Vec<u8> = (0..27).collect();
        let once = turned_clockwise(&rgb, 3);
        assert_eq!(once.get(..3), rgb.get(18..21));
        let all = (0..4).fold(rgb.clone(), |rgb, _| turned_clockwise(&rgb, 3));
        assert_eq!(all, rgb);
        assert!((wrapped(190.0) + 170.0).abs() < 1e-3 && (wrapped(-20.0) + 20.0).abs() < 1e-3);
    }
}
