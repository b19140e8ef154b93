//! `run`: everything up on this machine, with invented staff and people, in a window or headless.

use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::centre::{self, Centre};
use crate::shell::Profile;
use crate::{Language, setup, shell};

/// Applicants of the headless day: enough for a return, a rejection and a duplicate.
const APPLICANTS: &str = "12";

/// The invented staff of the development station: number, role, name in both scripts, passphrase.
const STAFF: &[(&str, &str, &str, &str, &str)] = &[
    (
        "1001",
        "officer",
        "Ayesha Khan",
        "عائشہ خان",
        "mango tree by the canal",
    ),
    (
        "2001",
        "supervisor",
        "Bilal Ahmed",
        "بلال احمد",
        "blue tiles of the old gate",
    ),
];

/// Set by Ctrl-C and by SIGTERM.
static STOPPED: AtomicBool = AtomicBool::new(false);

/// The README's first command.
pub(crate) fn run(headless: bool, language: Language) -> Result<ExitCode> {
    setup::prepare(false)?;
    let programs = shell::build_programs(Profile::Dev)?;
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    if headless || !display {
        if !headless {
            println!("there is no display here: an office day runs without a window");
        }
        return day(&programs);
    }
    window(&programs, language)
}

/// Builds the simulator and hands it the arguments.
pub(crate) fn simulate(arguments: &[String]) -> Result<ExitCode> {
    setup::prepare(false)?;
    let programs = shell::build_programs(Profile::Dev)?;
    let mut command = shell::command(programs.join("shanakht-simulate"));
    command.args(arguments);
    shell::run(&mut command)?;
    Ok(ExitCode::SUCCESS)
}

/// An office day through the real desk, SQLite, HTTP and PostgreSQL, and its figures in words.
fn day(programs: &Path) -> Result<ExitCode> {
    let figures = shell::target_directory()?.join("shanakht/day.json");
    std::fs::create_dir_all(figures.parent().context("no folder for the figures")?)?;
    // An old day's figures must not stand for this one's.
    std::fs::write(&figures, "")?;
    let mut command = shell::command(programs.join("shanakht-simulate"));
    command
        .args(["day", "--applicants", APPLICANTS, "--seed", "1", "--json"])
        .arg(&figures);
    shell::run(&mut command)?;
    let text = std::fs::read_to_string(&figures).context("the figures cannot be read")?;
    if text.is_empty() {
        bail!("shanakht-simulate wrote no figures (README, Status)");
    }
    print_figures(&text)?;
    println!("figures: {}", figures.display());
    Ok(ExitCode::SUCCESS)
}

fn print_figures(text: &str) -> Result<()> {
    let figures: serde_json::Value =
        serde_json::from_str(text).context("the day's figures are not JSON")?;
    println!();
    for (name, value) in figures.as_object().into_iter().flatten() {
        println!("{:<20} {value:>12}", name.replace('_', " "));
    }
    Ok(())
}

/// Centre, station and window; ends with the window or with Ctrl-C.
fn window(programs: &Path, language: Language) -> Result<ExitCode> {
    ctrlc::set_handler(|| STOPPED.store(true, Ordering::SeqCst))
        .context("Ctrl-C cannot be watched")?;
    let home = shell::target_directory()?.join("shanakht");
    println!("starting the centre …");
    let centre = Centre::start(programs, &home.join("centre"))?;
    let station = home.join("station");
    let mut window = shell::command(programs.join("shanakht"));
    window
        .arg("--data")
        .arg(&station)
        .args(["--lang", language.code()]);
    if !camera_present() {
        // In development only: policy allows replayed pictures, and every manifest names them as such.
        println!("there is no camera here: the window replays the pictures of assets/pictures");
        window
            .arg("--replay")
            .arg(shell::root().join("assets/pictures"));
    }
    if !station.exists() {
        println!("loading an invented population of 300 …");
        let mut population = centre.command(&["population", "--count", "300"]);
        population
            .arg("--pictures")
            .arg(shell::root().join("assets/pictures"));
        shell::run(&mut population)?;
        let code = add_station(&centre)?;
        window.args(["--activate", &centre.url(), "--code", &code]);
    }
    for (number, role, _, _, passphrase) in STAFF {
        println!("{role:<12} staff number {number}   passphrase {passphrase}");
    }
    let mut window = window.spawn().context("cannot start shanakht")?;
    while !STOPPED.load(Ordering::SeqCst) && window.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(100));
    }
    centre::stop(&mut window);
    println!("stopping the centre …");
    drop(centre);
    Ok(ExitCode::SUCCESS)
}

/// Whether a V4L2 device node is there; whether it is a camera that works is for the station to say.
fn camera_present() -> bool {
    std::fs::read_dir("/dev").is_ok_and(|nodes| {
        nodes
            .flatten()
            .any(|node| node.file_name().to_string_lossy().starts_with("video"))
    })
}

/// The office, its staff and the station MUL-03 at the centre; gives the one-time code, which is the last line that is printed.
fn add_station(centre: &Centre) -> Result<String> {
    let mut add = centre.command(&["station", "add", "--office", "MUL", "--station", "MUL-03"]);
    let mut passphrases = String::new();
    for (number, role, latin, urdu, passphrase) in STAFF {
        add.arg("--staff")
            .arg(format!("{number}:{role}:{latin}:{urdu}"));
        writeln!(passphrases, "{number}:{passphrase}")?;
    }
    add.args(["--passphrases", "-"]);
    let printed = shell::output_of(&mut add, &passphrases)?;
    let code = printed
        .split_whitespace()
        .last()
        .context("the centre gave no activation code")?;
    Ok(code.to_owned())
}
