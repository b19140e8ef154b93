//! The commands without a window, as an auditor types them: the real program on a real store.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use desk::{Clock as _, SystemClock};
use domain::PacketId;
use envelope::{Identity, seal};
use queue::testing::{Office, packet_id};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use workstation::demonstration;

fn shanakht(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_shanakht"))
        .args(arguments)
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn station() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    demonstration::furnish(folder.path(), SystemClock::default().now()).unwrap();
    folder
}

#[test]
fn a_whole_log_is_verified_and_every_act_is_exported() {
    let folder = station();
    let data = folder.path().to_str().unwrap();
    let verified = shanakht(&["audit", "verify", "--data", data]);
    assert!(verified.status.success(), "{}", text(&verified.stderr));
    assert!(text(&verified.stdout).contains("the audit log holds"));
    let exported = text(&shanakht(&["audit", "export", "--data", data]).stdout);
    let rows: Vec<Value> = exported
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    assert!(rows.len() >= 3, "{exported}");
    let numbers: Vec<u64> = rows.iter().map(|r| r["number"].as_u64().unwrap()).collect();
    assert_eq!(numbers, (1..=rows.len() as u64).collect::<Vec<_>>());
    assert_eq!(rows[0]["act"], "store-created");
}

#[test]
fn a_changed_byte_in_the_log_is_found() {
    let folder = station();
    let path = folder.path().join(desk::STORE_FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let act = b"store-created";
    let places: Vec<usize> = bytes
        .windows(act.len())
        .enumerate()
        .filter(|(_, w)| w == act)
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "the act is in the file");
    for at in places {
        bytes[at] = b'x';
    }
    std::fs::write(&path, bytes).unwrap();
    let verified = shanakht(&["audit", "verify", "--data", folder.path().to_str().unwrap()]);
    assert!(!verified.status.success(), "{}", text(&verified.stdout));
}

#[test]
fn looking_for_a_log_makes_no_store() {
    let folder = tempfile::tempdir().unwrap();
    let verified = shanakht(&["audit", "verify", "--data", folder.path().to_str().unwrap()]);
    assert!(!verified.status.success());
    assert!(text(&verified.stderr).contains("has no station's store"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn an_envelope_shows_its_outside_and_never_its_content() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("packet.age");
    let marker = "Zainab Noor 36302-0004512-4";
    let to = [
        Identity::generate().recipient(),
        Identity::generate().recipient(),
    ];
    std::fs::write(&file, seal(marker.as_bytes(), &to).unwrap()).unwrap();
    let shown = inspect(&file);
    assert_eq!(shown["recipients"], 2);
    assert!(!shown.to_string().contains("Zainab"));
    assert_eq!(
        shown["bytes"].as_u64().unwrap(),
        std::fs::metadata(&file).unwrap().len()
    );
}

#[test]
fn a_manifest_shows_its_counter_and_says_that_it_was_not_verified() {
    let folder = tempfile::tempdir().unwrap();
    let office = Office::default();
    let mut store = office.open(&folder.path().join("s.db"));
    let packet: PacketId = packet_id(1);
    office.enqueue(&mut store, packet, b"sealed").unwrap();
    let manifest = store.outbox_row(packet).unwrap().documents;
    let manifest = manifest.manifest().unwrap();
    let file = folder.path().join("manifest.cose");
    std::fs::write(&file, manifest.as_bytes()).unwrap();
    let shown = inspect(&file);
    assert_eq!(shown["file"], "signed manifest, signature not checked");
    assert_eq!(shown["document"]["counter"], 1);
}

#[test]
fn what_is_neither_envelope_nor_document_is_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("picture.jpg");
    for bytes in [
        &b"\xff\xd8\xff"[..],
        b"",
        b"age-encryption.org/v1\n-> X25519 abc\n",
    ] {
        std::fs::write(&file, bytes).unwrap();
        let shown = shanakht(&["packet", "inspect", file.to_str().unwrap()]);
        assert!(!shown.status.success());
        assert!(
            text(&shown.stderr).starts_with("Error:"),
            "{}",
            text(&shown.stderr)
        );
    }
}

fn inspect(file: &Path) -> Value {
    let shown = shanakht(&["packet", "inspect", file.to_str().unwrap()]);
    assert!(shown.status.success(), "{}", text(&shown.stderr));
    serde_json::from_slice(&shown.stdout).unwrap()
}

#[test]
fn a_look_at_replayed_pictures_counts_frames_and_faces() {
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("camera.json");
    let pictures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/pictures");
    let looked = shanakht(&[
        "camera",
        "--replay",
        pictures,
        "--seconds",
        "3",
        "--json",
        json.to_str().unwrap(),
    ]);
    assert!(looked.status.success(), "{}", text(&looked.stderr));
    let report: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    for key in [
        "devices",
        "frames",
        "width",
        "height",
        "rate",
        "faces",
        "errors",
        "recoveries",
    ] {
        assert!(!report[key].is_null(), "{key}");
    }
    assert_eq!(
        (report["width"].as_u64(), report["height"].as_u64()),
        (Some(1280), Some(720))
    );
    assert!(
        report["frames"].as_u64() > Some(0) && report["faces"].as_u64() > Some(0),
        "{report}"
    );
}
