//! One person before the camera: watch, hold, burst, best shot.

use crate::analysis::Seen;
use crate::{Check, Live, Notice, Picture, checks};
use capture::{Device, Frame};
use domain::{CaptureReason, LivenessRecord, PacketId, QualityRecord, Source};
use face::{
    Analyser, Assessment, Component, Guide, Instruction, Landmarks, Observed, Preview, Template,
    Thresholds,
};
use std::time::{Duration, Instant};

/// All checks must hold this long before the photograph is taken.
const HOLD: Duration = Duration::from_millis(500);
/// Frames of a burst.
const BURST: usize = 5;
/// Frames of a burst that travel in the packet: the best one and its runner-up.
const BURST_KEPT: usize = 2;
/// JPEG quality of the burst's frames.
const BURST_JPEG_QUALITY: u8 = 88;
/// Passive liveness looks at every so many-th frame: it costs as much as a whole preview frame.
const PASSIVE_EVERY: u64 = 4;
/// The smallest side in pixels that a photograph is made of: a portrait needs 90 px between the eyes
/// (ISO/IEC 39794-5), and a frame below this cannot hold one.
const SMALLEST_SIDE: u32 = 240;
/// The most passive scores that are kept of one person.
const PASSIVE_LIMIT: usize = 120;

/// A photograph in memory, before it is kept.
pub(crate) struct Captured {
    pub(crate) portrait: Picture,
    pub(crate) portrait_jpeg: Vec<u8>,
    pub(crate) burst_jpeg: Vec<Vec<u8>>,
    /// None where no face was found: a failure to enrol, recorded as such.
    pub(crate) template: Option<Vec<u8>>,
    pub(crate) quality: QualityRecord,
    pub(crate) liveness: LivenessRecord,
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

enum Phase {
    Watching {
        ready_since: Option<Instant>,
    },
    Burst {
        frames: Vec<Frame>,
        reason: Option<CaptureReason>,
    },
    Done,
}

/// The state of one person's capture.
pub(crate) struct CaptureSession {
    packet: PacketId,
    thresholds: Thresholds,
    passive_least: f32,
    started: Instant,
    guide: Guide,
    passive: Vec<f32>,
    frames: u64,
    phase: Phase,
}

impl CaptureSession {
    pub(crate) fn new(packet: PacketId, thresholds: Thresholds, passive_least: f32) -> Self {
        Self {
            packet,
            thresholds,
            passive_least,
            started: Instant::now(),
            guide: Guide::new(),
            passive: Vec::new(),
            frames: 0,
            phase: Phase::Watching { ready_since: None },
        }
    }

    /// Whose application the photograph is for.
    pub(crate) fn packet(&self) -> PacketId {
        self.packet
    }

    /// Watches again after a retake.
    pub(crate) fn again(&mut self) {
        self.guide.reset();
        self.phase = Phase::Watching { ready_since: None };
    }

    /// Takes a burst now.
    pub(crate) fn take(&mut self, reason: Option<CaptureReason>) {
        if matches!(self.phase, Phase::Watching { .. }) {
            self.phase = Phase::Burst {
                frames: Vec::with_capacity(BURST),
                reason,
            };
        }
    }

    /// The camera gave nothing: a burst cannot be finished.
    pub(crate) fn no_frame(&mut self) -> Option<Seen> {
        let Phase::Burst { .. } = self.phase else {
            return None;
        };
        self.again();
        Some(Seen::Failed(Notice::attention("notice-camera-lost")))
    }

    /// Takes one frame in; gives the live view and what happened.
    pub(crate) fn frame(
        &mut self,
        analyser: &mut Analyser,
        frame: &Frame,
        device: Option<&Device>,
        progress: impl Fn(Seen),
    ) -> (Option<Live>, Vec<Seen>) {
        let Ok(picture) = face::Picture::from_shared(frame.width, frame.height, frame.rgb.clone())
        else {
            return (None, Vec::new());
        };
        self.frames += 1;
        if matches!(self.phase, Phase::Done) {
            return (None, Vec::new());
        }
        let preview = analyser.preview(&picture);
        self.score_passive(analyser, &picture, preview.landmarks.as_ref());
        let now_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let instruction = self.guide.next(now_ms, &preview, &self.thresholds);
        // An instruction stands for a while so that it can be read; a photograph is of what is there now.
        let there = face::judge(&preview.view(), &self.thresholds) == Instruction::Ready;
        let hold = self.hold(there && instruction == Instruction::Ready);
        let live = self.live(frame, &preview, instruction, hold);
        let mut events = Vec::new();
        if hold >= 1.0 {
            self.take(None);
        }
        if let Phase::Burst { frames, reason } = &mut self.phase {
            frames.push(frame.clone());
            let taken = frames.len();
            if taken < BURST {
                events.push(Seen::Burst {
                    taken: taken as u32,
                    of: BURST as u32,
                });
            } else {
                let (frames, reason) = (std::mem::take(frames), *reason);
                progress(Seen::Working);
                self.phase = Phase::Done;
                events.push(self.best_shot(analyser, &frames, device, reason));
            }
        }
        (Some(live), events)
    }

