//! The networks and buffers of one analysis thread, and what it can be asked.

use std::path::Path;

use serde::Serialize;

use crate::components::luminance::LuminanceTable;
use crate::components::{self, Geometry};
use crate::crop;
use crate::crop::Frame;
use crate::detector::Detector;
use crate::error::FaceError;
use crate::eyes::{EyeNetwork, Eyes};
use crate::face::{Face, FaceList};
use crate::face_pixels::{FULL_SIDE, FacePixels, FaceTones, PREVIEW_SIDE};
use crate::guide::{Light, Observed, View};
use crate::landmarker::{self, Landmarker};
use crate::landmarks::Landmarks;
use crate::measure::Measures;
use crate::models::{ModelError, Models};
use crate::passive_liveness::LivenessNetwork;
use crate::picture::Picture;
use crate::portrait::{Portrait, PortraitPlan};
use crate::pose::{Pose, PoseNetwork};
use crate::scene::SceneReader;
use crate::template::{ModelId, Template, TemplateNetworks};
use crate::template_model::TemplateModel;
use crate::track::Track;
use crate::upright::{self, Networks, Stand, Uprightness};

/// What a preview frame shows. It lives without the heap.
#[derive(Debug, Clone, Serialize)]
pub struct Preview {
    /// Columns of the frame.
    pub width: u32,
    /// Rows of the frame.
    pub height: u32,
    /// The faces, largest first; those beside the largest are as the last detection saw them.
    pub faces: FaceList,
    /// The largest face's landmarks.
    pub landmarks: Option<Landmarks>,
    /// Its pose, from the landmarks, set right by the pose network from time to time.
    pub pose: Option<Pose>,
    /// Whether its eyes are open.
    pub eyes: Option<Eyes>,
    /// Its components.
    pub measures: Measures,
    /// How the light falls.
    pub light: Option<Light>,
    /// Whether the face was followed from the frame before, without a detection.
    pub tracked: bool,
}

/// Everything about a still.
#[derive(Debug, Clone, Serialize)]
pub struct Assessment {
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// The faces, largest first.
    pub faces: FaceList,
    /// The largest face's landmarks.
    pub landmarks: Landmarks,
    /// Its pose, by the pose network on the picture and its mirror image.
    pub pose: Pose,
    /// Whether its eyes are open.
    pub eyes: Eyes,
    /// Its components.
    pub measures: Measures,
    /// How the light falls.
    pub light: Light,
}

impl Observed for Preview {
    fn view(&self) -> View<'_> {
        View {
            width: self.width,
            height: self.height,
            faces: &self.faces,
            landmarks: self.landmarks.as_ref(),
            pose: self.pose,
            eyes: self.eyes,
            measures: &self.measures,
            light: self.light,
        }
    }
}

impl Observed for Assessment {
    fn view(&self) -> View<'_> {
        View {
            width: self.width,
            height: self.height,
            faces: &self.faces,
            landmarks: Some(&self.landmarks),
            pose: Some(self.pose),
            eyes: Some(self.eyes),
            measures: &self.measures,
            light: Some(self.light),
        }
    }
}

/// The networks, loaded once, with every buffer that a frame needs. `Send`, not shared: one a thread.
pub struct Analyser {
    detector: Detector,
    landmarker: Landmarker,
    pose: PoseNetwork,
    eyes: EyeNetwork,
    liveness: LivenessNetwork,
    template: TemplateNetworks,
    table: LuminanceTable,
    scene: SceneReader,
    preview_pixels: FacePixels,
    still_pixels: FacePixels,
    track: Track,
    uprightness: Uprightness,
    /// How the preview's face stood at the last detection.
    stand: Stand,
}

impl std::fmt::Debug for Analyser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Analyser({})", self.template_model().as_str())
    }
}

impl Analyser {
    /// Loads the networks of a folder; see [`Models::load`].
    ///
    /// # Errors
    /// A [`ModelError`] that names the file that is missing, exchanged or does not load.
    pub fn new(models: &Path) -> Result<Self, ModelError> {
        Self::with_models(&Models::load(models)?)
    }

    /// The same from networks that were read before, for a second thread.
    ///
    /// # Errors
    /// [`ModelError::Unloadable`].
    pub fn with_models(models: &Models) -> Result<Self, ModelError> {
        let buffers = |error: opencv::Error| ModelError::Unloadable {
            file: "the vision engine".into(),
            reason: error.message,
        };
        // One thread a pipeline: the station has one core to spare for it, and batch work runs an analyser a core.
        opencv::core::set_num_threads(1).map_err(buffers)?;
        Ok(Self {
            detector: Detector::load(models)?,
            landmarker: Landmarker::load(models)?,
            pose: PoseNetwork::load(models)?,
            eyes: EyeNetwork::load(models)?,
            liveness: LivenessNetwork::load(models)?,
            template: TemplateNetworks::load(models)?,
            table: LuminanceTable::new(),
            scene: SceneReader::new(),
            preview_pixels: FacePixels::new(PREVIEW_SIDE).map_err(buffers)?,
            still_pixels: FacePixels::new(FULL_SIDE).map_err(buffers)?,
            track: Track::default(),
            uprightness: Uprightness::new(),
            stand: Stand::Upright,
        })
    }

