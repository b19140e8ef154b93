//! Templates: figures that stand for a face, with the identity of what made them.

use std::fmt;

use crate::error::FaceError;
use crate::geometry::{Point, Similarity};
use crate::landmarks::Landmarks;
use crate::models::{ModelError, Models, Role};
use crate::network::Network;
use crate::picture::Picture;
use crate::template_model::TemplateModel;
use crate::warp;

/// The most figures that a template has.
pub const MAX_TEMPLATE_LENGTH: usize = 2048;

/// Where the five points of a face lie in the networks' 112 × 112 picture (the usual template of ArcFace's authors).
pub(crate) const ALIGNED_SIDE: f32 = 112.0;
pub(crate) const ALIGNED_POINTS: [Point; 5] = [
    Point::new(38.29, 51.70),
    Point::new(73.53, 51.50),
    Point::new(56.03, 71.74),
    Point::new(41.55, 92.37),
    Point::new(70.73, 92.20),
];

/// What made a template: a name, and a digest of everything that its figures depend on (see [`TemplateModel`]).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModelId(String);

/// The longest name of a model.
const MAX_MODEL_ID_BYTES: usize = 64;

impl ModelId {
    /// An identity from its text.
    ///
    /// # Errors
    /// [`TemplateError::Malformed`] where it is empty, longer than 64 bytes or not plain ASCII.
    pub fn new(text: &str) -> Result<Self, TemplateError> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.is_empty() || text.len() > MAX_MODEL_ID_BYTES || !plain {
            return Err(TemplateError::Malformed("the model's identity"));
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why templates cannot be read or compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// They come from different models.
    #[error("templates of {left} and {right} cannot be compared")]
    OtherModel {
        /// One model.
        left: String,
        /// The other.
        right: String,
    },
    /// The bytes are no template.
    #[error("these bytes are no template: {0}")]
    Malformed(&'static str),
    /// There is nothing to average, or the average is nothing.
    #[error("there is no template to average")]
    Nothing,
}

/// A unit vector and its maker.
#[derive(Clone, PartialEq)]
pub struct Template {
    model: ModelId,
    vector: Vec<f32>,
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({}, ..)", self.model.as_str())
    }
}

const MAGIC: &[u8; 4] = b"SHT1";
/// How far from length 1 a stored template may be.
const LENGTH_TOLERANCE: f32 = 1e-3;

impl Template {
    /// A template from a network's raw output, normalised.
    ///
    /// # Errors
    /// [`TemplateError::Malformed`] where it has not 1 to [`MAX_TEMPLATE_LENGTH`] finite figures or no length.
    pub fn from_raw(model: ModelId, mut vector: Vec<f32>) -> Result<Self, TemplateError> {
        if !(1..=MAX_TEMPLATE_LENGTH).contains(&vector.len()) {
            return Err(TemplateError::Malformed("its length"));
        }
        let length = norm(&vector);
        if !length.is_finite() || length < 1e-6 {
            return Err(TemplateError::Malformed("its figures"));
        }
        for figure in &mut vector {
            *figure /= length;
        }
        Ok(Self { model, vector })
    }

    /// What made it.
    pub fn model(&self) -> &ModelId {
        &self.model
    }

    /// The figures, of length 1.
    pub fn vector(&self) -> &[f32] {
        &self.vector
    }

    /// The mean of several templates of one person, normalised: the cheap gain of a burst.
    ///
    /// # Errors
    /// [`TemplateError::Nothing`] for none or for opposites, [`TemplateError::OtherModel`] where they are of different models.
    pub fn average(templates: &[Self]) -> Result<Self, TemplateError> {
        let first = templates.first().ok_or(TemplateError::Nothing)?;
        let mut sum = vec![0.0; first.vector.len()];
        for template in templates {
            first.check_same_model(template)?;
            for (total, figure) in sum.iter_mut().zip(&template.vector) {
                *total += figure;
            }
        }
        Self::from_raw(first.model.clone(), sum).map_err(|_| TemplateError::Nothing)
    }

    /// Magic, the model's identity behind its length, the figures in little-endian order.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes =
            Vec::with_capacity(MAGIC.len() + 1 + self.model.0.len() + self.vector.len() * 4);
        bytes.extend_from_slice(MAGIC);
        bytes.push(self.model.0.len() as u8);
        bytes.extend_from_slice(self.model.0.as_bytes());
        for figure in &self.vector {
            bytes.extend_from_slice(&figure.to_le_bytes());
        }
        bytes
    }

