//! The edge: every route names who may call it, and nobody else reaches its handler.

mod api;
pub(crate) mod metrics;

pub(crate) use api::{Api, Passed, no_gate};
pub use api::{CallerType, Route};
