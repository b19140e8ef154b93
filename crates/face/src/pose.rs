//! How the head is turned.
//!
//! Signs follow ISO/IEC 39794-5: positive yaw looks to the person's own left, positive pitch looks down, positive roll tilts to the
//! person's own right shoulder.

use serde::{Deserialize, Serialize};

use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::Bounds;
use crate::landmarks::Landmarks;
use crate::models::{ModelError, Models, Role};
use crate::network::{Network, softmax};

/// Angles in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Pose {
    /// Positive: to the person's own left.
    pub yaw_deg: f32,
    /// Positive: down.
    pub pitch_deg: f32,
    /// Positive: tilted to the person's own right shoulder.
    pub roll_deg: f32,
}

impl Pose {
    /// Pose from the landmarks alone: where the tip of the nose stands out from the plane of eyes and mouth. It costs microseconds;
    /// a person's own nose shifts the pitch by some degrees, so the preview adds the difference to the network's answer.
    pub fn from_landmarks(landmarks: &Landmarks) -> Self {
        let eyes = landmarks.between_eyes();
        let tilt = landmarks.tilt_rad();
        let turned = |point: crate::geometry::Point| {
            let (x, y) = (point.x - eyes.x, point.y - eyes.y);
            (
                x * tilt.cos() + y * tilt.sin(),
                y * tilt.cos() - x * tilt.sin(),
            )
        };
        let (nose_x, nose_y) = turned(landmarks.nose_tip());
        let (mouth_x, mouth_y) = turned(landmarks.mouth());
        let width = landmarks.inter_eye_distance().max(1e-3);
        let height = mouth_y.max(1e-3);
        // The point of the line from eyes to mouth beside the nose; the nose stands NOSE_DEPTH eye distances before it.
        let beside = nose_y / height * mouth_x;
        let yaw = ((nose_x - beside) / width / NOSE_DEPTH).atan();
        let pitch = ((nose_y / height - NOSE_LEVEL) * height / width / NOSE_DEPTH).atan();
        Self {
            yaw_deg: yaw.to_degrees(),
            pitch_deg: pitch.to_degrees(),
            roll_deg: -tilt.to_degrees(),
        }
    }

    /// The difference of two poses.
    #[must_use]
    pub(crate) fn minus(self, other: Self) -> Self {
        Self {
            yaw_deg: self.yaw_deg - other.yaw_deg,
            pitch_deg: self.pitch_deg - other.pitch_deg,
            roll_deg: self.roll_deg - other.roll_deg,
        }
    }

    /// The sum of two poses.
    #[must_use]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            yaw_deg: self.yaw_deg + other.yaw_deg,
            pitch_deg: self.pitch_deg + other.pitch_deg,
            roll_deg: self.roll_deg + other.roll_deg,
        }
    }
}

/// How far the tip of the nose stands before the plane of eyes and mouth, in eye distances (chosen by
/// eye, not fitted: to be measured against the pose network).
const NOSE_DEPTH: f32 = 0.62;
/// Where the tip of the nose stands between eyes (0) and mouth (1) in a level face.
const NOSE_LEVEL: f32 = 0.60;

const BINS: usize = 66;
const DEGREES_PER_BIN: f32 = 3.0;
const FIRST_BIN_DEG: f32 = -99.0;
/// The box that the network sees is a square of the face box's longer side, this much larger.
const WIDENED: f32 = 1.2;

pub(crate) struct PoseNetwork {
    network: Network,
    crop: Crop,
}

impl PoseNetwork {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let model = models.get(Role::Pose)?;
        Ok(Self {
            network: Network::load(model)?.expect_lengths(model, &[BINS; 3])?,
            crop: Crop::new(),
        })
    }

    /// The network's answer for the face in a box.
    pub(crate) fn estimate(
        &mut self,
        picture: &Frame<'_>,
        bounds: Bounds,
    ) -> Result<Pose, FaceError> {
        let side = bounds.width.max(bounds.height) * WIDENED;
        let square = Bounds::square(bounds.centre(), side);
        let (width, height) = (self.network.width(), self.network.height());
        let pixels = self.crop.take(picture, square, width, height)?;
        self.network.run(pixels)?;
        self.answer()
    }

    /// The mean of the network's answers for the face and for its mirror image.
    pub(crate) fn estimate_twice(
        &mut self,
        picture: &Frame<'_>,
        bounds: Bounds,
    ) -> Result<Pose, FaceError> {
        let straight = self.estimate(picture, bounds)?;
        self.crop.mirror_last()?;
        self.network.run(self.crop.last()?)?;
        let mirrored = self.answer()?;
        Ok(Pose {
            yaw_deg: f32::midpoint(straight.yaw_deg, -mirrored.yaw_deg),
            pitch_deg: f32::midpoint(straight.pitch_deg, mirrored.pitch_deg),
            roll_deg: f32::midpoint(straight.roll_deg, -mirrored.roll_deg),
        })
    }

    fn answer(&self) -> Result<Pose, FaceError> {
        // The network's own signs: right, up and clockwise are positive.
        Ok(Pose {
            yaw_deg: -self.angle(0)?,
            pitch_deg: -self.angle(1)?,
            roll_deg: -self.angle(2)?,
        })
    }

    fn angle(&self, nth: usize) -> Result<f32, FaceError> {
        self.network.with_output(nth, |logits| {
            let mut bins = [0.0; BINS];
            bins.copy_from_slice(logits);
            let mean_bin: f32 = softmax(bins)
                .iter()
                .zip(0_u8..)
                .map(|(share, bin)| share * f32::from(bin))
                .sum();
            mean_bin * DEGREES_PER_BIN + FIRST_BIN_DEG
        })
    }
}
