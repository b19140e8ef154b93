//! What the centre checks of a portrait itself: that it is a whole picture of a face, and that the
//! template beside it was made from that face. A station that pairs a portrait with another
//! person's template would hide a duplicate.

use crate::CentreError;
use face::{Analyser, Picture, PictureError, Template, compare};
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

/// The smallest side of a portrait: what the template network looks at.
const SIDE_LEAST_PX: u32 = 112;

/// The networks that look at portraits; one packet at a time.
pub(crate) struct PortraitCheck(Mutex<Analyser>);

impl PortraitCheck {
    /// Loads the networks of a folder.
    pub(crate) fn load(models: &Path) -> Result<Self, CentreError> {
        let analyser = Analyser::new(models).map_err(|e| CentreError::Models(e.to_string()))?;
        Ok(Self(Mutex::new(analyser)))
    }

    /// The reason why portrait and template do not hold, if they do not. Sizes are read before
    /// anything is decoded.
    pub(crate) fn check(
        &self,
        portrait: &[u8],
        template: &Template,
        match_score: f32,
    ) -> Result<(), &'static str> {
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
        let mut analyser = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if template.model() != analyser.template_model() {
            return Err("template-model");
        }
        let own = analyser
            .landmarks(&picture)
            .and_then(|landmarks| analyser.template(&picture, &landmarks))
            .map_err(|_| "portrait-face")?;
        match compare(&own, template) {
            Ok(score) if score.value() >= match_score => Ok(()),
            _ => Err("template-mismatch"),
        }
    }
}

impl fmt::Debug for PortraitCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PortraitCheck(..)")
    }
}
