//! `shanakht camera`: a look at a camera without a window.

use anyhow::{Context, Result};
use capture::{CameraOptions, ProbeOptions, SourceSpec, probe};
use desk::FaceCounter;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What to look at, for how long, and with which networks.
#[derive(Debug)]
pub struct Look {
    /// A camera, or a folder of pictures in its place.
    pub source: SourceSpec,
    /// For how long.
    pub time: Duration,
    /// The networks; without usable ones faces are not counted.
    pub models: PathBuf,
}

/// Looks and writes the report; its keys are a promise.
///
/// # Errors
/// When the report cannot be written.
pub fn report(look: Look, json: &Path) -> Result<()> {
    let mut faces = match FaceCounter::load(&look.models) {
        Ok(counter) => Some(counter),
        Err(error) => {
            tracing::warn!(%error, "faces are not counted");
            None
        }
    };
    let options = ProbeOptions {
        source: look.source,
        time: look.time,
        camera: CameraOptions::default(),
    };
    let report = probe(&options, |frame| {
        faces.as_mut().map_or(0, |f| f.count(frame))
    });
    let mut value = serde_json::to_value(&report)?;
    if let Some(object) = value.as_object_mut() {
        object.insert("faces_counted".to_owned(), faces.is_some().into());
    }
    std::fs::write(json, serde_json::to_string_pretty(&value)?)
        .with_context(|| format!("{} cannot be written", json.display()))
}
