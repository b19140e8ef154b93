//! How live a face looks in one picture. It may only deny or flag, never admit: passive RGB alone does not stop a phone's screen,
//! and some genuine photographs score below a half.

use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::Bounds;
use crate::models::{ModelError, Models, Role};
use crate::network::{Network, softmax};

/// The network sees the face's box, this much larger, moved and shrunk to stay inside the picture.
const WIDENED: f32 = 2.7;

pub(crate) struct LivenessNetwork {
    network: Network,
    crop: Crop,
}

impl LivenessNetwork {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let model = models.get(Role::PassiveLiveness)?;
        Ok(Self {
            network: Network::load(model)?.expect_lengths(model, &[3])?,
            crop: Crop::new(),
        })
    }

    /// 0 (a picture of a picture) to 1 (live).
    pub(crate) fn score(&mut self, picture: &Frame<'_>, face: Bounds) -> Result<f32, FaceError> {
        let wide = widened(face, picture.cols() as f32, picture.rows() as f32);
        let (width, height) = (self.network.width(), self.network.height());
        let pixels = self.crop.take(picture, wide, width, height)?;
        self.network.run(pixels)?;
        let live = self
            .network
            .with_output(0, |logits| softmax([logits[0], logits[1], logits[2]])[0])?;
        Ok(live)
    }
}

fn widened(face: Bounds, columns: f32, rows: f32) -> Bounds {
    let scale = WIDENED
        .min((columns - 1.0) / face.width.max(1.0))
        .min((rows - 1.0) / face.height.max(1.0));
    let (width, height) = (face.width * scale, face.height * scale);
    let centre = face.centre();
    Bounds {
        x: (centre.x - width / 2.0).clamp(0.0, (columns - width).max(0.0)),
        y: (centre.y - height / 2.0).clamp(0.0, (rows - height).max(0.0)),
        width,
        height,
    }
}

use opencv::prelude::MatTraitConst as _;
