//! Watching one action from its prompt to its end.

use super::challenge::Action;
use super::continuity::size_of_face;
use super::decision::{Reason, StepEvidence};
use super::depth::{Depth, Trajectory};
use super::observation::ObservedFace;
use super::policy::Policy;
use super::relief::{Axis, Relief, Shape, relief};

/// Frames of looking ahead, and of an action's height, that are kept.
const KEPT: usize = 8;
/// Fewest frames of an action's height that can be judged.
const FEWEST: usize = 2;
/// Frames that must show the face closer.
const CLOSER_FRAMES: u32 = 3;
/// How the person looks ahead: what every action is measured from.
#[derive(Default)]
pub(super) struct Ahead {
    frames: Vec<(f32, f32, f32, Shape)>,
}

impl Ahead {
    pub fn add(&mut self, face: &ObservedFace) {
        if self.frames.len() == KEPT {
            self.frames.remove(0);
        }
        self.frames.push((
            face.pose.yaw_deg,
            face.pose.pitch_deg,
            size_of_face(face),
            Shape::of(&face.landmarks),
        ));
    }

    pub fn forget(&mut self) {
        self.frames.clear();
    }

    pub fn len(&self) -> usize {
        self.frames.len()
    }

    pub fn yaw_deg(&self) -> f32 {
        self.mean(|frame| frame.0)
    }

    pub fn pitch_deg(&self) -> f32 {
        self.mean(|frame| frame.1)
    }

    fn angle_deg(&self, axis: Axis) -> f32 {
        match axis {
            Axis::Across => self.yaw_deg(),
            Axis::Down => self.pitch_deg(),
        }
    }

    fn size(&self) -> f32 {
        self.mean(|frame| frame.2).max(1.0)
    }

    fn mean(&self, of: impl Fn(&(f32, f32, f32, Shape)) -> f32) -> f32 {
        self.frames.iter().map(of).sum::<f32>() / self.frames.len().max(1) as f32
    }

    fn shapes(&self) -> Vec<Shape> {
        self.frames.iter().map(|frame| frame.3).collect()
    }

    /// True for a face that still, or again, looks ahead.
    pub fn holds(&self, face: &ObservedFace, policy: &Policy) -> bool {
        (face.pose.yaw_deg - self.yaw_deg()).abs() <= policy.ahead_deg
            && (face.pose.pitch_deg - self.pitch_deg()).abs() <= policy.ahead_deg
    }

    /// The action that a face shows, if any, by the same measure by which it would be accepted: whatever counts when asked counts against when not (a recorded
    /// nod of 15 degrees that went unnoticed while a blink was asked let a clip through). Closing the eyes is told by time, not here.
    pub fn action_shown(&self, face: &ObservedFace, policy: &Policy) -> Option<Action> {
        let (yaw, pitch) = (
            face.pose.yaw_deg - self.yaw_deg(),
            face.pose.pitch_deg - self.pitch_deg(),
        );
        if yaw >= policy.turn_deg {
            return Some(Action::TurnLeft);
        }
        if yaw <= -policy.turn_deg {
            return Some(Action::TurnRight);
        }
        // Pitch and size are misjudged on a face that is half turned.
        let nearly_ahead = yaw.abs() <= policy.turn_deg / 2.0;
        if nearly_ahead && pitch.abs() >= policy.nod_deg {
            return Some(Action::Nod);
        }
        let closer = size_of_face(face) / self.size() >= policy.closer_ratio;
        (nearly_ahead && pitch.abs() <= policy.ahead_deg && closer).then_some(Action::ComeCloser)
    }
}

/// What a frame did to an action.
pub(super) enum Step {
    /// Nothing final.
    Going,
    /// It is complete.
    Done,
    /// It failed.
    Failed(Reason),
}

/// One action under watch.
pub(super) struct Tracker {
    evidence: StepEvidence,
    prompted_ms: u64,
    /// Direction of the movement, once it is known.
    sign: f32,
    peaks: Vec<(f32, f32, Shape)>,
    trajectory: Trajectory,
    lids: Lids,
    closer_frames: u32,
}

/// For how long both eyes have been closed, from the first frame that shows it to the last: never longer than it was.
#[derive(Default)]
pub(super) struct Lids {
    closed_since_ms: Option<u64>,
    closed_until_ms: u64,
}

impl Lids {
    /// Takes a frame and gives the milliseconds that the eyes have been closed.
    pub fn observe(&mut self, at_ms: u64, closed: bool) -> u64 {
        if closed {
            self.closed_since_ms.get_or_insert(at_ms);
            self.closed_until_ms = at_ms;
        } else {
            self.closed_since_ms = None;
        }
        self.closed_for_ms()
    }

