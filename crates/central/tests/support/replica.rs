//! A centre as a process of its own, beside one of the test's.
#![allow(dead_code, clippy::unwrap_used)]

use crate::support::TestCentre;
use crate::support::packet::models;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

/// A centre as a process of its own over the database and the packets of another.
pub struct Replica {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: Vec<String>,
    /// Where it listens.
    pub url: String,
}

impl Replica {
    pub fn start(centre: &TestCentre, name: &str, arguments: &[&str], log: Option<&str>) -> Self {
        let folder = centre.folder.path().join(name);
        if !folder.exists() {
            copy_keys(&centre.folder.path().join("keys"), &folder.join("keys"));
        }
        let mut child = Command::new("sh");
        // As many descriptors as a careless machine gives.
        child.args(["-c", "ulimit -n 256; exec \"$0\" \"$@\""]);
        child.arg(env!("CARGO_BIN_EXE_shanakht-centre"));
        if let Some(log) = log {
            child.env("RUST_LOG", log);
        }
        let mut child = child
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&folder)
            .args(["--database", &centre.named(), "--packets"])
            .arg(centre.folder.path().join("packets"))
            .arg("--models")
            .arg(models())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stderr.take().unwrap());
        let (tell, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in said.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut url = String::new();
        // Nothing, where it does not start.
        let _ = BufReader::new(child.stdout.take().unwrap()).read_line(&mut url);
        Self {
            child,
            lines,
            said: Vec::new(),
            url: url.trim().to_owned(),
        }
    }

    /// Whether its process is still there.
    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Everything that it has said.
    pub fn everything(&mut self) -> String {
        self.said.extend(self.lines.try_iter());
        self.said.join("\n")
    }

    /// How often it has said this.
    pub fn said(&mut self, what: &str) -> usize {
        self.said.extend(self.lines.try_iter());
        self.said.iter().filter(|line| line.contains(what)).count()
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn copy_keys(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        std::fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
    }
}
