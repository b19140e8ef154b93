//! What makes templates, and what their scores mean: an identity that covers everything the figures depend on, thresholds and
//! calibration of that identity, and the earlier identities whose templates are a part of today's.

use crate::comparison::DecisionPolicy;
use crate::models::{ModelError, Models, Role};
use crate::template::{
    ALIGNED_POINTS, ALIGNED_SIDE, MAX_TEMPLATE_LENGTH, ModelId, Template, TemplateError,
};
use crate::verify::Calibration;

/// How a face becomes a template apart from the networks: raised when that changes.
const METHOD: &str = "template 1, five-point similarity, landmarks refined once, mirrored mean, parts joined at length 1";
/// Hexadecimal digits of the digest that an identity shows.
const DIGEST_DIGITS: usize = 16;

/// The templates of one manifest.
#[derive(Debug, Clone)]
pub struct TemplateModel {
    id: ModelId,
    parts: Vec<Part>,
    decisions: DecisionPolicy,
    calibrations: Vec<Calibration>,
    former: Vec<FormerModel>,
}

/// Where a network's figures stand in a template.
#[derive(Debug, Clone)]
struct Part {
    name: String,
    from: usize,
    length: usize,
}

/// An earlier identity whose templates are a part of today's.
#[derive(Debug, Clone)]
pub struct FormerModel {
    id: ModelId,
    part: Part,
    decisions: DecisionPolicy,
    calibration: Option<Calibration>,
}

impl TemplateModel {
    /// By the manifest: the identity is its name and a digest of weights, input, outputs, alignment and landmark network.
    pub(crate) fn of(models: &Models) -> Result<Self, ModelError> {
        let entry = models.template();
        let bad = |reason: String| ModelError::Unloadable {
            file: "manifest.json".into(),
            reason,
        };
        let mut parts = Vec::new();
        let mut from = 0;
        for model in models.all(Role::Template) {
            let outputs = model.entry().outputs.first();
            let length = outputs.map_or(0, |output| output.length);
            let name = model.entry().name.clone();
            parts.push(Part { name, from, length });
            from += length;
        }
        if !(1..=MAX_TEMPLATE_LENGTH).contains(&from) {
            return Err(bad(format!(
                "a template of {from} figures is not 1 to {MAX_TEMPLATE_LENGTH} long"
            )));
        }
        let id = id(models).map_err(|error| bad(error.to_string()))?;
        let former = entry.former.iter().map(|former| {
            let part = parts.iter().find(|part| part.name == former.part);
            Ok(FormerModel {
                id: ModelId::new(&former.model).map_err(|error| bad(error.to_string()))?,
                part: part
                    .ok_or_else(|| bad(format!("there is no part {}", former.part)))?
                    .clone(),
                decisions: former.decisions.clone(),
                calibration: former
                    .calibration
                    .clone()
                    .map(|table| table.of_model(&former.model)),
            })
        });
        let former = former.collect::<Result<_, ModelError>>()?;
        let calibrations = entry.calibrations.iter();
        Ok(Self {
            calibrations: calibrations
                .map(|each| each.clone().of_model(id.as_str()))
                .collect(),
            id,
            parts,
            decisions: entry.decisions.clone(),
            former,
        })
    }

    /// The identity that templates carry.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// How many figures a template has.
    pub fn length(&self) -> usize {
        self.parts.iter().map(|part| part.length).sum()
    }

    /// The thresholds in force between two templates of this identity.
    pub fn decisions(&self) -> &DecisionPolicy {
        &self.decisions
    }

    /// What was measured; the first is the set that the thresholds come from.
    pub fn calibrations(&self) -> &[Calibration] {
        &self.calibrations
    }

    /// The earlier identities whose templates are a part of today's.
    pub fn former(&self) -> &[FormerModel] {
        &self.former
    }
}

impl FormerModel {
    /// The identity.
    pub fn id(&self) -> &ModelId {
        &self.id
    }

    /// The thresholds between two templates of it.
    pub fn decisions(&self) -> &DecisionPolicy {
        &self.decisions
    }

    /// What was measured of them, where the manifest says so.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.calibration.as_ref()
    }

    /// The template of this identity inside one of today's; `None` where that is of another length.
    pub fn inside(&self, today: &Template) -> Option<Template> {
        let figures = today
            .vector()
            .get(self.part.from..)?
            .get(..self.part.length)?;
        Template::from_raw(self.id.clone(), figures.to_vec()).ok()
    }
}

fn id(models: &Models) -> Result<ModelId, TemplateError> {
    let points = ALIGNED_POINTS.map(|point| [point.x.to_bits(), point.y.to_bits()]);
    let networks = [Role::Landmarks, Role::Template]
        .into_iter()
        .flat_map(|role| models.all(role));
    let networks: Vec<String> = networks
        .map(|model| format!("{} {}", model.entry().role, model.entry().described()))
        .collect();
    let text = format!(
        "{METHOD}\n{points:x?} of {ALIGNED_SIDE}\n{}",
        networks.join("\n")
    );
    let digest = hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()));
    let start = digest.get(..DIGEST_DIGITS).unwrap_or_default();
    ModelId::new(&format!("{}@{start}", models.template().name))
}
