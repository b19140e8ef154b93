//! The Debian packages that the build, the tests and the programs need, each with its reason.

use std::path::Path;

use crate::shell;

/// One package, and what may stand in for it on a machine that got the same thing another way.
pub(crate) struct Need {
    /// Debian's name of it.
    pub(crate) package: &'static str,
    /// Programs or files, each of which means that the need is met without the package.
    pub(crate) instead: &'static [&'static str],
}

const fn need(package: &'static str, instead: &'static [&'static str]) -> Need {
    Need { package, instead }
}

/// For `run` and `test`.
pub(crate) const DAILY: &[Need] = &[
    // Building: OpenCV's headers and the generator of its bindings; C for SQLite and ring.
    need("libopencv-dev", &[]),
    need("clang", &["clang"]),
    need("libclang-dev", &[]),
    need("g++", &["g++"]),
    need("pkg-config", &["pkg-config"]),
    need("cmake", &["cmake"]),
    need("libxkbcommon-dev", &[]),
    // The window: loaded when it opens.
    need("libgl1", &[]),
    need("libegl1", &[]),
    need("libgl1-mesa-dri", &[]),
    need("libx11-6", &[]),
    need("libx11-xcb1", &[]),
    need("libxcursor1", &[]),
    need("libxi6", &[]),
    need("libxrandr2", &[]),
    need("libxkbcommon-x11-0", &[]),
    // A window without a screen, and keys typed into it.
    need("xvfb", &["xvfb-run"]),
    need("xauth", &["xauth"]),
    need("xdotool", &["xdotool"]),
    // The centre's database.
    need("postgresql", &[POSTGRES]),
    // A token for the centre's keys, in software.
    need("softhsm2", &["softhsm2-util"]),
    // Strangers' programs that read what we write.
    need("age", &["age"]),
    need("poppler-utils", &["pdftotext"]),
    need("nodejs", &["node"]),
    need("npm", &["npm"]),
];

/// For `test --full` on top.
pub(crate) const FULL: &[Need] = &[
    need("qemu-system-x86", &["qemu-system-x86_64"]),
    need("busybox-static", &[]),
    need("cpio", &["cpio"]),
    need("kmod", &["modprobe"]),
    need("v4l-utils", &["v4l2-ctl"]),
    need("ffmpeg", &["ffmpeg"]),
    need("python3-venv", &[]),
    // A pooler before the centre's database.
    need("pgbouncer", &["pgbouncer"]),
];

/// Stands for "PostgreSQL's server programs, wherever they are".
const POSTGRES: &str = "postgres server";

/// The needs that this machine does not meet.
pub(crate) fn missing(needs: &'static [Need]) -> Vec<&'static Need> {
    let installed = installed(needs);
    needs
        .iter()
        .filter(|need| {
            !installed.iter().any(|name| name == need.package)
                && !need.instead.iter().any(|what| present(what))
        })
        .collect()
}

/// Whether this is a system of Debian's kind.
pub(crate) fn debian() -> bool {
    shell::find_program("dpkg-query").is_some()
}

fn installed(needs: &[Need]) -> Vec<String> {
    let mut query = shell::command("dpkg-query");
    query.args(["-W", "-f", "${Package} ${db:Status-Status}\\n"]);
    query.args(needs.iter().map(|need| need.package));
    let text = shell::output(&mut query).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_suffix(" installed"))
        .map(str::to_owned)
        .collect()
}

fn present(what: &str) -> bool {
    if what == POSTGRES {
        return postgres_server();
    }
    if what.starts_with('/') {
        return Path::new(what).exists();
    }
    shell::find_program(what).is_some()
}

/// PostgreSQL's `initdb` and `postgres` beside each other in Debian's folders, the usual others, `PATH`, or where `pg_config` says.
fn postgres_server() -> bool {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"));
    let usual = ["/usr/local/pgsql/bin", "/opt/postgresql/bin"].map(Into::into);
    let told = shell::output(shell::command("pg_config").arg("--bindir"))
        .ok()
        .map(|folder| folder.trim().into());
    let whole = |folder: std::path::PathBuf| {
        folder.join("initdb").is_file() && folder.join("postgres").is_file()
    };
    versions.chain(usual).chain(told).any(whole)
        || (shell::find_program("initdb").is_some() && shell::find_program("postgres").is_some())
}
