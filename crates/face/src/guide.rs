//! One instruction at a time that a person can follow: what to mend first, held long enough to be read.

use serde::Serialize;

use crate::eyes::Eyes;
use crate::face::FaceList;
use crate::geometry::Point;
use crate::landmarks::Landmarks;
use crate::measure::{COMPONENT_COUNT, Component, Measures};
use crate::portrait::PortraitPlan;
use crate::pose::Pose;
use crate::thresholds::Thresholds;

/// A direction; left and right are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// To the person's own left: to the right of a picture that is not mirrored.
    Left,
    /// To the person's own right.
    Right,
    /// Up.
    Up,
    /// Down.
    Down,
}

/// What the person should do next. *Left* and *right* are the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Instruction {
    /// Nobody is seen.
    NoFace,
    /// Somebody else is in the picture.
    OneFaceOnly,
    /// The face is too small.
    ComeCloser,
    /// The face is too large for the portrait.
    MoveBack,
    /// The face is too near an edge.
    CentreFace {
        /// Where to move.
        towards: Direction,
    },
    /// The face is too dark for the scene.
    MoreLight,
    /// The face is too bright.
    LessLight,
    /// The person's left half is darker.
    LightFromLeft,
    /// The person's right half is darker.
    LightFromRight,
    /// The head is tilted.
    LevelHead,
    /// The face looks to the person's right.
    TurnLeft,
    /// The face looks to the person's left.
    TurnRight,
    /// The face looks down.
    ChinUp,
    /// The face looks up.
    ChinDown,
    /// An eye is closed.
    OpenEyes,
    /// The mouth is open, or smiles.
    CloseMouth,
    /// Something covers the face.
    UncoverFace,
    /// What is behind the person is not plain.
    PlainBackground,
    /// The face moves or is blurred.
    HoldStill,
    /// Nothing is left to mend.
    Ready,
}

impl Instruction {
    /// Every instruction, for those who must have a text for each.
    pub const ALL: [Self; 23] = [
        Self::NoFace,
        Self::OneFaceOnly,
        Self::ComeCloser,
        Self::MoveBack,
        Self::CentreFace {
            towards: Direction::Left,
        },
        Self::CentreFace {
            towards: Direction::Right,
        },
        Self::CentreFace {
            towards: Direction::Up,
        },
        Self::CentreFace {
            towards: Direction::Down,
        },
        Self::MoreLight,
        Self::LessLight,
        Self::LightFromLeft,
        Self::LightFromRight,
        Self::LevelHead,
        Self::TurnLeft,
        Self::TurnRight,
        Self::ChinUp,
        Self::ChinDown,
        Self::OpenEyes,
        Self::CloseMouth,
        Self::UncoverFace,
        Self::PlainBackground,
        Self::HoldStill,
        Self::Ready,
    ];

    /// The id of its text.
    pub fn key(self) -> &'static str {
        match self {
            Self::NoFace => "instruct-no-face",
            Self::OneFaceOnly => "instruct-one-face-only",
            Self::ComeCloser => "instruct-come-closer",
            Self::MoveBack => "instruct-move-back",
            Self::CentreFace { .. } => "instruct-centre-face",
            Self::MoreLight => "instruct-more-light",
            Self::LessLight => "instruct-less-light",
            Self::LightFromLeft => "instruct-light-from-left",
            Self::LightFromRight => "instruct-light-from-right",
            Self::LevelHead => "instruct-level-head",
            Self::TurnLeft => "instruct-turn-left",
            Self::TurnRight => "instruct-turn-right",
            Self::ChinUp => "instruct-chin-up",
            Self::ChinDown => "instruct-chin-down",
            Self::OpenEyes => "instruct-open-eyes",
            Self::CloseMouth => "instruct-close-mouth",
            Self::UncoverFace => "instruct-uncover-face",
            Self::PlainBackground => "instruct-plain-background",
            Self::HoldStill => "instruct-hold-still",
            Self::Ready => "instruct-ready",
        }
    }
}

/// What guidance looks at: a preview frame's or a still's results.
#[derive(Debug, Clone, Copy)]
pub struct View<'a> {
    /// Columns of the picture.
    pub width: u32,
    /// Rows of the picture.
    pub height: u32,
    /// The faces.
    pub faces: &'a FaceList,
    /// The largest face's landmarks.
    pub landmarks: Option<&'a Landmarks>,
    /// Its pose.
    pub pose: Option<Pose>,
    /// Its eyes.
    pub eyes: Option<Eyes>,
    /// Its components.
    pub measures: &'a Measures,
    /// How the light falls.
    pub light: Option<Light>,
}

