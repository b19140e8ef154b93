//! The networks on disk: a manifest names them by role, and nothing runs whose sha256 differs from it, or whose answer to a fixed
//! picture does.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::comparison::DecisionPolicy;
use crate::network::Network;
use crate::verify::Calibration;

/// What a network is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Where faces are.
    Detector,
    /// The 68 landmarks of a face.
    Landmarks,
    /// A vector that templates are made of; the only role that several networks may share: their vectors are joined.
    Template,
    /// Whether a face looks live, from one picture.
    PassiveLiveness,
    /// Whether an eye is open.
    Eye,
    /// Yaw, pitch and roll.
    Pose,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Detector,
        Self::Landmarks,
        Self::Template,
        Self::PassiveLiveness,
        Self::Eye,
        Self::Pose,
    ];
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Detector => "detector",
            Self::Landmarks => "landmarks",
            Self::Template => "template",
            Self::PassiveLiveness => "passive_liveness",
            Self::Eye => "eye",
            Self::Pose => "pose",
        })
    }
}

/// Why the networks cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file cannot be read.
    #[error("the model file {file} cannot be read: {source}")]
    Unreadable {
        /// Its name.
        file: String,
        /// The system's words.
        source: std::io::Error,
    },
    /// The manifest is not what it should be.
    #[error("{} is not a model manifest: {reason}", manifest.display())]
    BadManifest {
        /// Its path.
        manifest: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file differs from what the manifest states: damaged, or exchanged.
    #[error(
        "the model file {file} is not the one that the manifest names (its sha256 is {found}, {expected} was expected)"
    )]
    WrongHash {
        /// Its name.
        file: String,
        /// What the manifest states.
        expected: String,
        /// What the file has.
        found: String,
    },
    /// The manifest has nothing for a role.
    #[error("the manifest names no model for the role {0}")]
    RoleMissing(Role),
    /// The engine does not load the file.
    #[error("the model file {file} does not load: {reason}")]
    Unloadable {
        /// Its name.
        file: String,
        /// The engine's words.
        reason: String,
    },
    /// A network answers a fixed picture otherwise than the manifest states: its line does not say how it wants its pixels.
    #[error(
        "the model {name} does not answer as the manifest states ({seen} instead of {wanted}): its input, outputs or golden figures are of another network"
    )]
    OtherAnswer {
        /// Its name.
        name: String,
        /// A figure that the manifest states.
        wanted: f32,
        /// What the network gave.
        seen: f32,
    },
}

/// Colours of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    /// Red, green, blue.
    Rgb,
    /// Blue, green, red.
    Bgr,
    /// One channel: BT.601 luma.
    Grey,
}

impl Colours {
    /// How many figures a pixel has.
    pub fn channels(self) -> usize {
        match self {
            Self::Rgb | Self::Bgr => 3,
            Self::Grey => 1,
        }
    }
}

/// How a network's input lies in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Batch, channels, rows, columns.
    #[default]
    Planes,
    /// Batch, rows, columns, channels.
    Pixels,
}

fn one() -> u32 {
    1
}

/// How pixels become a network's input: (value − subtract) / divide.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Channels and their order.
    pub colours: Colours,
    /// Order in memory.
    #[serde(default)]
    pub layout: Layout,
    /// Pictures that the network was exported for; each is given the same one.
    #[serde(default = "one")]
    pub batch: u32,
    /// Taken from each 0..255 value, one figure a channel.
    pub subtract: Vec<f32>,
    /// Divides the rest, one figure a channel.
    pub divide: Vec<f32>,
}

/// One output of a network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// Its name in the file.
    pub name: String,
    /// Values for one picture.
    pub length: usize,
    /// Values evenly spread over the answer to [`Input::golden_pixels`], by the program that wrote the manifest.
    pub golden: Vec<f32>,
}

impl Output {
    /// Of a whole answer, the values that a manifest states.
    pub fn golden_of(answer: &[f32]) -> Vec<f32> {
        let step = answer.len().div_ceil(GOLDEN_VALUES).max(1);
        answer.iter().copied().step_by(step).collect()
    }
}

/// Values of an answer that are compared at load.
const GOLDEN_VALUES: usize = 16;

impl Input {
    /// The fixed picture that golden figures are of: RGB, of the network's own width and height.
    pub fn golden_pixels(&self) -> Vec<u8> {
        let mut rgb = Vec::with_capacity((self.width * self.height * 3) as usize);
        for y in 0..self.height {
            for x in 0..self.width {
                // Slopes and edges at several scales, other in every channel.
                let edge = (x / 8 + y / 6) % 2 * 70;
                rgb.push(((x * 3 + y + edge) % 256) as u8);
                rgb.push(((x + y * 2 + 40) % 256) as u8);
                rgb.push(((x * y / 16 + 200 - edge) % 256) as u8);
            }
        }
        rgb
    }