    fn closed_for_ms(&self) -> u64 {
        self.closed_since_ms
            .map_or(0, |since| self.closed_until_ms.saturating_sub(since))
    }
}

impl Tracker {
    pub fn new(action: Action, prompted_ms: u64, since_first_ms: u64) -> Self {
        let evidence = StepEvidence {
            action,
            prompted_ms: since_first_ms,
            began_after_ms: None,
            done_after_ms: None,
            extent: 0.0,
            relief: None,
            depth: None,
        };
        let sign = match action {
            Action::TurnLeft => 1.0,
            Action::TurnRight => -1.0,
            _ => 0.0,
        };
        Self {
            evidence,
            prompted_ms,
            sign,
            peaks: Vec::new(),
            trajectory: Trajectory::default(),
            lids: Lids::default(),
            closer_frames: 0,
        }
    }

    pub fn evidence(&self) -> StepEvidence {
        StepEvidence {
            depth: self.trajectory.depth(),
            ..self.evidence.clone()
        }
    }

    /// When it was asked, from the session's first frame.
    pub fn prompted_ms(&self) -> u64 {
        self.evidence.prompted_ms
    }

    pub fn action(&self) -> Action {
        self.evidence.action
    }

    pub fn observe(
        &mut self,
        at_ms: u64,
        face: &ObservedFace,
        ahead: &Ahead,
        policy: &Policy,
    ) -> Step {
        let after_ms = at_ms.saturating_sub(self.prompted_ms);
        if after_ms > policy.action_ms {
            return Step::Failed(Reason::TooLate);
        }
        if self.shows_other_action(at_ms, face, ahead, policy) {
            return Step::Failed(Reason::OtherAction);
        }
        let step = match self.action() {
            Action::TurnLeft | Action::TurnRight => {
                let change = face.pose.yaw_deg - ahead.yaw_deg();
                self.follow(
                    after_ms,
                    face,
                    (change, face.pose.yaw_deg),
                    (policy.turn_deg, Axis::Across),
                    ahead,
                    policy,
                )
            }
            Action::Nod => {
                let change = face.pose.pitch_deg - ahead.pitch_deg();
                if self.sign == 0.0 && change.abs() >= policy.nod_deg {
                    self.sign = change.signum();
                }
                self.follow(
                    after_ms,
                    face,
                    (change, face.pose.pitch_deg),
                    (policy.nod_deg, Axis::Down),
                    ahead,
                    policy,
                )
            }
            Action::Blink => self.follow_eyes(after_ms, at_ms, face, policy),
            Action::ComeCloser => self.follow_size(after_ms, face, ahead, policy),
        };
        let too_early = self
            .evidence
            .began_after_ms
            .is_some_and(|began| began < policy.fastest_reaction_ms);
        if too_early {
            return Step::Failed(Reason::TooEarly);
        }
        if matches!(step, Step::Done) {
            self.evidence.done_after_ms = Some(after_ms);
        }
        step
    }

    fn shows_other_action(
        &mut self,
        at_ms: u64,
        face: &ObservedFace,
        ahead: &Ahead,
        policy: &Policy,
    ) -> bool {
        if ahead
            .action_shown(face, policy)
            .is_some_and(|seen| seen != self.action())
        {
            return true;
        }
        if self.action() == Action::Blink {
            return false;
        }
        // Lowered lids on a bowed or turned head look closed: only looking ahead tells.
        self.lids.observe(
            at_ms,
            ahead.holds(face, policy) && eyes_closed(face, policy),
        ) >= policy.blink_ms
    }

    /// A turn or a nod: out to its angle and back again, solid all the way.
    fn follow(
        &mut self,
        after_ms: u64,
        face: &ObservedFace,
        (change, angle): (f32, f32),
        (wanted, axis): (f32, Axis),
        ahead: &Ahead,
        policy: &Policy,
    ) -> Step {
        let towards = change * self.sign;
        if change.abs() >= wanted / 2.0 && self.evidence.began_after_ms.is_none() {
            self.evidence.began_after_ms = Some(after_ms);
        }
        if towards >= wanted * 0.7 && self.sign != 0.0 {
            self.keep(towards, angle, &face.landmarks);
        }
        let sine = |deg: f32| f64::from(deg).to_radians().sin();
        if let Some(shape) = Shape::mean(&ahead.shapes(), axis) {
            let now = Shape::of(&face.landmarks);
            let change = sine(angle) - sine(ahead.angle_deg(axis));
            self.trajectory.add(&shape, &now, axis, change);
        }
        self.evidence.extent = self.evidence.extent.max(towards);
        let returned = change.abs() <= policy.ahead_deg;
        if self.evidence.extent < wanted || !returned {
            return Step::Going;
        }
        if self.peaks.len() < FEWEST {
            return Step::Failed(Reason::TooFewFrames);
        }
        self.evidence.relief = self.measure_relief(axis, ahead);
        match (self.evidence.relief, self.trajectory.depth()) {
            (Some(relief), Some(depth)) if is_solid(relief, &depth, policy) => Step::Done,
            _ => Step::Failed(Reason::NotSolid),
        }
    }

