//! The quality components, one file each under the standard's name, and the table from native value to scalar.

mod background_edges;
mod background_uniformity;
mod compression_artifacts;
mod dynamic_range;
mod exposure_in_scene;
mod expression_neutrality;
mod eye_contrast;
mod eyes_open;
mod eyes_visible;
mod face_occlusion_prevention;
mod head_pose_pitch;
mod head_pose_roll;
mod head_pose_yaw;
mod head_size;
mod illumination_uniformity;
mod inter_eye_distance;
mod jpeg_quantisation;
mod leftward_crop_of_the_face_image;
pub(crate) mod luminance;
mod luminance_mean;
mod luminance_variance;
mod margin_above_of_the_face_image;
mod margin_below_of_the_face_image;
mod mouth_closed;
mod mouth_contrast;
mod mouth_occlusion_prevention;
mod natural_colour;
mod no_head_coverings;
mod over_exposure_prevention;
mod rightward_crop_of_the_face_image;
mod sharpness;
mod sharpness_gradient;
pub(crate) mod sigmoid;
mod single_face_present;
mod smile_width;
mod under_exposure_prevention;
mod unified_quality_score;

use crate::face::FaceList;
use crate::face_pixels::{FacePixels, FaceTones};
use crate::landmarks::Landmarks;
use crate::measure::{Component, Measure, Measures};
use crate::picture::Picture;
use crate::pose::Pose;
use crate::scene::Scene;

impl Component {
    /// The scalar 0–100 of a native value; `None` where the value is no number.
    ///
    /// ```
    /// assert_eq!(face::Component::LuminanceMean.scalar(0.296285), Some(87));
    /// ```
    pub fn scalar(self, native: f64) -> Option<u8> {
        native
            .is_finite()
            .then(|| self.quality(native))
            .and_then(sigmoid::rounded)
    }

    fn quality(self, native: f64) -> f64 {
        let quality = match self {
            Self::UnifiedQualityScore => unified_quality_score::quality,
            Self::BackgroundUniformity => background_uniformity::quality,
            Self::IlluminationUniformity => illumination_uniformity::quality,
            Self::LuminanceMean => luminance_mean::quality,
            Self::LuminanceVariance => luminance_variance::quality,
            Self::UnderExposurePrevention => under_exposure_prevention::quality,
            Self::OverExposurePrevention => over_exposure_prevention::quality,
            Self::DynamicRange => dynamic_range::quality,
            Self::Sharpness => sharpness::quality,
            Self::CompressionArtifacts => compression_artifacts::quality,
            Self::NaturalColour => natural_colour::quality,
            Self::SingleFacePresent => single_face_present::quality,
            Self::EyesOpen => eyes_open::quality,
            Self::MouthClosed => mouth_closed::quality,
            Self::EyesVisible => eyes_visible::quality,
            Self::MouthOcclusionPrevention => mouth_occlusion_prevention::quality,
            Self::FaceOcclusionPrevention => face_occlusion_prevention::quality,
            Self::InterEyeDistance => inter_eye_distance::quality,
            Self::HeadSize => head_size::quality,
            Self::LeftwardCropOfTheFaceImage => leftward_crop_of_the_face_image::quality,
            Self::RightwardCropOfTheFaceImage => rightward_crop_of_the_face_image::quality,
            Self::MarginAboveOfTheFaceImage => margin_above_of_the_face_image::quality,
            Self::MarginBelowOfTheFaceImage => margin_below_of_the_face_image::quality,
            Self::HeadPoseYaw => head_pose_yaw::quality,
            Self::HeadPosePitch => head_pose_pitch::quality,
            Self::HeadPoseRoll => head_pose_roll::quality,
            Self::ExpressionNeutrality => expression_neutrality::quality,
            Self::NoHeadCoverings => no_head_coverings::quality,
            Self::SharpnessGradient => sharpness_gradient::quality,
            Self::JpegQuantisation => jpeg_quantisation::quality,
            Self::BackgroundEdges => background_edges::quality,
            Self::ExposureInScene => exposure_in_scene::quality,
            Self::SmileWidth => smile_width::quality,
            Self::EyeContrast => eye_contrast::quality,
            Self::MouthContrast => mouth_contrast::quality,
        };
        quality(native)
    }
}

/// 100 cos², 0 where the cosine is negative: the three poses' mapping.
fn cosine_squared(degrees: f64) -> f64 {
    100.0 * degrees.to_radians().cos().max(0.0).powi(2)
}

