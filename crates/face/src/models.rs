//! The networks on disk: a manifest names them by role, and nothing runs whose sha256 differs from it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What a network is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Where faces are.
    Detector,
    /// The 68 landmarks of a face.
    Landmarks,
    /// The vector that templates are made of.
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
}

/// Colours of a network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colours {
    /// Three planes: red, green, blue.
    Rgb,
    /// One plane: BT.601 luma.
    Grey,
}

/// How pixels become a network's input: (value − subtract) / divide, plane after plane.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Input {
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
    /// Planes.
    pub colours: Colours,
    /// Taken from each 0..255 value, one figure a plane.
    pub subtract: Vec<f32>,
    /// Divides the rest, one figure a plane.
    pub divide: Vec<f32>,
}

/// One line of the manifest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entry {
    /// What it is asked for.
    pub role: Role,
    /// Its name; templates carry it.
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
    /// The names of its outputs, in the order that its role asks for.
    pub outputs: Vec<String>,
    /// What it gives, in words.
    pub output: String,
}

#[derive(Deserialize)]
struct Manifest {
    models: Vec<Entry>,
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
    by_role: BTreeMap<Role, Model>,
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
        let mut by_role = BTreeMap::new();
        for entry in listed.models {
            check(&entry).map_err(bad)?;
            by_role.insert(entry.role, read(folder, entry)?);
        }
        for role in Role::ALL {
            if !by_role.contains_key(&role) {
                return Err(ModelError::RoleMissing(role));
            }
        }
        Ok(Self { by_role })
    }

    /// The network for a role.
    ///
    /// # Errors
    /// [`ModelError::RoleMissing`].
    pub fn get(&self, role: Role) -> Result<&Model, ModelError> {
        self.by_role.get(&role).ok_or(ModelError::RoleMissing(role))
    }

    /// The manifest's lines.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_role.values().map(Model::entry)
    }
}

fn check(entry: &Entry) -> Result<(), String> {
    let planes = match entry.input.colours {
        Colours::Rgb => 3,
        Colours::Grey => 1,
    };
    let file = &entry.file;
    if entry.input.subtract.len() != planes || entry.input.divide.len() != planes {
        return Err(format!(
            "{file}: `subtract` and `divide` need {planes} figures"
        ));
    }
    if entry.input.divide.iter().any(|figure| !figure.is_normal()) {
        return Err(format!(
            "{file}: `divide` has a figure that does not divide"
        ));
    }
    if !(1..=4096).contains(&entry.input.width) || !(1..=4096).contains(&entry.input.height) {
        return Err(format!(
            "{file}: the input is not 1 to 4096 pixels wide and high"
        ));
    }
    if entry.outputs.is_empty() || entry.outputs.len() > 8 {
        return Err(format!("{file}: 1 to 8 `outputs` are wanted"));
    }
    if Path::new(file).components().count() != 1 {
        return Err(format!(
            "{file}: a file beside the manifest is wanted, not a path"
        ));
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
