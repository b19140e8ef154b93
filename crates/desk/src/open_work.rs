//! The open application in memory, and its sealed form: draft, packet, review copy.

use crate::best_shot::Captured;
use crate::{ChallengeView, Check, Form, PhotoPhase, PhotoView, Picture, Shot, Step, Work, checks};
use domain::{
    Application, ApplicationKind, CaptureReason, Consent, Exception, Gap, LivenessRecord, PacketId,
    PhotoRecord, Policy, QualityRecord, Source, Timestamp,
};
use envelope::{
    EnvelopeError, PACKET_LIMIT_BYTES, PartKind, Parts, Recipient, StaffKeys, from_cbor, to_cbor,
};
use face::liveness::Decision;
use serde::{Deserialize, Serialize};

/// What is kept of a photograph beside its pictures.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct PhotoFacts {
    at: Timestamp,
    source: Source,
    frame_px: (u32, u32),
    attempt: u32,
    reason: Option<CaptureReason>,
    quality: QualityRecord,
    liveness: LivenessRecord,
    #[serde(default)]
    decision: Option<Decision>,
    clauses: Vec<String>,
}

/// The packet's `liveness.cbor`: the record, and the last challenge with all its figures.
#[derive(Debug, Serialize, Deserialize)]
struct LivenessEvidence {
    record: LivenessRecord,
    challenge: Option<Decision>,
}

/// The version of a draft's content. A later one is refused by name instead of being guessed at.
const DRAFT_VERSION: u16 = 1;

fn first_version() -> u16 {
    1
}

/// The part of a draft that is not a picture.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct DraftContent {
    #[serde(default = "first_version")]
    version: u16,
    kind: Option<ApplicationKind>,
    step: Step,
    form: Form,
    consent: Option<Consent>,
    exceptions: Vec<Exception>,
    photo: Option<PhotoFacts>,
    attempt: u32,
    returned: Option<String>,
}

/// What is read of a draft before anything else.
#[derive(Deserialize)]
struct DraftVersion {
    #[serde(default = "first_version")]
    version: u16,
}

/// Where the photograph is.
enum Photo {
    Live,
    Burst {
        taken: u32,
        of: u32,
    },
    Working,
    Captured(Box<Captured>),
    Kept {
        facts: Box<PhotoFacts>,
        shot: Box<Shot>,
    },
}

/// The open application.
pub(crate) struct OpenWork {
    pub(crate) packet: PacketId,
    pub(crate) step: Step,
    pub(crate) kind: Option<ApplicationKind>,
    pub(crate) form: Form,
    pub(crate) consent: Option<Consent>,
    pub(crate) exceptions: Vec<Exception>,
    pub(crate) returned: Option<String>,
    pub(crate) hidden: bool,
    pub(crate) submitting: bool,
    pub(crate) saved_at: Option<Timestamp>,
    /// Changed since it was last sealed.
    pub(crate) dirty: bool,
    /// How far the liveness challenge of the photograph step is.
    pub(crate) challenge: ChallengeView,
    attempt: u32,
    photo: Photo,
    /// Portrait, burst and template of the kept photograph.
    parts: Parts,
}

impl OpenWork {
    pub(crate) fn new(packet: PacketId) -> Self {
        Self {
            packet,
            step: Step::Kind,
            kind: None,
            form: Form::default(),
            consent: None,
            exceptions: Vec::new(),
            returned: None,
            hidden: false,
            submitting: false,
            saved_at: None,
            dirty: true,
            challenge: ChallengeView::Waiting,
            attempt: 1,
            photo: Photo::Live,
            parts: Parts::default(),
        }
    }

    /// Chooses what is asked for. Consent that another person must give is asked for again.
    pub(crate) fn set_kind(&mut self, kind: ApplicationKind) {
        self.kind = Some(kind);
        let by_guardian = kind == ApplicationKind::Child;
        if self
            .consent
            .as_ref()
            .is_some_and(|c| c.by_guardian != by_guardian)
        {
            self.consent = None;
        }
    }

    /// Whether nothing has been chosen, typed or taken yet.
    pub(crate) fn is_blank(&self) -> bool {
        self.kind.is_none()
            && self.form == Form::default()
            && self.consent.is_none()
            && self.exceptions.is_empty()
            && !self.photographed()
            && self.returned.is_none()
    }

    /// Opens a sealed draft.
    pub(crate) fn unseal(
        packet: PacketId,
        sealed: &[u8],
        keys: &StaffKeys,
        policy: &Policy,
    ) -> Result<Self, EnvelopeError> {
        let tar = envelope::open(sealed, &keys.identity, PACKET_LIMIT_BYTES)?;
        let mut parts = Parts::from_tar(&tar)?;
        let bytes = parts
            .get(PartKind::Application)
            .ok_or(EnvelopeError::Malformed("draft"))?;
        let version: DraftVersion = from_cbor(bytes)?;
        if version.version > DRAFT_VERSION {
            return Err(EnvelopeError::NotUnderstood);
        }
        let content: DraftContent = from_cbor(bytes)?;
        parts.remove(PartKind::Application);
        let photo = match content.photo {
            Some(facts) => kept(facts, &parts, policy).unwrap_or(Photo::Live),
            None => Photo::Live,
        };
        Ok(Self {
            step: content.step,
            kind: content.kind,
            form: content.form,
            consent: content.consent,
            exceptions: content.exceptions,
            returned: content.returned,
            attempt: content.attempt,
            photo,
            parts,
            dirty: false,
            ..Self::new(packet)
        })
    }

