//! One instruction at a time that a person can follow: what to mend first, held long enough to be read.

use serde::Serialize;

use crate::eyes::Eyes;
use crate::face::FaceList;
use crate::geometry::Point;
use crate::landmarks::Landmarks;
use crate::measure::{Component, Measures};
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
    /// The mouth is open.
    CloseMouth,
    /// The face moves or is blurred.
    HoldStill,
    /// Nothing is left to mend.
    Ready,
}

impl Instruction {
    /// Every instruction, for those who must have a text for each.
    pub const ALL: [Self; 21] = [
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

/// An eye that the eye network gives less than this is shut, whatever the lids' landmarks say.
const EYE_SHUT: f32 = 0.3;

/// What to mend first, without regard to time. The order is fixed: who, how far, where, light, pose, expression.
pub fn judge(view: &View<'_>, thresholds: &Thresholds) -> Instruction {
    use Component as C;
    let (Some(landmarks), false) = (view.landmarks, view.faces.is_empty()) else {
        return Instruction::NoFace;
    };
    let met = |component| thresholds.met(component, view.measures);
    if !met(C::SingleFacePresent) {
        return Instruction::OneFaceOnly;
    }
    if !met(C::InterEyeDistance) {
        return Instruction::ComeCloser;
    }
    if let Some(instruction) = framing(view, landmarks) {
        return instruction;
    }
    if !met(C::LeftwardCropOfTheFaceImage) {
        return Instruction::CentreFace {
            towards: Direction::Left,
        };
    }
    if !met(C::RightwardCropOfTheFaceImage) {
        return Instruction::CentreFace {
            towards: Direction::Right,
        };
    }
    if let Some(instruction) = lighting(view, thresholds) {
        return instruction;
    }
    if let Some(instruction) = turning(view, thresholds) {
        return instruction;
    }
    let shut = view.eyes.is_some_and(|eyes| eyes.least_open() < EYE_SHUT);
    if !met(C::EyesOpen) || (shut && thresholds.least(C::EyesOpen).is_some()) {
        return Instruction::OpenEyes;
    }
    if !met(C::MouthClosed) {
        return Instruction::CloseMouth;
    }
    if !met(C::SharpnessGradient) {
        return Instruction::HoldStill;
    }
    Instruction::Ready
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

fn lighting(view: &View<'_>, thresholds: &Thresholds) -> Option<Instruction> {
    use Component as C;
    let met = |component| thresholds.met(component, view.measures);
    if !met(C::ExposureInScene) {
        let stops = view.measures.get(C::ExposureInScene).native.unwrap_or(0.0);
        return Some(if stops > 0.0 {
            Instruction::LessLight
        } else {
            Instruction::MoreLight
        });
    }
    if !met(C::OverExposurePrevention) {
        return Some(Instruction::LessLight);
    }
    let darker = [C::UnderExposurePrevention, C::LuminanceMean];
    if darker.into_iter().any(|component| !met(component)) {
        return Some(Instruction::MoreLight);
    }
    if !met(C::IlluminationUniformity) {
        let left_brighter = view
            .light
            .is_some_and(|light| light.left_over_right_stops > 0.0);
        return Some(if left_brighter {
            Instruction::LightFromRight
        } else {
            Instruction::LightFromLeft
        });
    }
    None
}

fn turning(view: &View<'_>, thresholds: &Thresholds) -> Option<Instruction> {
    use Component as C;
    let pose = view.pose?;
    let met = |component| thresholds.met(component, view.measures);
    if !met(C::HeadPoseRoll) {
        return Some(Instruction::LevelHead);
    }
    if !met(C::HeadPoseYaw) {
        return Some(if pose.yaw_deg > 0.0 {
            Instruction::TurnRight
        } else {
            Instruction::TurnLeft
        });
    }
    if !met(C::HeadPosePitch) {
        return Some(if pose.pitch_deg > 0.0 {
            Instruction::ChinUp
        } else {
            Instruction::ChinDown
        });
    }
    None
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
