//! Frame to faces, landmarks, pose, quality components, liveness evidence, portrait and template.
//!
//! ```no_run
//! use std::path::Path;
//! let mut analyser = face::Analyser::new(Path::new("assets/models"))?;
//! let picture = face::Picture::decode(&std::fs::read("somebody.jpg")?)?;
//! let assessment = analyser.assess(&picture)?;
//! for measure in assessment.measures.iter() {
//!     println!("{} {:?}", measure.component, measure.scalar);
//! }
//! let template = analyser.template(&picture, &assessment.landmarks)?;
//! let score = face::compare(&template, &template)?;
//! assert!(score.value() > 0.99);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The crate never writes a file, never reads a clock, never puts a picture, a landmark or a template into an error or a log.
//! Components whose model is not shipped say `NotAssessed`; nothing is made up under the standard's names.

mod analyser;
mod border;
mod comparison;
mod components;
mod crop;
mod detector;
mod error;
mod eyes;
mod face;
mod face_pixels;
mod face_record;
pub mod gallery;
mod geometry;
mod guide;
mod landmarker;
mod landmarks;
pub mod liveness;
mod measure;
mod models;
mod network;
mod passive_liveness;
mod picture;
mod portrait;
mod pose;
mod scene;
mod template;
mod template_model;
mod thresholds;
mod track;
mod upright;
pub mod verify;
mod warp;

pub use crate::analyser::{Analyser, Assessment, Preview};
pub use crate::comparison::{Decision, DecisionPolicy, Score, compare};
pub use crate::error::FaceError;
pub use crate::eyes::Eyes;
pub use crate::face::{Face, FaceList, MAX_FACES};
pub use crate::geometry::{Bounds, Point, Similarity};
pub use crate::guide::{
    Direction, Guide, HOLD_MS, Instruction, Light, Observed, View, judge, refusals,
};
pub use crate::landmarks::{LANDMARK_COUNT, Landmarks};
pub use crate::measure::{COMPONENT_COUNT, Code, Component, Measure, Measures, UnknownComponent};
pub use crate::models::{
    Colours, Entry, Former, Input, Layout, Model, ModelError, Models, Output, Role, TemplateEntry,
};
pub use crate::picture::{
    MAX_FILE_BYTES, MAX_PIXELS, MAX_SIDE, MAX_WORKING_BYTES, Picture, PictureError,
};
pub use crate::portrait::{Clause, ClauseResult, PORTRAIT_JPEG_QUALITY, Portrait};
pub use crate::pose::Pose;
pub use crate::template::{MAX_TEMPLATE_LENGTH, ModelId, Template, TemplateError};
pub use crate::template_model::{FormerModel, TemplateModel};
pub use crate::thresholds::Thresholds;
