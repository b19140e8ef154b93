//! What one frame showed: the session's only input.

use serde::{Deserialize, Serialize};

use crate::{Eyes, Landmarks, Pose, Preview};

/// The camera that a frame came from; the caller gives equal numbers for equal devices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CameraId(pub u64);

/// One frame.
#[derive(Debug, Clone)]
pub struct Observation {
    /// When it was taken, on a clock that does not jump; any origin.
    pub at_ms: u64,
    /// A digest of all its pixels ([`digest_of`]): a live sensor never gives the same twice.
    pub digest: u64,
    /// Where it came from.
    pub camera: CameraId,
    /// How many faces it shows.
    pub faces: usize,
    /// The largest of them.
    pub face: Option<ObservedFace>,
}

/// The face of one frame, in a picture that is not mirrored.
#[derive(Debug, Clone, Copy)]
pub struct ObservedFace {
    /// In pixels.
    pub landmarks: Landmarks,
    /// Degrees; positive yaw is to the person's own left, positive pitch is down.
    pub pose: Pose,
    /// How open each eye is, 0..1.
    pub eyes: Eyes,
    /// Passive liveness, 0..1, where it was computed for this frame.
    pub passive: Option<f32>,
    /// Comparison score with the session's face (the portrait that is to be enrolled, or the session's first frame), where it was computed for this frame.
    pub similarity: Option<f32>,
}

impl ObservedFace {
    /// The largest face of a preview, without the figures that are measured on some frames only. `None` without a face.
    #[must_use]
    pub fn of_preview(preview: &Preview) -> Option<Self> {
        Some(Self {
            landmarks: preview.landmarks?,
            pose: preview.pose?,
            eyes: preview.eyes?,
            passive: None,
            similarity: None,
        })
    }

    /// False where a figure is not a number or the face has no size: such a frame counts as one without a face.
    pub(super) fn is_sane(&self) -> bool {
        let angles = [
            self.pose.yaw_deg,
            self.pose.pitch_deg,
            self.pose.roll_deg,
            self.eyes.right_open,
            self.eyes.left_open,
        ];
        let places = self
            .landmarks
            .points()
            .iter()
            .all(|p| p.x.abs() < 1e6 && p.y.abs() < 1e6);
        places && angles.iter().all(|a| a.abs() < 1e3) && self.landmarks.inter_eye_distance() >= 1.0
    }
}

/// A digest of a frame's pixels, to tell frames apart; it withstands chance, not a forger.
#[must_use]
pub fn digest_of(pixels: &[u8]) -> u64 {
    // FNV-1a over 8-byte words: every pixel counts, at memory speed.
    let (words, rest) = pixels.as_chunks::<8>();
    let step = |digest: u64, word: u64| {
        (digest ^ word)
            .wrapping_mul(0x0000_0100_0000_01b3)
            .rotate_left(23)
    };
    let digest = words.iter().fold(0xcbf2_9ce4_8422_2325, |digest, word| {
        step(digest, u64::from_le_bytes(*word))
    });
    rest.iter()
        .fold(step(digest, pixels.len() as u64), |digest, &byte| {
            step(digest, u64::from(byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_changed_byte_changes_the_digest() {
        let mut pixels: Vec<u8> = (0..1003_u32).map(|i| (i * 7) as u8).collect();
        let before = digest_of(&pixels);
        for place in [0, 500, 999, 1002] {
            pixels[place] ^= 1;
            assert_ne!(digest_of(&pixels), before);
            pixels[place] ^= 1;
        }
        assert_eq!(digest_of(&pixels), before);
        assert_ne!(digest_of(&[]), digest_of(&[0]));
    }
}