    /// A draft again from a review copy that goes back.
    pub(crate) fn from_review(
        packet: PacketId,
        application: &Application,
        parts: &Parts,
        policy: &Policy,
        reason: String,
    ) -> Self {
        let mut parts = parts.clone();
        let decision = parts
            .get(PartKind::Liveness)
            .and_then(|bytes| from_cbor::<LivenessEvidence>(bytes).ok())
            .and_then(|evidence| evidence.challenge);
        parts.remove(PartKind::Application);
        parts.remove(PartKind::Consent);
        parts.remove(PartKind::Liveness);
        let photo = &application.photo;
        let facts = PhotoFacts {
            at: photo.at,
            source: photo.source.clone(),
            frame_px: photo.frame_px,
            attempt: photo.attempt,
            reason: photo.reason,
            quality: photo.quality.clone(),
            liveness: photo.liveness.clone(),
            decision,
            clauses: Vec::new(),
        };
        let (photo, step) = if reason == "return-portrait" {
            // The picture is what is wrong: it goes, everything typed stays.
            parts = Parts::default();
            (Photo::Live, Step::Photograph)
        } else {
            (
                kept(facts, &parts, policy).unwrap_or(Photo::Live),
                Step::Details,
            )
        };
        Self {
            step,
            kind: Some(application.kind),
            form: Form::of(&application.details),
            consent: Some(application.consent.clone()),
            exceptions: application.exceptions.clone(),
            returned: Some(reason),
            photo,
            parts,
            ..Self::new(packet)
        }
    }

    /// Seals the draft to whoever may open it.
    pub(crate) fn seal(&self, readers: &[Recipient]) -> Result<Vec<u8>, EnvelopeError> {
        let content = DraftContent {
            version: DRAFT_VERSION,
            kind: self.kind,
            step: self.step,
            form: self.form.clone(),
            consent: self.consent.clone(),
            exceptions: self.exceptions.clone(),
            photo: match &self.photo {
                Photo::Kept { facts, .. } => Some(PhotoFacts::clone(facts)),
                _ => None,
            },
            attempt: self.attempt,
            returned: self.returned.clone(),
        };
        let mut parts = self.parts.clone();
        parts.put(PartKind::Application, to_cbor(&content)?)?;
        envelope::seal(&parts.to_tar()?, readers)
    }

    /// What the packet carries; `None` while something is missing.
    pub(crate) fn to_packet(
        &self,
        now: Timestamp,
    ) -> Option<Result<(Application, Parts), EnvelopeError>> {
        let kind = self.kind?;
        let details = self.form.check(kind, now).details?;
        let consent = self.consent.clone()?;
        let Photo::Kept { facts, .. } = &self.photo else {
            return None;
        };
        let application = Application {
            kind,
            details,
            consent,
            exceptions: self.exceptions.clone(),
            photo: PhotoRecord {
                at: facts.at,
                source: facts.source.clone(),
                frame_px: facts.frame_px,
                attempt: facts.attempt,
                reason: facts.reason,
                quality: facts.quality.clone(),
                liveness: facts.liveness.clone(),
            },
            corrects: None,
        };
        Some(self.packet_parts(application, facts.decision.clone()))
    }

    fn packet_parts(
        &self,
        application: Application,
        challenge: Option<Decision>,
    ) -> Result<(Application, Parts), EnvelopeError> {
        let mut parts = self.parts.clone();
        parts.put(PartKind::Application, to_cbor(&application)?)?;
        parts.put(PartKind::Consent, to_cbor(&application.consent)?)?;
        let evidence = LivenessEvidence {
            record: application.photo.liveness.clone(),
            challenge,
        };
        parts.put(PartKind::Liveness, to_cbor(&evidence)?)?;
        Ok((application, parts))
    }

    /// The try that is under way, from 1.
    pub(crate) fn attempt(&self) -> u32 {
        self.attempt
    }

    /// A burst is under way.
    pub(crate) fn burst(&mut self, taken: u32, of: u32) {
        self.photo = Photo::Burst { taken, of };
    }

    /// The best shot is being made.
    pub(crate) fn working(&mut self) {
        self.photo = Photo::Working;
    }

    /// A photograph came; it is not kept yet.
    pub(crate) fn captured(&mut self, captured: Box<Captured>) {
        self.photo = Photo::Captured(captured);
    }

    /// The challenge went on. A failed one is a try like a photograph that was thrown away.
    pub(crate) fn challenge_seen(&mut self, view: ChallengeView) {
        self.challenge = view;
        if view == ChallengeView::Failed {
            self.attempt += 1;
            self.dirty = true;
        }
    }