    /// Reads what [`Template::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`TemplateError::Malformed`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, TemplateError> {
        let rest = bytes
            .strip_prefix(MAGIC)
            .ok_or(TemplateError::Malformed("its start"))?;
        let (length, rest) = rest
            .split_first()
            .ok_or(TemplateError::Malformed("its end is missing"))?;
        let (name, figures) = rest
            .split_at_checked(usize::from(*length))
            .ok_or(TemplateError::Malformed("its end is missing"))?;
        let name = std::str::from_utf8(name)
            .map_err(|_| TemplateError::Malformed("the model's identity"))?;
        let model = ModelId::new(name)?;
        let (figures, rest) = figures.as_chunks::<4>();
        if !rest.is_empty() || !(1..=MAX_TEMPLATE_LENGTH).contains(&figures.len()) {
            return Err(TemplateError::Malformed("its length"));
        }
        let vector: Vec<f32> = figures
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        let length = norm(&vector);
        if !length.is_finite() || (length - 1.0).abs() > LENGTH_TOLERANCE {
            return Err(TemplateError::Malformed("its figures"));
        }
        Ok(Self { model, vector })
    }

    pub(crate) fn check_same_model(&self, other: &Self) -> Result<(), TemplateError> {
        if self.model == other.model {
            // Bytes from elsewhere may claim a model and have another length.
            return if self.vector.len() == other.vector.len() {
                Ok(())
            } else {
                Err(TemplateError::Malformed("its length"))
            };
        }
        Err(TemplateError::OtherModel {
            left: self.model.0.clone(),
            right: other.model.0.clone(),
        })
    }
}

pub(crate) fn norm(vector: &[f32]) -> f32 {
    vector
        .iter()
        .map(|figure| figure * figure)
        .sum::<f32>()
        .sqrt()
}

/// The networks that a template is joined of.
pub(crate) struct TemplateNetworks {
    parts: Vec<Network>,
    model: TemplateModel,
    /// The aligned face and its mirror image, RGB, as the part that runs wants them.
    straight: Vec<u8>,
    mirrored: Vec<u8>,
}

impl TemplateNetworks {
    pub(crate) fn load(models: &Models) -> Result<Self, ModelError> {
        let parts = models.all(Role::Template).iter().map(Network::load);
        Ok(Self {
            parts: parts.collect::<Result<_, _>>()?,
            model: TemplateModel::of(models)?,
            straight: Vec::new(),
            mirrored: Vec::new(),
        })
    }

    pub(crate) fn model(&self) -> &TemplateModel {
        &self.model
    }

    /// The template of a face: every network's mean of the aligned face and its mirror image, each brought to length 1, joined.
    pub(crate) fn of(
        &mut self,
        picture: &Picture,
        landmarks: &Landmarks,
    ) -> Result<Template, FaceError> {
        let mut joined = Vec::with_capacity(self.model.length());
        let mut aligned_to = None;
        for part in &mut self.parts {
            let size = (part.width(), part.height());
            if aligned_to != Some(size) {
                align(picture, landmarks, size, &mut self.straight)?;
                self.mirrored.clone_from(&self.straight);
                mirror(&mut self.mirrored, size.0 as usize);
                aligned_to = Some(size);
            }
            let from = joined.len();
            for face in [&self.straight, &self.mirrored] {
                part.run(face)?;
                part.with_output(0, |raw| add_normalised(&mut joined, from, raw))?;
            }
            normalise(joined.get_mut(from..).unwrap_or_default());
        }
        Template::from_raw(self.model.id().clone(), joined)
            .map_err(|error| FaceError::Engine(error.to_string()))
    }
}

fn align(
    picture: &Picture,
    landmarks: &Landmarks,
    (width, height): (u32, u32),
    into: &mut Vec<u8>,
) -> Result<(), FaceError> {
    let scale = width as f32 / ALIGNED_SIDE;
    let wanted = ALIGNED_POINTS.map(|point| Point::new(point.x * scale, point.y * scale));
    let similarity =
        Similarity::fit(&landmarks.five(), &wanted).ok_or(FaceError::UnusableLandmarks)?;
    warp::warp_into(picture, similarity, width, height, into);
    Ok(())
}

/// Adds a vector, brought to length 1, to what stands in `sum` from a place on. One without a length gives no figures, which
/// [`Template::from_raw`] refuses.
fn add_normalised(sum: &mut Vec<f32>, from: usize, raw: &[f32]) {
    sum.resize(from + raw.len(), 0.0);
    let length = norm(raw);
    for (total, figure) in sum.iter_mut().skip(from).zip(raw) {
        *total += figure / length;
    }
}

fn normalise(vector: &mut [f32]) {
    let length = norm(vector);
    for figure in vector {
        *figure /= length;
    }
}

fn mirror(rgb: &mut [u8], width: usize) {
    for row in rgb.chunks_exact_mut(width * 3) {
        for column in 0..width / 2 {
            for channel in 0..3 {
                row.swap(column * 3 + channel, (width - 1 - column) * 3 + channel);
            }
        }
    }
}
