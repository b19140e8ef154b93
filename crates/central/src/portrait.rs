//! What the centre checks of a portrait itself: that it is a whole picture of a face, and that the
//! template beside it was made from that face. A station that pairs a portrait with another
//! person's template would hide a duplicate.

use crate::CentreError;
use face::{Analyser, FaceError, Picture, PictureError, Template, TemplateModel, compare};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The smallest side of a portrait: what the template network looks at.
const SIDE_LEAST_PX: u32 = 112;

/// The networks that look at portraits, once for each packet that is judged at a time.
pub(crate) struct PortraitCheck {
    models: PathBuf,
    templates: TemplateModel,
    idle: Mutex<Vec<Analyser>>,
}

impl PortraitCheck {
    /// Loads the networks of a folder.
    pub(crate) fn load(models: &Path) -> Result<Self, CentreError> {
        let analyser = analyser(models)?;
        Ok(Self {
            templates: analyser.templates().clone(),
            idle: Mutex::new(vec![analyser]),
            models: models.to_owned(),
        })
    }

    /// An analyser of one's own. One whose user panics does not come back.
    fn take(&self) -> Result<Analyser, CentreError> {
        let idle = self
            .idle
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        match idle {
            Some(analyser) => Ok(analyser),
            None => analyser(&self.models),
        }
    }

    fn put_back(&self, analyser: Analyser) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(analyser);
    }

    /// What templates are made by here.
    pub(crate) fn templates(&self) -> &TemplateModel {
        &self.templates
    }

    /// The template of a portrait on record, or why there is none; `engine` is the centre's own fault.
    pub(crate) fn template_of(&self, portrait: &[u8]) -> Result<Template, &'static str> {
        let picture = Picture::decode(portrait).map_err(|_| "picture")?;
        let mut analyser = self.take().map_err(|_| "engine")?;
        let made = own_template(&mut analyser, &picture);
        self.put_back(analyser);
        made
    }

    /// The template to keep, or the reason why portrait and template do not hold. A station that
    /// still makes templates of an earlier identity is checked by that one, and the template of
    /// today is made from its portrait. Sizes are read before anything is decoded.
    pub(crate) fn check(
        &self,
        portrait: &[u8],
        template: Template,
    ) -> Result<Template, &'static str> {
        let picture = Picture::decode(portrait).map_err(|fault| match fault {
            PictureError::TooLarge { .. } | PictureError::TooMuchMemory { .. } => {
                "picture-too-large"
            }
            PictureError::Truncated => "picture-truncated",
            _ => "picture",
        })?;
        if picture.width().min(picture.height()) < SIDE_LEAST_PX {
            return Err("picture-too-small");
        }
        let mut analyser = self.take().map_err(|_| "engine")?;
        let kept = kept(&mut analyser, &picture, template);
        self.put_back(analyser);
        kept
    }
}

/// The template to keep, made from this picture.
fn kept(
    analyser: &mut Analyser,
    picture: &Picture,
    template: Template,
) -> Result<Template, &'static str> {
    let templates = analyser.templates().clone();
    let mut former = templates.former().iter();
    let former = former.find(|former| former.id() == template.model());
    if template.model() != templates.id() && former.is_none() {
        return Err("template-model");
    }
    let own = own_template(analyser, picture)?;
    let (seen, decisions) = match former {
        None => (Some(own.clone()), templates.decisions()),
        Some(former) => (former.inside(&own), former.decisions()),
    };
    let score = seen.and_then(|seen| compare(&seen, &template).ok());
    if score.is_none_or(|score| score.value() < decisions.match_from) {
        return Err("template-mismatch");
    }
    Ok(if former.is_none() { template } else { own })
}

fn own_template(analyser: &mut Analyser, picture: &Picture) -> Result<Template, &'static str> {
    analyser
        .landmarks(picture)
        .and_then(|landmarks| analyser.template(picture, &landmarks))
        .map_err(|fault| match fault {
            // Of the centre's engine or of its model files, never of the person.
            FaceError::Engine(_) | FaceError::Model(_) => "engine",
            _ => "portrait-face",
        })
}

fn analyser(models: &Path) -> Result<Analyser, CentreError> {
    Analyser::new(models).map_err(|e| CentreError::Models(e.to_string()))
}

impl fmt::Debug for PortraitCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PortraitCheck(..)")
    }
}
