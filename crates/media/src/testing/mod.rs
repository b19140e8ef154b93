//! A stick that forgets what was not synced, and packets to put on it, for tests of this crate and of those above it.
//! Errors are panics here: it is for tests only.
#![allow(clippy::unwrap_used, clippy::missing_errors_doc)]

mod stick;
mod writer;

pub use stick::Stick;
pub use writer::{NOW, Writer, receipt};
