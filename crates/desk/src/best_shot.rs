//! From the frames of a burst to a photograph in memory.

use crate::analysis::Seen;
use crate::{Check, Notice, Picture, checks};
use capture::Frame;
use domain::{CaptureReason, LivenessRecord, QualityRecord, Source};
use face::liveness::Decision;
use face::{Analyser, Assessment, Component, Template, Thresholds};

/// Frames of a burst that travel in the packet: the best one and its runner-up.
const BURST_KEPT: usize = 2;
/// JPEG quality of the burst's frames.
const BURST_JPEG_QUALITY: u8 = 88;
/// The smallest side in pixels that a photograph is made of: a portrait needs 90 px between the eyes
/// (ISO/IEC 39794-5), and a frame below this cannot hold one.
const SMALLEST_SIDE: u32 = 240;

/// A photograph in memory, before it is kept.
pub(crate) struct Captured {
    pub(crate) portrait: Picture,
    pub(crate) portrait_jpeg: Vec<u8>,
    pub(crate) burst_jpeg: Vec<Vec<u8>>,
    /// None where no face was found: a failure to enrol, recorded as such.
    pub(crate) template: Option<Template>,
    pub(crate) quality: QualityRecord,
    pub(crate) liveness: LivenessRecord,
    /// The whole evidence of the last challenge.
    pub(crate) decision: Option<Decision>,
    pub(crate) frame_px: (u32, u32),
    pub(crate) source: Source,
    pub(crate) checks: Vec<Check>,
    pub(crate) clauses: Vec<String>,
    pub(crate) reason: Option<CaptureReason>,
}

impl std::fmt::Debug for Captured {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Captured({}x{})", self.frame_px.0, self.frame_px.1)
    }
}

/// Chooses and cuts.
pub(crate) struct BestShot<'a> {
    pub(crate) thresholds: &'a Thresholds,
    pub(crate) source: Source,
}

impl BestShot<'_> {
    /// Chooses among the frames of a burst.
    ///
    /// # Errors
    /// Why no photograph came of it: [`Seen::Refused`] where that was a try of the person's, [`Seen::Failed`] where not.
    pub(crate) fn of(
        self,
        analyser: &mut Analyser,
        frames: &[Frame],
        reason: Option<CaptureReason>,
    ) -> Result<Captured, Seen> {
        let failed = |key| Seen::Failed(Notice::attention(key));
        let refused = |key| Seen::Refused(Notice::attention(key));
        if frames.iter().any(|f| f.width.min(f.height) < SMALLEST_SIDE) {
            return Err(failed("notice-picture-small"));
        }
        let mut shots: Vec<(face::Picture, Option<Assessment>)> = Vec::with_capacity(frames.len());
        for frame in frames {
            let Ok(picture) =
                face::Picture::from_shared(frame.width, frame.height, frame.rgb.clone())
            else {
                continue;
            };
            let assessment = analyser.assess(&picture).ok();
            shots.push((picture, assessment));
        }
        shots.sort_by_key(|(_, a)| a.as_ref().map_or((usize::MAX, 0), |a| self.rank(a)));
        let Some((best, assessment)) = shots.first() else {
            return Err(failed("notice-camera-lost"));
        };
        // Without an officer's reason everything that policy demands must hold in the picture that is kept, not only in the view before it.
        let unmet = assessment
            .as_ref()
            .map(|a| self.thresholds.unmet(&a.measures).count());
        match (reason, unmet) {
            (None, None) => return Err(refused("notice-no-face")),
            (None, Some(1..)) => return Err(refused("notice-burst-moved")),
            _ => {}
        }
        self.photograph(analyser, &shots, best, assessment.as_ref(), reason)
            .map_err(|error| {
                tracing::warn!(%error, "the photograph could not be made");
                failed("notice-photo-failed")
            })
    }

    /// Fewest unmet demands first, then the sharpest.
    fn rank(&self, assessment: &Assessment) -> (usize, i16) {
        let unmet = self.thresholds.unmet(&assessment.measures).count();
        (
            unmet,
            -i16::from(
                assessment
                    .measures
                    .scalar(Component::SharpnessGradient)
                    .unwrap_or(0),
            ),
        )
    }

    fn photograph(
        self,
        analyser: &mut Analyser,
        shots: &[(face::Picture, Option<Assessment>)],
        best: &face::Picture,
        assessment: Option<&Assessment>,
        reason: Option<CaptureReason>,
    ) -> Result<Captured, face::FaceError> {
        let burst_jpeg = shots
            .iter()
            .take(BURST_KEPT)
            .map(|(p, _)| p.encode_jpeg(BURST_JPEG_QUALITY))
            .collect();
        let frame_px = (best.width(), best.height());
        let source = self.source;
        let Some(assessment) = assessment else {
            let portrait = centre_crop(best)?;
            let portrait_jpeg = portrait.encode_jpeg(face::PORTRAIT_JPEG_QUALITY);
            let portrait = to_screen(&portrait);
            let (quality, clauses) = (QualityRecord::default(), vec!["clause-no-face".to_owned()]);
            let checks = Vec::new();
            return Ok(Captured {
                portrait,
                portrait_jpeg,
                burst_jpeg,
                template: None,
                quality,
                liveness: LivenessRecord::default(),
                decision: None,
                frame_px,
                source,
                checks,
                clauses,
                reason,
            });
        };
        let portrait = analyser.portrait(best, &assessment.landmarks)?;
        let mut templates = Vec::with_capacity(shots.len());
        for (picture, assessment) in shots {
            if let Some(assessment) = assessment
                && let Ok(template) = analyser.template(picture, &assessment.landmarks)
            {
                templates.push(template);
            }
        }
        let template = Template::average(&templates).ok();
        let clauses = portrait
            .clauses
            .iter()
            .filter(|c| !c.holds)
            .map(|c| format!("clause-{}", c.clause.name()));
        Ok(Captured {
            clauses: clauses.collect(),
            portrait: to_screen(&portrait.picture),
            portrait_jpeg: portrait.jpeg.clone(),
            burst_jpeg,
            template,
            quality: checks::record(&assessment.measures, &portrait),
            liveness: LivenessRecord::default(),
            decision: None,
            frame_px,
            source,
            checks: checks::list(&assessment.measures, self.thresholds),
            reason,
        })
    }
}

/// The middle of the frame in the portrait's shape, for a person whose face no detector finds.
fn centre_crop(picture: &face::Picture) -> Result<face::Picture, face::FaceError> {
    let (w, h) = (picture.width(), picture.height());
    let wide = (h * 7 / 9).min(w).max(1);
    let left = (w - wide) / 2;
    let mut rgb = Vec::with_capacity(wide as usize * h as usize * 3);
    for row in picture.as_rgb().chunks_exact(w as usize * 3) {
        let from = left as usize * 3;
        rgb.extend_from_slice(row.get(from..from + wide as usize * 3).unwrap_or_default());
    }
    Ok(face::Picture::from_rgb(wide, h, rgb)?)
}

fn to_screen(picture: &face::Picture) -> Picture {
    Picture {
        width: picture.width(),
        height: picture.height(),
        rgb: picture.as_rgb().into(),
    }
}
