//! What has to be there before anything is built or run: packages, assets, the strangers' JavaScript.

use std::fmt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::packages::{self, Need};
use crate::{assets, shell, tools};

/// Something that only a person can do; the message says what. Exit status 2.
#[derive(Debug)]
pub(crate) struct NeedsPerson {
    packages: Vec<&'static str>,
}

impl std::error::Error for NeedsPerson {}

impl fmt::Display for NeedsPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "Some system packages are missing and only an administrator can install them. Type this once, then repeat the command:"
        )?;
        writeln!(
            f,
            "نظام کے کچھ پیکیج موجود نہیں اور انہیں صرف منتظم نصب کر سکتا ہے۔ یہ حکم ایک بار چلائیں، پھر اپنا حکم دہرائیں:"
        )?;
        writeln!(f)?;
        write!(
            f,
            "    sudo apt-get update && sudo apt-get install -y --no-install-recommends {}",
            self.packages.join(" ")
        )
    }
}

/// Checks everything, installs what is missing. Needs neither root nor network when all is there.
///
/// # Errors
/// [`NeedsPerson`] where a package is missing and this user may not install it; a damaged asset; a failing installer.
pub(crate) fn prepare(full: bool) -> Result<()> {
    let mut missing = packages::missing(packages::DAILY);
    if full {
        missing.extend(packages::missing(packages::FULL));
    }
    install(&missing)?;
    if full {
        tools::install_all()?;
    }
    assets::verify()?;
    node_modules()
}

fn install(missing: &[&'static Need]) -> Result<()> {
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&'static str> = missing.iter().map(|need| need.package).collect();
    if !packages::debian() {
        println!(
            "note: this is not Debian or Ubuntu; make sure that the like of these is installed: {}",
            names.join(" ")
        );
        return Ok(());
    }
    let Some(apt) = apt_get() else {
        return Err(NeedsPerson { packages: names }.into());
    };
    println!("installing {}", names.join(" "));
    if !shell::succeeds(install_command(&apt, &names).arg("--simulate")) {
        // A fresh system has no package lists yet.
        shell::run(command_of(&apt).arg("update"))?;
    }
    shell::run(&mut install_command(&apt, &names)).context("the packages could not be installed")
}

fn install_command(apt: &[&str], names: &[&str]) -> std::process::Command {
    let mut command = command_of(apt);
    command.args(["install", "-y", "--no-install-recommends"]);
    command.args(names);
    command
}

fn command_of(words: &[&str]) -> std::process::Command {
    let mut command = shell::command(words.first().copied().unwrap_or("apt-get"));
    command.args(words.iter().skip(1));
    command
}

/// `apt-get` as somebody who may install: root, or sudo that asks nothing.
fn apt_get() -> Option<Vec<&'static str>> {
    let root = shell::output(shell::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    if root {
        return Some(vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    let sudo = shell::succeeds(shell::command("sudo").args(["-n", "true"]));
    sudo.then(|| {
        vec![
            "sudo",
            "-n",
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
        ]
    })
}

/// The tus client of the strangers' tests, as its lock file says.
fn node_modules() -> Result<()> {
    let folder = shell::root().join("tests/tus");
    let lock = folder.join("package-lock.json");
    let marker = folder.join("node_modules/.package-lock.json");
    if !lock.is_file() || shell::find_program("npm").is_none() || newer(&marker, &lock) {
        return Ok(());
    }
    println!("installing tests/tus/node_modules");
    let mut npm = shell::command("npm");
    npm.current_dir(&folder)
        .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    shell::run(&mut npm).context("npm could not install what tests/tus/package-lock.json names")
}

fn newer(made: &Path, source: &Path) -> bool {
    let time = |path: &Path| {
        std::fs::metadata(path)
            .and_then(|data| data.modified())
            .ok()
    };
    matches!((time(made), time(source)), (Some(made), Some(source)) if made >= source)
}
