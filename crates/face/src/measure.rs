//! What a component says of a picture: a native value, a 0–100 scalar, a code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The quality components of ISO/IEC 29794-5 by the standard's names, then our own stand-ins by names of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs)] // the names are the standard's; each component's file says what it measures
pub enum Component {
    UnifiedQualityScore,
    BackgroundUniformity,
    IlluminationUniformity,
    LuminanceMean,
    LuminanceVariance,
    UnderExposurePrevention,
    OverExposurePrevention,
    DynamicRange,
    Sharpness,
    CompressionArtifacts,
    NaturalColour,
    SingleFacePresent,
    EyesOpen,
    MouthClosed,
    EyesVisible,
    MouthOcclusionPrevention,
    FaceOcclusionPrevention,
    InterEyeDistance,
    HeadSize,
    LeftwardCropOfTheFaceImage,
    RightwardCropOfTheFaceImage,
    MarginAboveOfTheFaceImage,
    MarginBelowOfTheFaceImage,
    HeadPoseYaw,
    HeadPosePitch,
    HeadPoseRoll,
    ExpressionNeutrality,
    NoHeadCoverings,
    #[serde(rename = "sharpness_gradient")]
    SharpnessGradient,
    #[serde(rename = "jpeg_quantisation")]
    JpegQuantisation,
    #[serde(rename = "background_edges")]
    BackgroundEdges,
    #[serde(rename = "exposure_in_scene")]
    ExposureInScene,
    #[serde(rename = "smile_width")]
    SmileWidth,
    #[serde(rename = "eye_contrast")]
    EyeContrast,
    #[serde(rename = "mouth_contrast")]
    MouthContrast,
}

/// How many components there are.
pub const COMPONENT_COUNT: usize = 35;

impl Component {
    /// All of them, in the order of reports.
    pub const ALL: [Self; COMPONENT_COUNT] = [
        Self::UnifiedQualityScore,
        Self::BackgroundUniformity,
        Self::IlluminationUniformity,
        Self::LuminanceMean,
        Self::LuminanceVariance,
        Self::UnderExposurePrevention,
        Self::OverExposurePrevention,
        Self::DynamicRange,
        Self::Sharpness,
        Self::CompressionArtifacts,
        Self::NaturalColour,
        Self::SingleFacePresent,
        Self::EyesOpen,
        Self::MouthClosed,
        Self::EyesVisible,
        Self::MouthOcclusionPrevention,
        Self::FaceOcclusionPrevention,
        Self::InterEyeDistance,
        Self::HeadSize,
        Self::LeftwardCropOfTheFaceImage,
        Self::RightwardCropOfTheFaceImage,
        Self::MarginAboveOfTheFaceImage,
        Self::MarginBelowOfTheFaceImage,
        Self::HeadPoseYaw,
        Self::HeadPosePitch,
        Self::HeadPoseRoll,
        Self::ExpressionNeutrality,
        Self::NoHeadCoverings,
        Self::SharpnessGradient,
        Self::JpegQuantisation,
        Self::BackgroundEdges,
        Self::ExposureInScene,
        Self::SmileWidth,
        Self::EyeContrast,
        Self::MouthContrast,
    ];

    /// The standard's name, or our own for a stand-in.
    pub fn name(self) -> &'static str {
        match self {
            Self::UnifiedQualityScore => "UnifiedQualityScore",
            Self::BackgroundUniformity => "BackgroundUniformity",
            Self::IlluminationUniformity => "IlluminationUniformity",
            Self::LuminanceMean => "LuminanceMean",
            Self::LuminanceVariance => "LuminanceVariance",
            Self::UnderExposurePrevention => "UnderExposurePrevention",
            Self::OverExposurePrevention => "OverExposurePrevention",
            Self::DynamicRange => "DynamicRange",
            Self::Sharpness => "Sharpness",
            Self::CompressionArtifacts => "CompressionArtifacts",
            Self::NaturalColour => "NaturalColour",
            Self::SingleFacePresent => "SingleFacePresent",
            Self::EyesOpen => "EyesOpen",
            Self::MouthClosed => "MouthClosed",
            Self::EyesVisible => "EyesVisible",
            Self::MouthOcclusionPrevention => "MouthOcclusionPrevention",
            Self::FaceOcclusionPrevention => "FaceOcclusionPrevention",
            Self::InterEyeDistance => "InterEyeDistance",
            Self::HeadSize => "HeadSize",
            Self::LeftwardCropOfTheFaceImage => "LeftwardCropOfTheFaceImage",
            Self::RightwardCropOfTheFaceImage => "RightwardCropOfTheFaceImage",
            Self::MarginAboveOfTheFaceImage => "MarginAboveOfTheFaceImage",
            Self::MarginBelowOfTheFaceImage => "MarginBelowOfTheFaceImage",
            Self::HeadPoseYaw => "HeadPoseYaw",
            Self::HeadPosePitch => "HeadPosePitch",
            Self::HeadPoseRoll => "HeadPoseRoll",
            Self::ExpressionNeutrality => "ExpressionNeutrality",
            Self::NoHeadCoverings => "NoHeadCoverings",
            Self::SharpnessGradient => "sharpness_gradient",
            Self::JpegQuantisation => "jpeg_quantisation",
            Self::BackgroundEdges => "background_edges",
            Self::ExposureInScene => "exposure_in_scene",
            Self::SmileWidth => "smile_width",
            Self::EyeContrast => "eye_contrast",
            Self::MouthContrast => "mouth_contrast",
        }
    }

    /// Whether the name is the standard's.
    pub fn in_standard(self) -> bool {
        !matches!(
            self,
            Self::SharpnessGradient
                | Self::JpegQuantisation
                | Self::BackgroundEdges
                | Self::ExposureInScene
                | Self::SmileWidth
                | Self::EyeContrast
                | Self::MouthContrast
        )
    }

    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is no component's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no quality component is called {name:?}")]
