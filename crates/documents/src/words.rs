//! The words on paper, from the same Fluent files as the screen's.

use fluent::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

/// A language and its messages. Fluent wraps each argument in U+2068 … U+2069, so that a number or
/// a Latin name inside Urdu keeps its own direction.
pub(crate) struct Words(FluentBundle<FluentResource>);

impl Words {
    pub(crate) fn english() -> Self {
        Self::load(
            langid!("en"),
            [
                include_str!("../../../assets/locales/en/desk.ftl"),
                include_str!("../../../assets/locales/en/documents.ftl"),
            ],
        )
    }

    pub(crate) fn urdu() -> Self {
        Self::load(
            langid!("ur"),
            [
                include_str!("../../../assets/locales/ur/desk.ftl"),
                include_str!("../../../assets/locales/ur/documents.ftl"),
            ],
        )
    }

    /// A message that does not parse is left out and shows as its key.
    fn load(id: LanguageIdentifier, sources: [&str; 2]) -> Self {
        let mut bundle = FluentBundle::new(vec![id]);
        for source in sources {
            let resource =
                FluentResource::try_new(source.to_owned()).unwrap_or_else(|(good, _)| good);
            bundle.add_resource_overriding(resource);
        }
        Self(bundle)
    }

    pub(crate) fn get(&self, key: &str) -> String {
        self.with(key, &[])
    }

    pub(crate) fn with(&self, key: &str, values: &[(&str, &str)]) -> String {
        let Some(pattern) = self.0.get_message(key).and_then(|m| m.value()) else {
            return key.to_owned();
        };
        let mut arguments = FluentArgs::new();
        for (name, value) in values {
            arguments.set(*name, *value);
        }
        self.0
            .format_pattern(pattern, Some(&arguments), &mut Vec::new())
            .into_owned()
    }
}
