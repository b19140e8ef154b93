//! Keys that messages are named by.
#![allow(clippy::unwrap_used)]

use media::{MediaError, Reason};
use std::collections::BTreeSet;

#[test]
fn every_refusal_has_a_key_of_its_own_that_a_message_can_be_named_by() {
    let keys: Vec<&str> = Reason::ALL.iter().map(|reason| reason.key()).collect();
    let all: BTreeSet<&str> = keys.iter().copied().chain(MediaError::KEYS).collect();
    assert_eq!(all.len(), Reason::ALL.len() + MediaError::KEYS.len());
    for key in all {
        assert!(
            key.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'),
            "{key}"
        );
    }
}

#[test]
fn every_error_has_one_of_the_keys() {
    let document = envelope::EnvelopeError::SealFailed;
    let errors = [
        MediaError::Full,
        MediaError::ReadOnly,
        MediaError::FolderExists,
        MediaError::Nothing,
        MediaError::TooManyItems,
        MediaError::Failed(std::io::ErrorKind::Other),
        MediaError::Document(document),
    ];
    let keys: Vec<&str> = errors.iter().map(MediaError::key).collect();
    assert_eq!(keys, MediaError::KEYS);
    assert_eq!(MediaError::Refused(Reason::Link).key(), "link");
}
