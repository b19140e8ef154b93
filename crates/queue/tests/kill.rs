//! `kill -9` while a process writes: whatever it had acknowledged is there when the store is opened
//! again. The process is this program itself, started with `child`.
//!
//! `SHANAKHT_KILLS` and `SHANAKHT_SEED` change the number of kills and the random points.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod ledger;

use ledger::{Ledger, WORDS, Word, office, work};
use queue::testing::{NOW, Random};
use queue::{Store, StoreOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const KILLS: u64 = 20;
const SEED: u64 = 20_261_118;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("child") => child(Path::new(&arguments[1])),
        // Asked for its tests, as a harness is.
        Some("--list") => println!("what_was_acknowledged_survives_kill_9: test"),
        _ => what_was_acknowledged_survives_kill_9(),
    }
}

fn what_was_acknowledged_survives_kill_9() {
    let (kills, seed) = (
        number("SHANAKHT_KILLS", KILLS),
        number("SHANAKHT_SEED", SEED),
    );
    let mut random = Random(seed);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("station.db");
    drop(office().open(&path));
    let mut ledger = Ledger::default();
    let mut inside = 0;
    for kill in 0..kills {
        let acts = 1 + random.below(12);
        let later = Duration::from_micros(random.below(6_000));
        run_and_kill(&path, acts, later, &mut ledger);
        let said = ledger.0.clone();
        let faults = ledger.compare(&open(&path), folder.path());
        assert!(faults.is_empty(), "seed {seed}, kill {kill}: {faults:?}");
        inside += u64::from(said != ledger.0);
    }
    let settled = ledger.0.values().filter(|w| **w >= Word::Settled).count();
    println!(
        "{kills} kills: {} applications, {settled} settled, 0 lost; {inside} kills fell between \
         an act and its acknowledgement (seed {seed})",
        ledger.0.len()
    );
    assert!(settled > 0, "the child came as far as a receipt");
}

/// Lets the child do so many acts and kills it a little later, wherever it is then.
fn run_and_kill(path: &Path, acts: u64, later: Duration, ledger: &mut Ledger) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("child")
        .arg(path)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..acts {
        hear(&lines.next().expect("the child works on").unwrap(), ledger);
    }
    // A point in time, not a condition: the kill has to fall anywhere.
    let until = Instant::now() + later;
    while Instant::now() < until {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // What it said before it died counts; half a line was not said.
    for line in lines.map_while(Result::ok) {
        hear(&line, ledger);
    }
}

fn hear(line: &str, ledger: &mut Ledger) {
    let Some((n, word)) = line.strip_suffix('.').and_then(|l| l.split_once(' ')) else {
        return;
    };
    let word = WORDS.into_iter().find(|w| format!("{w:?}") == word);
    ledger.note(n.parse().unwrap(), word.expect("a known word"));
}

/// Works until it is killed, and says each act once it is done.
fn child(path: &Path) {
    let office = office();
    let mut store = open(path);
    let counts = store.counts().unwrap();
    let mut n = (counts.draft + counts.in_review + counts.outbox + counts.settled) as u32;
    loop {
        n += 1;
        work(&mut store, &office, n, say).unwrap();
    }
}

fn say(n: u32, word: Word) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{n} {word:?}.").unwrap();
    out.flush().unwrap();
}

fn open(path: &Path) -> Store {
    let options = StoreOptions {
        ballast_bytes: 1 << 16,
        ..StoreOptions::default()
    };
    Store::open_with(path, &options, NOW).unwrap()
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|v| v.parse().ok())
        .unwrap_or(default)
}
