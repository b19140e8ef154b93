//! The portrait of ICAO 9303 and ISO/IEC 39794-5: 7 : 9, frontal, cut from the original frame by one warp, and measured again.

use std::fmt;

use serde::Serialize;

use crate::error::FaceError;
use crate::geometry::{Bounds, Point, Similarity};
use crate::landmarks::Landmarks;
use crate::picture::{Picture, PictureError};
use crate::pose::Pose;
use crate::warp;
use crate::{border, face_record};

/// T (eyes to chin) over the portrait's height. The eyes lie half way down the head, so the head fills 0.82 of it (0.60–0.90).
pub(crate) const EYES_TO_CHIN: f32 = 0.41;
/// Where the eyes lie, from the top (0.30–0.50).
const EYES_LEVEL: f32 = 0.47;
/// Width over height: 35 × 45 mm.
const ASPECT: (u32, u32) = (7, 9);
/// The smallest portrait, 630 × 810, and the largest, 1260 × 1620: pixels a ninth of the height.
const NINTHS: (u32, u32) = (90, 180);
/// Quality of its JPEG.
pub const PORTRAIT_JPEG_QUALITY: u8 = 92;
/// Least pixels between the eyes.
const LEAST_EYE_DISTANCE: f64 = 90.0;
/// How far an edge of the crop may reach past the frame before it counts (rounding).
const EDGE_TOLERANCE: f64 = 0.005;

/// A demand on the portrait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Clause {
    /// The face's middle lies 45–55 % across.
    FaceCentred,
    /// The eyes lie 30–50 % from the top.
    EyesHeight,
    /// Crown to chin is 60–90 % of the height; the crown is taken as far above the eyes as the chin is below.
    HeadHeight,
    /// At least 90 pixels between the eyes in the original frame, so that no pixel is invented.
    EyeDistance,
    /// The head was turned sideways by no more than the standard's 5°, in the frame before the portrait was cut.
    HeadYaw,
    /// It was bowed or lifted by no more than that, likewise.
    HeadPitch,
    /// It was tilted by no more than 8°, likewise; the portrait itself is levelled.
    HeadRoll,
    /// No pixel of the portrait had to be made up: the share that lies outside the frame, and a quarter for every edge that is a black bar or one row
    /// repeated.
    InsideFrame,
}

impl Clause {
    /// A short name for reports and message ids.
    pub fn name(self) -> &'static str {
        match self {
            Self::FaceCentred => "face-centred",
            Self::EyesHeight => "eyes-height",
            Self::HeadHeight => "head-height",
            Self::EyeDistance => "eye-distance",
            Self::HeadYaw => "head-yaw",
            Self::HeadPitch => "head-pitch",
            Self::HeadRoll => "head-roll",
            Self::InsideFrame => "inside-frame",
        }
    }

    /// Whether the way of cutting makes it hold: it says that the same face was found again, nothing of the person's posture.
    pub fn by_construction(self) -> bool {
        matches!(
            self,
            Self::FaceCentred | Self::EyesHeight | Self::HeadHeight
        )
    }

    fn range(self) -> (f64, f64) {
        match self {
            Self::FaceCentred => (0.45, 0.55),
            Self::EyesHeight => (0.30, 0.50),
            Self::HeadHeight => (0.60, 0.90),
            Self::EyeDistance => (LEAST_EYE_DISTANCE, 10_000.0),
            // The standard's 5°, and what the measurement is uncertain by: a standard deviation on people who look ahead.
            Self::HeadYaw => (-7.0, 7.0),
            Self::HeadPitch => (-9.0, 9.0),
            Self::HeadRoll => (-8.0, 8.0),
            Self::InsideFrame => (0.0, EDGE_TOLERANCE),
        }
    }
}

/// What was measured for a clause.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ClauseResult {
    /// The demand.
    pub clause: Clause,
    /// What was measured; nothing where the face was not found again in the portrait.
    pub value: Option<f64>,
    /// Least value that holds.
    pub from: f64,
    /// Greatest value that holds.
    pub to: f64,
    /// Whether it holds.
    pub holds: bool,
    /// See [`Clause::by_construction`].
    pub by_construction: bool,
}

impl ClauseResult {
    fn of(clause: Clause, value: Option<f64>) -> Self {
        let (from, to) = clause.range();
        Self {
            clause,
            value,
            from,
            to,
            holds: value.is_some_and(|value| (from..=to).contains(&value)),
            by_construction: clause.by_construction(),
        }
    }
}

/// A portrait and what was measured on it.
#[derive(Clone)]
pub struct Portrait {
    /// The pixels.
    pub picture: Picture,
    /// The file: JPEG at `jpeg_quality`, without EXIF.
    pub jpeg: Vec<u8>,
    /// The JPEG's quality.
    pub jpeg_quality: u8,
    /// Every clause, measured on the result.
    pub clauses: Vec<ClauseResult>,
    /// How much the frame's pixels were enlarged; above 1 there is less detail than the size suggests.
    pub enlargement: f32,
    /// How the head was held in the frame.
    pub pose: Pose,
    /// The face as it was found again in the portrait.
    pub landmarks: Option<Landmarks>,
}

impl Portrait {
    /// The portrait as a record of ISO/IEC 19794-5:2005 (the form of ICAO 9303's DG2).
    ///
    /// # Errors
    /// [`FaceError::Engine`] where the file is longer than a record can say.
    pub fn record(&self) -> Result<Vec<u8>, FaceError> {
        face_record::of(self)
    }

