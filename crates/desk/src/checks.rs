//! The list of checks beside the live picture: quality components grouped as a person thinks of them.

use crate::Check;
use domain::{Policy, QualityRecord, Reading};
use face::{Component, Measures, Portrait, Thresholds};

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
    (
        "check-eyes-open",
        &[Component::EyesOpen, Component::EyeContrast],
    ),
    (
        "check-mouth-closed",
        &[
            Component::MouthClosed,
            Component::SmileWidth,
            Component::MouthContrast,
        ],
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
    lines(|component| Some((measures.scalar(component), thresholds.least(component)?)))
}

/// The list for recorded measures.
pub(crate) fn list_recorded(record: &QualityRecord, policy: &Policy) -> Vec<Check> {
    lines(|component| {
        let name = component.name();
        Some((record.scalar(name), *policy.quality.get(name)?))
    })
}

/// The lines of which policy asks something; `of` gives a component's value and the least that is asked of it.
fn lines(of: impl Fn(Component) -> Option<(Option<u8>, u8)>) -> Vec<Check> {
    let line = |(key, components): &(&'static str, &[Component])| {
        let asked = components.iter().filter_map(|component| of(*component));
        let (value, least) = asked.min_by_key(|(value, least)| {
            value.map_or(i16::MIN, |v| i16::from(v) - i16::from(*least))
        })?;
        Some(Check { key, value, least })
    };
    LINES.iter().filter_map(line).collect()
}

/// The measures as they are recorded in the packet, and behind them what was measured on the portrait itself.
pub(crate) fn record(measures: &Measures, portrait: &Portrait) -> QualityRecord {
    let own = portrait.readings().map(|(component, native)| Reading {
        component,
        native,
        scalar: None,
    });
    let readings = measures
        .iter()
        .map(|m| Reading {
            component: m.component.name().to_owned(),
            native: m.native,
            scalar: m.scalar,
        })
        .chain(own)
        .collect();
    QualityRecord { readings }
}
