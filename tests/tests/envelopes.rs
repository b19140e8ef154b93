//! T10: what we seal opens with the public `age` command, and what it seals opens here. Whoever
//! holds the centre's key needs no program of ours.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use envelope::{Identity, KeyFile, PartKind, Parts, StaffKeys, WorkFactor, open, seal};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PASSPHRASE: &str = "correct horse battery";

fn packet() -> (Identity, Vec<u8>, Parts) {
    let mut parts = Parts::default();
    parts
        .put(PartKind::Application, b"details".to_vec())
        .unwrap();
    parts.put(PartKind::Portrait, vec![9; 150_000]).unwrap();
    parts.put(PartKind::Burst(2), vec![1; 500]).unwrap();
    parts.put(PartKind::Template, vec![2; 700]).unwrap();
    let centre = Identity::generate();
    let recovery = Identity::generate();
    let sealed = seal(
        &parts.to_tar().unwrap(),
        &[centre.recipient(), recovery.recipient()],
    )
    .unwrap();
    (centre, sealed, parts)
}

fn age(folder: &Path, arguments: &[&str]) -> Output {
    Command::new("age")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("Debian's package age is installed")
}

/// With the passphrase typed at a terminal of its own: `age` reads it nowhere else.
fn age_at_a_terminal(folder: &Path, command: &str, typed: &str) -> Output {
    let mut terminal = Command::new("script")
        .args(["--quiet", "--return", "--command", command, "/dev/null"])
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("script of bsdutils is there on every Debian");
    let mut keyboard = terminal.stdin.take().unwrap();
    keyboard.write_all(typed.as_bytes()).unwrap();
    keyboard.write_all(b"\n").unwrap();
    // The keyboard stays plugged in: a hung-up terminal would end `age` before it has read.
    let output = terminal.wait_with_output().unwrap();
    drop(keyboard);
    output
}

#[test]
fn the_public_age_command_opens_a_packet_and_tar_lists_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let (centre, sealed, parts) = packet();
    std::fs::write(folder.path().join("x.packet"), &sealed).unwrap();
    std::fs::write(folder.path().join("key"), centre.to_secret().as_bytes()).unwrap();
    let opened = age(
        folder.path(),
        &["-d", "-i", "key", "-o", "x.tar", "x.packet"],
    );
    assert!(opened.status.success(), "{opened:?}");
    let listed = Command::new("tar")
        .args(["-t", "-f", "x.tar"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(listed.status.success(), "{listed:?}");
    let names: Vec<String> = String::from_utf8(listed.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    let expected: Vec<String> = parts.kinds().iter().map(|k| k.file_name()).collect();
    assert_eq!(names, expected);
    let unpacked = Command::new("tar")
        .args(["-x", "-f", "x.tar"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(unpacked.success());
    for kind in parts.kinds() {
        let file = std::fs::read(folder.path().join(kind.file_name())).unwrap();
        assert_eq!(Some(file.as_slice()), parts.get(kind));
    }
}

#[test]
fn the_public_age_command_refuses_a_stranger_and_a_changed_packet() {
    let folder = tempfile::tempdir().unwrap();
    let (centre, mut sealed, _) = packet();
    let stranger = Identity::generate();
    std::fs::write(folder.path().join("key"), centre.to_secret().as_bytes()).unwrap();
    std::fs::write(folder.path().join("other"), stranger.to_secret().as_bytes()).unwrap();
    std::fs::write(folder.path().join("x.packet"), &sealed).unwrap();
    let with = |key| {
        age(
            folder.path(),
            &["-d", "-i", key, "-o", "/dev/null", "x.packet"],
        )
    };
    assert!(with("key").status.success());
    assert!(!with("other").status.success());
    let middle = sealed.len() / 2;
    sealed[middle] ^= 1;
    std::fs::write(folder.path().join("x.packet"), &sealed).unwrap();
    assert!(!with("key").status.success());
}

#[test]
fn what_the_public_age_command_seals_opens_here() {
    let folder = tempfile::tempdir().unwrap();
    let (centre, _, parts) = packet();
    let tar = parts.to_tar().unwrap();
    std::fs::write(folder.path().join("x.tar"), &tar).unwrap();
    let recipient = centre.recipient();
    let sealed = age(
        folder.path(),
        &["-r", recipient.as_str(), "-o", "x.packet", "x.tar"],
    );
    assert!(sealed.status.success(), "{sealed:?}");
    let sealed = std::fs::read(folder.path().join("x.packet")).unwrap();
    let opened = open(&sealed, &centre, envelope::PACKET_LIMIT_BYTES).unwrap();
    assert_eq!(Parts::from_tar(&opened).unwrap(), parts);
}

#[test]
fn the_public_age_command_opens_a_key_file_with_its_passphrase() {
    let folder = tempfile::tempdir().unwrap();
    let keys = StaffKeys::generate().unwrap();
    // The work factor of real key files: `age` must accept it too.
    let file = KeyFile::create(&keys, &PASSPHRASE.into(), WorkFactor::STAFF).unwrap();
    std::fs::write(folder.path().join("staff.key"), file.as_bytes()).unwrap();
    let command = "age -d -o opened staff.key";
    let wrong = age_at_a_terminal(folder.path(), command, "wrong passphrase");
    assert!(!wrong.status.success());
    let right = age_at_a_terminal(folder.path(), command, PASSPHRASE);
    assert!(
        right.status.success(),
        "{}",
        String::from_utf8_lossy(&right.stdout)
    );
    let opened = std::fs::read_to_string(folder.path().join("opened")).unwrap();
    let identity = opened.lines().nth(1).unwrap();
    let recovered = Identity::parse(identity).unwrap();
    assert_eq!(recovered.recipient(), keys.identity.recipient());
    let seed = opened.lines().next().unwrap();
    assert!(seed.starts_with("shanakht-seed ") && seed.len() == 14 + 64);
}
