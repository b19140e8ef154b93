//! T8 in memory: what a crash, a thief of the swap or a curious program could find of the desk's process.
//!
//! Looked at: a core, where the system writes one into the folder; every readable mapping of a desk's process, while somebody is
//! signed in and after they have signed out. Not looked at: the kernel's buffers, the memory of the window's toolkit and of the
//! display server, registers, and what an earlier owner of a page left in the swap before this process had it.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

use capture::{CameraOptions, MemoryFeed, SourceSpec};
use desk::{
    Command as Act, Desk, DeskOptions, EnrolmentAct, Field, SecretString, SessionAct, State,
    SystemClock, Typed,
};
use domain::{ApplicationKind, StaffId};
use envelope::{KeyFile, WorkFactor};
use faults::Search;
use queue::StationRecord;
use queue::testing::{NOW, Office};
use std::fs;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use zeroize::Zeroize;

/// Which part this process plays, when it is started by a test.
const ROLE: &str = "SHANAKHT_MEMORY_ROLE";
const FOLDER: &str = "SHANAKHT_MEMORY_FOLDER";
/// What the parts say to each other is masked, so that no process holds a marker because of its tests.
const MASK: u8 = 0xa5;
const PASSPHRASE: &str = "an orchard behind the river";
const NAME: &str = "Zainab Noor-ul-Ain Shah";
const PATIENCE: Duration = Duration::from_secs(90);
/// Mappings larger than this are looked at in pieces of it.
const PIECE_BYTES: usize = 16 << 20;

fn masked(text: &str) -> Vec<u8> {
    text.bytes().map(|byte| byte ^ MASK).collect()
}

fn part(role: &str, folder: &Path) -> Command {
    // Through a shell, which alone can allow cores.
    let mut command = Command::new("sh");
    command
        .args(["-c", "ulimit -c unlimited; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "a_part_that_a_test_starts", "--nocapture"])
        .current_dir(folder)
        .env(ROLE, role)
        .env(FOLDER, folder)
        .env("TMPDIR", folder);
    command
}

#[test]
fn a_part_that_a_test_starts() {
    let Some(role) = std::env::var_os(ROLE) else {
        return;
    };
    let folder = std::env::var_os(FOLDER).unwrap();
    let folder = Path::new(&folder);
    match role.to_str().unwrap() {
        "crash" => crash(None),
        "crash-at-the-desk" => crash(Some(&start(folder))),
        _ => a_person_at_the_desk(&start(folder)),
    }
}

fn crash(desk: Option<&Desk>) {
    // The name stands in memory, as it does while somebody types it.
    let name: Vec<u8> = std::hint::black_box(masked(NAME))
        .iter()
        .map(|b| b ^ MASK)
        .collect();
    std::hint::black_box((&name, desk.is_some()));
    std::process::abort();
}

#[test]
fn a_core_is_searched_where_there_is_one_and_a_desk_leaves_none() {
    let mut search = Search::default();
    search.add_in_every_form(NAME.as_bytes(), ());
    let cores = |role: &str| {
        let folder = tempfile::tempdir().unwrap();
        let ended = part(role, folder.path()).output().unwrap();
        assert!(!ended.status.success(), "{role} did not crash");
        let found = search.folder(folder.path(), &|()| false).unwrap();
        let cores = fs::read_dir(folder.path()).unwrap().filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().starts_with("core")
        });
        (cores.count(), found.len())
    };
    let pattern = fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    if pattern.starts_with("core") {
        assert_eq!(
            cores("crash"),
            (1, 1),
            "the control: a core with the name in it"
        );
    } else {
        println!("cores go to {pattern:?} here: no control");
    }
    assert_eq!(cores("crash-at-the-desk"), (0, 0));
}

fn start(folder: &Path) -> Desk {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/models");
    Desk::start(DeskOptions {
        vfs: None,
        data: folder.join("station"),
        models,
        source: SourceSpec::Memory(MemoryFeed::new()),
        camera: CameraOptions::default(),
        clock: Arc::new(SystemClock::default()),
        wake: Arc::new(|| {}),
    })
    .unwrap()
}

