//! The real centre as a process of its own.

use anyhow::{Context, bail};
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `shanakht-centre`.
pub struct CentreProcess {
    child: Child,
    address: SocketAddr,
    data: PathBuf,
    /// Further arguments of `serve`.
    more: Vec<String>,
}

/// The binary that was built beside this one.
///
/// # Errors
/// When it is not there.
pub fn sibling(name: &str) -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folders = [own.parent(), own.parent().and_then(Path::parent)];
    folders
        .into_iter()
        .flatten()
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
        .with_context(|| {
            format!(
                "{name} is not beside {}; build it first: cargo build -p shanakht-central",
                own.display()
            )
        })
}

impl CentreProcess {
    /// Makes the keys of a new centre, starts `shanakht-centre serve` on a free port and waits until it answers.
    ///
    /// # Errors
    /// When it ends, or does not answer within two minutes.
    pub fn start(data: &Path, database: Option<&str>) -> anyhow::Result<Self> {
        Self::start_with(data, database, &[])
    }

    /// The same with further arguments of `serve`.
    ///
    /// # Errors
    /// As [`CentreProcess::start`].
    pub fn start_with(data: &Path, database: Option<&str>, more: &[&str]) -> anyhow::Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        if !data.join("keys").exists() {
            let mut init = Command::new(sibling("shanakht-centre")?);
            init.args(["init", "--development", "--data"]).arg(data);
            let made = init.stdin(Stdio::null()).stdout(Stdio::null()).status()?;
            anyhow::ensure!(made.success(), "the centre's keys could not be made");
        }
        let mut more: Vec<String> = more.iter().map(|&one| one.to_owned()).collect();
        if let Some(url) = database {
            more.extend(["--database".to_owned(), url.to_owned()]);
        }
        let mut centre = Self {
            child: serve(data, address, &more)?,
            address,
            data: data.to_owned(),
            more,
        };
        centre.answers()?;
        Ok(centre)
    }

    /// Kills it without a word (SIGKILL), whatever it does at that moment; its database stops with it.
    ///
    /// # Errors
    /// When it had ended by itself.
    pub fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("the centre ended with {status} before it was killed");
        }
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// Starts it again where it was, after [`CentreProcess::kill`].
    ///
    /// # Errors
    /// As [`CentreProcess::start`].
    pub fn start_again(&mut self) -> anyhow::Result<()> {
        self.child = serve(&self.data, self.address, &self.more)?;
        self.answers()
    }

    fn answers(&mut self) -> anyhow::Result<()> {
        let until = Instant::now() + Duration::from_mins(2);
        let patience = Duration::from_millis(300);
        while std::net::TcpStream::connect_timeout(&self.address, patience).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the centre ended with {status}");
            }
            if Instant::now() > until {
                bail!("the centre did not answer within two minutes");
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn serve(data: &Path, address: SocketAddr, more: &[String]) -> anyhow::Result<Child> {
    Command::new(sibling("shanakht-centre")?)
        .arg("serve")
        .arg("--data")
        .arg(data)
        .arg("--listen")
        .arg(address.to_string())
        .args(more)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .context("the centre does not start")
}

impl Drop for CentreProcess {
    fn drop(&mut self) {
        // SIGTERM first, so that its database stops in order.
        let _ = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status();
        let until = Instant::now() + Duration::from_secs(15);
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Runs a short command of the centre's binary and gives what it printed.
///
/// # Errors
/// When it fails; its own message is shown.
pub fn centre_command(arguments: &[&str], input: &str) -> anyhow::Result<String> {
    let mut child = Command::new(sibling("shanakht-centre")?)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .context("the centre's command does not start")?;
    if let Some(mut pipe) = child.stdin.take() {
        // One that reads nothing may be gone already.
        let _ = pipe.write_all(input.as_bytes());
    }
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!(
            "shanakht-centre {} failed with {}",
            arguments.first().unwrap_or(&""),
            output.status
        );
    }
    let mut text = String::new();
    for line in BufReader::new(output.stdout.as_slice()).lines() {
        text.push_str(&line?);
        text.push('\n');
    }
    Ok(text)
}
