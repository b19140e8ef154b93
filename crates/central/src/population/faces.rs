//! The real faces of an invented population: one for each person in a folder of pictures.

use crate::CentreError;
use face::{Analyser, Picture, Template, compare};
use std::fmt;
use std::path::{Path, PathBuf};

/// The most pictures of a folder that are looked at.
const PICTURES_LIMIT: usize = 1000;
/// Endings of picture files.
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];

/// Portraits and templates; one a person, because a registry has one record a person.
#[derive(Default)]
pub struct Faces(Vec<(Template, Vec<u8>)>);

impl Faces {
    /// The people in the pictures of a folder, in the order of the files' names. A picture that
    /// resembles one before it is of the same person and left out; so is one without a face.
    ///
    /// # Errors
    /// [`CentreError`] where the folder, a picture or the models cannot be read.
    pub fn read(pictures: &Path, models: &Path) -> Result<Self, CentreError> {
        let mut analyser = Analyser::new(models).map_err(|e| CentreError::Models(e.to_string()))?;
        let same_person = analyser.templates().decisions().non_match_below;
        let mut faces = Self::default();
        for path in files(pictures)? {
            let cannot = |e| CentreError::file(format!("{} could not be read", path.display()), e);
            let bytes = std::fs::read(&path).map_err(cannot)?;
            let picture = Picture::decode(&bytes)
                .map_err(|e| CentreError::Refused(format!("{}: {e}", path.display())))?;
            let Ok(landmarks) = analyser.landmarks(&picture) else {
                continue;
            };
            let (Ok(template), Ok(portrait)) = (
                analyser.template(&picture, &landmarks),
                analyser.portrait(&picture, &landmarks),
            ) else {
                continue;
            };
            let known = faces.0.iter().any(|(other, _)| {
                compare(&template, other).is_ok_and(|score| score.value() >= same_person)
            });
            if !known {
                faces.0.push((template, portrait.jpeg));
            }
        }
        Ok(faces)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Template and portrait of the record of that number, where it has a picture.
    pub(crate) fn get(&self, number: u32) -> Option<(&Template, &[u8])> {
        let (template, portrait) = self.0.get(usize::try_from(number).ok()?)?;
        Some((template, portrait))
    }
}

impl fmt::Debug for Faces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Faces({})", self.len())
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, CentreError> {
    let cannot = |e| CentreError::file(format!("{} could not be read", folder.display()), e);
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(cannot)? {
        let path = entry.map_err(cannot)?.path();
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        if ending.is_some_and(|ending| ENDINGS.contains(&ending.as_str())) {
            found.push(path);
        }
    }
    found.sort();
    if found.len() > PICTURES_LIMIT {
        return Err(CentreError::Refused(format!(
            "{} has more than {PICTURES_LIMIT} pictures",
            folder.display()
        )));
    }
    Ok(found)
}