    /// Keeps the frames that went farthest.
    fn keep(&mut self, towards: f32, angle: f32, landmarks: &crate::Landmarks) {
        self.peaks.push((towards, angle, Shape::of(landmarks)));
        if self.peaks.len() > KEPT
            && let Some(least) =
                (0..self.peaks.len()).min_by(|&a, &b| self.peaks[a].0.total_cmp(&self.peaks[b].0))
        {
            self.peaks.swap_remove(least);
        }
    }

    fn measure_relief(&self, axis: Axis, ahead: &Ahead) -> Option<Relief> {
        let turned: Vec<Shape> = self.peaks.iter().map(|peak| peak.2).collect();
        let sine = self
            .peaks
            .iter()
            .map(|peak| f64::from(peak.1).to_radians().sin())
            .sum::<f64>()
            / turned.len() as f64;
        let change = sine - f64::from(ahead.angle_deg(axis)).to_radians().sin();
        relief(
            &Shape::mean(&ahead.shapes(), axis)?,
            &Shape::mean(&turned, axis)?,
            axis,
            change,
        )
    }

    fn follow_eyes(
        &mut self,
        after_ms: u64,
        at_ms: u64,
        face: &ObservedFace,
        policy: &Policy,
    ) -> Step {
        let began = self
            .lids
            .closed_since_ms
            .map(|since| since.saturating_sub(self.prompted_ms));
        let closed_ms = self.lids.closed_for_ms();
        let open =
            face.eyes.right_open >= policy.eye_open && face.eyes.left_open >= policy.eye_open;
        if eyes_closed(face, policy) || !open {
            let closed_ms = if eyes_closed(face, policy) {
                self.lids.observe(at_ms, true)
            } else {
                closed_ms
            };
            return if closed_ms > policy.longest_blink_ms {
                Step::Failed(Reason::TooLate)
            } else {
                Step::Going
            };
        }
        self.lids.observe(at_ms, false);
        // A closing that was under way at the prompt, or is short, is an involuntary blink.
        match began {
            Some(began) if closed_ms >= policy.blink_ms && began >= policy.fastest_reaction_ms => {
                self.evidence.began_after_ms = Some(began.min(after_ms));
                self.evidence.extent = closed_ms as f32;
                Step::Done
            }
            _ => Step::Going,
        }
    }

    fn follow_size(
        &mut self,
        after_ms: u64,
        face: &ObservedFace,
        ahead: &Ahead,
        policy: &Policy,
    ) -> Step {
        let ratio = size_of_face(face) / ahead.size();
        self.evidence.extent = self.evidence.extent.max(ratio);
        if ratio >= 1.0 + (policy.closer_ratio - 1.0) / 2.0
            && self.evidence.began_after_ms.is_none()
        {
            self.evidence.began_after_ms = Some(after_ms);
        }
        self.closer_frames = if ratio >= policy.closer_ratio {
            self.closer_frames + 1
        } else {
            0
        };
        if self.closer_frames >= CLOSER_FRAMES {
            Step::Done
        } else {
            Step::Going
        }
    }
}

pub(super) fn eyes_closed(face: &ObservedFace, policy: &Policy) -> bool {
    face.eyes.right_open <= policy.eye_closed && face.eyes.left_open <= policy.eye_closed
}

/// Evidence of three kinds in one sum: the pattern of all points, the nose over its wings, the nose over its bridge and the lip. Each is divided by what would do
/// alone; the weights were fitted on six generated heads and the pictures that were bent of them, and judged on six others.
fn is_solid(relief: Relief, depth: &Depth, policy: &Policy) -> bool {
    shares(relief, depth, policy) >= 1.0 && relief.gain <= policy.relief_gain_high
}

fn shares(relief: Relief, depth: &Depth, policy: &Policy) -> f64 {
    relief.gain / policy.alone_gain
        + depth.wings / policy.alone_wings
        + depth.bridge / policy.alone_bridge
}

/// Whether the movements that were made show enough depth together.
pub(super) fn solid_in_all(steps: &[StepEvidence], policy: &Policy) -> bool {
    let each = steps
        .iter()
        .filter_map(|step| Some(shares(step.relief?, step.depth.as_ref()?, policy)));
    each.sum::<f64>() >= policy.depth_in_all
}
