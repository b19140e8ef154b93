//! Active liveness: an unpredictable ordered challenge, watched frame by frame, judged once, with its evidence.
//!
//! A [`Session`] takes one [`Observation`] a frame and says what the person is asked to do next. It ends with a [`Decision`]: three of five actions in a drawn
//! order, each within its time; the same face from the first frame to the last; motion that only a solid head makes (a photograph, flat or bent, has no nose that
//! moves before the eyes); enough frames with a passive score, which may deny or flag but never admits; one camera throughout.
//!
//! ```
//! use face::liveness::{Challenge, Policy, Session};
//! let mut session = Session::new(Challenge::draw(0x5eed), Policy::default());
//! assert_eq!(session.prompt().key(), "challenge-look-ahead");
//! // for every analysed frame: session.observe(&observation);
//! let decision = session.finish();
//! assert!(!decision.is_live());
//! ```
//!
//! # From a capture session
//!
//! The caller owns the camera, the clock, the seed and the screen. In the order of a session:
//!
//! 1. *Begin.* `Challenge::draw(seed)` with a seed from the system's randomness, anew for every try; `draw_without` where the person cannot do
//!    something, which the decision then flags. One `Session` a try.
//! 2. *Every analysed frame*, in order, after [`crate::Analyser::attend`]: [`crate::Analyser::preview`], and on every third or fourth frame (ten are needed)
//!    [`crate::Analyser::passive_liveness`]; both go to [`Watcher::observe`] with the frame's time of capture on a clock that does not jump and a
//!    [`CameraId`] that is equal for equal devices (a hash of bus and serial number). The watcher compares faces twice a second (the policy allows a
//!    gap of 1.5 s). The frame must not be mirrored.
//! 3. *Show* [`Prompt::key`], a message in both languages, and [`Session::progress`]. Where the camera gives nothing, [`Session::tick`] lets
//!    the deadlines pass.
//! 4. *End* when the prompt is [`Prompt::Over`], with [`Session::cancel`], or with [`Session::take_alternative`] where the officer vouches.
//!    [`Session::finish`] gives the [`Decision`]: figures only, no picture, made to be serialised into the packet.
//!
//! The photograph's burst belongs into the session's last look ahead, so that its frames are those that were judged.
//! `shanakht-face liveness` (`src/bin/shanakht-face/liveness.rs`) does it with a recording.
//!
//! What it cannot show: a person's own recording in the drawn order, a puppet of synthesised video fed in place of the camera, and a solid mask move like a
//! head. Against these stand the draw's chance, the camera's identity, the passive score and the officer.

mod challenge;
mod continuity;
mod decision;
mod depth;
mod observation;
mod policy;
mod relief;
mod session;
mod tracker;
mod watcher;

pub use challenge::{Action, Challenge};
pub use decision::{
    AlternativeReason, Decision, Evidence, Flag, Measured, Outcome, Reason, StepEvidence,
};
pub use depth::{Depth, Glimpse};
pub use observation::{CameraId, Observation, ObservedFace, digest_of};
pub use policy::Policy;
pub use relief::Relief;
pub use session::{Prompt, Session};
pub use watcher::{Sight, Watcher};

/// Judges a finished sequence of observations, as from a recorded clip whose challenge is known.
pub fn run_over<'o>(
    challenge: Challenge,
    policy: Policy,
    observations: impl IntoIterator<Item = &'o Observation>,
) -> Decision {
    let mut session = Session::new(challenge, policy);
    for observation in observations {
        if session.observe(observation).is_over() {
            break;
        }
    }
    session.finish()
}
