//! Quality and liveness as they are recorded: figures and codes, no pictures.

use serde::{Deserialize, Serialize};

/// One quality component's result (ISO/IEC 29794-5): native value, 0–100, code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// The component's standard name, or our own for a stand-in.
    pub component: String,
    /// In the component's own unit; none when it was not assessed.
    pub native: Option<f64>,
    /// 0 (worst) to 100; none when it was not assessed.
    pub scalar: Option<u8>,
}

/// All readings of the kept frame.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct QualityRecord {
    /// In the order of the standard.
    pub readings: Vec<Reading>,
}

impl QualityRecord {
    /// The 0–100 value of a component, where it was assessed.
    pub fn scalar(&self, component: &str) -> Option<u8> {
        self.readings
            .iter()
            .find(|r| r.component == component)
            .and_then(|r| r.scalar)
    }

    /// The lowest assessed value among `components`.
    pub fn lowest<'a>(&'a self, components: impl IntoIterator<Item = &'a str>) -> Option<u8> {
        components.into_iter().filter_map(|c| self.scalar(c)).min()
    }
}

/// Evidence of liveness; passive colour alone may deny or flag, never admit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LivenessRecord {
    /// Frames that were scored.
    pub frames: u32,
    /// Median of the passive scores, 0 (attack) to 1 (bona fide).
    pub passive_median: Option<f32>,
    /// The passive median lies below policy's limit: a supervisor must look.
    pub flagged: bool,
}