    /// Everything about it, for an identity.
    fn described(&self) -> String {
        let bits = |figures: &[f32]| -> Vec<u32> { figures.iter().map(|f| f.to_bits()).collect() };
        format!(
            "{}x{} {:?} {:?} batch {} subtract {:x?} divide {:x?}",
            self.width,
            self.height,
            self.colours,
            self.layout,
            self.batch,
            bits(&self.subtract),
            bits(&self.divide)
        )
    }
}

/// One line of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// What it is asked for.
    pub role: Role,
    /// Its name.
    pub name: String,
    /// The file beside the manifest.
    pub file: String,
    /// The file's SHA-256, in hexadecimal digits.
    pub sha256: String,
    /// The package that it comes from.
    pub source: String,
    /// That package's version.
    pub version: String,
    /// Its licence.
    pub licence: String,
    /// What it takes.
    pub input: Input,
    /// Its outputs, in the order that its role asks for.
    pub outputs: Vec<Output>,
    /// What it gives, in words.
    pub output: String,
}

impl Entry {
    /// What its answers depend on: weights, input and outputs, in words that an identity is a digest of.
    pub(crate) fn described(&self) -> String {
        let outputs: Vec<_> = self.outputs.iter().map(|o| (&o.name, o.length)).collect();
        let sha256 = self.sha256.to_ascii_lowercase();
        format!("{sha256} {} {outputs:?}", self.input.described())
    }
}

/// What the manifest says of the templates that its networks make together.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateEntry {
    /// The name that their identity begins with.
    pub name: String,
    /// The thresholds in force.
    pub decisions: DecisionPolicy,
    /// What was measured, by set; the first is the one that the thresholds come from.
    pub calibrations: Vec<Calibration>,
    /// Earlier identities whose templates are one part of today's.
    #[serde(default)]
    pub former: Vec<Former>,
}

/// An identity of templates made before.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Former {
    /// The identity that they carry.
    pub model: String,
    /// The name of the network whose part of today's template is such a template.
    pub part: String,
    /// The thresholds between two of them.
    pub decisions: DecisionPolicy,
    /// What was measured of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    models: Vec<Entry>,
    template: TemplateEntry,
}

/// A network's bytes, checked, with its line of the manifest.
#[derive(Clone)]
pub struct Model {
    entry: Entry,
    bytes: Vec<u8>,
}

impl Model {
    /// Its line of the manifest.
    pub fn entry(&self) -> &Entry {
        &self.entry
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Model({}, {} bytes)", self.entry.name, self.bytes.len())
    }
}

/// The longest model file that is read.
const MAX_MODEL_BYTES: u64 = 512 * 1024 * 1024;

/// All networks, read and checked.
#[derive(Debug, Clone)]
pub struct Models {
    by_role: BTreeMap<Role, Vec<Model>>,
    template: TemplateEntry,
}

impl Models {
    /// Reads `manifest.json` in a folder and every file that it names.
    ///
    /// # Errors
    /// A [`ModelError`] that names the file.
    pub fn load(folder: &Path) -> Result<Self, ModelError> {
        let manifest = folder.join("manifest.json");
        let text = std::fs::read(&manifest).map_err(|source| ModelError::Unreadable {
            file: manifest.display().to_string(),
            source,
        })?;
        let bad = |reason: String| ModelError::BadManifest {
            manifest: manifest.clone(),
            reason,
        };
        let listed: Manifest =
            serde_json::from_slice(&text).map_err(|error| bad(error.to_string()))?;
        check_template(&listed.template).map_err(bad)?;
        let mut by_role: BTreeMap<Role, Vec<Model>> = BTreeMap::new();
        for entry in listed.models {
            check(&entry).map_err(bad)?;
            let role = entry.role;
            let of_role = by_role.entry(role).or_default();
            if role != Role::Template && !of_role.is_empty() {
                return Err(bad(format!("two models have the role {role}")));
            }
            of_role.push(read(folder, entry)?);
        }
        for role in Role::ALL {
            if !by_role.contains_key(&role) {
                return Err(ModelError::RoleMissing(role));
            }
        }
        Ok(Self {
            by_role,
            template: listed.template,
        })
    }