/// What the components of geometry look at.
pub(crate) struct Geometry<'a> {
    pub width: f32,
    pub height: f32,
    pub faces: &'a FaceList,
    pub landmarks: &'a Landmarks,
    pub pose: Pose,
}

/// The components that need landmarks and pose only.
pub(crate) fn measure_geometry(view: &Geometry<'_>, into: &mut Measures) {
    use Component as C;
    let marks = view.landmarks;
    into.set(Measure::from_option(
        C::SingleFacePresent,
        single_face_present::native(view.faces),
    ));
    into.set(Measure::from_option(C::EyesOpen, eyes_open::native(marks)));
    into.set(Measure::from_option(
        C::MouthClosed,
        mouth_closed::native(marks),
    ));
    into.set(Measure::from_option(
        C::SmileWidth,
        smile_width::native(marks),
    ));
    into.set(Measure::from_option(
        C::InterEyeDistance,
        inter_eye_distance::native(marks, view.pose),
    ));
    into.set(Measure::of(
        C::HeadSize,
        head_size::native(marks, view.height),
    ));
    into.set(Measure::of(
        C::LeftwardCropOfTheFaceImage,
        leftward_crop_of_the_face_image::native(marks),
    ));
    into.set(Measure::of(
        C::RightwardCropOfTheFaceImage,
        rightward_crop_of_the_face_image::native(marks, view.width),
    ));
    into.set(Measure::of(
        C::MarginAboveOfTheFaceImage,
        margin_above_of_the_face_image::native(marks),
    ));
    into.set(Measure::of(
        C::MarginBelowOfTheFaceImage,
        margin_below_of_the_face_image::native(marks, view.height),
    ));
    into.set(Measure::of(
        C::HeadPoseYaw,
        head_pose_yaw::native(view.pose),
    ));
    into.set(Measure::of(
        C::HeadPosePitch,
        head_pose_pitch::native(view.pose),
    ));
    into.set(Measure::of(
        C::HeadPoseRoll,
        head_pose_roll::native(view.pose),
    ));
}

/// The components of the face's tones: luminance and colour.
pub(crate) fn measure_tones(tones: &FaceTones, into: &mut Measures) {
    use Component as C;
    let face = &tones.face;
    into.set(Measure::from_option(
        C::LuminanceMean,
        luminance_mean::native(face),
    ));
    into.set(Measure::from_option(
        C::LuminanceVariance,
        luminance_variance::native(face),
    ));
    into.set(Measure::from_option(
        C::UnderExposurePrevention,
        under_exposure_prevention::native(face),
    ));
    into.set(Measure::from_option(
        C::OverExposurePrevention,
        over_exposure_prevention::native(face),
    ));
    into.set(Measure::from_option(
        C::DynamicRange,
        dynamic_range::native(face),
    ));
    into.set(Measure::from_option(
        C::IlluminationUniformity,
        illumination_uniformity::native(&tones.left_cheek, &tones.right_cheek),
    ));
    into.set(Measure::from_option(
        C::NaturalColour,
        tones.cheek_rgb.map(natural_colour::native),
    ));
}

/// Our own stand-ins: sharpness of the aligned face, exposure and edges of the scene.
pub(crate) fn measure_stand_ins(
    pixels: &mut FacePixels,
    tones: &FaceTones,
    scene: &Scene,
    into: &mut Measures,
) {
    use Component as C;
    into.set(Measure::from_option(
        C::SharpnessGradient,
        sharpness_gradient::native(pixels),
    ));
    into.set(Measure::from_option(
        C::EyeContrast,
        eye_contrast::native(pixels),
    ));
    into.set(Measure::from_option(
        C::MouthContrast,
        mouth_contrast::native(pixels),
    ));
    into.set(Measure::from_option(
        C::ExposureInScene,
        exposure_in_scene::native(&tones.face, scene),
    ));
    into.set(Measure::from_option(
        C::BackgroundEdges,
        background_edges::native(scene),
    ));
}

/// The traces of JPEG compression about the face; only stills, as it costs milliseconds.
pub(crate) fn measure_compression(picture: &Picture, landmarks: &Landmarks, into: &mut Measures) {
    into.set(Measure::from_option(
        Component::JpegQuantisation,
        jpeg_quantisation::native(picture, landmarks.bounds()),
    ));
}