/// How the light falls on the face.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Light {
    /// The person's left cheek over the right one, in stops: positive where the left is brighter.
    pub left_over_right_stops: f32,
}

/// A result that guidance can look at.
pub trait Observed {
    /// Its view.
    fn view(&self) -> View<'_>;
}

/// Three say whether an eye is shut, and two of them decide: the eye network (which calls 17 % of open eyes shut), the gap between the lids' landmarks (which
/// follow a blink badly), and what is light and dark within the eye's box. Each doubts an eye below its figure: the network's share, the scalar of EyesOpen, the
/// native value of `eye_contrast`.
const EYE_SHUT: f32 = 0.3;
const LIDS_NARROW: u8 = 90;
const LITTLE_CONTRAST: f64 = 0.55;
const DOUBTS_DECIDE: usize = 2;

/// What is mended first: who, and how far.
const BEFORE_FRAMING: [Component; 2] = [Component::SingleFacePresent, Component::InterEyeDistance];
/// What is mended once the portrait can be cut from the frame, in this order: where, light, pose, expression, then whatever else a
/// policy may demand.
const AFTER_FRAMING: [Component; COMPONENT_COUNT - 2] = {
    use Component as C;
    [
        C::LeftwardCropOfTheFaceImage,
        C::RightwardCropOfTheFaceImage,
        C::MarginAboveOfTheFaceImage,
        C::MarginBelowOfTheFaceImage,
        C::HeadSize,
        C::ExposureInScene,
        C::OverExposurePrevention,
        C::UnderExposurePrevention,
        C::LuminanceMean,
        C::LuminanceVariance,
        C::DynamicRange,
        C::NaturalColour,
        C::IlluminationUniformity,
        C::HeadPoseRoll,
        C::HeadPoseYaw,
        C::HeadPosePitch,
        C::FaceOcclusionPrevention,
        C::EyesVisible,
        C::MouthOcclusionPrevention,
        C::NoHeadCoverings,
        C::EyesOpen,
        C::EyeContrast,
        C::MouthContrast,
        C::MouthClosed,
        C::SmileWidth,
        C::ExpressionNeutrality,
        C::SharpnessGradient,
        C::Sharpness,
        C::CompressionArtifacts,
        C::JpegQuantisation,
        C::BackgroundUniformity,
        C::BackgroundEdges,
        C::UnifiedQualityScore,
    ]
};

/// What to mend first, without regard to time. The order is fixed, and whatever a policy can demand has its instruction.
pub fn judge(view: &View<'_>, thresholds: &Thresholds) -> Instruction {
    let (Some(landmarks), false) = (view.landmarks, view.faces.is_empty()) else {
        return Instruction::NoFace;
    };
    let first = |components: &[Component]| {
        let mut components = components.iter().copied();
        components.find(|component| !holds(*component, view, thresholds))
    };
    if let Some(component) = first(&BEFORE_FRAMING) {
        return mending(component, view);
    }
    if let Some(instruction) = framing(view, landmarks) {
        return instruction;
    }
    first(&AFTER_FRAMING).map_or(Instruction::Ready, |component| mending(component, view))
}

