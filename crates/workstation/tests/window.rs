//! The real program on a real X server with real key events: nothing of the test runs inside it.
//!
//! Progress is read from the program's own log of screens, which names no person; what happened is read from its store after
//! it has ended.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use desk::{Clock as _, SystemClock};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use workstation::demonstration::{self, FRAME, OFFICER, STRAIGHT};

/// Long enough for a starved machine.
const PATIENCE: Duration = Duration::from_secs(120);

struct Program {
    child: Child,
    lines: Receiver<String>,
}

impl Program {
    fn start(data: &Path, replay: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_shanakht"))
            .arg("--data")
            .arg(data)
            .args(["--lang", "en", "--look", "light", "--replay"])
            .arg(replay)
            .env("RUST_LOG", "workstation=info")
            .env("NO_COLOR", "1")
            .env_remove("WAYLAND_DISPLAY")
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (give, lines) = channel();
        let log = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(log).lines().map_while(Result::ok) {
                if give.send(line).is_err() {
                    break;
                }
            }
        });
        Self { child, lines }
    }

    /// Waits until the program has said that it shows this.
    fn shows(&self, what: &str) {
        let until = Instant::now() + PATIENCE;
        let mut seen = Vec::new();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.contains(what) => return,
                Ok(line) => seen.push(line),
                Err(_) => panic!(
                    "the window did not show {what}; it said:\n{}",
                    seen.join("\n")
                ),
            }
        }
    }
}

/// However the test ends, the program ends, as in a power cut.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Gives the program the keyboard: there is no window manager that would.
fn take_keyboard() {
    let until = Instant::now() + PATIENCE;
    loop {
        let _ = Command::new("xdotool")
            .args([
                "search",
                "--onlyvisible",
                "--name",
                "^Shanakht$",
                "windowfocus",
                "--sync",
            ])
            .output();
        let named = Command::new("xdotool")
            .args(["getwindowfocus", "getwindowname"])
            .output()
            .expect("xdotool is installed");
        if String::from_utf8_lossy(&named.stdout).trim() == "Shanakht" {
            return;
        }
        assert!(
            Instant::now() < until,
            "the window does not take the keyboard"
        );
    }
}

fn xdotool(arguments: &[&str]) {
    let status = Command::new("xdotool")
        .args(arguments)
        .status()
        .expect("xdotool is installed");
    assert!(status.success(), "xdotool {arguments:?}");
}

fn key(name: &str) {
    xdotool(&["key", "--clearmodifiers", name]);
}

fn type_text(text: &str) {
    xdotool(&["type", "--delay", "15", text]);
}

#[test]
#[ignore = "needs an X server and xdotool: cargo xtask test runs it under Xvfb"]
fn an_officer_enrols_with_nothing_but_keys() {
    let folder = tempfile::tempdir().unwrap();
    let (data, replay) = (
        folder.path().join("station"),
        folder.path().join("pictures"),
    );
    let clock = SystemClock::default();
    demonstration::furnish(&data, clock.now()).unwrap();
    std::fs::create_dir_all(&replay).unwrap();
    let assets = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../assets/pictures"
    ));
    let rgb = demonstration::frame(assets, &STRAIGHT).unwrap();
    image::save_buffer(
        replay.join("sitting.png"),
        &rgb,
        FRAME.0,
        FRAME.1,
        image::ColorType::Rgb8,
    )
    .unwrap();

    let program = Program::start(&data, &replay);
    program.shows("SignIn");
    take_keyboard();
    program.shows("keyboard");
    type_text(OFFICER.number);
    key("Tab");
    type_text(OFFICER.passphrase);
    key("Return");
    program.shows("Page(Desk)");
    key("F2");
    program.shows("Kind");
    key("1");
    key("Return");
    program.shows("Details");
    // The phonetic keyboard writes Urdu with the keys of any keyboard.
    key("F11");
    for text in [
        "mHmd eli",
        "Muhammad Ali",
        "aHmd",
        "Ahmed Khan",
        "01/08/1990",
    ] {
        type_text(text);
        key("Tab");
    }
    key("Down");
    key("Tab");
    type_text("03001234567");
    key("Tab");
    type_text("mltan");
    key("ctrl+3");
    program.shows("Consent");
    key("space");
    key("Return");
    program.shows("Photograph");
    program.shows("captured");
    key("Return");
    program.shows("kept");
    key("ctrl+6");
    program.shows("Check");
    key("ctrl+Return");
    program.shows("Page(Desk)");
    drop(program);

    let store = queue::Store::open(&data.join(desk::STORE_FILE), clock.now()).unwrap();
    let counts = store.counts().unwrap();
    assert_eq!((counts.draft, counts.in_review, counts.outbox), (0, 1, 0));
    let row = store.reviews().unwrap().remove(0);
    assert_eq!(row.officer, OFFICER.id().unwrap());
    assert!(row.replayed, "pictures from a folder are named as such");
    assert!(store.verify_audit().is_ok());
}
