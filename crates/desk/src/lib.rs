//! The application core without a window: commands in, state out.
//!
//! A screen or a simulation sends a [`Command`] to a [`Desk`] and draws or reads the newest
//! [`State`]; frames with their analysis come through [`Live`]. Nothing here blocks the caller, and
//! nothing personal is written to a disk that is not sealed first. It never draws.

mod analysis;
mod answers;
mod best_shot;
mod camera_rule;
mod capture_session;
mod challenge;
mod checks;
mod clock;
mod command;
mod core;
mod desk;
mod face_counter;
mod form;
mod hardening;
mod link;
mod notice;
mod open_work;
mod printing;
mod problems;
mod source_choice;
mod state;
mod station_keys;
mod station_time;
mod words;

use std::alloc::System;
use zeroizing_alloc::ZeroAlloc;

/// Whatever a person typed, and every copy that a library made of it, is zeros once it is given back. A grown buffer moves, and leaves
/// zeros. OpenCV and SQLite take their memory past this: SQLite holds what is sealed, OpenCV pictures of the last seconds.
#[global_allocator]
static MEMORY: ZeroAlloc<System> = ZeroAlloc(System);

pub use crate::core::STORE_FILE;
pub use clock::{Clock, SystemClock};
pub use command::{Command, EnrolmentAct, OutboxAct, ReviewAct, SessionAct, StationAct};
pub use desk::{Desk, DeskError, DeskOptions, Wake};
pub use face_counter::FaceCounter;
pub use form::{Checked, Field, Form, Typed};
pub use notice::{Notice, Severity};
pub use secrecy::SecretString;
pub use source_choice::SourceChoice;
pub use state::{
    ActivityView, AnswerRow, AuditView, CameraView, ChallengeView, Check, Colleague, DraftView,
    LinkView, Live, OpenReview, PassphraseView, PhotoPhase, PhotoView, Picture, QueueRow,
    QueueView, REJECT_REASONS, RETURN_REASONS, ReviewView, SecondCopyView, SessionView, Shot,
    SignInView, State, StationView, Step, Today, Work,
};
pub use station_keys::{
    STATION_KEY_FILE, keep_for_first_release as keep_keys_for_first_release,
    remove_first_releases_files as drop_keys_of_first_release,
};
pub use words::{Lang, Words};
