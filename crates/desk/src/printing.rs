//! Printing without a file: the page goes to CUPS' `lp` through a pipe, since it holds a name. What the spooler keeps of the job is
//! purged once the job is out of its queue.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

/// How long a job may take before its purge is left to the spooler's own settings.
const PATIENCE: Duration = Duration::from_mins(10);
/// How often the spooler's queue is looked at.
const ROUND: Duration = Duration::from_secs(1);
/// The longest name of a job that is believed.
const JOB_LIMIT: usize = 200;

/// CUPS' programs.
#[derive(Debug, Clone)]
pub(crate) struct Spooler {
    /// Prints what it reads from its standard input on the default printer, and names the job.
    lp: PathBuf,
    /// Lists jobs that are not out yet.
    lpstat: PathBuf,
    /// `-x` deletes what the spooler keeps of a job.
    cancel: PathBuf,
    round: Duration,
    patience: Duration,
}

impl Default for Spooler {
    fn default() -> Self {
        Self {
            lp: "lp".into(),
            lpstat: "lpstat".into(),
            cancel: "cancel".into(),
            round: ROUND,
            patience: PATIENCE,
        }
    }
}

/// Why nothing was printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PrintError {
    /// There is no printing program on this PC.
    Missing,
    /// It refused: no printer, or no paper.
    Refused,
}

/// A job that the spooler has; none where it did not name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Spooled(Option<String>);

impl Spooler {
    /// Hands a page to the printing program and waits until it has taken it.
    pub(crate) fn print(&self, page: &[u8]) -> Result<Spooled, PrintError> {
        let mut child = Command::new(&self.lp)
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|_| PrintError::Missing)?;
        // A program that refuses may close its input before it has read everything; its exit status says so.
        let written = child
            .stdin
            .take()
            .is_some_and(|mut pipe| pipe.write_all(page).is_ok());
        let ended = child.wait_with_output().map_err(|_| PrintError::Refused)?;
        if written && ended.status.success() {
            Ok(Spooled(named(&ended.stdout)))
        } else {
            Err(PrintError::Refused)
        }
    }

    /// Waits until the job is out of the spooler's queue, then has the spooler delete what it keeps of it. False where that could not be
    /// done: the spooler's own settings decide then (docs/runbook.md).
    pub(crate) fn purge(&self, job: &Spooled) -> bool {
        let Some(id) = &job.0 else { return false };
        let rounds = self.patience.as_millis() / self.round.as_millis().max(1);
        for _ in 0..=rounds {
            match self.is_queued(id) {
                None => return false,
                Some(false) => {
                    let purged = Command::new(&self.cancel).arg("-x").arg(id).output();
                    return purged.is_ok_and(|output| output.status.success());
                }
                Some(true) => std::thread::sleep(self.round),
            }
        }
        false
    }

    /// None where the spooler does not say.
    fn is_queued(&self, id: &str) -> Option<bool> {
        let listed = Command::new(&self.lpstat)
            .env("LC_ALL", "C")
            .args(["-W", "not-completed", "-o"])
            .output()
            .ok()
            .filter(|output| output.status.success())?;
        let text = String::from_utf8_lossy(&listed.stdout);
        let mut names = text.lines().filter_map(|l| l.split_whitespace().next());
        Some(names.any(|name| name == id))
    }
}

/// `request id is Office-7 (1 file(s))`.
fn named(output: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(output);
    let id = text
        .lines()
        .find_map(|line| line.strip_prefix("request id is "))?
        .split_whitespace()
        .next()?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let good = id.len() <= JOB_LIMIT && !id.starts_with('-') && id.chars().all(plain);
    good.then(|| id.to_owned())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    /// One test at a time: a process that another one starts meanwhile has the script that is being written still open, and then nobody
    /// may run it.
    fn alone() -> MutexGuard<'static, ()> {
        static ONE: Mutex<()> = Mutex::new(());
        ONE.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with_lp(program: &str) -> Spooler {
        Spooler {
            lp: program.into(),
            ..Spooler::default()
        }
    }

    #[test]
    fn a_program_that_is_not_there_and_one_that_refuses_are_told_apart() {
        let _alone = alone();
        assert_eq!(with_lp("cat").print(b"page"), Ok(Spooled(None)));
        assert_eq!(with_lp("false").print(b"page"), Err(PrintError::Refused));
        assert_eq!(
            with_lp("no-such-printing-program").print(b"page"),
            Err(PrintError::Missing)
        );
    }

    fn script(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(
            &path,
            format!("#!/bin/sh\ncd \"$(dirname \"$0\")\"\n{text}"),
        )
        .unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// No CUPS runs here: scripts stand at its programs' boundary and record how they are called, in order.
    fn recorded(folder: &Path, said_by_lp: &str) -> Spooler {
        Spooler {
            lp: script(
                folder,
                "lp",
                &format!("echo lp >> calls; cat > page; echo '{said_by_lp}'"),
            ),
            // Twice it is still printed, beside another one's job.
            lpstat: script(
                folder,
                "lpstat",
                "echo \"lpstat $*\" >> calls; echo Office-77 somebody 1024\n\
                 [ $(grep -c lpstat calls) -gt 2 ] || echo 'Office-7 officer 1024 today'",
            ),
            cancel: script(folder, "cancel", "echo \"cancel $*\" >> calls"),
            round: Duration::from_millis(1),
            patience: Duration::from_secs(10),
        }
    }

    #[test]
    fn a_job_is_purged_from_the_spool_once_it_is_printed_and_not_before() {
        let _alone = alone();
        let folder = tempfile::tempdir().unwrap();
        let spooler = recorded(folder.path(), "request id is Office-7 (1 file(s))");
        let job = spooler.print(b"a slip").unwrap();
        assert_eq!(fs::read(folder.path().join("page")).unwrap(), b"a slip");
        assert!(spooler.purge(&job));
        let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
        let looked = "lpstat -W not-completed -o";
        let expected = ["lp", looked, looked, looked, "cancel -x Office-7"];
        assert_eq!(calls.lines().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_name_that_is_no_jobs_is_not_handed_to_a_program() {
        let _alone = alone();
        for said in [
            "",
            "request id is -a",
            "request id is $(x)",
            "request id is ../x",
        ] {
            let folder = tempfile::tempdir().unwrap();
            let spooler = recorded(folder.path(), said);
            let job = spooler.print(b"a slip").unwrap();
            assert!(!spooler.purge(&job), "{said}");
            let calls = fs::read_to_string(folder.path().join("calls")).unwrap();
            assert_eq!(calls, "lp\n", "{said}");
        }
    }
}
