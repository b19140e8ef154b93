//! Errors on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Problem details (RFC 9457), `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Problem {
    /// A stable name: `https://shanakht.invalid/problems/` and a key.
    #[serde(rename = "type")]
    pub kind: String,
    /// One plain sentence.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What happened, what was kept, what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl Problem {
    /// The prefix of every `type`.
    pub const PREFIX: &'static str = "https://shanakht.invalid/problems/";

    /// A problem by its key.
    pub fn new(status: u16, key: &str, title: &str) -> Self {
        Self {
            kind: format!("{}{key}", Self::PREFIX),
            title: title.to_owned(),
            status,
            detail: None,
        }
    }

    /// The key at the end of `type`.
    pub fn key(&self) -> &str {
        self.kind.strip_prefix(Self::PREFIX).unwrap_or(&self.kind)
    }
}
