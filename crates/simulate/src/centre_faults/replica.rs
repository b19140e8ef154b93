//! A centre as a process of its own over another's database and packets.

use super::answers;
use crate::centre_process::sibling;
use anyhow::Context;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A process that may be killed at any moment.
pub(super) struct Replica {
    child: Child,
    /// Where it listens.
    pub url: String,
}

impl Replica {
    /// With a copy of the keys in a folder of its own.
    pub(super) fn start(
        centre: &Path,
        folder: &Path,
        database: &str,
        models: &Path,
    ) -> anyhow::Result<Self> {
        let keys = folder.join("keys");
        if !keys.exists() {
            std::fs::create_dir_all(&keys)?;
            for entry in std::fs::read_dir(centre.join("keys"))? {
                let from = entry?.path();
                std::fs::copy(&from, keys.join(from.file_name().context("a key's name")?))?;
            }
        }
        let mut child = Command::new(sibling("shanakht-centre")?)
            .args(["serve", "--listen", "127.0.0.1:0", "--workers", "1"])
            .args(["--packet-seconds", "10", "--data"])
            .arg(folder)
            .args(["--database", database, "--packets"])
            .arg(centre.join("packets"))
            .arg("--models")
            .arg(models)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("a replica does not start")?;
        let mut url = String::new();
        let said = child.stdout.take().context("a replica's output")?;
        BufReader::new(said).read_line(&mut url)?;
        let url = url.trim().to_owned();
        anyhow::ensure!(!url.is_empty(), "a replica does not say where it listens");
        answers(&url, &mut child)?;
        Ok(Self { child, url })
    }

    /// Sends it a signal by its name.
    pub(super) fn signal(&self, name: &str) -> anyhow::Result<()> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status()?;
        anyhow::ensure!(sent.success(), "a replica is gone");
        Ok(())
    }

    pub(super) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.kill();
    }
}
