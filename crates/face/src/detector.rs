//! Faces in a picture: an anchor detector on a small copy.

use opencv::core::{CV_8UC3, Mat, Rect, Scalar};
use opencv::imgproc;
use opencv::prelude::*;

use crate::crop::Frame;
use crate::error::FaceError;
use crate::face::{Face, FaceList, MAX_FACES};
use crate::geometry::Bounds;
use crate::models::{ModelError, Models, Role};
use crate::network::Network;

/// The least score that counts as a face; a first guess, to be measured.
const LEAST_SCORE: f32 = 0.6;
/// Boxes that share more than this are the same face.
const MOST_OVERLAP: f32 = 0.3;
/// The most candidate boxes that are compared with each other.
const MOST_CANDIDATES: usize = 200;

pub(crate) struct Detector {
    network: Network,
    /// The picture, shrunk, in the upper left corner; the rest stays black.
    canvas: Mat,
    candidates: Vec<Face>,
}

impl Detector {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let model = models.get(Role::Detector)?;
        let network = Network::load(model)?;
        let anchors = network.output_length(0) / 2;
        let network = network.expect_lengths(model, &[anchors * 2, anchors * 4])?;
        let canvas = Mat::new_rows_cols_with_default(
            network.height() as i32,
            network.width() as i32,
            CV_8UC3,
            Scalar::all(0.0),
        )
        .map_err(|error| ModelError::Unloadable {
            file: "the detector's canvas".into(),
            reason: error.message,
        })?;
        Ok(Self {
            network,
            canvas,
            candidates: Vec::with_capacity(MOST_CANDIDATES),
        })
    }

    /// The faces of a picture, largest first.
    pub(crate) fn detect(&mut self, picture: &Frame<'_>) -> Result<FaceList, FaceError> {
        let shrink = self.place(picture)?;
        self.network.run(self.canvas.data_bytes()?)?;
        self.collect(shrink)?;
        Ok(self.without_doubles())
    }

    /// Shrinks the picture into the canvas with its proportions kept; gives picture pixels a canvas pixel.
    fn place(&mut self, picture: &Frame<'_>) -> Result<f32, FaceError> {
        let (width, height) = (self.network.width() as f32, self.network.height() as f32);
        let shrink = (picture.cols() as f32 / width).max(picture.rows() as f32 / height);
        let columns =
            ((picture.cols() as f32 / shrink).round() as i32).clamp(1, self.canvas.cols());
        let rows = ((picture.rows() as f32 / shrink).round() as i32).clamp(1, self.canvas.rows());
        self.canvas
            .set_to(&Scalar::all(0.0), &opencv::core::no_array())?;
        let mut corner = Mat::roi_mut(&mut self.canvas, Rect::new(0, 0, columns, rows))?;
        let method = if shrink >= 1.0 {
            imgproc::INTER_AREA
        } else {
            imgproc::INTER_LINEAR
        };
        let size = opencv::core::Size::new(columns, rows);
        imgproc::resize(picture, &mut corner, size, 0.0, 0.0, method)?;
        Ok(shrink)
    }

    fn collect(&mut self, shrink: f32) -> Result<(), FaceError> {
        let (width, height) = (
            self.network.width() as f32 * shrink,
            self.network.height() as f32 * shrink,
        );
        let candidates = &mut self.candidates;
        candidates.clear();
        let network = &self.network;
        network.with_output(1, |boxes| {
            network.with_output(0, |scores| {
                for (score, corners) in scores.chunks_exact(2).zip(boxes.chunks_exact(4)) {
                    if score[1] < LEAST_SCORE || candidates.len() >= MOST_CANDIDATES {
                        continue;
                    }
                    let bounds = Bounds::between(
                        corners[0] * width,
                        corners[1] * height,
                        corners[2] * width,
                        corners[3] * height,
                    );
                    if bounds.area().is_finite() && bounds.area() > 1.0 {
                        candidates.push(Face {
                            bounds,
                            score: score[1].min(1.0),
                        });
                    }
                }
            })
        })??;
        Ok(())
    }

    /// Non-maximum suppression: of boxes on the same face the surest stays.
    fn without_doubles(&mut self) -> FaceList {
        self.candidates
            .sort_unstable_by(|a, b| b.score.total_cmp(&a.score));
        let mut kept = FaceList::default();
        for candidate in &self.candidates {
            let double = kept
                .into_iter()
                .any(|face| face.bounds.overlap(candidate.bounds) > MOST_OVERLAP);
            if !double && kept.len() < MAX_FACES {
                kept.insert(*candidate);
            }
        }
        kept
    }
}
