//! Python packages from PyPI, in environments of their own under the target folder.

use std::path::PathBuf;

use crate::shell;

/// The `bin` folder of an environment with what a list of the repository names; `None` where it cannot be had (no network, no venv).
pub(crate) fn environment(name: &str, list: &str) -> Option<PathBuf> {
    let folder = shell::target_directory().ok()?.join(name);
    let (programs, marker) = (folder.join("bin"), folder.join("installed.txt"));
    let wanted = std::fs::read_to_string(shell::root().join(list)).ok()?;
    if std::fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Some(programs);
    }
    println!("installing what {list} names");
    let venv = shell::succeeds(shell::command("python3").args(["-m", "venv"]).arg(&folder));
    let mut pip = shell::command(programs.join("python"));
    pip.args(["-m", "pip", "install", "--quiet"]);
    pip.args(["--disable-pip-version-check", "-r", list]);
    if !venv || shell::run(&mut pip).is_err() {
        println!("note: what {list} names cannot be installed here");
        return None;
    }
    std::fs::write(&marker, wanted).ok()?;
    Some(programs)
}