    fn hold(&mut self, ready: bool) -> f32 {
        let Phase::Watching { ready_since } = &mut self.phase else {
            return 0.0;
        };
        if !ready {
            *ready_since = None;
            return 0.0;
        }
        let since = ready_since.get_or_insert_with(Instant::now);
        (since.elapsed().as_secs_f32() / HOLD.as_secs_f32()).min(1.0)
    }

    fn score_passive(
        &mut self,
        analyser: &mut Analyser,
        picture: &face::Picture,
        landmarks: Option<&Landmarks>,
    ) {
        let due = self.frames.is_multiple_of(PASSIVE_EVERY) && self.passive.len() < PASSIVE_LIMIT;
        if let (true, Some(landmarks)) = (due, landmarks)
            && let Ok(score) = analyser.passive_liveness(picture, landmarks)
        {
            self.passive.push(score);
        }
    }

    fn live(&self, frame: &Frame, preview: &Preview, instruction: Instruction, hold: f32) -> Live {
        let (w, h) = (frame.width as f32, frame.height as f32);
        let faces = preview
            .faces
            .as_slice()
            .iter()
            .map(|f| {
                [
                    f.bounds.x / w,
                    f.bounds.y / h,
                    f.bounds.width / w,
                    f.bounds.height / h,
                ]
            })
            .collect();
        let landmarks = preview
            .landmarks
            .as_ref()
            .map(|l| l.points().iter().map(|p| [p.x / w, p.y / h]).collect())
            .unwrap_or_default();
        Live {
            picture: Picture {
                width: frame.width,
                height: frame.height,
                rgb: frame.rgb.clone(),
            },
            sequence: frame.sequence,
            age_ms: u32::try_from(frame.arrived_at.elapsed().as_millis()).unwrap_or(u32::MAX),
            faces,
            landmarks,
            oval: oval(frame.width, frame.height),
            instruction: instruction.key(),
            hold,
            checks: checks::list(&preview.measures, &self.thresholds),
        }
    }

    fn best_shot(
        &self,
        analyser: &mut Analyser,
        frames: &[Frame],
        device: Option<&Device>,
        reason: Option<CaptureReason>,
    ) -> Seen {
        if frames.iter().any(|f| f.width.min(f.height) < SMALLEST_SIDE) {
            return Seen::Failed(Notice::attention("notice-picture-small"));
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
            return Seen::Failed(Notice::attention("notice-camera-lost"));
        };
        if assessment.is_none() && reason.is_none() {
            return Seen::Failed(Notice::attention("notice-no-face"));
        }
        match self.photograph(analyser, &shots, best, assessment.as_ref(), device, reason) {
            Ok(captured) => Seen::Captured(Box::new(captured)),
            Err(error) => {
                tracing::warn!(%error, "the photograph could not be made");
                Seen::Failed(Notice::attention("notice-photo-failed"))
            }
        }
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
        &self,
        analyser: &mut Analyser,
        shots: &[(face::Picture, Option<Assessment>)],
        best: &face::Picture,
        assessment: Option<&Assessment>,
        device: Option<&Device>,
        reason: Option<CaptureReason>,
    ) -> Result<Captured, face::FaceError> {
        let burst_jpeg = shots
            .iter()
            .take(BURST_KEPT)
            .map(|(p, _)| p.encode_jpeg(BURST_JPEG_QUALITY))
            .collect();
        let liveness = self.liveness();
        let frame_px = (best.width(), best.height());
        let source = source_of(device);
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
                liveness,
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
        let template = Template::average(&templates).ok().map(|t| t.to_bytes());
        let clauses = portrait
            .clauses
            .iter()
            .filter(|c| !c.holds)
            .map(|c| format!("clause-{}", c.clause.name()));
        Ok(Captured {
            clauses: clauses.collect(),
            portrait: to_screen(&portrait.picture),
            portrait_jpeg: portrait.jpeg,
            burst_jpeg,
            template,
            quality: checks::record(&assessment.measures),
            liveness,
            frame_px,
            source,
            checks: checks::list(&assessment.measures, &self.thresholds),
            reason,
        })
    }

    fn liveness(&self) -> LivenessRecord {
        let mut scores = self.passive.clone();
        scores.sort_by(f32::total_cmp);
        let median = scores.get(scores.len() / 2).copied();
        LivenessRecord {
            frames: scores.len() as u32,
            passive_median: median,
            flagged: median.is_none_or(|m| m < self.passive_least),
        }
    }
}

/// Where the face should be: as tall as fits with room for the portrait's margins.
fn oval(width: u32, height: u32) -> [f32; 4] {
    let tall = 0.74_f32;
    let wide = tall * height as f32 / width.max(1) as f32 * 0.72;
    [(1.0 - wide) / 2.0, 0.08, wide, tall]
}

fn source_of(device: Option<&Device>) -> Source {
    match device {
        Some(device) if device.trust != capture::Trust::Replayed => Source::Camera {
            name: device.name.clone(),
            vendor_product: device.vendor_product.map(|v| (v.vendor, v.product)),
            trusted: device.trust == capture::Trust::Physical,
        },
        _ => Source::Replayed,
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