    /// The identity that templates carry.
    pub fn template_model(&self) -> &ModelId {
        self.template.model().id()
    }

    /// What templates are made by and what their scores mean.
    pub fn templates(&self) -> &TemplateModel {
        self.template.model()
    }

    /// Whether every turn of the head matters, as in a challenge: then the pose network is asked every third frame, at some 7 ms a frame on average.
    pub fn attend(&mut self, attentive: bool) {
        self.track.attentive = attentive;
    }

    /// Forgets the face that was followed, as for the next person or another camera.
    pub fn reset_track(&mut self) {
        self.track.reset();
        self.stand = Stand::Upright;
    }

    /// Looks at a frame of a live picture: the face is followed from the frame before, and looked for anew where there is none and
    /// from time to time. An engine's fault is logged and shows as a frame without a face.
    pub fn preview(&mut self, frame: &Picture) -> Preview {
        let mut preview = Preview {
            width: frame.width(),
            height: frame.height(),
            faces: FaceList::default(),
            landmarks: None,
            pose: None,
            eyes: None,
            measures: Measures::default(),
            light: None,
            tracked: false,
        };
        if let Err(error) = self.look(frame, &mut preview) {
            tracing::warn!(%error, "a frame could not be looked at");
            self.reset_track();
        }
        preview
    }

    fn look(&mut self, frame: &Picture, preview: &mut Preview) -> Result<(), FaceError> {
        let picture = crop::view(frame)?;
        self.track
            .follow(&picture, &mut self.detector, &mut self.landmarker)?;
        preview.faces = *self.track.faces();
        let Some(landmarks) = self.track.landmarks() else {
            return Ok(());
        };
        preview.tracked = !self.track.detected_now();
        let pose = self.track.pose(&picture, &mut self.pose, &landmarks)?;
        let mut pose = upright::agreed(pose, &landmarks);
        let eyes = self.eyes.look(&picture, &landmarks)?;
        if self.track.detected_now() {
            let face = preview.faces.largest();
            self.stand = self.stand(&picture, face, &landmarks, eyes)?;
        }
        match self.stand {
            Stand::Upright => {}
            Stand::Turned(roll) => pose.roll_deg = roll,
            Stand::NotBelieved => return Ok(()),
        }
        preview.landmarks = Some(landmarks);
        preview.pose = Some(pose);
        preview.eyes = Some(eyes);
        measure_geometry(
            frame,
            &preview.faces,
            &landmarks,
            pose,
            &mut preview.measures,
        );
        let pixels = &mut self.preview_pixels;
        pixels.align(&picture, &landmarks)?;
        let tones = pixels.tones(&self.table)?;
        components::measure_tones(&tones, &mut preview.measures);
        let scene = self.scene.read(&picture, &landmarks, &self.table)?;
        components::measure_stand_ins(pixels, &tones, &scene, &mut preview.measures);
        preview.light = Some(light_of(&tones));
        Ok(())
    }

    /// Only finds or follows the face of a live picture: detection and landmarks as [`Self::preview`] does them, without measuring.
    ///
    /// # Errors
    /// [`FaceError::Engine`].
    pub fn follow(&mut self, frame: &Picture) -> Result<Option<Landmarks>, FaceError> {
        let picture = crop::view(frame)?;
        self.track
            .follow(&picture, &mut self.detector, &mut self.landmarker)?;
        Ok(self.track.landmarks())
    }

    /// Looks at a still with all care: full detection, landmarks refined, the pose network, every component.
    ///
    /// # Errors
    /// [`FaceError::NoFace`] where nobody is found.
    pub fn assess(&mut self, still: &Picture) -> Result<Assessment, FaceError> {
        let picture = crop::view(still)?;
        let faces = self.detector.detect(&picture)?;
        let face = faces.largest().ok_or(FaceError::NoFace)?;
        let landmarks = self.refined(&picture, face)?;
        let pose = self
            .pose
            .estimate_twice(&picture, landmarker::box_of(&landmarks))?;
        let mut pose = upright::agreed(pose, &landmarks);
        let eyes = self.eyes.look(&picture, &landmarks)?;
        match self.stand(&picture, Some(face), &landmarks, eyes)? {
            Stand::Upright => {}
            Stand::Turned(roll) => pose.roll_deg = roll,
            Stand::NotBelieved => return Err(FaceError::NoFace),
        }
        let mut measures = Measures::default();
        measure_geometry(still, &faces, &landmarks, pose, &mut measures);
        self.still_pixels.align(&picture, &landmarks)?;
        let tones = self.still_pixels.tones(&self.table)?;
        components::measure_tones(&tones, &mut measures);
        let scene = self.scene.read(&picture, &landmarks, &self.table)?;
        components::measure_stand_ins(&mut self.still_pixels, &tones, &scene, &mut measures);
        components::measure_compression(still, &landmarks, &mut measures);
        Ok(Assessment {
            width: still.width(),
            height: still.height(),
            faces,
            landmarks,
            pose,
            eyes,
            measures,
            light: light_of(&tones),
        })
    }

