//! Other people's vectors for what seals: C2SP's CCTV for age, by npm `cctv-age`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use envelope::{
    Agreement, Digest, EnvelopeError, Identity, Zeroizing, open, open_by_agreement, recipient_of,
};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// More than any vector holds.
const LIMIT_BYTES: usize = 32 << 20;

/// The age crate still takes a stanza as age wrote it before 1.0, without the empty line of its body. The header's MAC covers it all the same:
/// nobody without the file's key makes such a header.
const OLDER_FORM: [&str; 2] = ["stanza_missing_body", "stanza_missing_final_line"];

/// What one vector says of itself, and the age file beneath.
struct Vector {
    name: String,
    head: Vec<(String, String)>,
    file: Vec<u8>,
}

impl Vector {
    fn read(name: String, bytes: &[u8]) -> Self {
        let end = bytes.windows(2).position(|two| two == b"\n\n").unwrap();
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let head = head.lines().map(|line| {
            let (key, value) = line.split_once(": ").unwrap();
            (key.to_owned(), value.to_owned())
        });
        Self {
            name,
            head: head.collect(),
            file: bytes[end + 2..].to_vec(),
        }
        .inflated()
    }

    /// Large files travel compressed.
    fn inflated(mut self) -> Self {
        if self.says("compressed").is_some() {
            let mut file = Vec::new();
            let mut inflating = flate2::read::ZlibDecoder::new(self.file.as_slice());
            inflating.read_to_end(&mut file).unwrap();
            self.file = file;
        }
        self
    }

    fn all(&self, key: &str) -> impl Iterator<Item = &str> {
        self.head
            .iter()
            .filter(move |(k, _)| k == key)
            .map(|(_, value)| value.as_str())
    }

    fn says(&self, key: &str) -> Option<&str> {
        self.all(key).next()
    }
}

fn vectors() -> Vec<Vector> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tus");
    let said = Command::new("node")
        .arg("cctv.mjs")
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "`cargo xtask setup` installs tests/tus/node_modules: {said:?}"
    );
    let all: BTreeMap<String, String> = serde_json::from_slice(&said.stdout).unwrap();
    all.into_iter()
        .map(|(name, text)| Vector::read(name, &STANDARD.decode(text).unwrap()))
        .collect()
}

/// An X25519 key that is somewhere else, as in a token: all that is asked of it is the shared secret.
struct Elsewhere(x25519_dalek::StaticSecret);

impl Elsewhere {
    fn of(identity: &Identity) -> Self {
        let (_, secret) = bech32::decode(&identity.to_secret().to_lowercase()).unwrap();
        let secret: [u8; 32] = secret.try_into().unwrap();
        Self(secret.into())
    }
}

impl Agreement for Elsewhere {
    fn agree(&self, share: &[u8; 32]) -> Result<Zeroizing<[u8; 32]>, EnvelopeError> {
        let shared = self.0.diffie_hellman(&(*share).into());
        Ok(Zeroizing::new(shared.to_bytes()))
    }
}

/// Whoever holds the vector's X25519 identities, the first one that fits; by the identity itself and by a key that is elsewhere, which
/// must be of one opinion.
fn opened(vector: &Vector) -> Result<Vec<u8>, EnvelopeError> {
    let mut last = EnvelopeError::NotAddressed;
    for identity in vector.all("identity") {
        let Ok(identity) = Identity::parse(identity) else {
            continue; // a hybrid one, which this build does not know
        };
        let key = Elsewhere::of(&identity);
        let public = x25519_dalek::PublicKey::from(&key.0).to_bytes();
        assert_eq!(recipient_of(&public).unwrap(), identity.recipient());
        let here = open(&vector.file, &identity, LIMIT_BYTES);
        let there = open_by_agreement(&vector.file, &public, &key, LIMIT_BYTES);
        assert_eq!(here, there, "{}", vector.name);
        match here {
            Ok(plain) => return Ok(plain.to_vec()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[test]
fn age_files_of_everybodys_vectors_open_or_are_refused_as_they_must() {
    let all = vectors();
    assert!(all.len() > 100, "{} vectors", all.len());
    let (mut good, mut bad, mut opened_all_the_same) = (0, 0, Vec::new());
    for vector in &all {
        let expected = vector.says("expect") == Some("success");
        // Envelopes here are binary and sealed to keys: no armour, no passphrases; of a hybrid recipient this build knows nothing.
        let ours = vector.says("passphrase").is_none() && vector.says("armored").is_none();
        let outcome = opened(vector);
        if expected && vector.name.contains("hybrid") {
            continue;
        }
        if expected && ours {
            let plain = outcome.unwrap_or_else(|error| panic!("{}: {error}", vector.name));
            let digest = Digest::of(&plain).to_string();
            assert_eq!(
                Some(digest.as_str()),
                vector.says("payload"),
                "{}",
                vector.name
            );
            good += 1;
        } else {
            if outcome.is_ok() {
                opened_all_the_same.push(vector.name.as_str());
            }
            bad += 1;
        }
    }
    assert_eq!(opened_all_the_same, OLDER_FORM);
    assert!(good >= 14 && bad >= 100, "{good} opened, {bad} refused");
}
