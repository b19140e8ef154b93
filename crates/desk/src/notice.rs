//! What a person is told: a message's key and its arguments; the words are in `assets/locales`.

use std::borrow::Cow;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Done.
    Ok,
    /// Good to know.
    Info,
    /// Somebody should look.
    Attention,
    /// Work stops here.
    Stop,
}

/// A message for the person at the desk: what happened, what was kept, what to do. Never personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Key of the message, `notice-…`.
    pub key: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Named arguments: figures, ids, device names.
    pub args: Vec<(&'static str, Cow<'static, str>)>,
}

impl Notice {
    /// A message without arguments.
    pub fn new(severity: Severity, key: &'static str) -> Self {
        Self {
            key,
            severity,
            args: Vec::new(),
        }
    }

    /// Adds an argument.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Done.
    pub fn ok(key: &'static str) -> Self {
        Self::new(Severity::Ok, key)
    }

    /// Somebody should look.
    pub fn attention(key: &'static str) -> Self {
        Self::new(Severity::Attention, key)
    }

    /// Work stops here.
    pub fn stop(key: &'static str) -> Self {
        Self::new(Severity::Stop, key)
    }
}
