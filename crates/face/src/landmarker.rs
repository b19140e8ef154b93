//! The network that finds 68 landmarks in a face's box.

use crate::crop::Crop;
use crate::crop::Frame;
use crate::error::FaceError;
use crate::geometry::{Bounds, Point};
use crate::landmarks::{LANDMARK_COUNT, Landmarks};
use crate::models::{ModelError, Models, Role};
use crate::network::Network;

pub(crate) struct Landmarker {
    network: Network,
    crop: Crop,
}

impl Landmarker {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let model = models.get(Role::Landmarks)?;
        Ok(Self {
            network: Network::load(model)?.expect_lengths(model, &[LANDMARK_COUNT * 2])?,
            crop: Crop::new(),
        })
    }

    /// Landmarks of the face inside a box, in the picture's pixels.
    pub(crate) fn find(
        &mut self,
        picture: &Frame<'_>,
        bounds: Bounds,
    ) -> Result<Landmarks, FaceError> {
        let (width, height) = (self.network.width(), self.network.height());
        let pixels = self.crop.take(picture, bounds, width, height)?;
        self.network.run(pixels)?;
        self.network.with_output(0, |values| {
            let mut points = [Point::default(); LANDMARK_COUNT];
            for (point, pair) in points.iter_mut().zip(values.chunks_exact(2)) {
                *point = Point::new(
                    bounds.x + pair[0] * bounds.width,
                    bounds.y + pair[1] * bounds.height,
                );
            }
            Landmarks::from_points(points)
        })
    }
}

/// The box that the landmark network expects around a face whose landmarks are known, as the detector would have drawn it: the
/// landmarks' own, a little wider, with the forehead (share of the landmarks' height above the brows; chosen by eye).
pub(crate) fn box_of(landmarks: &Landmarks) -> Bounds {
    const SIDE: f32 = 0.03;
    const FOREHEAD: f32 = 0.30;
    const CHIN: f32 = 0.0;
    let tight = landmarks.bounds();
    Bounds::between(
        tight.x - SIDE * tight.width,
        tight.y - FOREHEAD * tight.height,
        tight.right() + SIDE * tight.width,
        tight.bottom() + CHIN * tight.height,
    )
}

/// Whether landmarks can be those of a face: the eyes above the mouth, the mouth above the chin, in a face's proportions. The
/// network gives 68 points for a wall too; this is how a lost track is noticed between two detections.
pub(crate) fn plausible(landmarks: &Landmarks) -> bool {
    let eyes = landmarks.inter_eye_distance();
    let chin = landmarks.eyes_to_chin();
    if !(eyes.is_finite() && chin.is_finite()) || eyes < 4.0 || chin < 4.0 {
        return false;
    }
    let middle = landmarks.between_eyes();
    let down = |point: Point| {
        let (along_x, along_y) = (landmarks.chin().x - middle.x, landmarks.chin().y - middle.y);
        ((point.x - middle.x) * along_x + (point.y - middle.y) * along_y) / (chin * chin)
    };
    let (nose, mouth) = (down(landmarks.nose_tip()), down(landmarks.mouth()));
    (0.25..1.1).contains(&(eyes / chin)) && nose > 0.05 && mouth > nose && mouth < 0.95
}