    /// The network for a role; the first of several.
    ///
    /// # Errors
    /// [`ModelError::RoleMissing`].
    pub fn get(&self, role: Role) -> Result<&Model, ModelError> {
        self.all(role).first().ok_or(ModelError::RoleMissing(role))
    }

    /// The networks for a role, in the manifest's order.
    pub fn all(&self, role: Role) -> &[Model] {
        self.by_role.get(&role).map_or(&[], Vec::as_slice)
    }

    /// What the manifest says of templates.
    pub fn template(&self) -> &TemplateEntry {
        &self.template
    }

    /// The manifest again with the golden figures that these files give, for whoever exchanges a network.
    ///
    /// # Errors
    /// [`ModelError::Unloadable`] names the file.
    pub fn manifest_with_golden(&self) -> Result<String, ModelError> {
        let mut models = Vec::new();
        for model in self.by_role.values().flatten() {
            let mut entry = model.entry.clone();
            let golden = Network::unproven(model)?.golden(model)?;
            for (output, golden) in entry.outputs.iter_mut().zip(golden) {
                output.golden = golden;
            }
            models.push(entry);
        }
        let manifest = Manifest {
            models,
            template: self.template.clone(),
        };
        serde_json::to_string_pretty(&manifest).map_err(|error| ModelError::Unloadable {
            file: "manifest.json".into(),
            reason: error.to_string(),
        })
    }

    /// The manifest's lines.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_role.values().flatten().map(Model::entry)
    }
}

fn check(entry: &Entry) -> Result<(), String> {
    let input = &entry.input;
    let channels = input.colours.channels();
    let file = &entry.file;
    if input.subtract.len() != channels || input.divide.len() != channels {
        return Err(format!(
            "{file}: `subtract` and `divide` need {channels} figures"
        ));
    }
    if input.divide.iter().any(|figure| !figure.is_normal()) {
        return Err(format!(
            "{file}: `divide` has a figure that does not divide"
        ));
    }
    if !(1..=4096).contains(&input.width) || !(1..=4096).contains(&input.height) {
        return Err(format!(
            "{file}: the input is not 1 to 4096 pixels wide and high"
        ));
    }
    if !(1..=8).contains(&input.batch) {
        return Err(format!("{file}: `batch` is not 1 to 8"));
    }
    if entry.outputs.is_empty() || entry.outputs.len() > 8 {
        return Err(format!("{file}: 1 to 8 `outputs` are wanted"));
    }
    if let Some(output) = entry.outputs.iter().find(|output| output.golden.is_empty()) {
        return Err(format!(
            "{file}: the output {} has no golden figures",
            output.name
        ));
    }
    if Path::new(file).components().count() != 1 {
        return Err(format!(
            "{file}: a file beside the manifest is wanted, not a path"
        ));
    }
    Ok(())
}

fn check_template(template: &TemplateEntry) -> Result<(), String> {
    let Some(in_force) = template.calibrations.first() else {
        return Err("the templates have no calibration".into());
    };
    let least = in_force.points().first().map_or(f64::MAX, |p| p.score);
    let most = in_force.points().last().map_or(f64::MIN, |p| p.score);
    let decisions = &template.decisions;
    for threshold in [decisions.match_from, decisions.non_match_below] {
        // Single precision of a figure with three decimals.
        if !(least - 1e-6..=most + 1e-6).contains(&f64::from(threshold)) {
            return Err(format!(
                "the threshold {threshold} lies outside the calibration ({least} to {most})"
            ));
        }
    }
    let formers = template.former.iter().map(|former| &former.decisions);
    for decisions in formers.chain([decisions]) {
        if decisions.match_from < decisions.non_match_below {
            return Err("`match_from` lies below `non_match_below`".into());
        }
    }
    Ok(())
}

fn read(folder: &Path, entry: Entry) -> Result<Model, ModelError> {
    let unreadable = |source| ModelError::Unreadable {
        file: entry.file.clone(),
        source,
    };
    let path = folder.join(&entry.file);
    let length = std::fs::metadata(&path).map_err(unreadable)?.len();
    if length > MAX_MODEL_BYTES {
        return Err(unreadable(std::io::ErrorKind::FileTooLarge.into()));
    }
    let bytes = std::fs::read(&path).map_err(unreadable)?;
    let found = hex::encode(ring::digest::digest(&ring::digest::SHA256, &bytes));
    if !found.eq_ignore_ascii_case(&entry.sha256) {
        return Err(ModelError::WrongHash {
            file: entry.file,
            expected: entry.sha256,
            found,
        });
    }
    Ok(Model { entry, bytes })
}
