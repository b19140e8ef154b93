//! Every sentence that a person reads, in English and Urdu together.
//!
//! Fluent wraps each argument in U+2068 … U+2069, so that a CNIC, a date or a Latin name inside
//! Urdu keeps its own direction.

use crate::Notice;
use fluent::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use std::borrow::Cow;

/// The two languages.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Default, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    /// English, left to right.
    #[default]
    En,
    /// Urdu, right to left.
    Ur,
}

impl Lang {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::En => Self::Ur,
            Self::Ur => Self::En,
        }
    }

    /// Whether it is written from right to left.
    pub fn rtl(self) -> bool {
        self == Self::Ur
    }

    /// The language of that two-letter code.
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "en" => Some(Self::En),
            "ur" => Some(Self::Ur),
            _ => None,
        }
    }
}

const EN: [&str; 2] = [
    include_str!("../../../assets/locales/en/desk.ftl"),
    include_str!("../../../assets/locales/en/screens.ftl"),
];
const UR: [&str; 2] = [
    include_str!("../../../assets/locales/ur/desk.ftl"),
    include_str!("../../../assets/locales/ur/screens.ftl"),
];

/// The messages of one language.
pub struct Words {
    lang: Lang,
    bundle: FluentBundle<FluentResource>,
}

impl Words {
    /// Loads a language; a message that does not parse is left out and shows as its key.
    pub fn new(lang: Lang) -> Self {
        let (id, sources) = match lang {
            Lang::En => (unic_langid::langid!("en"), EN),
            Lang::Ur => (unic_langid::langid!("ur"), UR),
        };
        let mut bundle = FluentBundle::new(vec![id]);
        for source in sources {
            let resource =
                FluentResource::try_new(source.to_owned()).unwrap_or_else(|(good, _)| good);
            bundle.add_resource_overriding(resource);
        }
        Self { lang, bundle }
    }

    /// Its language.
    pub fn lang(&self) -> Lang {
        self.lang
    }

    /// A message without arguments; the key itself where it is missing.
    pub fn get(&self, key: &str) -> String {
        self.with(key, &[])
    }

    /// A message with arguments.
    pub fn with(&self, key: &str, args: &[(&str, Cow<'_, str>)]) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let mut fluent_args = FluentArgs::new();
        for (name, value) in args {
            fluent_args.set(*name, FluentValue::from(value.as_ref()));
        }
        self.bundle
            .format_pattern(pattern, Some(&fluent_args), &mut Vec::new())
            .into_owned()
    }

    /// A message whose `n` chooses between forms ("one draft", "3 drafts").
    pub fn count(&self, key: &str, n: u64) -> String {
        let Some(pattern) = self.bundle.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let mut args = FluentArgs::new();
        args.set("n", n);
        self.bundle
            .format_pattern(pattern, Some(&args), &mut Vec::new())
            .into_owned()
    }

    /// A notice in words.
    pub fn notice(&self, notice: &Notice) -> String {
        let args: Vec<(&str, Cow<'_, str>)> = notice
            .args
            .iter()
            .map(|(k, v)| (*k, self.reason(v).unwrap_or_else(|| v.clone())))
            .collect();
        self.with(notice.key, &args)
    }

    /// Why a medium was refused, where an argument is the key of that.
    fn reason(&self, argument: &str) -> Option<Cow<'static, str>> {
        argument.strip_prefix("medium-")?;
        let key = if self.has(argument) {
            argument
        } else {
            "medium-other"
        };
        Some(self.with(key, &[]).into())
    }

    /// Whether there is such a message.
    pub fn has(&self, key: &str) -> bool {
        self.bundle
            .get_message(key)
            .is_some_and(|m| m.value().is_some())
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Words({:?})", self.lang)
    }
}