/// Everything that stands between this view and [`Instruction::Ready`]: names of components, `framing` where the portrait cannot be cut
/// from the frame, `no_face`.
pub fn refusals(view: &View<'_>, thresholds: &Thresholds) -> Vec<&'static str> {
    let (Some(landmarks), false) = (view.landmarks, view.faces.is_empty()) else {
        return vec!["no_face"];
    };
    let components = BEFORE_FRAMING.into_iter().chain(AFTER_FRAMING);
    let failing = components.filter(|component| !holds(*component, view, thresholds));
    let framing = framing(view, landmarks).map(|_| "framing");
    failing.map(Component::name).chain(framing).collect()
}

fn holds(component: Component, view: &View<'_>, thresholds: &Thresholds) -> bool {
    let shut = component == Component::EyesOpen
        && thresholds.least(component).is_some()
        && eyes_shut(view);
    !shut && thresholds.met(component, view.measures)
}

fn eyes_shut(view: &View<'_>) -> bool {
    let lids = view.measures.scalar(Component::EyesOpen);
    let contrast = view.measures.get(Component::EyeContrast).native;
    let doubts = [
        view.eyes.is_some_and(|eyes| eyes.least_open() < EYE_SHUT),
        lids.is_none_or(|scalar| scalar < LIDS_NARROW),
        contrast.is_some_and(|contrast| contrast < LITTLE_CONTRAST),
    ];
    doubts.into_iter().filter(|doubt| *doubt).count() >= DOUBTS_DECIDE
}

/// What a person does about a component.
fn mending(component: Component, view: &View<'_>) -> Instruction {
    use Component as C;
    use Instruction as I;
    let centre = |towards| I::CentreFace { towards };
    match component {
        C::SingleFacePresent => I::OneFaceOnly,
        C::InterEyeDistance => I::ComeCloser,
        C::HeadSize => {
            let share = view.measures.get(component).native.unwrap_or(0.0);
            if share > 0.45 {
                I::MoveBack
            } else {
                I::ComeCloser
            }
        }
        C::LeftwardCropOfTheFaceImage => centre(Direction::Left),
        C::RightwardCropOfTheFaceImage => centre(Direction::Right),
        C::MarginAboveOfTheFaceImage => centre(Direction::Down),
        C::MarginBelowOfTheFaceImage => centre(Direction::Up),
        C::ExposureInScene => {
            let stops = view.measures.get(component).native.unwrap_or(0.0);
            if stops > 0.0 {
                I::LessLight
            } else {
                I::MoreLight
            }
        }
        C::OverExposurePrevention => I::LessLight,
        C::UnderExposurePrevention
        | C::LuminanceMean
        | C::LuminanceVariance
        | C::DynamicRange
        | C::NaturalColour => I::MoreLight,
        C::IlluminationUniformity => {
            let left_brighter = view.light.is_some_and(|l| l.left_over_right_stops > 0.0);
            if left_brighter {
                I::LightFromRight
            } else {
                I::LightFromLeft
            }
        }
        C::HeadPoseRoll => I::LevelHead,
        C::HeadPoseYaw => match view.pose {
            Some(pose) if pose.yaw_deg > 0.0 => I::TurnRight,
            _ => I::TurnLeft,
        },
        C::HeadPosePitch => match view.pose {
            Some(pose) if pose.pitch_deg > 0.0 => I::ChinUp,
            _ => I::ChinDown,
        },
        C::EyesOpen => I::OpenEyes,
        C::MouthClosed | C::SmileWidth | C::ExpressionNeutrality => I::CloseMouth,
        C::EyeContrast
        | C::MouthContrast
        | C::FaceOcclusionPrevention
        | C::EyesVisible
        | C::MouthOcclusionPrevention
        | C::NoHeadCoverings => I::UncoverFace,
        C::BackgroundUniformity | C::BackgroundEdges => I::PlainBackground,
        C::SharpnessGradient
        | C::Sharpness
        | C::CompressionArtifacts
        | C::JpegQuantisation
        | C::UnifiedQualityScore => I::HoldStill,
    }
}

/// Whether the portrait can be cut from the frame: too large a face must go back, one at the edge must move.
fn framing(view: &View<'_>, landmarks: &Landmarks) -> Option<Instruction> {
    let crop = PortraitPlan::new(landmarks)?.bounds_in_frame();
    let (width, height) = (view.width as f32, view.height as f32);
    // A fiftieth of the crop may be missing: hair and shoulders, not the face.
    let slack = crop.height / 50.0;
    if crop.width > width + slack || crop.height > height + slack {
        return Some(Instruction::MoveBack);
    }
    let towards = if crop.x < -slack {
        Direction::Left
    } else if crop.right() > width + slack {
        Direction::Right
    } else if crop.y < -slack {
        Direction::Down
    } else if crop.bottom() > height + slack {
        Direction::Up
    } else {
        return None;
    };
    Some(Instruction::CentreFace { towards })
}

/// An instruction stands at least this long, so that it can be read and does not flicker.
pub const HOLD_MS: u64 = 600;
/// A new instruction is what two thirds of the frames of this long wanted: one noisy frame, or a measure that trembles about its threshold, changes nothing.
const VOTE_MS: u64 = 400;
/// The most frames that vote: [`VOTE_MS`] of a 60 Hz camera.
const MOST_VOTES: usize = 24;
/// A face that moves faster than this many eye distances a second is not photographed.
const FASTEST: f32 = 0.8;

/// Turns each frame's judgement into an instruction that a person can read: it stands for at least [`HOLD_MS`], and another takes its
/// place only when two thirds of the last frames want that one. So there are never more than two changes a second.
#[derive(Debug, Clone, Default)]
pub struct Guide {
    standing: Option<(Instruction, u64)>,
    votes: Votes,
    last_place: Option<(Point, u64)>,
}

impl Guide {
    /// A guide that has said nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The instruction to show now. `now_ms` is a clock that never goes back; if it does, nothing changes until it has caught up.
    pub fn next(
        &mut self,
        now_ms: u64,
        observed: &impl Observed,
        thresholds: &Thresholds,
    ) -> Instruction {
        let view = observed.view();
        let mut wanted = judge(&view, thresholds);
        if self.moves(now_ms, view.landmarks) && wanted == Instruction::Ready {
            wanted = Instruction::HoldStill;
        }
        self.votes.add(now_ms, wanted);
        let Some((standing, since)) = self.standing else {
            self.standing = Some((wanted, now_ms));
            return wanted;
        };
        if now_ms.saturating_sub(since) < HOLD_MS {
            return standing;
        }
        let chosen = self.votes.most_wanted(now_ms, standing);
        if chosen != standing {
            self.standing = Some((chosen, now_ms));
        }
        chosen
    }

    /// Forgets what stood, as for the next person.
    pub fn reset(&mut self) {
        *self = Self::default();
    }

    fn moves(&mut self, now_ms: u64, landmarks: Option<&Landmarks>) -> bool {
        let Some(landmarks) = landmarks else {
            self.last_place = None;
            return false;
        };
        let place = landmarks.between_eyes();
        let before = self.last_place.replace((place, now_ms));
        before.is_some_and(|(was, at_ms)| {
            let seconds = now_ms.saturating_sub(at_ms) as f32 / 1000.0;
            let eyes = landmarks.inter_eye_distance().max(1.0);
            seconds > 0.0 && place.distance(was) / eyes / seconds > FASTEST
        })
    }
}

/// What the last frames wanted, in a ring.
#[derive(Debug, Clone, Default)]
struct Votes {
    cast: [Option<(u64, Instruction)>; MOST_VOTES],
    next: usize,
}

impl Votes {
    fn add(&mut self, now_ms: u64, wanted: Instruction) {
        self.cast[self.next] = Some((now_ms, wanted));
        self.next = (self.next + 1) % MOST_VOTES;
    }

    /// What more than two thirds of the frames of the last [`VOTE_MS`] want; what stands where there is no such majority.
    fn most_wanted(&self, now_ms: u64, standing: Instruction) -> Instruction {
        let oldest = now_ms.saturating_sub(VOTE_MS);
        let recent = || {
            let cast = self.cast.iter().flatten();
            cast.filter(|(at, _)| *at >= oldest)
                .map(|(_, wanted)| *wanted)
        };
        let all = recent().count();
        recent()
            .find(|wanted| recent().filter(|other| other == wanted).count() * 3 > all * 2)
            .unwrap_or(standing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(wanted: &[Instruction], standing: Instruction) -> Instruction {
        let mut votes = Votes::default();
        for (nth, wanted) in wanted.iter().enumerate() {
            votes.add(nth as u64 * 33, *wanted);
        }
        votes.most_wanted((wanted.len() as u64 - 1) * 33, standing)
    }

    #[test]
    fn every_component_that_a_policy_can_demand_has_its_place_in_the_order() {
        for component in Component::ALL {
            let places = BEFORE_FRAMING.iter().chain(&AFTER_FRAMING);
            assert_eq!(
                places.filter(|c| **c == component).count(),
                1,
                "{component}"
            );
        }
    }

    #[test]
    fn one_noisy_frame_and_a_split_vote_change_nothing() {
        use Instruction as I;
        let mut frames = [I::Ready; 12];
        frames[11] = I::MoreLight;
        assert_eq!(chosen(&frames, I::Ready), I::Ready);
        let split: Vec<I> = [I::TurnLeft, I::MoreLight].repeat(20);
        assert_eq!(chosen(&split, I::Ready), I::Ready);
        frames[2..].fill(I::MoreLight);
        assert_eq!(chosen(&frames, I::Ready), I::MoreLight);
    }

    #[test]
    fn a_slow_camera_is_heard_too() {
        let mut votes = Votes::default();
        votes.add(0, Instruction::Ready);
        votes.add(1000, Instruction::NoFace);
        let chosen = votes.most_wanted(1000, Instruction::Ready);
        assert_eq!(chosen, Instruction::NoFace);
    }
}
