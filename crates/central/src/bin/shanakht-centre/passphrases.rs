//! Passphrases of staff: from a file, from standard input or typed, never from the command line, which everybody at the machine may read.

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::io::{IsTerminal, Read};
use std::path::Path;

/// The most that is read.
const LIMIT_BYTES: u64 = 64 << 10;

/// Passphrases by staff number.
pub(crate) struct Passphrases(BTreeMap<String, SecretString>);

impl Passphrases {
    /// Lines NUMBER:PASSPHRASE of a file, of standard input for `-`; none where they are to be asked for.
    pub(crate) fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let Some(file) = file else {
            return Ok(Self(BTreeMap::new()));
        };
        let mut text = zeroized();
        if file == Path::new("-") {
            std::io::stdin()
                .take(LIMIT_BYTES)
                .read_to_string(&mut text)?;
        } else {
            let opened = std::fs::File::open(file);
            let opened = opened.with_context(|| format!("{} cannot be read", file.display()))?;
            opened.take(LIMIT_BYTES).read_to_string(&mut text)?;
        }
        let mut read = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let (number, passphrase) = line
                .split_once(':')
                .context("a line of passphrases is NUMBER:PASSPHRASE")?;
            read.insert(number.trim().to_owned(), passphrase.to_owned().into());
        }
        Ok(Self(read))
    }

    /// Somebody's, or typed twice by whoever is there.
    pub(crate) fn of(&self, number: &str) -> anyhow::Result<SecretString> {
        if let Some(found) = self.0.get(number) {
            return Ok(found.clone());
        }
        if !self.0.is_empty() || !std::io::stdin().is_terminal() {
            bail!(
                "there is no passphrase for {number}: --passphrases names a file with lines NUMBER:PASSPHRASE, - for standard input"
            );
        }
        let ask = |what: &str| -> anyhow::Result<SecretString> {
            Ok(rpassword::prompt_password(format!("Passphrase for {number}{what}: "))?.into())
        };
        let (first, second) = (ask("")?, ask(", once more")?);
        if first.expose_secret() != second.expose_secret() {
            bail!("the two are not the same; nothing was changed");
        }
        Ok(first)
    }
}

fn zeroized() -> envelope::Zeroizing<String> {
    // Reserved whole, so that growing leaves no copy behind.
    envelope::Zeroizing::new(String::with_capacity(LIMIT_BYTES as usize))
}
