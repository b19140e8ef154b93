//! A centre for development: `shanakht-centre serve` as a child, ready when it listens, stopped with its database.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::shell;

/// Making a database cluster takes about ten seconds on a slow disk.
const READY_WITHIN: Duration = Duration::from_mins(2);
/// PostgreSQL writes its buffers before it stops.
const STOPPED_WITHIN: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(100);

/// A running centre; dropping it stops it.
pub(crate) struct Centre {
    child: Child,
    program: PathBuf,
    data: PathBuf,
    address: SocketAddr,
}

impl Centre {
    /// Starts it on the port that it had before, since its stations know it by that, and waits until it listens; the first time on a
    /// free port of this machine.
    pub(crate) fn start(programs: &Path, data: &Path) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("cannot make {}", data.display()))?;
        let address = address(&data.join("listen"))?;
        let program = programs.join("shanakht-centre");
        if !data.join("keys").exists() {
            let mut init = shell::command(&program);
            init.args(["init", "--development", "--data"]).arg(data);
            shell::run(&mut init)?;
        }
        let mut serve = shell::command(&program);
        serve
            .args(["serve", "--data"])
            .arg(data)
            .arg("--listen")
            .arg(address.to_string());
        let child = serve.spawn().context("cannot start shanakht-centre")?;
        let mut centre = Self {
            child,
            program,
            data: data.to_owned(),
            address,
        };
        centre.wait_until_it_listens()?;
        Ok(centre)
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let start = Instant::now();
        while start.elapsed() < READY_WITHIN {
            if let Some(status) = self.child.try_wait()? {
                bail!("the centre ended with {status}; its message is above");
            }
            if TcpStream::connect_timeout(&self.address, POLL).is_ok() {
                return Ok(());
            }
            std::thread::sleep(POLL);
        }
        bail!(
            "the centre did not listen on {} within {} s",
            self.address,
            READY_WITHIN.as_secs()
        )
    }

    /// Where stations reach it.
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// An administrator's command against this centre's data.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = shell::command(&self.program);
        command.args(words).arg("--data").arg(&self.data);
        command
    }
}

/// The address in `file`, or a free one that is written there.
fn address(file: &Path) -> Result<SocketAddr> {
    if let Some(before) = std::fs::read_to_string(file)
        .ok()
        .and_then(|text| text.trim().parse::<SocketAddr>().ok())
    {
        return Ok(before);
    }
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    std::fs::write(file, free.to_string())?;
    Ok(free)
}

impl Drop for Centre {
    fn drop(&mut self) {
        stop(&mut self.child);
    }
}

/// Asks a child to end, waits, and kills it when it does not.
pub(crate) fn stop(child: &mut Child) {
    let id = child.id().to_string();
    if matches!(child.try_wait(), Ok(None)) {
        shell::succeeds(shell::command("sh").args(["-c", "kill -TERM \"$1\"", "sh", &id]));
    }
    let start = Instant::now();
    while start.elapsed() < STOPPED_WITHIN {
        if !matches!(child.try_wait(), Ok(None)) {
            return;
        }
        std::thread::sleep(POLL);
    }
    let _ = child.kill();
    let _ = child.wait();
}
