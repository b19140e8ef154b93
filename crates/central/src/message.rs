//! Words for the person who starts a centre, in English and Urdu: what happened, what was kept,
//! what to do.

use crate::CentreError;
use fluent::{FluentArgs, FluentBundle, FluentResource};
use unic_langid::{LanguageIdentifier, langid};

const ENGLISH: &str = include_str!("../../../assets/locales/en/centre.ftl");
const URDU: &str = include_str!("../../../assets/locales/ur/centre.ftl");

/// Explains why a centre did not start or a command was not carried out, in both languages.
pub fn explain(error: &CentreError) -> String {
    let (key, arguments) = message(error);
    let english = say(langid!("en"), ENGLISH, key, &arguments);
    let urdu = say(langid!("ur"), URDU, key, &arguments);
    format!("{english}\n\n{urdu}")
}

type Arguments = Vec<(&'static str, String)>;

fn message(error: &CentreError) -> (&'static str, Arguments) {
    let reason = |e: &dyn std::fmt::Display| vec![("reason", e.to_string())];
    match error {
        CentreError::PostgresMissing => ("centre-postgres-missing", Vec::new()),
        CentreError::PostgresFailed { program, log } => (
            "centre-postgres-failed",
            vec![("program", (*program).to_owned()), ("log", log.clone())],
        ),
        CentreError::PortInUse(address) => {
            ("centre-port-in-use", vec![("address", address.to_string())])
        }
        CentreError::Listen(address, e) => (
            "centre-listen",
            vec![("address", address.to_string()), ("reason", e.to_string())],
        ),
        CentreError::Busy(folder) => (
            "centre-busy",
            vec![("folder", folder.display().to_string())],
        ),
        CentreError::NotRunning(folder) => (
            "centre-not-running",
            vec![("folder", folder.display().to_string())],
        ),
        CentreError::File { what, source } => (
            "centre-file",
            vec![("what", what.clone()), ("reason", source.to_string())],
        ),
        CentreError::Database(e) => ("centre-database", reason(e)),
        CentreError::Migration(e) => ("centre-migration", reason(e)),
        CentreError::Blobs(e) => ("centre-blobs", reason(e)),
        CentreError::Keys(what) => ("centre-keys", vec![("what", (*what).to_owned())]),
        CentreError::KeyMissing(what) => ("centre-key-missing", vec![("what", (*what).to_owned())]),
        CentreError::OtherKeys(what) => ("centre-other-keys", vec![("what", (*what).to_owned())]),
        CentreError::Token(e) => ("centre-token", reason(e)),
        CentreError::Envelope(e) => ("centre-envelope", reason(e)),
        CentreError::Models(e) => ("centre-models", reason(e)),
        CentreError::Refused(e) => ("centre-refused", reason(e)),
        CentreError::Ended(what) => ("centre-ended", vec![("what", (*what).to_owned())]),
    }
}

/// The message, or its key where the language file lacks it.
fn say(language: LanguageIdentifier, source: &str, key: &str, arguments: &Arguments) -> String {
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(good, _)| good);
    let mut bundle = FluentBundle::new(vec![language]);
    bundle.add_resource_overriding(resource);
    let Some(pattern) = bundle.get_message(key).and_then(|m| m.value()) else {
        return key.to_owned();
    };
    let mut given = FluentArgs::new();
    for (name, value) in arguments {
        given.set(*name, value.as_str());
    }
    bundle
        .format_pattern(pattern, Some(&given), &mut Vec::new())
        .into_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::path::PathBuf;

    /// One of each, so that a message that is missing or has a wrong variable is seen.
    fn every_error() -> Vec<CentreError> {
        let io = || std::io::Error::other("the-system's-reason");
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], 8443));
        vec![
            CentreError::PostgresMissing,
            CentreError::PostgresFailed {
                program: "initdb",
                log: "the-log".to_owned(),
            },
            CentreError::PortInUse(address),
            CentreError::Listen(address, io()),
            CentreError::Busy(PathBuf::from("/the-folder")),
            CentreError::NotRunning(PathBuf::from("/the-folder")),
            CentreError::file("the-file", io()),
            CentreError::Database("the-reason".to_owned()),
            CentreError::Migration("the-reason".to_owned()),
            CentreError::Blobs("the-reason".to_owned()),
            CentreError::Keys("the-key"),
            CentreError::Token("the-reason".to_owned()),
            CentreError::Envelope(envelope::EnvelopeError::Malformed("the-document")),
            CentreError::Models("the-reason".to_owned()),
            CentreError::Refused("the-reason".to_owned()),
            CentreError::Ended("the-part"),
        ]
    }

    #[test]
    fn every_start_up_error_is_explained_in_both_languages_with_its_facts() {
        for error in every_error() {
            let (key, arguments) = message(&error);
            let text = explain(&error);
            let (english, urdu) = text.split_once("\n\n").unwrap();
            for (language, words) in [("en", english), ("ur", urdu)] {
                assert!(!words.contains(key), "{language} lacks {key}");
                assert!(!words.contains('{'), "{language} {key}: {words}");
                for (name, value) in &arguments {
                    assert!(words.contains(value), "{language} {key} hides {name}");
                }
                assert!(
                    words.lines().count() >= 2,
                    "{language} {key} says not what to do"
                );
            }
            assert!(urdu.contains('۔'), "{key} is not Urdu");
        }
    }
}