fn until(desk: &Desk, what: &str, wish: impl Fn(&State) -> bool) {
    let reached = desk.wait_for(PATIENCE, wish);
    assert!(reached.is_ok(), "{what} did not come");
}

/// Reads a masked line, uses it and wipes what it held of it.
fn unmasked(input: &mut impl BufRead, act: impl FnOnce(&str)) {
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    let mut bytes: Vec<u8> = line
        .trim()
        .split(' ')
        .map(|number| number.parse::<u8>().unwrap() ^ MASK)
        .collect();
    act(std::str::from_utf8(&bytes).unwrap());
    bytes.zeroize();
}

/// Signs in and types, says so, waits for a line, signs out, says so, and waits again.
fn a_person_at_the_desk(desk: &Desk) {
    let mut input = std::io::stdin().lock();
    until(desk, "the station", |s| s.station.is_some());
    unmasked(&mut input, |words| {
        desk.send(Act::Session(SessionAct::SignIn {
            staff: StaffId::parse("40213").unwrap(),
            passphrase: SecretString::from(words),
        }));
    });
    until(desk, "the session", |s| s.session.is_some());
    desk.send(Act::Enrolment(EnrolmentAct::New));
    desk.send(Act::Enrolment(EnrolmentAct::SetKind(ApplicationKind::New)));
    unmasked(&mut input, |name| {
        desk.send(Act::Enrolment(EnrolmentAct::SetField(
            Field::NameLatin,
            Typed::from(name),
        )));
    });
    until(desk, "the name", |s| {
        s.work()
            .is_some_and(|w| !w.form.get(Field::NameLatin).is_empty())
    });
    println!("\nsigned-in");
    let mut line = String::new();
    input.read_line(&mut line).unwrap();
    desk.send(Act::Session(SessionAct::SignOut));
    until(desk, "the sign-out", |s| {
        s.session.is_none() && s.work().is_none()
    });
    println!("\nsigned-out");
    input.read_line(&mut line).unwrap();
}

