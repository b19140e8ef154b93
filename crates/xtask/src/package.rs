//! `package`: the release programs with what they need beside them, as one archive with its checksum.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::shell::Profile;
use crate::{setup, shell};

/// The programs that are shipped; benches stay here.
const PROGRAMS: &[&str] = &[
    "shanakht",
    "shanakht-face",
    "shanakht-centre",
    "shanakht-simulate",
];
/// Folders and files that the programs read or that the licences ask for.
const BESIDE: &[&str] = &["assets", "LICENSE", "README.md", "installer/README.md"];

/// Builds, collects and packs.
pub(crate) fn make() -> Result<ExitCode> {
    setup::prepare(false)?;
    let programs = shell::build_programs(Profile::Release)?;
    let name = format!(
        "shanakht-{}-{}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH
    );
    let place = shell::target_directory()?.join("package");
    let folder = place.join(&name);
    if folder.exists() {
        shell::run(shell::command("rm").arg("-r").arg(&folder))?;
    }
    std::fs::create_dir_all(folder.join("bin"))
        .with_context(|| format!("cannot make {}", folder.display()))?;
    for program in PROGRAMS {
        copy(&programs.join(program), &folder.join("bin"))?;
    }
    for path in BESIDE {
        copy(&shell::root().join(path), &folder)?;
    }
    let archive = format!("{name}.tar.gz");
    shell::run(shell::command("tar").current_dir(&place).args([
        "--owner=0",
        "--group=0",
        "-czf",
        &archive,
        &name,
    ]))?;
    let sum = shell::output(
        shell::command("sha256sum")
            .current_dir(&place)
            .arg(&archive),
    )?;
    std::fs::write(place.join(format!("{archive}.sha256")), &sum)?;
    println!("{}\n{}", place.join(&archive).display(), sum.trim());
    Ok(ExitCode::SUCCESS)
}

fn copy(from: &Path, into: &Path) -> Result<()> {
    shell::run(shell::command("cp").arg("-r").arg(from).arg(into))
}
