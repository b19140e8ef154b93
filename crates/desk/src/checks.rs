//! The list of checks beside the live picture: quality components grouped as a person thinks of them.

use crate::Check;
use domain::{Policy, QualityRecord, Reading};
use face::{Component, Measures, Thresholds};

/// What stands on the list, and the components behind each line; the line shows the one that is
/// furthest below its threshold.
const LINES: [(&str, &[Component]); 8] = [
    ("check-one-face", &[Component::SingleFacePresent]),
    (
        "check-distance",
        &[
            Component::InterEyeDistance,
            Component::LeftwardCropOfTheFaceImage,
            Component::RightwardCropOfTheFaceImage,
        ],
    ),
    (
        "check-head-straight",
        &[
            Component::HeadPoseYaw,
            Component::HeadPosePitch,
            Component::HeadPoseRoll,
        ],
    ),
    ("check-eyes-open", &[Component::EyesOpen]),
    (
        "check-mouth-closed",
        &[Component::MouthClosed, Component::SmileWidth],
    ),
    ("check-light-even", &[Component::IlluminationUniformity]),
    (
        "check-light",
        &[
            Component::ExposureInScene,
            Component::OverExposurePrevention,
        ],
    ),
    ("check-sharp", &[Component::SharpnessGradient]),
];

/// The list for these measures.
pub(crate) fn list(measures: &Measures, thresholds: &Thresholds) -> Vec<Check> {
    LINES
        .iter()
        .map(|(key, components)| {
            let worst = components
                .iter()
                .map(|c| (measures.scalar(*c), thresholds.least(*c).unwrap_or(0)))
                .min_by_key(|(value, least)| {
                    value.map_or(i16::MIN, |v| i16::from(v) - i16::from(*least))
                });
            let (value, least) = worst.unwrap_or((None, 0));
            Check { key, value, least }
        })
        .collect()
}

/// The measures as they are recorded in the packet.
pub(crate) fn record(measures: &Measures) -> QualityRecord {
    let readings = measures
        .iter()
        .map(|m| Reading {
            component: m.component.name().to_owned(),
            native: m.native,
            scalar: m.scalar,
        })
        .collect();
    QualityRecord { readings }
}

/// The list for recorded measures.
pub(crate) fn list_recorded(record: &QualityRecord, policy: &Policy) -> Vec<Check> {
    LINES
        .iter()
        .map(|(key, components)| {
            let worst = components
                .iter()
                .map(|c| {
                    (
                        record.scalar(c.name()),
                        policy.quality.get(c.name()).copied().unwrap_or(0),
                    )
                })
                .min_by_key(|(value, least)| {
                    value.map_or(i16::MIN, |v| i16::from(v) - i16::from(*least))
                });
            let (value, least) = worst.unwrap_or((None, 0));
            Check { key, value, least }
        })
        .collect()
}