    /// The faces of a picture, largest first, without anything else.
    ///
    /// # Errors
    /// [`FaceError::Engine`].
    pub fn detect(&mut self, still: &Picture) -> Result<FaceList, FaceError> {
        self.detector.detect(&crop::view(still)?)
    }

    /// The landmarks of the largest face.
    ///
    /// # Errors
    /// [`FaceError::NoFace`].
    pub fn landmarks(&mut self, still: &Picture) -> Result<Landmarks, FaceError> {
        let picture = crop::view(still)?;
        let face = self
            .detector
            .detect(&picture)?
            .largest()
            .ok_or(FaceError::NoFace)?;
        self.refined(&picture, face)
    }

    /// The template of a face.
    ///
    /// # Errors
    /// [`FaceError::UnusableLandmarks`] where the five points cannot be aligned.
    pub fn template(&mut self, still: &Picture, face: &Landmarks) -> Result<Template, FaceError> {
        self.template.of(still, face)
    }

    /// The portrait of a face, cut from the still and measured again.
    ///
    /// # Errors
    /// [`FaceError::UnusableLandmarks`] where the landmarks make no face.
    pub fn portrait(&mut self, still: &Picture, face: &Landmarks) -> Result<Portrait, FaceError> {
        let plan = PortraitPlan::new(face).ok_or(FaceError::UnusableLandmarks)?;
        let cut = plan.cut(still)?;
        let pose = {
            let picture = crop::view(still)?;
            let pose = self
                .pose
                .estimate_twice(&picture, landmarker::box_of(face))?;
            upright::agreed(pose, face)
        };
        let found = match self.landmarks(&cut) {
            Ok(found) => Some(found),
            Err(FaceError::NoFace) => None,
            Err(other) => return Err(other),
        };
        Ok(plan.finish(still, face, pose, cut, found.as_ref()))
    }

    /// How live a face looks, 0..1, from one picture. It may only deny or flag.
    ///
    /// # Errors
    /// [`FaceError::Engine`].
    pub fn passive_liveness(
        &mut self,
        still: &Picture,
        face: &Landmarks,
    ) -> Result<f32, FaceError> {
        let picture = crop::view(still)?;
        self.liveness.score(&picture, landmarker::box_of(face))
    }

    /// The components of a face's aligned pixels alone, without any network: luminance, exposure, dynamic range, uniformity, colour.
    ///
    /// # Errors
    /// [`FaceError::UnusableLandmarks`] where the five points cannot be aligned.
    pub fn pixel_measures(
        &mut self,
        still: &Picture,
        face: &Landmarks,
    ) -> Result<Measures, FaceError> {
        self.still_pixels.align(&crop::view(still)?, face)?;
        let tones = self.still_pixels.tones(&self.table)?;
        let mut measures = Measures::default();
        components::measure_tones(&tones, &mut measures);
        Ok(measures)
    }

    /// The aligned face that [`Self::pixel_measures`] last looked at, to compare with other implementations: 616 × 616 RGB and the
    /// landmarks on it.
    pub fn last_aligned(&self) -> (&[u8], Landmarks) {
        let pixels = &self.still_pixels;
        (pixels.rgb(), Landmarks::from_points(*pixels.landmarks()))
    }

    fn stand(
        &mut self,
        picture: &Frame<'_>,
        face: Option<Face>,
        landmarks: &Landmarks,
        eyes: Eyes,
    ) -> Result<Stand, FaceError> {
        let mut networks = Networks {
            detector: &mut self.detector,
            landmarker: &mut self.landmarker,
            eyes: &mut self.eyes,
        };
        let score = face.map_or(0.0, |face| face.score);
        self.uprightness
            .stand(picture, landmarks, eyes, score, &mut networks)
    }

    /// Landmarks in the detector's box, then once more in the box that they make.
    fn refined(&mut self, picture: &Frame<'_>, face: Face) -> Result<Landmarks, FaceError> {
        let rough = self.landmarker.find(picture, face.bounds)?;
        if !landmarker::plausible(&rough) {
            return Ok(rough);
        }
        let fine = self.landmarker.find(picture, landmarker::box_of(&rough))?;
        Ok(if landmarker::plausible(&fine) {
            fine
        } else {
            rough
        })
    }
}

fn measure_geometry(
    picture: &Picture,
    faces: &FaceList,
    landmarks: &Landmarks,
    pose: Pose,
    into: &mut Measures,
) {
    let view = Geometry {
        width: picture.width() as f32,
        height: picture.height() as f32,
        faces,
        landmarks,
        pose,
    };
    components::measure_geometry(&view, into);
}

fn light_of(tones: &FaceTones) -> Light {
    // The picture's right cheek is the person's left one.
    let mean =
        |histogram: &components::luminance::Histogram| histogram.mean().unwrap_or(0.0).max(1e-3);
    let stops = (mean(&tones.right_cheek) / mean(&tones.left_cheek)).log2();
    Light {
        left_over_right_stops: stops as f32,
    }
}