    /// Enlargement and clauses under names of their own, to be recorded beside the quality components: name and value.
    pub fn readings(&self) -> impl Iterator<Item = (String, Option<f64>)> + '_ {
        let enlargement = (
            "portrait_enlargement".to_owned(),
            Some(f64::from(self.enlargement)),
        );
        let clauses = self.clauses.iter().map(|result| {
            let name = result.clause.name().replace('-', "_");
            (format!("portrait_{name}"), result.value)
        });
        [enlargement].into_iter().chain(clauses)
    }

    /// Whether every clause holds.
    pub fn conforms(&self) -> bool {
        self.clauses.iter().all(|result| result.holds)
    }
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Portrait({:?}, {} bytes)", self.picture, self.jpeg.len())
    }
}

/// Where the portrait is cut from a frame and how large it becomes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PortraitPlan {
    similarity: Similarity,
    width: u32,
    height: u32,
}

impl PortraitPlan {
    /// The plan for a face; `None` where the landmarks make no face.
    pub(crate) fn new(landmarks: &Landmarks) -> Option<Self> {
        let unit = landmarks.eyes_to_chin();
        if !unit.is_finite() || unit < 1.0 {
            return None;
        }
        let ninth =
            ((unit / EYES_TO_CHIN / ASPECT.1 as f32).round() as u32).clamp(NINTHS.0, NINTHS.1);
        let (width, height) = (ninth * ASPECT.0, ninth * ASPECT.1);
        let scale = EYES_TO_CHIN * height as f32 / unit;
        let tilt = landmarks.tilt_rad();
        // Centred on the middle between eyes and mouth: the eyes alone drift aside in a turned face.
        let eyes = landmarks.between_eyes();
        let level = Similarity::about(eyes, Point::default(), scale, -tilt);
        let mouth = level.apply(landmarks.mouth());
        let to = Point::new(
            width as f32 / 2.0 - mouth.x / 2.0,
            EYES_LEVEL * height as f32,
        );
        Some(Self {
            similarity: Similarity::about(eyes, to, scale, -tilt),
            width,
            height,
        })
    }

    /// The upright box in the frame that holds the crop's four corners.
    pub(crate) fn bounds_in_frame(&self) -> Bounds {
        let back = self.similarity.inverse();
        let (width, height) = (self.width as f32, self.height as f32);
        let corners = [(0.0, 0.0), (width, 0.0), (0.0, height), (width, height)];
        Bounds::around(&corners.map(|(x, y)| back.apply(Point::new(x, y))))
    }

    /// Share of the crop that lies outside a frame, from a grid of places.
    fn outside(&self, width: u32, height: u32) -> f64 {
        const STEPS: u8 = 40;
        let back = self.similarity.inverse();
        let mut outside = 0_u32;
        for row in 0..=STEPS {
            for column in 0..=STEPS {
                let part = |step: u8, of: u32| f32::from(step) / f32::from(STEPS) * (of - 1) as f32;
                let place =
                    back.apply(Point::new(part(column, self.width), part(row, self.height)));
                let inside = (-1.0..=width as f32).contains(&place.x)
                    && (-1.0..=height as f32).contains(&place.y);
                outside += u32::from(!inside);
            }
        }
        f64::from(outside) / f64::from((u32::from(STEPS) + 1).pow(2))
    }

    pub(crate) fn cut(&self, frame: &Picture) -> Result<Picture, PictureError> {
        let mut rgb = Vec::with_capacity((self.width * self.height * 3) as usize);
        warp::warp_into(frame, self.similarity, self.width, self.height, &mut rgb);
        Picture::from_rgb(self.width, self.height, rgb)
    }

    /// Measures the clauses: geometry on the result, resolution and room on the frame that it came from.
    pub(crate) fn finish(
        &self,
        frame: &Picture,
        original: &Landmarks,
        pose: Pose,
        cut: Picture,
        found: Option<&Landmarks>,
    ) -> Portrait {
        let again = found;
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let share = |value: f32, of: f64| f64::from(value) / of;
        let centre = |marks: &Landmarks| marks.between_eyes().middle(marks.mouth()).x;
        let clauses = vec![
            ClauseResult::of(
                Clause::FaceCentred,
                again.map(|marks| share(centre(marks), width)),
            ),
            ClauseResult::of(
                Clause::EyesHeight,
                again.map(|marks| share(marks.between_eyes().y, height)),
            ),
            ClauseResult::of(
                Clause::HeadHeight,
                again.map(|marks| share(2.0 * marks.eyes_to_chin(), height)),
            ),
            ClauseResult::of(Clause::HeadYaw, Some(f64::from(pose.yaw_deg))),
            ClauseResult::of(Clause::HeadPitch, Some(f64::from(pose.pitch_deg))),
            ClauseResult::of(Clause::HeadRoll, Some(f64::from(pose.roll_deg))),
            ClauseResult::of(
                Clause::EyeDistance,
                Some(f64::from(original.inter_eye_distance())),
            ),
            ClauseResult::of(
                Clause::InsideFrame,
                Some(self.outside(frame.width(), frame.height()) + border::missing(&cut)),
            ),
        ];
        Portrait {
            jpeg: cut.encode_jpeg(PORTRAIT_JPEG_QUALITY),
            jpeg_quality: PORTRAIT_JPEG_QUALITY,
            picture: cut,
            clauses,
            enlargement: self.similarity.scale(),
            pose,
            landmarks: found.copied(),
        }
    }
}