/// A station that somebody can sign in at; gives the seed of that person's signing key.
fn station(folder: &Path) -> [u8; 32] {
    let office = Office::default();
    let data = folder.join("station");
    fs::create_dir(&data).unwrap();
    let mut store = queue::Store::open(&data.join("station.db"), NOW).unwrap();
    let file = KeyFile::create(&office.officer.1, &PASSPHRASE.into(), WorkFactor::TEST).unwrap();
    let record = StationRecord {
        key_files: vec![(office.officer.0.clone(), file.as_bytes().to_vec())],
        ..office.record()
    };
    let now = domain::Timestamp::from_millis(
        i64::try_from(
            std::time::SystemTime::now()
                .duration_since(std::time::UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
        .unwrap(),
    );
    let (lease, key) = office.lease_with(1, 1, |lease| {
        lease.issued_at = now;
        lease.expires_at = now.plus_days(7);
    });
    store.activate(&record, &lease, &key, NOW).unwrap();
    let station_key = office.station_key.expose_seed();
    let digits = station_key
        .iter()
        .fold(String::new(), |all, b| all + &format!("{b:02x}"));
    fs::write(data.join("station.key"), digits).unwrap();
    *office.officer.1.signing.expose_seed()
}

struct AtTheDesk {
    child: Child,
    input: ChildStdin,
    output: BufReader<std::process::ChildStdout>,
}

impl AtTheDesk {
    fn until(&mut self, word: &str) {
        let mut line = String::new();
        while line.trim() != word {
            line.clear();
            let read = self.output.read_line(&mut line).unwrap();
            assert!(read > 0, "the desk's process ended before {word}");
        }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    fn say_masked(&mut self, text: &str) {
        let numbers: Vec<String> = masked(text).iter().map(u8::to_string).collect();
        self.say(&numbers.join(" "));
    }

    /// Bytes of what is looked for in memory that may be swapped out, and in memory that is locked.
    fn found(&self, search: &Search<()>) -> (u64, u64) {
        let (mut swappable, mut locked) = (0, 0);
        let folder = format!("/proc/{}", self.child.id());
        let mut memory = fs::File::open(format!("{folder}/mem")).unwrap();
        for mapping in mappings(&fs::read_to_string(format!("{folder}/smaps")).unwrap()) {
            let mut at = mapping.from;
            while at < mapping.to {
                let length = PIECE_BYTES.min(usize::try_from(mapping.to - at).unwrap());
                let mut bytes = vec![0; length];
                memory.seek(SeekFrom::Start(at)).unwrap();
                // The kernel's own pages cannot be read.
                if memory.read_exact(&mut bytes).is_ok() {
                    let count = search.count(&bytes, &|()| false);
                    if mapping.locked {
                        locked += count;
                    } else {
                        swappable += count;
                    }
                }
                at += length as u64;
            }
        }
        (swappable, locked)
    }
}

struct Mapping {
    from: u64,
    to: u64,
    locked: bool,
}

/// Mappings that can hold something of this process: those that are writable.
fn mappings(smaps: &str) -> Vec<Mapping> {
    let mut all: Vec<Mapping> = Vec::new();
    let mut taken = false;
    for line in smaps.lines() {
        let mut words = line.split_whitespace();
        let first = words.next().unwrap_or_default();
        if let Some((from, to)) = first.split_once('-') {
            taken = words.next().is_some_and(|rights| rights.starts_with("rw"));
            let number = |text: &str| u64::from_str_radix(text, 16).unwrap();
            if taken {
                all.push(Mapping {
                    from: number(from),
                    to: number(to),
                    locked: false,
                });
            }
        } else if taken && first == "VmFlags:" {
            let locked = words.any(|flag| flag == "lo");
            all.last_mut().unwrap().locked = locked;
        }
    }
    all
}

#[test]
fn nothing_of_a_person_is_in_swappable_memory_after_they_have_signed_out() {
    let folder = tempfile::tempdir().unwrap();
    let seed = station(folder.path());
    let mut child = part("person", folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut desk = AtTheDesk {
        input: child.stdin.take().unwrap(),
        output: BufReader::new(child.stdout.take().unwrap()),
        child,
    };
    let (mut words, mut name) = (Search::default(), Search::default());
    let mut key = Search::default();
    key.add_in_every_form(&seed, ());
    words.add_in_every_form(PASSPHRASE.as_bytes(), ());
    name.add_in_every_form(NAME.as_bytes(), ());
    desk.say_masked(PASSPHRASE);
    desk.say_masked(NAME);
    desk.until("signed-in");
    if fs::File::open(format!("/proc/{}/mem", desk.child.id())).is_err() {
        println!("the system shows no memory of a process that forbids dumps: not looked at");
        return;
    }
    let (swappable, _) = desk.found(&name);
    assert!(swappable > 0, "the control: the name that is on the screen");
    let (swappable, locked) = desk.found(&key);
    assert!(locked > 0, "the control: the key that signs");
    assert_eq!(swappable, 0, "the key lies beside its locked page");
    desk.say("sign out");
    desk.until("signed-out");
    assert_eq!(desk.found(&words), (0, 0), "the passphrase");
    assert_eq!(desk.found(&key), (0, 0), "the key");
    // Also what a library did not wipe: memory that is given back is zeros. What was being sealed at the sign-out is given back when
    // that has ended, which no state tells.
    let until = Instant::now() + PATIENCE;
    let mut left = desk.found(&name);
    while left != (0, 0) && Instant::now() < until {
        left = desk.found(&name);
    }
    assert_eq!(left, (0, 0), "the name");
    desk.say("end");
    desk.child.wait().unwrap();
}