pub struct UnknownComponent {
    /// What was read.
    pub name: String,
}

impl FromStr for Component {
    type Err = UnknownComponent;

    fn from_str(name: &str) -> Result<Self, UnknownComponent> {
        Self::ALL
            .into_iter()
            .find(|component| component.name() == name)
            .ok_or_else(|| UnknownComponent { name: name.into() })
    }
}

/// Whether a component could be computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Computed.
    Ok,
    /// We have no means to compute it (a model that is not shipped), or it was not asked for here.
    NotAssessed,
    /// It was tried and this picture did not allow it.
    FailureToAssess,
}

/// One component's result.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was measured.
    pub component: Component,
    /// The value in its own unit.
    pub native: Option<f64>,
    /// The quality, 0 (worst) to 100.
    pub scalar: Option<u8>,
    /// Whether the two above mean something.
    pub code: Code,
}

impl Measure {
    /// A result from a native value; one that is not finite is a failure to assess.
    pub fn of(component: Component, native: f64) -> Self {
        match component.scalar(native) {
            Some(scalar) => Self {
                component,
                native: Some(native),
                scalar: Some(scalar),
                code: Code::Ok,
            },
            None => Self::failed(component),
        }
    }

    /// From a native value that may be missing.
    pub fn from_option(component: Component, native: Option<f64>) -> Self {
        native.map_or_else(
            || Self::failed(component),
            |native| Self::of(component, native),
        )
    }

    /// Tried, in vain.
    pub fn failed(component: Component) -> Self {
        Self {
            component,
            native: None,
            scalar: None,
            code: Code::FailureToAssess,
        }
    }

    /// Not tried.
    pub fn not_assessed(component: Component) -> Self {
        Self {
            code: Code::NotAssessed,
            ..Self::failed(component)
        }
    }
}

/// Every component's result for one picture. It lives without the heap, so that a preview frame reserves no memory.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures([Measure; COMPONENT_COUNT]);

impl Default for Measures {
    fn default() -> Self {
        Self(Component::ALL.map(Measure::not_assessed))
    }
}

impl Measures {
    /// One component's result.
    pub fn get(&self, component: Component) -> Measure {
        self.0
            .get(component.index())
            .copied()
            .unwrap_or_else(|| Measure::not_assessed(component))
    }

    /// One component's scalar, where it was computed.
    pub fn scalar(&self, component: Component) -> Option<u8> {
        self.get(component).scalar
    }

    /// All, in the order of [`Component::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = &Measure> {
        self.0.iter()
    }

    pub(crate) fn set(&mut self, measure: Measure) {
        if let Some(slot) = self.0.get_mut(measure.component.index()) {
            *slot = measure;
        }
    }
}

impl Serialize for Measures {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Measures {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::<Measure>::deserialize(deserializer)?;
        let mut measures = Self::default();
        for measure in list {
            measures.set(measure);
        }
        Ok(measures)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_stands_at_its_own_place_and_answers_to_its_name() {
        for (place, component) in Component::ALL.into_iter().enumerate() {
            assert_eq!(component.index(), place);
            assert_eq!(component.name().parse(), Ok(component));
        }
        assert!("Beauty".parse::<Component>().is_err());
    }

    #[test]
    fn a_value_that_is_no_number_is_a_failure_to_assess_and_not_a_scalar() {
        for component in Component::ALL {
            for native in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                assert_eq!(Measure::of(component, native), Measure::failed(component));
            }
        }
    }
}
