//! Whether each eye is open, by a network of its own (the lids' landmarks follow a blink badly).

use serde::{Deserialize, Serialize};

use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::Bounds;
use crate::landmarks::Landmarks;
use crate::models::{ModelError, Models, Role};
use crate::network::{Network, softmax};

/// How likely each eye is open, 0..1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Eyes {
    /// The person's own right eye.
    pub right_open: f32,
    /// The person's own left eye.
    pub left_open: f32,
}

impl Eyes {
    /// The less open one.
    pub fn least_open(self) -> f32 {
        self.right_open.min(self.left_open)
    }
}

/// The network sees a square of this many eye widths.
const WIDENED: f32 = 1.6;

pub(crate) struct EyeNetwork {
    network: Network,
    crop: Crop,
}

impl EyeNetwork {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let model = models.get(Role::Eye)?;
        Ok(Self {
            network: Network::load(model)?.expect_lengths(model, &[2])?,
            crop: Crop::new(),
        })
    }

    pub(crate) fn look(
        &mut self,
        picture: &Frame<'_>,
        landmarks: &Landmarks,
    ) -> Result<Eyes, FaceError> {
        let [right, left] = landmarks.eye_corners();
        let mut open = [0.0; 2];
        for (share, (outer, inner)) in open.iter_mut().zip([right, left]) {
            let square = Bounds::square(outer.middle(inner), outer.distance(inner) * WIDENED);
            let (width, height) = (self.network.width(), self.network.height());
            let pixels = self.crop.take(picture, square, width, height)?;
            self.network.run(pixels)?;
            *share = self
                .network
                .with_output(0, |logits| softmax([logits[0], logits[1]])[1])?;
        }
        Ok(Eyes {
            right_open: open[0],
            left_open: open[1],
        })
    }
}