    /// Back to the live picture after a burst that did not hold what the policy demands: a try, so that nobody is kept before the camera
    /// without end.
    pub(crate) fn refused(&mut self) {
        self.attempt += 1;
        self.dirty = true;
        self.again();
    }

    /// Back to the live picture. A try is counted when a photograph was thrown away.
    pub(crate) fn again(&mut self) {
        if matches!(self.photo, Photo::Captured(_) | Photo::Kept { .. }) {
            self.attempt += 1;
            self.parts = Parts::default();
            self.dirty = true;
        }
        self.photo = Photo::Live;
    }

    /// Keeps the captured photograph; gives whether there was one, and whether it was the first try.
    pub(crate) fn keep(&mut self, now: Timestamp) -> Result<Option<bool>, EnvelopeError> {
        let Photo::Captured(captured) = &self.photo else {
            return Ok(None);
        };
        let mut parts = Parts::default();
        parts.put(PartKind::Portrait, captured.portrait_jpeg.clone())?;
        for (n, jpeg) in captured.burst_jpeg.iter().enumerate() {
            parts.put(
                PartKind::Burst(u8::try_from(n).unwrap_or(u8::MAX)),
                jpeg.clone(),
            )?;
        }
        if let Some(template) = &captured.template {
            parts.put(PartKind::Template, template.to_bytes())?;
        }
        let facts = Box::new(PhotoFacts {
            at: now,
            source: captured.source.clone(),
            frame_px: captured.frame_px,
            attempt: self.attempt,
            reason: captured.reason,
            quality: captured.quality.clone(),
            liveness: captured.liveness.clone(),
            decision: captured.decision.clone(),
            clauses: captured.clauses.clone(),
        });
        let shot = Box::new(shot(captured));
        self.parts = parts;
        self.photo = Photo::Kept { facts, shot };
        self.dirty = true;
        Ok(Some(self.attempt == 1))
    }

    /// Whether the live picture is wanted.
    pub(crate) fn wants_frames(&self) -> bool {
        self.step == Step::Photograph
            && !matches!(self.photo, Photo::Kept { .. } | Photo::Captured(_))
    }

    /// Whether a photograph is kept.
    pub(crate) fn photographed(&self) -> bool {
        matches!(self.photo, Photo::Kept { .. })
    }

    /// Pictures came from a file.
    pub(crate) fn replayed(&self) -> bool {
        matches!(&self.photo, Photo::Kept { facts, .. } if facts.source == Source::Replayed)
    }

    /// What a screen shows of it.
    pub(crate) fn view(&self, policy: &Policy, now: Timestamp) -> Work {
        let checked = self.kind.map(|kind| self.form.check(kind, now));
        let mut gaps = checked
            .as_ref()
            .map_or(vec![Gap::Details], |c| c.gaps.clone());
        if self.consent.is_none() {
            gaps.push(Gap::Consent);
        }
        if !self.photographed() {
            gaps.push(Gap::Photograph);
        }
        Work {
            packet: self.packet,
            step: self.step,
            kind: self.kind,
            form: self.form.clone(),
            checked,
            consent: self.consent.is_some(),
            exceptions: self.exceptions.clone(),
            photo: PhotoView {
                phase: self.phase(),
                challenge: self.challenge,
                attempt: self.attempt,
                tries: policy.capture_tries,
                hidden: self.hidden,
            },
            gaps,
            saved_at: self.saved_at,
            returned: self.returned.clone(),
            submitting: self.submitting,
        }
    }

    fn phase(&self) -> PhotoPhase {
        match &self.photo {
            Photo::Live => PhotoPhase::Live,
            Photo::Burst { taken, of } => PhotoPhase::Burst {
                taken: *taken,
                of: *of,
            },
            Photo::Working => PhotoPhase::Working,
            Photo::Captured(captured) => PhotoPhase::Captured(Box::new(shot(captured))),
            Photo::Kept { shot, .. } => PhotoPhase::Kept(shot.clone()),
        }
    }
}

fn shot(captured: &Captured) -> Shot {
    Shot {
        portrait: captured.portrait.clone(),
        checks: captured.checks.clone(),
        reason: captured.reason,
        clauses: captured.clauses.clone(),
    }
}

fn kept(facts: PhotoFacts, parts: &Parts, policy: &Policy) -> Option<Photo> {
    let portrait = screen_picture(parts.get(PartKind::Portrait)?)?;
    let checks: Vec<Check> = checks::list_recorded(&facts.quality, policy);
    let shot = Shot {
        portrait,
        checks,
        reason: facts.reason,
        clauses: facts.clauses.clone(),
    };
    Some(Photo::Kept {
        facts: Box::new(facts),
        shot: Box::new(shot),
    })
}

/// Decodes a picture for the screen; sizes are checked before pixels are.
pub(crate) fn screen_picture(jpeg: &[u8]) -> Option<Picture> {
    let picture = face::Picture::decode(jpeg).ok()?;
    Some(Picture {
        width: picture.width(),
        height: picture.height(),
        rgb: picture.as_rgb().into(),
    })
}
