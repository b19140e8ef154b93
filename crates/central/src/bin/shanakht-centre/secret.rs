//! Secrets that people give to a command: from a file or from the keyboard, never as an argument or in the environment.

use anyhow::Context;
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;
use std::process::Command;

#[derive(clap::Args)]
pub(crate) struct Passphrase {
    /// A file whose first line is the passphrase; without it, it is asked for.
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    pub(crate) fn read(&self) -> anyhow::Result<envelope::Zeroizing<String>> {
        let text = match &self.passphrase_file {
            Some(path) => std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?,
            None => asked("Passphrase: ")?,
        };
        let text = envelope::Zeroizing::new(text);
        let first = text.lines().next().unwrap_or_default();
        anyhow::ensure!(!first.is_empty(), "there is no passphrase");
        Ok(envelope::Zeroizing::new(first.to_owned()))
    }
}

/// A line from the keyboard that is not shown, or from a pipe.
#[allow(clippy::print_stderr)] // a question
fn asked(question: &str) -> anyhow::Result<String> {
    let stdin = std::io::stdin();
    let hidden = stdin.is_terminal();
    if hidden {
        eprint!("{question}");
        echo("-echo");
    }
    let mut line = String::new();
    let read = stdin.lock().read_line(&mut line);
    if hidden {
        echo("echo");
        eprintln!();
    }
    read.context("nothing could be read")?;
    Ok(line)
}

fn echo(mode: &str) {
    // A terminal that cannot hide shows what is typed; the command goes on.
    let _ = Command::new("stty").arg(mode).status();
}
